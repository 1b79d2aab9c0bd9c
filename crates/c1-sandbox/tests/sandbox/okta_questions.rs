//! Every open question about Okta, with each of its answers, and what the provider's client makes of it.

use std::collections::BTreeSet;

use c1_sandbox::{OktaBehaviour, Options, OrgSize};
use okta_client::Limits;
use okta_inventory::{Detail, Event, Selection, Sink};
use reqwest::Method;
use serde_json::Value;

use crate::support::{Bench, authenticated};

const SIZE: OrgSize = OrgSize { users: 600, groups: 120, apps: 60, seed: 3 };

async fn behaving(switches: &[&str]) -> Bench {
    let mut okta_behaviour = OktaBehaviour::default();
    switches.iter().for_each(|switch| okta_behaviour.set(switch).unwrap());
    Bench::with(Options { org_size: SIZE, okta_behaviour, ..Options::default() }).await
}

async fn ask(bench: &Bench, method: Method, token: &str, path: &str) -> (u16, Value) {
    let address = if path.starts_with("http") {
        path.to_owned()
    } else {
        format!("{}/api/v1/{path}", bench.sandbox.ready().okta_url)
    };
    let request = bench.http.request(method, address).header("Authorization", format!("SSWS {token}"));
    let answer = request.header("Content-Length", 0).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

async fn first(bench: &Bench, path: &str) -> Value {
    ask(bench, Method::GET, &bench.sandbox.ready().okta_tokens.super_admin, path).await.1[0].clone()
}

/// IDs of all that an inventory finds, by what it is; memberships and assignments as pairs. The members of Everyone are
/// read only where their number does not tell who they are.
#[derive(Default, Debug)]
struct Found {
    all: BTreeSet<(&'static str, String, String)>,
    everyone: Option<String>,
}

impl Sink for Found {
    type Error = std::convert::Infallible;

    async fn accept(&mut self, event: Event) -> Result<(), Self::Error> {
        let mut note = |what, of: &str, id: &str| {
            self.all.insert((what, of.to_owned(), id.to_owned()));
        };
        match &event {
            Event::Users(users) => users.iter().for_each(|user| note("user", "", user.id.as_str())),
            Event::Groups(groups) => {
                groups.iter().for_each(|group| note("group", "", group.id.as_str()));
                let everyone =
                    groups.iter().find(|group| group.is_everyone()).map(|group| group.id.as_str().to_owned());
                self.everyone = self.everyone.take().or(everyone);
            }
            Event::Apps(apps) => apps.iter().for_each(|app| note("app", "", app.id.as_str())),
            Event::Members { group, users } => users.iter().for_each(|id| note("member", group.as_str(), id.as_str())),
            Event::GroupApps { group, apps } => {
                apps.iter().for_each(|id| note("group app", group.as_str(), id.as_str()))
            }
            Event::AppUsers { app, users } => {
                users.iter().for_each(|user| note("app user", app.as_str(), user.user.as_str()))
            }
            Event::UserRoles { user, roles } => note("user roles", user.as_str(), &roles.len().to_string()),
            Event::GroupRoles { group, roles } if !roles.is_empty() => {
                note("group roles", group.as_str(), &roles.len().to_string())
            }
            _ => {}
        }
        Ok(())
    }
}

async fn inventory(bench: &Bench) -> BTreeSet<(&'static str, String, String)> {
    let ready = bench.sandbox.ready();
    let client = authenticated(bench, &ready.okta_tokens.super_admin, Limits::default()).await;
    let everything =
        Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: false, detail: Detail::Full };
    let mut found = Found::default();
    let summary = okta_inventory::crawl(&client, everything, &mut found).await.unwrap();
    assert!(summary.unreadable.is_empty(), "{:?}", summary.unreadable);
    let everyone = found.everyone.unwrap();
    found.all.retain(|(what, of, _)| *what != "member" || *of != everyone);
    found.all
}

#[tokio::test]
async fn an_inventory_is_whole_whatever_the_answers_are() {
    let wanted = inventory(&behaving(&[]).await).await;
    assert!(wanted.len() > 2_000, "{}", wanted.len());
    for switch in [
        "judged_first=existence",
        "admin_privilege_key=privileges",
        "admin_privilege_key=absent",
        "expand_in_next=dropped",
        "long_pages=500",
        "new_values=on",
        "missing_dates=null",
    ] {
        assert!(inventory(&behaving(&[switch]).await).await == wanted, "{switch}");
    }
}

#[tokio::test]
async fn existence_can_be_judged_before_permission() {
    for (switch, wanted) in [("judged_first=permission", 403), ("judged_first=existence", 404)] {
        let bench = behaving(&[switch]).await;
        let token = &bench.sandbox.ready().okta_tokens.read_only;
        for path in ["groups/00gnone/roles", "users/00unone/roles", "groups/00gnone/users/00unone"] {
            let method = if path.ends_with("roles") { Method::GET } else { Method::PUT };
            assert_eq!(ask(&bench, method, token, path).await.0, wanted, "{switch} {path}");
        }
    }
}

#[tokio::test]
async fn groups_tell_of_their_admin_role_by_either_key_or_not_at_all() {
    for (value, key) in
        [("privlege", Some("hasAdminPrivlege")), ("privileges", Some("hasAdminPrivileges")), ("absent", None)]
    {
        let bench = behaving(&[&format!("admin_privilege_key={value}")]).await;
        let group = first(&bench, "groups?expand=stats&limit=1").await;
        let stats = group["_embedded"]["stats"].as_object().unwrap();
        let found: Vec<&str> = stats.keys().map(String::as_str).filter(|key| key.starts_with("hasAdmin")).collect();
        assert_eq!(found, key.into_iter().collect::<Vec<_>>(), "{value}");
    }
}

#[tokio::test]
async fn a_kept_group_and_a_derived_assignment_are_refused_either_way() {
    let user = "norbert.norole@sandbox.example.com";
    for (switch, wanted) in [("kept_group=403", 403), ("kept_group=501", 501)] {
        let bench = behaving(&[switch]).await;
        let token = &bench.sandbox.ready().okta_tokens.super_admin;
        let everyone = first(&bench, "groups?filter=type+eq+%22BUILT_IN%22").await["id"].as_str().unwrap().to_owned();
        assert_eq!(ask(&bench, Method::PUT, token, &format!("groups/{everyone}/users/{user}")).await.0, wanted);
    }
    for (switch, wanted) in [("derived_unassignment=refused", 403), ("derived_unassignment=returns", 204)] {
        let bench = behaving(&[switch]).await;
        let token = &bench.sandbox.ready().okta_tokens.super_admin;
        let wiki = first(&bench, "apps?q=Internal").await["id"].as_str().unwrap().to_owned();
        let user = first(&bench, &format!("apps/{wiki}/users")).await["id"].as_str().unwrap().to_owned();
        let path = format!("apps/{wiki}/users/{user}");
        assert_eq!(ask(&bench, Method::DELETE, token, &path).await.0, wanted, "{switch}");
        assert_eq!(ask(&bench, Method::GET, token, &path).await.0, 200, "the group brings it back");
    }
}

#[tokio::test]
async fn pages_that_are_not_sorted_come_in_any_order_where_wanted() {
    let bench = behaving(&["list_order=unstable"]).await;
    let token = &bench.sandbox.ready().okta_tokens.super_admin;
    let ids = async |path: &str| -> Vec<String> {
        let (_, list) = ask(&bench, Method::GET, token, path).await;
        list.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = ids("users").await;
    let mut orders = std::collections::BTreeSet::from([first.clone()]);
    for _ in 0..10 {
        let again = ids("users").await;
        let sorted = |list: &[String]| list.iter().cloned().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(&again), sorted(&first));
        orders.insert(again);
    }
    assert!(orders.len() > 1);
    let sorted = "users?search=status+pr&sortBy=created";
    assert_eq!(ids(sorted).await, ids(sorted).await);
}

#[tokio::test]
async fn long_pages_new_values_null_dates_and_links_without_expand_can_be_had() {
    let bench = behaving(&["long_pages=500", "new_values=on", "missing_dates=null", "expand_in_next=dropped"]).await;
    let token = &bench.sandbox.ready().okta_tokens.super_admin;
    let group = first(&bench, "groups?q=Engineering").await["id"].as_str().unwrap().to_owned();
    for (limit, wanted) in [("", 500), ("?limit=201", 500), ("?limit=200", 200)] {
        assert_eq!(ask(&bench, Method::GET, token, &format!("groups/{group}/users{limit}")).await.0, wanted);
    }
    let (_, users) = ask(&bench, Method::GET, token, "users?limit=200&search=status+pr").await;
    let users = users.as_array().unwrap();
    assert!(users.iter().any(|user| user["status"] == "NEW_VALUE"));
    assert!(users.iter().any(|user| user.as_object().unwrap().get("activated") == Some(&Value::Null)));
    let url = format!("{}/api/v1/groups?expand=stats&limit=2", bench.sandbox.ready().okta_url);
    let answer = bench.http.get(url).header("Authorization", format!("SSWS {token}")).send().await.unwrap();
    let links: Vec<&str> = answer.headers().get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
    assert!(links[0].contains("expand=stats") && links[0].contains("self"), "{links:?}");
    assert!(!links[1].contains("expand") && links[1].contains("next"), "{links:?}");
}
