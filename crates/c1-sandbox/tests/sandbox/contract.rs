//! Responses of every operation contain all fields of the contracts, and the journal contains no secret.

use std::collections::BTreeSet;

use c1_sandbox::{OPERATIONS, Operation, Options, OrgSize, Service};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, OKTA_V2};

/// Fields of `c1.api.app.v1.Connector` in ConductorOne's OpenAPI document.
const CONNECTOR: &str = "appId canResumeSync catalogId config configUpdatedAt connectorApiVersion \
    connectorSyncCronSchedule createdAt deletedAt description disableCheckBadSync displayName downloadUrl id \
    oauthAuthorizedAs parallelSyncWorkerCount profileAllowList profileIgnoreList status syncConfig syncDisabledAt \
    syncDisabledCategory syncDisabledReason updatedAt userIds";
/// Fields of `c1.api.app.v1.App`.
const APP: &str = "accessModel annotations appAccountId appAccountName appOwners appUserMapper certifyPolicyId \
    connectorVersion createdAt defaultRequestCatalogId deletedAt description displayName \
    enableConnectorSourcedOwnership fieldMask grantPolicyId iconUrl id identityMatching instructions isDirectory \
    isManuallyManaged logoUri matchBatonRef monthlyCostUsd parentAppId revokeGrantSources revokePolicyId \
    strictAccessEntitlementProvisioning updatedAt userCount";
/// Fields of `c1.api.user.v1.User`.
const USER: &str = "createdAt delegatedUserId deletedAt department departmentSources directoryIds directoryStatus \
    directoryStatusSources displayName email emailSources emails employeeIdSources employeeIds employmentStatus \
    employmentStatusSources employmentType employmentTypeSources id jobTitle jobTitleSources managerIds \
    managerSources origin profile roleIds status type updatedAt username usernameSources usernames";
/// Fields of `c1.api.iam.v1.Role`.
const ROLE: &str =
    "createdAt deletedAt displayName id name permissions serviceRoles systemApiOnly systemBuiltin updatedAt";

/// Fields of `c1.api.app.v1.AppUser`.
const APP_USER: &str = "agentStatus appId appUserType createdAt deletedAt displayName email emails employeeIds id \
    identityUserId isExternal nhiDetail nhiType profile status updatedAt username usernames";
/// Fields of `c1.api.app.v1.AppResource`.
const APP_RESOURCE: &str = "accessConfigId agentTrait annotations appId appResourceTypeId createdAt customDescription \
    deletedAt description displayName externalId grantCount id matchBatonId nhiDetail nhiType parentAppResourceId \
    parentAppResourceTypeId profile secretTrait updatedAt";
/// Fields of `c1.api.app.v1.AppEntitlement`.
const APP_ENTITLEMENT: &str = "alias annotations appId appResourceId appResourceTypeId certifyPolicyId \
    complianceFrameworkValueIds createdAt defaultValuesApplied deletedAt deprovisionerPolicy description displayName \
    durationGrant durationUnset emergencyGrantEnabled emergencyGrantPolicyId externalId grantCount grantPolicyId id \
    isAutomationEnabled isManuallyManaged matchBatonId overrideAccessRequestsDefaults provisionerPolicy purpose \
    requestSchemaId revokePolicyId riskLevelValueId slug sourceConnectorIds systemBuiltin updatedAt userEditedMask";
/// Fields of `c1.api.task.v1.Task`.
const TASK: &str = "actions analysisId annotations approverIds commentCount createdAt createdByUserId data deletedAt \
    description displayName emergencyAccess externalRefs form id insightIds numericId origin policy \
    policyGenerationId processing recommendation revocationTargets state stepApproverIds type updatedAt userId";

/// Returns a body that requests all related objects.
fn expanding(mut body: Value) -> Value {
    body["expandMask"] = json!({"paths": ["*"]});
    body
}

fn assert_fields(fields: &str, value: &Value) {
    let expected: BTreeSet<&str> = fields.split_whitespace().collect();
    let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(found, expected);
}

/// Requests synced objects and tasks.
async fn walk_synced(bench: &Bench, connector: &str) {
    let get = |path: String| async move { bench.ok(Method::GET, &path, Value::Null).await };
    let post = |path: &'static str, body: Value| async move { bench.ok(Method::POST, path, body).await };
    bench.settled(connector.rsplit('/').next().unwrap()).await;
    let app = format!("/api/v1/apps/{}", bench.app());
    let of_app = json!({"appIds": [bench.app()], "pageSize": 100});

    let accounts = get(format!("{app}/app_users?page_size=100")).await;
    let mut rows = accounts["list"].as_array().unwrap().iter().map(|row| &row["appUser"]);
    let account = rows.rfind(|account| account["status"]["details"] == "ACTIVE").unwrap();
    assert_fields(APP_USER, account);
    get(format!("{app}/users/{}/app_users", account["identityUserId"].as_str().unwrap())).await;
    post("/api/v1/search/app_users", expanding(of_app.clone())).await;
    let types = get(format!("{app}/resource_types")).await;
    post("/api/v1/search/app_resource_types", of_app.clone()).await;
    for kind in types["list"].as_array().unwrap() {
        let path = format!("{app}/resource_types/{}", kind["appResourceType"]["id"].as_str().unwrap());
        get(path.clone()).await;
        let resources = get(format!("{path}/resources?page_size=10")).await;
        for resource in resources["list"].as_array().unwrap() {
            let resource = &resource["appResource"];
            assert_fields(APP_RESOURCE, resource);
            let id = resource["id"].as_str().unwrap();
            get(format!("{path}/resources/{id}")).await;
            let of_resource = path.replace("/resource_types/", "/entitlements/resource_types/");
            get(format!("{of_resource}/resources/{id}")).await;
        }
    }
    post("/api/v1/search/app_resources", of_app.clone()).await;
    let entitlements = get(format!("{app}/entitlements?page_size=100")).await;
    for entitlement in entitlements["list"].as_array().unwrap().iter().take(5) {
        let entitlement = &entitlement["appEntitlement"];
        assert_fields(APP_ENTITLEMENT, entitlement);
        let path = format!("{app}/entitlements/{}", entitlement["id"].as_str().unwrap());
        for list in ["", "/users", "/grants"] {
            get(format!("{path}{list}")).await;
        }
    }
    get(format!("{app}/entitlements/users/{}", account["id"].as_str().unwrap())).await;
    post("/api/v1/search/entitlements", expanding(of_app.clone())).await;
    post("/api/v1/search/grants", expanding(of_app)).await;

    let sales = json!({"appIds": [bench.app()], "query": "Sales"});
    let sales = post("/api/v1/search/entitlements", sales).await;
    let task = json!({
        "appId": bench.app(),
        "appEntitlementId": sales["list"][0]["appEntitlement"]["id"],
        "appUserId": account["id"],
        "description": "Walk",
    });
    for (verb, outcome) in [("grant", "GRANT_OUTCOME_ERROR"), ("revoke", "REVOKE_OUTCOME_ERROR")] {
        let created = bench.ok(Method::POST, &format!("/api/v1/task/{verb}"), expanding(task.clone())).await;
        let created = &created["taskView"]["task"];
        assert_fields(TASK, created);
        let path = format!("/api/v1/tasks/{}", created["id"].as_str().unwrap());
        let closed = bench
            .until(async || {
                let task = bench.ok(Method::GET, &path, Value::Null).await["taskView"]["task"].clone();
                (task["state"] == "TASK_STATE_CLOSED").then_some(task)
            })
            .await;
        assert_fields(TASK, &closed);
        assert_eq!(closed["type"][verb]["outcome"], outcome, "the connector's token is read-only");
    }
}

/// Requests a token, apps, users and roles. Returns the path of a new app.
async fn walk_tenant(bench: &Bench) -> String {
    let ready = bench.sandbox.ready();
    let secret = [
        ("grant_type", "client_credentials"),
        ("client_id", ready.client_id.as_str()),
        ("client_secret", &ready.client_secret),
    ];
    let response = bench.http.post(bench.c1("/auth/v1/token")).form(&secret).send().await.unwrap();
    assert_eq!(response.status(), 200);

    let get = |path: String| async move { bench.ok(Method::GET, &path, Value::Null).await };
    let post = |path: String, body: Value| async move { bench.ok(Method::POST, &path, body).await };
    get("/api/v1/auth/introspect".to_owned()).await;
    post("/api/v1/users/introspect".to_owned(), expanding(json!({}))).await;

    let app = post("/api/v1/apps".to_owned(), json!({"displayName": "Walk"})).await;
    assert_fields(APP, &app["app"]);
    let app = format!("/api/v1/apps/{}", app["app"]["id"].as_str().unwrap());
    get(app.clone()).await;
    post(app.clone(), json!({"app": {"description": "d"}, "updateMask": "description"})).await;
    get("/api/v1/apps".to_owned()).await;
    post("/api/v1/search/apps".to_owned(), json!({"query": "walk", "pageSize": 10})).await;

    let users = get("/api/v1/users".to_owned()).await;
    assert_fields(USER, &users["list"][0]["user"]);
    get(format!("/api/v1/users/{}", bench.user(0))).await;
    post("/api/v1/search/users".to_owned(), expanding(json!({"email": ready.users[0].email}))).await;
    let roles = get("/api/v1/iam/roles".to_owned()).await;
    assert_fields(ROLE, &roles["list"][0]);
    get(format!("/api/v1/iam/roles/{}", roles["list"][0]["id"].as_str().unwrap())).await;

    app
}

/// Requests operations on connectors and their owners, and at the end deletes the connector.
async fn walk_connectors(bench: &Bench) {
    let get = |path: String| async move { bench.ok(Method::GET, &path, Value::Null).await };
    let post = |path: String, body: Value| async move { bench.ok(Method::POST, &path, body).await };
    let created = post(format!("{}/create", bench.connectors()), expanding(bench.create_body())).await;
    let connector = &created["connectorView"]["connector"];
    assert_fields(CONNECTOR, connector);
    let path = format!("{}/{}", bench.connectors(), connector["id"].as_str().unwrap());
    bench.settled(connector["id"].as_str().unwrap()).await;
    let delegated = post(bench.connectors(), expanding(json!({"catalogId": OKTA, "displayName": "D"}))).await;
    assert_fields(CONNECTOR, &delegated["connectorView"]["connector"]);
    get(bench.connectors()).await;
    let update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    post(path.clone(), expanding(update)).await;
    let update = json!({"connector": {"displayName": "x"}, "updateMask": "displayName"});
    post(format!("{path}/delegated"), expanding(update)).await;
    for verb in ["force_sync", "pause", "resume"] {
        post(format!("{path}/{verb}"), json!({})).await;
    }
    let cron = json!({"cron": {"cronSpec": "15 3 * * *", "timezone": "Europe/Berlin"}});
    post(format!("{path}/schedule"), cron).await;
    walk_synced(bench, &path).await;
    get(path.clone()).await;
    walk_connector_owners(bench, &path).await;
    for entry in [OKTA, OKTA_V2] {
        post("/api/v1/connectorcatalog".to_owned(), json!({"catalogId": entry})).await;
    }
    bench.ok(Method::DELETE, &path, json!({})).await;
    bench.refused(404, 5, Method::GET, &path, Value::Null).await;
}

/// Requests operations on the owners of a connector, which has synced.
async fn walk_connector_owners(bench: &Bench, path: &str) {
    let get = |path: String| async move { bench.ok(Method::GET, &path, Value::Null).await };
    let post = |path: String, body: Value| async move { bench.ok(Method::POST, &path, body).await };
    let owners = format!("{}/owners", path.replace("/api/v1/", "/api/v2/"));
    let set = json!({"roleSlug": "primary", "userRefs": [{"id": bench.user(0)}]});
    bench.ok(Method::PUT, &owners, set).await;
    let listed = get(format!("{owners}/users?role_slug=primary&page_size=10")).await;
    assert_fields(USER, &listed["list"][0]["user"]);
    let entitlements = format!("/api/v1/apps/{}/entitlements", bench.app());
    let entitlement = get(entitlements).await["list"][0]["appEntitlement"]["id"].as_str().unwrap().to_owned();
    let owner = format!("{owners}/entitlements/primary/{}/{entitlement}", bench.app());
    post(owner.clone(), json!({"appEntitlementRef": {"appId": bench.app(), "id": entitlement}})).await;
    get(owner.clone()).await;
    get(format!("{owners}/entitlements")).await;
    bench.ok(Method::DELETE, &owner, json!({})).await;
    let owner = format!("{owners}/users/primary/{}", bench.user(1));
    post(owner.clone(), json!({"userRef": {"id": bench.user(1)}})).await;
    get(owner.clone()).await;
    bench.ok(Method::DELETE, &owner, json!({})).await;
}

/// Requests operations on the owners of an app.
async fn walk_app_owners(bench: &Bench) {
    let get = |path: String| async move { bench.ok(Method::GET, &path, Value::Null).await };
    let post = |path: String, body: Value| async move { bench.ok(Method::POST, &path, body).await };
    post("/api/v1/search/users".to_owned(), json!({"refs": [{"id": bench.user(0)}], "pageSize": 100})).await;
    let owners = format!("/api/v1/apps/{}/owners", bench.app());
    bench.ok(Method::PUT, &owners, json!({"userIds": [bench.user(0)]})).await;
    post(format!("{owners}/{}", bench.user(1)), json!({})).await;
    assert_fields(USER, &get(owners.clone()).await["list"][0]);
    get(format!("/api/v1/apps/{}/ownerids", bench.app())).await;
    bench.ok(Method::DELETE, &format!("{owners}/{}", bench.user(1)), json!({})).await;
    bench.ok(Method::DELETE, &owners, json!({"userIds": [bench.user(0)]})).await;
}

/// Sends a request to the Okta org with the token of a super administrator.
async fn okta(bench: &Bench, path: &str) -> Value {
    let ready = bench.sandbox.ready();
    let request = bench.http.get(format!("{}{path}", ready.okta_url));
    let request = request.header("Authorization", format!("SSWS {}", ready.okta_tokens.super_admin));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

/// Requests the org, its users, groups and apps.
async fn walk_okta_objects(bench: &Bench) {
    let okta = |path: String| async move { okta(bench, &path).await };
    for path in ["/.well-known/okta-organization", "/api/v1/org", "/api/v1/org/privacy/oktaSupport"] {
        okta(path.to_owned()).await;
    }
    let me = okta("/api/v1/users/me".to_owned()).await["id"].as_str().unwrap().to_owned();
    okta(format!("/api/v1/users/{me}")).await;
    assert!(!okta(format!("/api/v1/users/{me}/roles")).await.as_array().unwrap().is_empty());
    okta("/api/v1/users?limit=1".to_owned()).await;
    okta("/api/v1/groups?filter=type+eq+%22BUILT_IN%22&limit=1".to_owned()).await;
    let admins = okta("/api/v1/iam/assignees/users?limit=1".to_owned()).await;
    for admin in admins["value"].as_array().unwrap() {
        okta(format!("/api/v1/users/{}/roles", admin["id"].as_str().unwrap())).await;
    }
    okta("/api/v1/users".to_owned()).await;
    okta("/api/v1/users?search=status+pr&sortBy=created&fields=id,status,profile:(login)".to_owned()).await;
    okta(format!("/api/v1/users/{me}/groups")).await;
    okta("/api/v1/groups?expand=stats".to_owned()).await;
    for group in okta("/api/v1/groups".to_owned()).await.as_array().unwrap() {
        let group = format!("/api/v1/groups/{}", group["id"].as_str().unwrap());
        for list in ["", "/users", "/apps", "/roles"] {
            okta(format!("{group}{list}")).await;
        }
    }
    for app in okta("/api/v1/apps".to_owned()).await.as_array().unwrap() {
        let app = format!("/api/v1/apps/{}", app["id"].as_str().unwrap());
        okta(app.clone()).await;
        for list in ["users", "groups"] {
            for item in okta(format!("{app}/{list}")).await.as_array().unwrap() {
                okta(format!("{app}/{list}/{}", item["id"].as_str().unwrap())).await;
            }
        }
        okta(format!("{app}/users?expand=user")).await;
        okta(format!("{app}/groups?expand=group")).await;
    }
}

/// Requests the org's administrators, roles and resource sets.
async fn walk_okta_administration(bench: &Bench) {
    let okta = |path: String| async move { okta(bench, &path).await };
    okta("/api/v1/iam/assignees/users".to_owned()).await;
    okta("/api/v1/meta/schemas/group/default".to_owned()).await;
    for (list, name, parts) in [
        ("roles", "roles", &["", "/permissions"][..]),
        ("resource-sets", "resource-sets", &["", "/bindings", "/resources"]),
    ] {
        for object in okta(format!("/api/v1/iam/{list}")).await[name].as_array().unwrap() {
            let object = format!("/api/v1/iam/{list}/{}", object["id"].as_str().unwrap());
            for part in parts {
                let found = okta(format!("{object}{part}")).await;
                for bound in found["roles"].as_array().into_iter().flatten() {
                    let binding = format!("{object}/bindings/{}", bound["id"].as_str().unwrap());
                    okta(binding.clone()).await;
                    okta(format!("{binding}/members")).await;
                }
            }
        }
    }
}

/// Changes a group's members and an app's assignments.
async fn walk_okta_changes(bench: &Bench) {
    let ready = bench.sandbox.ready();
    let okta = |path: String| async move { okta(bench, &path).await };
    let me = okta("/api/v1/users/me".to_owned()).await["id"].as_str().unwrap().to_owned();
    let write = |method: Method, path: String, body: String, expected: u16| {
        let request = bench.http.request(method, format!("{}{path}", ready.okta_url));
        let request = request.header("Authorization", format!("SSWS {}", ready.okta_tokens.super_admin));
        let request = request.header("Content-Type", "application/json").header("Content-Length", body.len());
        let request = request.body(body);
        async move { assert_eq!(request.send().await.unwrap().status(), expected, "{path}") }
    };
    let group = okta("/api/v1/groups?q=Sales".to_owned()).await[0]["id"].as_str().unwrap().to_owned();
    let app = okta("/api/v1/apps?q=AWS".to_owned()).await[0]["id"].as_str().unwrap().to_owned();
    let assignment = format!(r#"{{"id": "{me}", "credentials": {{"userName": "me"}}}}"#);
    for method in [Method::PUT, Method::DELETE] {
        write(method, format!("/api/v1/groups/{group}/users/{me}"), String::new(), 204).await;
    }
    write(Method::POST, format!("/api/v1/apps/{app}/users"), assignment, 200).await;
    write(Method::DELETE, format!("/api/v1/apps/{app}/users/{me}"), String::new(), 204).await;
    write(Method::PUT, format!("/api/v1/apps/{app}/groups/{group}"), "{}".to_owned(), 200).await;
    write(Method::DELETE, format!("/api/v1/apps/{app}/groups/{group}"), String::new(), 204).await;
}

/// The variable `C1_SANDBOX_JOURNAL` keeps the journal in a file, for a check against the published contracts.
#[tokio::test]
async fn responses_have_all_fields_and_the_journal_contains_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let journal = std::env::var_os("C1_SANDBOX_JOURNAL").map(Into::into).unwrap_or(folder.path().join("journal.jsonl"));
    let org_size = OrgSize { users: 300, groups: 210, apps: 9, seed: 1 };
    let bench = Bench::with(Options { journal: Some(journal.clone()), org_size, ..Options::default() }).await;
    let app = walk_tenant(&bench).await;
    walk_connectors(&bench).await;
    walk_app_owners(&bench).await;
    bench.ok(Method::DELETE, &app, json!({})).await;
    bench.ok(Method::GET, &app, Value::Null).await;
    walk_okta_objects(&bench).await;
    walk_okta_administration(&bench).await;
    walk_okta_changes(&bench).await;

    let text = std::fs::read_to_string(journal).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_fields("service method path query user_agent status request_body response_body", line);
    }
    let find = |path: &str| lines.iter().find(|line| line["path"].as_str().unwrap().ends_with(path)).unwrap();
    let token = find("/auth/v1/token");
    assert_eq!((&token["service"], &token["request_body"]), (&json!("conductorone"), &Value::Null));
    let key = &find("/connectors/create")["request_body"]["config"]["configuration"]["okta_api_key"];
    assert_eq!(*key, json!({"stringValue": "(secret)"}));
    let ready = bench.sandbox.ready();
    for secret in [&ready.client_secret, &ready.access_token, &ready.okta_tokens.read_only, &ready.oidc_token] {
        assert!(!text.contains(secret.as_str()));
    }
    assert_eq!(find("/.well-known/okta-organization")["service"], "okta");
}

/// Requests every operation with IDs of no object.
#[tokio::test]
async fn listed_operations_exist_and_excluded_ones_do_not() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    for Operation { service, method, path, left_out } in OPERATIONS {
        let path: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "none" } else { part }).collect();
        let (url, authorization) = match service {
            Service::ConductorOne => (&ready.c1_url, format!("Bearer {}", ready.access_token)),
            Service::Okta => (&ready.okta_url, format!("SSWS {}", ready.okta_tokens.super_admin)),
        };
        let request = bench.http.request(method.parse().unwrap(), format!("{url}{}", path.join("/")));
        let request = request.header("Authorization", authorization).header("Content-Length", 2).body("{}");
        let response = request.send().await.unwrap();
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let is_unknown =
            status == 501 || status == 405 || body["message"] == "Not Found" || body["errorCode"] == "E0000022";
        assert_eq!(is_unknown, left_out.is_some(), "{method} {path:?}: {status} {text}");
    }
    let distinct: BTreeSet<(&str, &str, &str)> =
        OPERATIONS.iter().map(|operation| (operation.service.name(), operation.method, operation.path)).collect();
    assert_eq!(distinct.len(), OPERATIONS.len());
}
