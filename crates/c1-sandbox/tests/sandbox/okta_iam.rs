//! Custom roles and resource sets of an Okta org.

use c1_sandbox::{Options, OrgSize};
use serde_json::Value;

use crate::support::Bench;

async fn ask(bench: &Bench, token: &str, address: &str) -> (u16, Value) {
    let address = if address.starts_with("http") {
        address.to_owned()
    } else {
        format!("{}/api/v1/iam/{address}", bench.sandbox.ready().okta_url)
    };
    let answer = bench.http.get(address).header("Authorization", format!("SSWS {token}")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_custom_role_is_bound_in_its_resource_set_to_those_who_hold_it() {
    let bench = Bench::start().await;
    let token = &bench.sandbox.ready().okta_tokens.super_admin;
    let (_, roles) = ask(&bench, token, "roles").await;
    let role = roles["roles"][0].clone();
    let (id, label) = (role["id"].as_str().unwrap(), role["label"].as_str().unwrap());
    for name in [id, label] {
        assert_eq!(ask(&bench, token, &format!("roles/{name}")).await, (200, role.clone()));
    }
    let (_, permissions) = ask(&bench, token, &format!("roles/{id}/permissions")).await;
    let permissions = permissions["permissions"].as_array().unwrap();
    assert!(permissions.iter().any(|permission| permission["label"] == "okta.iam.read"));

    let (_, sets) = ask(&bench, token, "resource-sets").await;
    let set = sets["resource-sets"][0]["id"].as_str().unwrap();
    let (_, bindings) = ask(&bench, token, &format!("resource-sets/{set}/bindings")).await;
    assert_eq!(bindings["roles"][0]["id"], id);
    let members = bindings["roles"][0]["_links"]["members"]["href"].as_str().unwrap();
    let (_, members) = ask(&bench, token, members).await;
    let who = members["members"][0]["_links"]["self"]["href"].as_str().unwrap().to_owned();
    let (_, holder) = ask(&bench, token, &who).await;
    assert_eq!(holder["profile"]["lastName"], "Customrole");
    let (_, held) = ask(&bench, token, &format!("{who}/roles")).await;
    assert_eq!((held[0]["role"].as_str(), held[0]["resource-set"].as_str()), (Some(id), Some(set)));
}

#[tokio::test]
async fn long_lists_say_in_their_bodies_where_the_next_page_is() {
    let org_size = OrgSize { users: 20, groups: 250, apps: 4, seed: 3 };
    let bench = Bench::with(Options { org_size, ..Options::default() }).await;
    let token = &bench.sandbox.ready().okta_tokens.super_admin;
    let (_, sets) = ask(&bench, token, "resource-sets").await;
    let teams = sets["resource-sets"].as_array().unwrap().iter().find(|set| set["label"] == "Teams").unwrap();
    let mut next = teams["_links"]["resources"]["href"].as_str().map(str::to_owned);
    let (mut pages, mut names) = (0, std::collections::HashSet::new());
    while let Some(address) = next {
        let (status, page) = ask(&bench, token, &address).await;
        assert_eq!(status, 200);
        for resource in page["resources"].as_array().unwrap() {
            assert!(names.insert(resource["orn"].as_str().unwrap().to_owned()));
        }
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert!(pages >= 2 && names.len() > 100, "{pages} pages, {} resources", names.len());
}

#[tokio::test]
async fn roles_and_sets_are_for_those_who_view_administrators_and_what_is_not_there_is_404() {
    let bench = Bench::start().await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    let lists = ["roles", "roles/none", "resource-sets", "resource-sets/none/bindings", "resource-sets/none/resources"];
    for path in lists {
        for token in [&tokens.read_only, &tokens.app_and_group_admin, &tokens.no_role] {
            let (status, body) = ask(&bench, token, path).await;
            assert_eq!((status, body["errorCode"].as_str()), (403, Some("E0000006")), "{path}");
        }
        let wanted = if path.contains("none") { 404 } else { 200 };
        for token in [&tokens.super_admin, &tokens.custom_read_only] {
            assert_eq!(ask(&bench, token, path).await.0, wanted, "{path}");
        }
    }
    let other = "resource-sets/Teams/bindings/ConductorOne read-only/members";
    assert_eq!(ask(&bench, &tokens.super_admin, other).await.0, 404, "the role is bound in another set");
}
