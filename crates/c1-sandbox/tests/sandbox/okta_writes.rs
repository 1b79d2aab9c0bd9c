//! Changes of an Okta org: members of groups, users and groups of apps, and who is refused what.

use c1_sandbox::{Options, OrgSize};
use okta_client::Limits;
use okta_inventory::{Detail, Event, Selection, Sink};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, authenticated};

/// An org, and calls to it with one token.
struct Okta<'b> {
    bench: &'b Bench,
    token: &'b str,
}

impl Okta<'_> {
    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.bench.http.request(method, format!("{}{path}", self.bench.sandbox.ready().okta_url));
        let request = request.header("Authorization", format!("SSWS {}", self.token));
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let answer = request.header("Content-Length", body.len()).body(body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The ID of the first object that a list has.
    async fn first(&self, path: &str) -> String {
        self.get(path).await[0]["id"].as_str().unwrap().to_owned()
    }

    async fn ids(&self, path: &str) -> Vec<String> {
        let list = self.get(path).await;
        list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    async fn user(&self, login: &str) -> String {
        self.get(&format!("/api/v1/users/{login}@sandbox.example.com")).await["id"].as_str().unwrap().to_owned()
    }
}

fn code(body: &Value) -> &str {
    body["errorCode"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_member_comes_and_goes_and_every_list_and_count_follows() {
    let bench = Bench::start().await;
    let okta = Okta { bench: &bench, token: &bench.sandbox.ready().okta_tokens.super_admin };
    let (group, user) = (okta.first("/api/v1/groups?q=Sales").await, okta.user("norbert.norole").await);
    let membership = format!("/api/v1/groups/{group}/users/{user}");
    let members = format!("/api/v1/groups/{group}/users");
    let stats = format!("/api/v1/groups/{group}?expand=stats");
    let before = okta.ids(&members).await;
    let count = okta.get(&stats).await["_embedded"]["stats"]["usersCount"].as_u64().unwrap();
    let is_in = before.contains(&user);
    let (there, back) = if is_in { (Method::DELETE, Method::PUT) } else { (Method::PUT, Method::DELETE) };
    for method in [there.clone(), there] {
        assert_eq!(okta.call(method, &membership, None).await, (204, Value::Null), "once and twice");
    }
    assert_ne!(okta.ids(&members).await.contains(&user), is_in);
    assert_ne!(okta.ids(&format!("/api/v1/users/{user}/groups")).await.contains(&group), is_in);
    let after = okta.get(&stats).await["_embedded"]["stats"]["usersCount"].as_u64().unwrap();
    assert_eq!(after.abs_diff(count), 1);
    assert_eq!(okta.call(back, &membership, None).await.0, 204);
    let mut restored = okta.ids(&members).await;
    let mut wanted = before;
    restored.sort();
    wanted.sort();
    assert_eq!(restored, wanted);
}

#[tokio::test]
async fn an_assignment_comes_and_goes_with_what_came_along() {
    let bench = Bench::start().await;
    let okta = Okta { bench: &bench, token: &bench.sandbox.ready().okta_tokens.app_and_group_admin };
    let app = okta.first("/api/v1/apps?q=AWS").await;
    let users = format!("/api/v1/apps/{app}/users");
    let assigned = okta.ids(&users).await;
    let everybody = okta.ids("/api/v1/users?filter=status+eq+%22ACTIVE%22").await;
    let user = everybody.into_iter().find(|user| !assigned.contains(user)).unwrap();
    let own = format!("{users}/{user}");
    assert_eq!(okta.call(Method::GET, &own, None).await.0, 404);
    let body =
        json!({"id": user, "scope": "USER", "credentials": {"userName": "n.norole"}, "profile": {"samlRoles": []}});
    let (status, made) = okta.call(Method::POST, &users, Some(body)).await;
    assert_eq!((status, &made["scope"], &made["credentials"]["userName"]), (200, &json!("USER"), &json!("n.norole")));
    assert_eq!(made["profile"], json!({"samlRoles": []}));
    assert!(okta.ids(&users).await.contains(&user));
    assert_eq!(okta.get(&own).await, made);
    assert_eq!(okta.call(Method::DELETE, &format!("{own}?sendEmail=false"), None).await.0, 204);
    let (status, body) = okta.call(Method::DELETE, &own, None).await;
    assert_eq!((status, code(&body)), (404, "E0000007"));

    let group = okta.first("/api/v1/groups?q=Sales").await;
    let assignment = format!("/api/v1/apps/{app}/groups/{group}");
    assert_eq!(okta.call(Method::DELETE, &assignment, None).await.0, 404);
    let (status, made) = okta.call(Method::PUT, &assignment, Some(json!({"priority": 3}))).await;
    assert_eq!((status, &made["priority"]), (200, &json!(3)));
    let members = okta.ids(&format!("/api/v1/groups/{group}/users")).await;
    let assigned = okta.ids(&users).await;
    assert!(members.iter().all(|member| assigned.contains(member)));
    assert!(okta.ids(&format!("/api/v1/groups/{group}/apps?limit=200")).await.contains(&app));
    assert_eq!(okta.call(Method::PUT, &assignment, None).await.0, 200, "the body may be missing");
    assert_eq!(okta.call(Method::DELETE, &assignment, None).await.0, 204);
    assert!(!okta.ids(&format!("/api/v1/groups/{group}/apps?limit=200")).await.contains(&app));
}

#[tokio::test]
async fn what_may_not_be_written_is_refused_with_oktas_codes() {
    let bench = Bench::start().await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    let okta = Okta { bench: &bench, token: &tokens.super_admin };
    let user = okta.user("norbert.norole").await;
    let gone = okta.user("dora.deprovisioned").await;
    let everyone = okta.first("/api/v1/groups?filter=type+eq+%22BUILT_IN%22").await;
    let of_app = okta.first("/api/v1/groups?filter=type+eq+%22APP_GROUP%22").await;
    let sales = okta.first("/api/v1/groups?q=Sales").await;
    let (bookmark, wiki) = (okta.first("/api/v1/apps?q=Lunch").await, okta.first("/api/v1/apps?q=Internal").await);
    let none = "00u00000000000000000";
    let rows = [
        (Method::PUT, format!("groups/{everyone}/users/{user}"), None, 403, "E0000006"),
        (Method::DELETE, format!("groups/{of_app}/users/{user}"), None, 403, "E0000006"),
        (Method::PUT, format!("groups/{sales}/users/{gone}"), None, 403, "E0000038"),
        (Method::PUT, format!("groups/{sales}/users/{none}"), None, 404, "E0000007"),
        (Method::PUT, format!("groups/00gnone/users/{user}"), None, 404, "E0000007"),
        (Method::POST, format!("apps/{bookmark}/users"), Some(json!({})), 400, "E0000001"),
        (Method::POST, format!("apps/{bookmark}/users"), Some(json!([1])), 400, "E0000003"),
        (Method::POST, format!("apps/{bookmark}/users"), Some(json!({"id": none})), 404, "E0000007"),
        (
            Method::POST,
            format!("apps/{bookmark}/users"),
            Some(json!({"id": user, "credentials": {"userName": "n"}})),
            400,
            "E0000041",
        ),
        (Method::POST, format!("apps/{bookmark}/users"), Some(json!({"id": gone})), 403, "E0000038"),
        // Everybody uses the wiki through Everyone.
        (Method::DELETE, format!("apps/{wiki}/users/{user}"), None, 403, "E0000006"),
        (Method::PUT, format!("apps/{wiki}/groups/00gnone"), None, 404, "E0000007"),
        (Method::PATCH, format!("groups/{sales}/users/{user}"), None, 405, "E0000022"),
    ];
    for (method, path, body, status, wanted) in rows {
        let (found, body) = okta.call(method.clone(), &format!("/api/v1/{path}"), body).await;
        assert_eq!((found, code(&body)), (status, wanted), "{method} {path}");
    }
    for token in [&tokens.read_only, &tokens.custom_read_only, &tokens.no_role] {
        let okta = Okta { bench: &bench, token };
        for path in [format!("groups/{sales}/users/{user}"), format!("apps/{wiki}/groups/{sales}")] {
            let (status, body) = okta.call(Method::PUT, &format!("/api/v1/{path}"), None).await;
            assert_eq!((status, code(&body)), (403, "E0000006"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_write_that_does_not_say_how_long_it_is_is_refused() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let host = ready.okta_url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let request = format!(
        "PUT /api/v1/groups/a/users/b HTTP/1.1\r\nHost: {host}\r\nAuthorization: SSWS {}\r\nConnection: close\r\n\r\n",
        ready.okta_tokens.super_admin
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 411 "), "{answer}");
}

#[tokio::test]
async fn groups_that_carry_an_admin_role_are_for_super_administrators() {
    let org_size = OrgSize { users: 100, groups: 200, apps: 4, seed: 3 };
    let bench = Bench::with(Options { org_size, ..Options::default() }).await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    let okta = Okta { bench: &bench, token: &tokens.super_admin };
    let user = okta.user("norbert.norole").await;
    let groups = okta.get("/api/v1/groups?expand=stats&limit=200").await;
    let carries =
        |group: &&Value| group["_embedded"]["stats"]["hasAdminPrivlege"] == true && group["type"] == "OKTA_GROUP";
    let groups = groups.as_array().unwrap().iter();
    let group = groups.clone().find(carries).expect("an org of this size has one")["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/groups/{group}/users/{user}");
    let plain = Okta { bench: &bench, token: &tokens.app_and_group_admin };
    assert_eq!(plain.call(Method::PUT, &path, None).await.0, 403);
    assert_eq!(okta.call(Method::PUT, &path, None).await.0, 204);
    // The role comes with the membership.
    let roles = okta.get(&format!("/api/v1/users/{user}/roles")).await;
    assert_eq!(roles[0]["assignmentType"], "GROUP", "{roles}");
    let admins = okta.get("/api/v1/iam/assignees/users?limit=200").await;
    assert!(admins["value"].as_array().unwrap().iter().any(|admin| admin["id"] == user.as_str()));
}

/// All that a crawl finds.
#[derive(Default)]
struct Found(Vec<Event>);

impl Sink for Found {
    type Error = std::convert::Infallible;

    async fn accept(&mut self, event: Event) -> Result<(), Self::Error> {
        self.0.push(event);
        Ok(())
    }
}

#[tokio::test]
async fn the_providers_client_writes_what_the_next_inventory_finds() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let okta = Okta { bench: &bench, token: &ready.okta_tokens.super_admin };
    let (group, user) = (okta.first("/api/v1/groups?q=Sales").await, okta.user("norbert.norole").await);
    let client = authenticated(&bench, &ready.okta_tokens.super_admin, Limits::default()).await;
    let path = ["api", "v1", "groups", &group, "users", &user];
    let remove = || client.change("remove a user from a group", Method::DELETE, &path, None);
    remove().await.unwrap();
    client.change("add a user to a group", Method::PUT, &path, None).await.unwrap();
    let everything =
        Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: false, detail: Detail::Full };
    let mut found = Found::default();
    okta_inventory::crawl(&client, everything, &mut found).await.unwrap();
    let is_member = found.0.iter().any(|event| match event {
        Event::Members { group: of, users } => of.as_str() == group && users.iter().any(|id| id.as_str() == user),
        _ => false,
    });
    assert!(is_member);
    remove().await.unwrap();
    assert!(!okta.ids(&format!("/api/v1/groups/{group}/users")).await.contains(&user));
}
