//! Synced objects, compared with the lists of the Okta org.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use c1_sandbox::{Options, OrgSize};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, OKTA_V2, config};

const SIZE: OrgSize = OrgSize { users: 90, groups: 60, apps: 40, seed: 14 };

/// Kind of the resource, its ID in Okta, the user's login, the groups that the grant comes through.
type Grants = BTreeSet<(&'static str, String, String, BTreeSet<String>)>;

/// An org as its own lists or the synced objects describe it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Okta's status by login.
    accounts: BTreeMap<String, String>,
    /// Names by kind and ID in Okta.
    resources: BTreeMap<(&'static str, String), String>,
    grants: Grants,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Reads the org with the token of a super administrator.
async fn read_org(bench: &Bench) -> Found {
    let ready = bench.sandbox.ready();
    let list = async |path: String| -> Vec<Value> {
        let (mut next, mut all) = (Some(format!("{}{path}", ready.okta_url)), Vec::new());
        while let Some(url) = next {
            let request =
                bench.http.get(url).header("Authorization", format!("SSWS {}", ready.okta_tokens.super_admin));
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            let links = response.headers().get_all("link").iter().map(|link| link.to_str().unwrap().to_owned());
            next = links
                .filter(|link| link.contains("rel=\"next\""))
                .map(|link| link[1..link.find('>').unwrap()].to_owned())
                .next();
            all.extend(response.json::<Vec<Value>>().await.unwrap());
        }
        all
    };
    let mut found = Found::default();
    let mut logins = BTreeMap::new();
    for user in list("/api/v1/users?search=status+pr".to_owned()).await {
        let login = text(&user["profile"]["login"]);
        found.accounts.insert(login.clone(), text(&user["status"]));
        logins.insert(text(&user["id"]), login);
    }
    let role = |role: &Value| {
        let is_custom = role["type"] == "CUSTOM";
        (text(&role[if is_custom { "label" } else { "type" }]), text(&role["label"]))
    };
    let (mut members, mut carried) = (BTreeMap::new(), BTreeMap::<_, BTreeSet<String>>::new());
    for group in list("/api/v1/groups".to_owned()).await {
        let id = text(&group["id"]);
        found.resources.insert(("Group", id.clone()), text(&group["profile"]["name"]));
        let users: BTreeSet<String> =
            list(format!("/api/v1/groups/{id}/users")).await.iter().map(|user| text(&user["id"])).collect();
        for app in list(format!("/api/v1/groups/{id}/apps")).await {
            carried.entry(("Application", text(&app["id"]))).or_default().insert(id.clone());
        }
        for assigned in list(format!("/api/v1/groups/{id}/roles")).await {
            let (external, name) = role(&assigned);
            found.resources.insert(("Role", external.clone()), name);
            carried.entry(("Role", external)).or_default().insert(id.clone());
        }
        found.grants.extend(
            users.iter().map(|user| ("Group", id.clone(), logins[user].clone(), BTreeSet::<String>::default())),
        );
        members.insert(id, users);
    }
    let through = |of: &(&'static str, String), user: &str| -> BTreeSet<String> {
        let groups = carried.get(of).into_iter().flatten();
        groups.filter(|group| members[*group].contains(user)).cloned().collect()
    };
    for app in list("/api/v1/apps".to_owned()).await {
        let id = text(&app["id"]);
        found.resources.insert(("Application", id.clone()), text(&app["label"]));
        for user in list(format!("/api/v1/apps/{id}/users")).await {
            let of = ("Application", id.clone());
            let groups = if user["scope"] == "USER" { BTreeSet::new() } else { through(&of, &text(&user["id"])) };
            let login = &logins[&text(&user["id"])];
            found.grants.insert((of.0, of.1, login.clone(), groups));
            for role in user["profile"]["samlRoles"].as_array().into_iter().flatten() {
                let (external, name) = (format!("{id}:{}", text(role)), text(role));
                found.resources.insert(("AWS SAML role", external.clone()), name);
                found.grants.insert(("AWS SAML role", external, login.clone(), BTreeSet::new()));
            }
        }
    }
    for (user, login) in &logins {
        let mut held = BTreeMap::<String, BTreeSet<String>>::new();
        for assigned in list(format!("/api/v1/users/{user}/roles")).await {
            let (external, name) = role(&assigned);
            found.resources.insert(("Role", external.clone()), name);
            let is_direct = assigned["assignmentType"] == "USER";
            let groups = if is_direct { BTreeSet::new() } else { through(&("Role", external.clone()), user) };
            let known = held.entry(external).or_insert_with(|| groups.clone());
            if is_direct {
                known.clear();
            }
        }
        found.grants.extend(held.into_iter().map(|(role, groups)| ("Role", role, login.clone(), groups)));
    }
    found
}

/// Returns all rows of a list.
async fn rows(bench: &Bench, path: &str, body: Value) -> Vec<Value> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let page = if body.is_null() {
            let path = format!("{path}?page_size=100&page_token={page_token}");
            bench.ok(Method::GET, &path, Value::Null).await
        } else {
            let mut body = body.clone();
            body["pageSize"] = 100.into();
            body["pageToken"] = page_token.into();
            bench.ok(Method::POST, path, body).await
        };
        all.extend(page["list"].as_array().unwrap().iter().cloned());
        page_token = text(&page["nextPageToken"]);
        if page_token.is_empty() {
            return all;
        }
    }
}

/// Reads the synced objects of an app.
async fn read_synced(bench: &Bench, app: &str) -> Found {
    let mut found = Found::default();
    for row in rows(bench, &format!("/api/v1/apps/{app}/app_users"), Value::Null).await {
        let account = &row["appUser"];
        found.accounts.insert(text(&account["username"]), text(&account["status"]["details"]));
    }
    let (mut externals, mut of_entitlements) = (BTreeMap::new(), BTreeMap::new());
    for kind in rows(bench, &format!("/api/v1/apps/{app}/resource_types"), Value::Null).await {
        let kind = &kind["appResourceType"];
        let name = ["Group", "Application", "Role", "AWS SAML role"]
            .into_iter()
            .find(|name| kind["displayName"] == *name)
            .unwrap();
        let path = format!("/api/v1/apps/{app}/resource_types/{}/resources", text(&kind["id"]));
        for resource in rows(bench, &path, Value::Null).await {
            let resource = &resource["appResource"];
            let external = text(&resource["externalId"]);
            externals.insert(text(&resource["id"]), (name, external.clone()));
            found.resources.insert((name, external), text(&resource["displayName"]));
        }
    }
    for entitlement in rows(bench, &format!("/api/v1/apps/{app}/entitlements"), Value::Null).await {
        let entitlement = &entitlement["appEntitlement"];
        let of = externals[&text(&entitlement["appResourceId"])].clone();
        of_entitlements.insert(text(&entitlement["id"]), of);
    }
    let mut counts = BTreeMap::<String, u64>::new();
    for row in rows(bench, "/api/v1/search/grants", json!({"appIds": [app]})).await {
        let binding = &row["appEntitlementUserBinding"];
        let entitlement = text(&binding["appEntitlementId"]);
        let (kind, external) = of_entitlements[&entitlement].clone();
        *counts.entry(entitlement).or_default() += 1;
        let groups = binding["grantSources"].as_array().unwrap().iter();
        let groups = groups.map(|source| of_entitlements[&text(&source["id"])].1.clone()).collect();
        let login = text(&binding["appUser"]["appUser"]["username"]);
        assert!(found.grants.insert((kind, external, login, groups)), "each grant is returned once");
    }
    for row in rows(bench, "/api/v1/search/entitlements", json!({"appIds": [app]})).await {
        let entitlement = &row["appEntitlement"];
        let count = counts.get(&text(&entitlement["id"])).copied().unwrap_or_default();
        assert_eq!(entitlement["grantCount"], count.to_string());
    }
    found
}

/// Creates an app with a connector that has synced, and returns both IDs.
async fn synced(bench: &Bench, token: &str, flags: &[(&str, &str)]) -> (String, String) {
    let app = bench.ok(Method::POST, "/api/v1/apps", json!({"displayName": "Synced"})).await;
    let app = text(&app["app"]["id"]);
    let connectors = format!("/api/v1/apps/{app}/connectors");
    let body = json!({"catalogId": OKTA, "config": config(&bench.sandbox.ready().okta_url, token, flags)});
    let created = bench.ok(Method::POST, &format!("{connectors}/create"), body).await;
    let connector = text(&created["connectorView"]["connector"]["id"]);
    let settled = ended(bench, &app, &connector).await;
    assert_eq!(settled["status"]["status"], "SYNC_STATUS_DONE", "{settled}");
    (app, connector)
}

/// Returns a connector of any app once no sync runs.
async fn ended(bench: &Bench, app: &str, connector: &str) -> Value {
    let path = format!("/api/v1/apps/{app}/connectors/{connector}");
    bench
        .until(async || {
            let view = bench.ok(Method::GET, &path, Value::Null).await;
            let connector = &view["connectorView"]["connector"];
            (connector["status"]["status"] != "SYNC_STATUS_RUNNING").then(|| connector.clone())
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn synced_objects_equal_the_org_for_each_token_and_each_flag() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let org = read_org(&bench).await;
    assert!(org.grants.iter().any(|(kind, .., groups)| *kind == "Application" && groups.len() > 1));
    assert!(org.grants.iter().any(|(kind, .., groups)| *kind == "Role" && !groups.is_empty()));
    let inactive: BTreeSet<String> = {
        let request = bench.http.get(format!("{}/api/v1/apps?limit=200", bench.sandbox.ready().okta_url));
        let token = format!("SSWS {}", bench.sandbox.ready().okta_tokens.super_admin);
        let apps: Vec<Value> = request.header("Authorization", token).send().await.unwrap().json().await.unwrap();
        apps.iter().filter(|app| app["status"] == "INACTIVE").map(|app| text(&app["id"])).collect()
    };
    assert!(org.grants.iter().any(|(kind, ..)| *kind == "AWS SAML role"));
    assert!(!inactive.is_empty() && org.accounts.values().any(|status| status == "DEPROVISIONED"));

    let tokens = bench.sandbox.ready().okta_tokens.clone();
    // The scoped administrator reads one group, one app, the group's members and itself.
    let seen = async |list: &str| -> String {
        let request = bench.http.get(format!("{}/api/v1/{list}", bench.sandbox.ready().okta_url));
        let token = format!("SSWS {}", bench.sandbox.ready().okta_tokens.scoped_admin);
        let found: Vec<Value> = request.header("Authorization", token).send().await.unwrap().json().await.unwrap();
        assert_eq!(found.len(), 1);
        text(&found[0]["id"])
    };
    let (sales, aws) = (seen("groups").await, seen("apps").await);
    let in_scope: BTreeSet<String> = {
        let members = org.grants.iter().filter(|(kind, external, ..)| *kind == "Group" && *external == sales);
        let owner = org.accounts.keys().find(|login| login.starts_with("tessa")).unwrap();
        members.map(|(_, _, login, _)| login.clone()).chain([owner.clone()]).collect()
    };
    for (token, sees_roles, is_scoped) in [
        (&tokens.read_only, false, false),
        (&tokens.app_and_group_admin, false, false),
        (&tokens.custom_read_only, true, false),
        (&tokens.super_admin, true, false),
        (&tokens.scoped_admin, false, true),
    ] {
        for (skips_inactive, keeps_gone, extracts) in
            [(false, false, false), (false, true, true), (true, false, true), (true, true, false)]
        {
            let flags = [
                ("okta_extract_aws_saml_roles", if extracts { "true" } else { "false" }),
                ("okta_dont_sync_inactive_apps", if skips_inactive { "true" } else { "false" }),
                ("okta_sync_deprovisioned_users", if keeps_gone { "true" } else { "false" }),
            ];
            let (app, _) = synced(&bench, token, &flags).await;
            let is_expected = |kind: &str, external: &str| {
                let of = external.split(':').next().unwrap();
                (sees_roles || kind != "Role")
                    && (!is_scoped || of == sales || of == aws)
                    && (extracts || kind != "AWS SAML role")
                    && !(skips_inactive && inactive.contains(of))
            };
            let accounts = org.accounts.iter().filter(|(_, status)| keeps_gone || *status != "DEPROVISIONED");
            let accounts = accounts.filter(|(login, _)| !is_scoped || in_scope.contains(*login));
            let accounts: BTreeMap<String, String> = accounts.map(|(l, s)| (l.clone(), s.clone())).collect();
            let resources = org.resources.iter().filter(|((kind, external), _)| is_expected(kind, external));
            let grants = org
                .grants
                .iter()
                .filter(|(kind, external, login, _)| is_expected(kind, external) && accounts.contains_key(login));
            let expected = Found {
                resources: resources.map(|(of, name)| (of.clone(), name.clone())).collect(),
                // Grants through groups that the token cannot read have no source.
                grants: grants
                    .cloned()
                    .map(|(kind, external, login, mut groups)| {
                        groups.retain(|through| !is_scoped || *through == sales);
                        (kind, external, login, groups)
                    })
                    .collect(),
                accounts,
            };
            let found = read_synced(&bench, &app).await;
            assert_eq!(found.accounts, expected.accounts, "{flags:?}");
            assert_eq!(found.resources, expected.resources, "{flags:?}");
            assert_eq!(found.grants.difference(&expected.grants).collect::<Vec<_>>(), Vec::<&_>::new(), "{flags:?}");
            assert_eq!(expected.grants.difference(&found.grants).collect::<Vec<_>>(), Vec::<&_>::new(), "{flags:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_without_permission_to_read_users_fails_and_changes_nothing() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let (app, connector) = synced(&bench, &token, &[]).await;
    let before = read_synced(&bench, &app).await;
    bench.ok(Method::PATCH, "/_sandbox/okta/tokens/super_admin", json!({"role": "no_role"})).await;
    let path = format!("/api/v1/apps/{app}/connectors/{connector}");
    bench.ok(Method::POST, &format!("{path}/force_sync"), json!({})).await;
    let failed = ended(&bench, &app, &connector).await;
    assert_eq!(failed["status"]["status"], "SYNC_STATUS_ERROR");
    assert!(text(&failed["status"]["lastError"]).contains("may not read"), "{failed}");
    assert_eq!(read_synced(&bench, &app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_creates_one_user_per_email_address() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let before = rows(&bench, "/api/v1/users", Value::Null).await.len();
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let (app, _) = synced(&bench, &token, &[]).await;
    let (second, _) = synced(&bench, &token, &[("okta_sync_deprovisioned_users", "true")]).await;
    let users = rows(&bench, "/api/v1/users", Value::Null).await;
    assert!(users.len() > before + 50);
    let emails: Vec<String> = users.iter().map(|user| text(&user["user"]["email"]).to_lowercase()).collect();
    assert_eq!(emails.iter().collect::<BTreeSet<_>>().len(), emails.len());

    let sue = bench.ok(Method::POST, "/api/v1/search/users", json!({"query": "superadmin"})).await;
    let sue = text(&sue["list"][0]["userId"]);
    assert!(bench.sandbox.ready().users.iter().any(|user| user.id == sue), "existing users are kept");
    for app in [&app, &second] {
        let path = format!("/api/v1/apps/{app}/users/{sue}/app_users");
        let accounts = rows(&bench, &path, Value::Null).await;
        assert_eq!(accounts.len(), 1);
        assert_eq!(accounts[0]["appUser"]["identityUserId"], *sue);
    }
    let accounts = rows(&bench, &format!("/api/v1/apps/{second}/app_users"), Value::Null).await;
    for account in accounts {
        let account = &account["appUser"];
        let is_deprovisioned = account["status"]["details"] == "DEPROVISIONED";
        assert!(is_deprovisioned || account["identityUserId"] != "", "{account}");
    }
    // A user that a sync created can own a connector.
    let made = users.iter().find(|user| user["user"]["origin"] == "USER_ORIGIN_DIRECTORY").unwrap();
    assert_eq!(made["user"]["directoryIds"], json!([app]));
    let body = json!({"catalogId": OKTA, "userIds": [made["userId"]]});
    bench.ok(Method::POST, &bench.connectors(), body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_syncs_of_several_connectors_keep_their_objects_apart() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let tokens = bench.sandbox.ready().okta_tokens.clone();
    let apps = futures::future::join_all(
        [&tokens.super_admin, &tokens.read_only, &tokens.super_admin]
            .map(async |token: &String| synced(&bench, token, &[("okta_dont_sync_inactive_apps", "true")]).await.0),
    )
    .await;
    let first = read_synced(&bench, &apps[0]).await;
    assert_eq!(read_synced(&bench, &apps[2]).await, first);
    let without_roles = read_synced(&bench, &apps[1]).await;
    assert_eq!(without_roles.accounts, first.accounts);
    assert!(without_roles.grants.len() < first.grants.len());

    // Deleting an app hides the objects of its connectors.
    bench.ok(Method::DELETE, &format!("/api/v1/apps/{}", apps[2]), Value::Null).await;
    let all = rows(&bench, "/api/v1/search/app_users", json!({})).await;
    assert_eq!(all.len(), first.accounts.len() * 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_with_far_fewer_accounts_is_held_back_until_it_is_confirmed() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let (app, connector) = synced(&bench, &token, &[]).await;
    let before = read_synced(&bench, &app).await;
    // From now on, the token reads one group with its members and one app.
    let scoped = json!({"role": "scoped_admin"});
    bench.ok(Method::PATCH, "/_sandbox/okta/tokens/super_admin", scoped).await;
    let path = format!("/api/v1/apps/{app}/connectors/{connector}");
    bench.ok(Method::POST, &format!("{path}/force_sync"), json!({})).await;
    let paused = ended(&bench, &app, &connector).await;
    assert!(text(&paused["syncDisabledReason"]).starts_with("Sync paused due to significant drop"), "{paused}");
    assert_eq!(paused["canResumeSync"], true);
    assert_eq!(read_synced(&bench, &app).await, before);
    bench.refused(400, 9, Method::POST, &format!("{path}/force_sync"), json!({})).await;

    let syncs = bench.inside(&connector).await["syncs"].as_u64().unwrap();
    bench.ok(Method::POST, &format!("{path}/confirm_sync_valid/any"), json!({})).await;
    let after = read_synced(&bench, &app).await;
    assert!(after.accounts.len() * 2 < before.accounts.len());
    assert_eq!(ended(&bench, &app, &connector).await["syncDisabledAt"], Value::Null);
    assert_eq!(bench.inside(&connector).await["syncs"], syncs + 1, "confirming starts a sync");
    bench.refused(404, 5, Method::POST, &format!("{path}/confirm_sync_valid/any"), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_without_the_drop_check_publishes_every_sync() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let (app, connector) = synced(&bench, &token, &[]).await;
    let before = read_synced(&bench, &app).await;
    let path = format!("/api/v1/apps/{app}/connectors/{connector}");
    let update = json!({"connector": {"disableCheckBadSync": true}, "updateMask": "disableCheckBadSync"});
    bench.ok(Method::POST, &path, update).await;
    let scoped = json!({"role": "scoped_admin"});
    bench.ok(Method::PATCH, "/_sandbox/okta/tokens/super_admin", scoped).await;
    bench.ok(Method::POST, &format!("{path}/force_sync"), json!({})).await;
    assert_eq!(ended(&bench, &app, &connector).await["syncDisabledAt"], Value::Null);
    assert!(read_synced(&bench, &app).await.accounts.len() * 2 < before.accounts.len());
}

#[test]
fn a_killed_sandbox_publishes_no_partial_sync_and_the_next_sync_is_complete() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    for round in 0..3 {
        let journal = folder.path().join(format!("journal-{round}.jsonl"));
        let (mut process, ready) = serve(&state, &journal);
        runtime.block_on(async {
            let http = crate::support::client();
            let url = |path: &str| format!("{}{path}", text(&ready["c1_url"]));
            let app = text(&ready["apps"][0]["id"]);
            let config = config(&text(&ready["okta_url"]), &text(&ready["okta_tokens"]["super_admin"]), &[]);
            let request = http.post(url(&format!("/api/v1/apps/{app}/connectors/create")));
            let request = request.bearer_auth(text(&ready["access_token"]));
            let body = json!({"catalogId": OKTA_V2, "config": v2(&config)});
            assert_eq!(request.json(&body).send().await.unwrap().status(), 200);
            // Each round kills the process after another number of Okta's responses.
            wait_for_okta_responses(&journal, 2 + 3 * round).await;
        });
        // SIGKILL prevents any cleanup.
        process.kill().unwrap();
        process.wait().unwrap();
    }
    runtime.block_on(async {
        let options = Options { state: Some(state), org_size: SIZE, ..Options::default() };
        let bench = Bench::with(options).await;
        let app = bench.app().to_owned();
        // The interrupted syncs restart, with addresses of processes that no longer exist.
        let connectors = rows(&bench, &format!("/api/v1/apps/{app}/connectors"), Value::Null).await;
        assert_eq!(connectors.len(), 3);
        for connector in &connectors {
            let ended = ended(&bench, &app, &text(&connector["connector"]["id"])).await;
            assert_eq!(ended["status"]["status"], "SYNC_STATUS_ERROR");
        }
        assert_eq!(read_synced(&bench, &app).await.grants, Grants::new(), "no read returns a partial sync");
        let org = read_org(&bench).await;
        let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
        let flags = [("okta_sync_deprovisioned_users", "true"), ("okta_extract_aws_saml_roles", "true")];
        let (app, _) = synced(&bench, &token, &flags).await;
        assert_eq!(read_synced(&bench, &app).await, org);
    });
}

fn v2(config: &Value) -> Value {
    let (domain, token) = (&config["configuration"]["okta_domain"], &config["configuration"]["okta_api_key"]);
    json!({"@type": config["@type"], "configuration": {"okta_v2_domain": domain, "okta_v2_api_token": token}})
}

/// Waits until the journal contains this number of exchanges of a running sync with the Okta org.
async fn wait_for_okta_responses(journal: &Path, count: usize) {
    for _ in 0..2_000 {
        let text = std::fs::read_to_string(journal).unwrap_or_default();
        if text.matches(r#""service":"okta""#).count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the sync sends fewer than {count} requests");
}

/// Starts a sandbox whose syncs take long enough to be killed, and returns the process and its ready line.
fn serve(state: &Path, journal: &Path) -> (std::process::Child, Value) {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let mut process = Command::new(env!("CARGO_BIN_EXE_c1-sandbox"))
        .args(["serve", "--users", "90", "--groups", "60", "--apps", "40", "--seed", "14", "--until-stdin-closes"])
        .args(["--latency", "60-120", "--sync-duration", "10ms"])
        .arg("--state")
        .arg(state)
        .arg("--journal")
        .arg(journal)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (process, serde_json::from_str(&line).unwrap())
}
