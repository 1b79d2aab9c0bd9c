//! The Okta org: credentials, permissions by token, lists.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use c1_sandbox::{Options, OrgSize};

use crate::support::Bench;

async fn ask(bench: &Bench, token: Option<&str>, path: &str) -> (u16, HeaderMap, Value) {
    let mut request = bench.http.get(format!("{}{path}", bench.sandbox.ready().okta_url));
    if let Some(token) = token {
        request = request.header("Authorization", format!("SSWS {token}"));
    }
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.headers().clone(), answer.json().await.unwrap())
}

#[tokio::test]
async fn the_well_known_document_needs_no_credential() {
    let bench = Bench::start().await;
    let (status, headers, body) = ask(&bench, None, "/.well-known/okta-organization").await;
    assert_eq!(status, 200);
    assert!(body["id"].as_str().is_some_and(|id| id.len() == 20 && id.starts_with("00o")));
    assert_eq!(body["_links"]["organization"]["href"], bench.sandbox.ready().okta_url);
    assert!(headers.contains_key("x-okta-request-id") && headers.contains_key("date"));
}

#[tokio::test]
async fn a_bad_credential_is_refused_with_oktas_error_body() {
    let bench = Bench::start().await;
    let revoked = bench.sandbox.ready().okta_tokens.revoked.as_str();
    for (token, status, code) in
        [(None, 403, "E0000005"), (Some(revoked), 401, "E0000011"), (Some("00nonsense"), 401, "E0000011")]
    {
        for path in ["/api/v1/users/me", "/api/v1/nothing"] {
            let (found, _, body) = ask(&bench, token, path).await;
            assert_eq!((found, body["errorCode"].as_str()), (status, Some(code)));
            assert_eq!(body["errorLink"], code);
            assert!(body["errorSummary"].is_string() && body["errorCauses"] == json!([]));
            assert!(body["errorId"].as_str().unwrap().starts_with("oae"));
        }
    }
}

#[tokio::test]
async fn every_authenticated_answer_has_rate_headers() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.read_only.as_str();
    let mut remaining = Vec::new();
    for path in ["/api/v1/groups", "/api/v1/groups/none/users"] {
        let (_, headers, _) = ask(&bench, Some(token), path).await;
        let number = |name: &str| headers[name].to_str().unwrap().parse::<i64>().unwrap();
        assert!(number("x-rate-limit-reset") > 1_700_000_000 && number("x-rate-limit-limit") > 0);
        remaining.push(number("x-rate-limit-remaining"));
    }
    assert_eq!(remaining[0], remaining[1] + 1);
}

#[tokio::test]
async fn each_token_may_do_what_its_role_may() {
    let bench = Bench::start().await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    let me = |token: &str| {
        let token = token.to_owned();
        let bench = &bench;
        async move { ask(bench, Some(&token), "/api/v1/users/me").await.2["id"].as_str().unwrap().to_owned() }
    };
    let rows = [
        // path, read only, app and group admin, super admin, custom, no role
        ("/api/v1/users/me", [200, 200, 200, 200, 200]),
        ("/api/v1/users", [200, 200, 200, 200, 200]),
        ("/api/v1/groups", [200, 200, 200, 200, 403]),
        ("/api/v1/apps", [200, 200, 200, 200, 403]),
        ("/api/v1/org", [200, 200, 200, 403, 403]),
        ("/api/v1/users/{me}/roles", [403, 403, 200, 200, 403]),
        ("/api/v1/iam/assignees/users", [403, 403, 200, 200, 403]),
        ("/api/v1/meta/schemas/group/default", [403, 200, 200, 403, 403]),
        ("/api/v1/org/privacy/oktaSupport", [403, 403, 200, 403, 403]),
        // Permission comes before existence.
        ("/api/v1/users/missing/roles", [403, 403, 404, 404, 403]),
        ("/api/v1/groups/none", [404, 404, 404, 404, 403]),
    ];
    let kinds = [
        &tokens.read_only,
        &tokens.app_and_group_admin,
        &tokens.super_admin,
        &tokens.custom_read_only,
        &tokens.no_role,
    ];
    for (path, expected) in rows {
        for (token, expected) in kinds.into_iter().zip(expected) {
            let path = path.replace("{me}", &me(token).await);
            let (status, _, body) = ask(&bench, Some(token), &path).await;
            assert_eq!(status, expected, "{path}: {body}");
            if status == 403 {
                assert_eq!(body["errorCode"], "E0000006");
            }
        }
    }
    assert_eq!(ask(&bench, Some(&tokens.no_role), "/api/v1/users").await.2, json!([]));
}

#[tokio::test]
async fn lists_follow_link_headers_to_their_end() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.as_str();
    let (_, _, all) = ask(&bench, Some(token), "/api/v1/users").await;
    let statuses: Vec<&str> = all.as_array().unwrap().iter().map(|user| user["status"].as_str().unwrap()).collect();
    assert!(statuses.len() > 6 && !statuses.contains(&"DEPROVISIONED"));

    let (mut path, mut walked) = ("/api/v1/users?limit=3".to_owned(), Vec::new());
    loop {
        let (status, headers, page) = ask(&bench, Some(token), &path).await;
        assert_eq!(status, 200);
        walked.extend(page.as_array().unwrap().clone());
        let links: Vec<&str> = headers.get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
        assert!(links.iter().any(|link| link.ends_with("rel=\"self\"")));
        let Some(next) = links.iter().find_map(|link| link.strip_suffix(">; rel=\"next\"")) else { break };
        path = next.strip_prefix(&format!("<{}", bench.sandbox.ready().okta_url)).unwrap().to_owned();
    }
    assert_eq!(Value::from(walked), all);
    for (query, code) in
        [("limit=0", "E0000001"), ("after=guess", "E0000029"), ("search=status+ne+%22ACTIVE%22", "E0000031")]
    {
        let (status, _, body) = ask(&bench, Some(token), &format!("/api/v1/users?{query}")).await;
        assert_eq!((status, body["errorCode"].as_str()), (400, Some(code)));
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let (status, _, body) = ask(&bench, Some(&ready.okta_tokens.super_admin), "/api/v1/nothing").await;
    assert_eq!((status, &body["errorCode"]), (404, &json!("E0000008")));
    let request = bench.http.put(format!("{}/api/v1/org", ready.okta_url));
    let answer =
        request.header("Authorization", format!("SSWS {}", ready.okta_tokens.super_admin)).send().await.unwrap();
    assert_eq!(answer.status(), 405);
}

#[tokio::test]
async fn groups_are_filtered_by_type_and_the_filter_goes_along() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.read_only.as_str();
    for (filter, expected) in [("BUILT_IN", 1), ("OKTA_GROUP", 2), ("NONE", 0)] {
        let path = format!("/api/v1/groups?filter=type+eq+%22{filter}%22");
        assert_eq!(ask(&bench, Some(token), &path).await.2.as_array().unwrap().len(), expected, "{filter}");
    }
    let (_, headers, _) = ask(&bench, Some(token), "/api/v1/groups?limit=1&filter=type+eq+%22OKTA_GROUP%22").await;
    let next = headers.get_all("link").iter().map(|link| link.to_str().unwrap()).find(|link| link.contains("next"));
    assert!(next.unwrap().contains("filter=type+eq+%22OKTA_GROUP%22"));
    for filter in ["type", "name+eq+%22x%22", "type+ne+%22x%22", "type+eq+x"] {
        let (status, _, body) = ask(&bench, Some(token), &format!("/api/v1/groups?filter={filter}")).await;
        assert_eq!((status, body["errorCode"].as_str()), (400, Some("E0000031")), "{filter}");
    }
}

#[tokio::test]
async fn a_token_can_be_revoked_and_its_owners_role_changed_while_it_runs() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.as_str();
    let patch = async |body: Value| bench.call(Method::PATCH, "/_sandbox/okta/tokens/super_admin", body).await;
    let status = async |path: &str| ask(&bench, Some(token), path).await.0;
    let schema = "/api/v1/meta/schemas/group/default";

    assert_eq!(status(schema).await, 200);
    let (_, changed) = patch(json!({"role": "read_only"})).await;
    assert_eq!(changed, json!({"revoked": false, "roles": ["READ_ONLY_ADMIN"], "sees_own_roles": false}));
    assert_eq!(status(schema).await, 403);
    let me = ask(&bench, Some(token), "/api/v1/users/me").await.2["id"].as_str().unwrap().to_owned();
    let roles = format!("/api/v1/users/{me}/roles");
    assert_eq!(status(&roles).await, 403);
    patch(json!({"sees_own_roles": true})).await;
    assert_eq!(ask(&bench, Some(token), &roles).await.2[0]["type"], "READ_ONLY_ADMIN");
    assert_eq!(status("/api/v1/iam/assignees/users").await, 403);
    patch(json!({"revoked": true})).await;
    assert_eq!(status("/api/v1/users/me").await, 401);
    patch(json!({"revoked": false, "role": "super_admin"})).await;
    assert_eq!(status(schema).await, 200);

    for body in [json!({"role": "emperor"}), json!({"role": "revoked"}), json!({"owner": "x"}), json!({"revoked": 1})] {
        assert_eq!(patch(body).await.0, 400);
    }
    assert_eq!(bench.call(Method::PATCH, "/_sandbox/okta/tokens/none", json!({})).await.0, 404);
}

#[tokio::test]
async fn an_org_of_any_size_is_listed_whole_and_each_list_agrees_with_the_others() {
    let org_size = OrgSize { users: 900, groups: 40, apps: 12, seed: 5 };
    let bench = Bench::with(Options { org_size, ..Options::default() }).await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let walk = async |first: &str| -> Vec<Value> {
        let (mut path, mut all) = (first.to_owned(), Vec::new());
        loop {
            let (status, headers, page) = ask(&bench, Some(&token), &path).await;
            assert_eq!(status, 200, "{path}: {page}");
            all.extend(page.as_array().unwrap().clone());
            let links: Vec<&str> = headers.get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
            let Some(next) = links.iter().find_map(|link| link.strip_suffix(">; rel=\"next\"")) else { return all };
            path = next.strip_prefix(&format!("<{}", bench.sandbox.ready().okta_url)).unwrap().to_owned();
        }
    };
    let counts = bench.sandbox.okta_orgs()[0].counts();
    assert_eq!(walk("/api/v1/users?limit=200").await.len() as u64, counts.users - counts.deprovisioned);
    let all = walk("/api/v1/users?search=status+pr&sortBy=created&sortOrder=asc").await;
    assert_eq!((all.len() as u64, counts.users), (900, 900));
    assert!(all.is_sorted_by_key(|user| user["created"].as_str().unwrap().to_owned()));
    let backwards = walk("/api/v1/users?search=status+pr&sortBy=created&sortOrder=desc").await;
    assert!(all.iter().eq(backwards.iter().rev()));
    let middle = all[450]["created"].as_str().unwrap();
    let later = walk(&format!("/api/v1/users?search=created+ge+%22{middle}%22&sortBy=created")).await;
    assert_eq!(later, all[450..]);
    assert_eq!(walk(&format!("/api/v1/users?search=created+lt+%22{middle}%22&sortBy=created")).await, all[..450]);
    let gone = walk("/api/v1/users?filter=status+eq+%22DEPROVISIONED%22").await;
    assert_eq!(gone.len() as u64, counts.deprovisioned);
    let short = walk("/api/v1/users?fields=id,profile:(login)&search=status+pr").await;
    assert_eq!(short[0].as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "profile"]);
    assert_eq!(short[0]["profile"].as_object().unwrap().len(), 1);

    let groups = walk("/api/v1/groups?expand=stats").await;
    assert_eq!(groups.len() as u64, counts.groups);
    let mut memberships = 0;
    for group in &groups {
        let id = group["id"].as_str().unwrap();
        let members = walk(&format!("/api/v1/groups/{id}/users?limit=7")).await;
        assert_eq!(group["_embedded"]["stats"]["usersCount"], members.len());
        let apps = walk(&format!("/api/v1/groups/{id}/apps")).await;
        assert_eq!(group["_embedded"]["stats"]["appsCount"], apps.len());
        let everyone = group["type"] == "BUILT_IN";
        memberships += if everyone { 0 } else { members.len() as u64 };
        if let Some(member) = members.first() {
            let path = format!("/api/v1/users/{}/groups", member["id"].as_str().unwrap());
            assert!(walk(&path).await.iter().any(|known| known["id"] == group["id"]));
        }
    }
    assert_eq!(memberships, counts.memberships);

    let (mut users_of_apps, mut direct) = (0, 0);
    for app in walk("/api/v1/apps?limit=5").await {
        let id = app["id"].as_str().unwrap();
        let users = walk(&format!("/api/v1/apps/{id}/users?limit=11")).await;
        users_of_apps += users.len() as u64;
        direct += users.iter().filter(|user| user["scope"] == "USER").count() as u64;
        if let Some(user) = users.last() {
            let path = format!("/api/v1/apps/{id}/users/{}", user["id"].as_str().unwrap());
            assert_eq!(ask(&bench, Some(&token), &path).await.2, *user);
        }
        for group in walk(&format!("/api/v1/apps/{id}/groups")).await {
            let path = format!("/api/v1/apps/{id}/groups/{}", group["id"].as_str().unwrap());
            assert_eq!(ask(&bench, Some(&token), &path).await.2, group);
        }
    }
    assert_eq!((users_of_apps, direct), (counts.app_users, counts.direct_app_users));
}
