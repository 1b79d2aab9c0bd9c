//! Synced objects, compared with the lists of the Okta org.

mod org_objects;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use c1_sandbox::{Options, OrgSize};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, OKTA_V2, config};
use org_objects::{Grants, OrgObjects, read_org, read_synced, rows, text};

const SIZE: OrgSize = OrgSize { users: 90, groups: 60, apps: 40, seed: 14 };

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

/// Returns a list of the org as the owner of a token reads it.
async fn list_with(bench: &Bench, token: &str, list: &str) -> Vec<Value> {
    let request = bench.http.get(format!("{}/api/v1/{list}", bench.sandbox.ready().okta_url));
    request.header("Authorization", format!("SSWS {token}")).send().await.unwrap().json().await.unwrap()
}

/// The group and the app that a scoped administrator reads, with the logins of the group's members and its own.
struct Scope {
    group: String,
    app: String,
    logins: BTreeSet<String>,
}

impl Scope {
    async fn read(bench: &Bench, org: &OrgObjects) -> Self {
        let only = async |list: &str| -> String {
            let found = list_with(bench, &bench.sandbox.ready().okta_tokens.scoped_admin, list).await;
            assert_eq!(found.len(), 1);
            text(&found[0]["id"])
        };
        let (group, app) = (only("groups").await, only("apps").await);
        let members = org.grants.iter().filter(|(kind, external, ..)| *kind == "Group" && *external == group);
        let owner = org.accounts.keys().find(|login| login.starts_with("tessa")).unwrap();
        let logins = members.map(|(_, _, login, _)| login.clone()).chain([owner.clone()]).collect();
        Self { group, app, logins }
    }
}

/// A token's permissions and a connector's settings, which decide what a sync reads.
struct View<'a> {
    sees_roles: bool,
    scope: Option<&'a Scope>,
    /// Apps that the sync skips.
    skipped: BTreeSet<String>,
    keeps_deprovisioned: bool,
    extracts_saml_roles: bool,
}

impl View<'_> {
    fn contains(&self, kind: &str, external: &str) -> bool {
        let id = external.split(':').next().unwrap();
        (self.sees_roles || kind != "Role")
            && self.scope.is_none_or(|scope| id == scope.group || id == scope.app)
            && (self.extracts_saml_roles || kind != "AWS SAML role")
            && !self.skipped.contains(id)
    }

    /// Returns the part of the org that a sync reads.
    fn of(&self, org: &OrgObjects) -> OrgObjects {
        let accounts = org.accounts.iter().filter(|(_, status)| self.keeps_deprovisioned || *status != "DEPROVISIONED");
        let accounts = accounts.filter(|(login, _)| self.scope.is_none_or(|scope| scope.logins.contains(*login)));
        let accounts: BTreeMap<String, String> = accounts.map(|(l, s)| (l.clone(), s.clone())).collect();
        let resources = org.resources.iter().filter(|((kind, external), _)| self.contains(kind, external));
        let grants = org
            .grants
            .iter()
            .filter(|(kind, external, login, _)| self.contains(kind, external) && accounts.contains_key(login));
        // Grants through groups that the token cannot read have no source.
        let grants = grants.cloned().map(|(kind, external, login, mut groups)| {
            groups.retain(|group| self.scope.is_none_or(|scope| *group == scope.group));
            (kind, external, login, groups)
        });
        let grants = grants.collect();
        OrgObjects { resources: resources.map(|(id, name)| (id.clone(), name.clone())).collect(), grants, accounts }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn synced_objects_equal_the_org_for_each_token_and_each_flag() {
    let bench = Bench::with(Options { org_size: SIZE, ..Options::default() }).await;
    let (org, tokens) = (read_org(&bench).await, bench.sandbox.ready().okta_tokens.clone());
    let apps = list_with(&bench, &tokens.super_admin, "apps?limit=200").await;
    let inactive: BTreeSet<String> =
        apps.iter().filter(|app| app["status"] == "INACTIVE").map(|app| text(&app["id"])).collect();
    assert!(!inactive.is_empty() && org.accounts.values().any(|status| status == "DEPROVISIONED"));
    assert!(org.grants.iter().any(|(kind, .., groups)| *kind == "Application" && groups.len() > 1));
    assert!(org.grants.iter().any(|(kind, .., groups)| *kind == "Role" && !groups.is_empty()));
    assert!(org.grants.iter().any(|(kind, ..)| *kind == "AWS SAML role"));
    let scope = Scope::read(&bench, &org).await;
    for (token, sees_roles, scope) in [
        (&tokens.read_only, false, None),
        (&tokens.app_and_group_admin, false, None),
        (&tokens.custom_read_only, true, None),
        (&tokens.super_admin, true, None),
        (&tokens.scoped_admin, false, Some(&scope)),
    ] {
        for (skips_inactive, keeps_deprovisioned, extracts_saml_roles) in
            [(false, false, false), (false, true, true), (true, false, true), (true, true, false)]
        {
            let flag = |is_on: bool| if is_on { "true" } else { "false" };
            let flags = [
                ("okta_extract_aws_saml_roles", flag(extracts_saml_roles)),
                ("okta_dont_sync_inactive_apps", flag(skips_inactive)),
                ("okta_sync_deprovisioned_users", flag(keeps_deprovisioned)),
            ];
            let skipped = if skips_inactive { inactive.clone() } else { BTreeSet::new() };
            let expected = View { sees_roles, scope, skipped, keeps_deprovisioned, extracts_saml_roles }.of(&org);
            let (app, _) = synced(&bench, token, &flags).await;
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
