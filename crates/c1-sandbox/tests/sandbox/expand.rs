//! Related objects in the responses of every operation with an `expandMask`.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA};

const APP: &str = "c1.api.app.v1.App";
const USER: &str = "c1.api.user.v1.User";
const ROLE: &str = "c1.api.iam.v1.Role";
const ACCOUNT: &str = "c1.api.app.v1.AppUser";
const RESOURCE_TYPE: &str = "c1.api.app.v1.AppResourceType";
const RESOURCE: &str = "c1.api.app.v1.AppResource";
const ENTITLEMENT: &str = "c1.api.app.v1.AppEntitlement";

/// The path in a mask, the view's field for it, the message type of the related objects, and a pointer to their IDs.
type Relation = (&'static str, &'static str, &'static str, &'static str);

const OF_CONNECTOR: &[Relation] =
    &[("app_id", "appPath", APP, "/connector/appId"), ("user_ids", "usersPath", USER, "/connector/userIds")];
const OF_USER: &[Relation] = &[("role_ids", "rolesPath", ROLE, "/user/roleIds")];
const OF_ACCOUNT: &[Relation] = &[
    ("app_id", "appPath", APP, "/appUser/appId"),
    ("identity_user_id", "identityUserPath", USER, "/appUser/identityUserId"),
];
const OF_ENTITLEMENT: &[Relation] = &[
    ("app_id", "appPath", APP, "/appEntitlement/appId"),
    ("app_resource_type_id", "appResourceTypePath", RESOURCE_TYPE, "/appEntitlement/appResourceTypeId"),
    ("app_resource_id", "appResourcePath", RESOURCE, "/appEntitlement/appResourceId"),
];
const OF_GRANT: &[Relation] = &[
    ("app_id", "appPath", APP, "/task/type/grant/appId"),
    ("user_id", "userPath", USER, "/task/userId"),
    ("created_by_user_id", "createdByUserPath", USER, "/task/createdByUserId"),
    ("app_user_id", "appUserPath", ACCOUNT, "/task/type/grant/appUserId"),
    ("app_entitlement_ids", "entitlementsPath", ENTITLEMENT, "/task/type/grant/appEntitlementId"),
    ("identity_user_id", "identityUserPath", USER, "/task/type/grant/identityUserId"),
];
const OF_REVOCATION: &[Relation] = &[
    ("app_id", "appPath", APP, "/task/type/revoke/appId"),
    ("user_id", "userPath", USER, "/task/userId"),
    ("created_by_user_id", "createdByUserPath", USER, "/task/createdByUserId"),
    ("app_user_id", "appUserPath", ACCOUNT, "/task/type/revoke/appUserId"),
    ("app_entitlement_ids", "entitlementsPath", ENTITLEMENT, "/task/type/revoke/appEntitlementId"),
    ("identity_user_id", "identityUserPath", USER, "/task/type/revoke/identityUserId"),
];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// Returns the objects that a path of a view leads to.
fn resolve<'a>(response: &'a Value, path: &str) -> Vec<&'a Value> {
    let Some(places) = path.strip_prefix("$.expanded[").and_then(|rest| rest.strip_suffix(']')) else {
        assert_eq!(path, "");
        return Vec::new();
    };
    places.split(',').map(|place| &response["expanded"][place.parse::<usize>().unwrap()]).collect()
}

/// Returns the message type and the ID of an object.
fn key(object: &Value) -> (String, String) {
    let message = text(&object["@type"]).strip_prefix("type.googleapis.com/").unwrap();
    (message.to_owned(), text(&object["id"]).to_owned())
}

/// Returns the views of a response. The view of a grant is its entitlement's.
fn views(response: &Value) -> Vec<&Value> {
    match response["list"].as_array() {
        Some(rows) => rows.iter().map(|row| row.get("entitlement").unwrap_or(row)).collect(),
        None => ["connectorView", "userView", "taskView"].iter().filter_map(|name| response.get(name)).collect(),
    }
}

/// Removes the number of grants, which tasks change.
fn without_count(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("grantCount");
    object
}

/// An app that has synced, and the objects that lists return, by message type and ID.
struct Known {
    app: String,
    objects: BTreeMap<(String, String), Value>,
}

impl Known {
    async fn read(bench: &Bench) -> Self {
        let app = bench.app().to_owned();
        bench.settled(text(&bench.create().await["id"])).await;
        let mut known = Self { app, objects: BTreeMap::new() };
        let of_app = format!("/api/v1/apps/{}", known.app);
        known.list(bench, APP, "/api/v1/apps", "").await;
        known.list(bench, ROLE, "/api/v1/iam/roles", "").await;
        known.list(bench, USER, "/api/v1/users", "/user").await;
        known.list(bench, ACCOUNT, &format!("{of_app}/app_users"), "/appUser").await;
        known.list(bench, ENTITLEMENT, &format!("{of_app}/entitlements"), "/appEntitlement").await;
        for kind in known.list(bench, RESOURCE_TYPE, &format!("{of_app}/resource_types"), "/appResourceType").await {
            known.list(bench, RESOURCE, &format!("{of_app}/resource_types/{kind}/resources"), "/appResource").await;
        }
        known
    }

    /// Adds the objects of a list and returns their IDs.
    async fn list(&mut self, bench: &Bench, message: &str, path: &str, place: &str) -> Vec<String> {
        let response = bench.ok(Method::GET, &format!("{path}?page_size=100"), Value::Null).await;
        assert_eq!(response["nextPageToken"], "", "{path} has one page");
        let objects = response["list"].as_array().unwrap().iter().map(|row| row.pointer(place).unwrap());
        let ids: Vec<String> = objects.clone().map(|object| text(&object["id"]).to_owned()).collect();
        self.objects.extend(ids.iter().map(|id| (message.to_owned(), id.clone())).zip(objects.map(without_count)));
        ids
    }

    fn any(&self, message: &str, matches: impl Fn(&Value) -> bool) -> &str {
        let mut found = self.objects.iter().filter(|((known, _), object)| known == message && matches(object));
        &found.next().unwrap().0.1
    }

    /// Sends a request with every kind of mask and checks the responses.
    async fn check(&self, bench: &Bench, path: &str, body: Value, relations: &[Relation]) {
        let nothing =
            [json!(null), json!({}), json!({"paths": null}), json!({"paths": []}), json!({"paths": ["none"]})];
        let all: Vec<&str> = relations.iter().map(|relation| relation.0).collect();
        let mut masks: Vec<(Value, &[&str])> = nothing.map(|mask| (mask, &[][..])).to_vec();
        masks.extend(all.chunks(1).map(|asked| (json!({"paths": ["none", asked[0]]}), asked)));
        masks.extend([(json!({"paths": ["*"]}), &all[..]), (json!({"paths": all}), &all[..])]);
        let plain = bench.ok(Method::POST, path, body.clone()).await;
        self.assert_expanded(&plain, &[], relations);
        for (mask, asked) in masks {
            let mut body = body.clone();
            body["expandMask"] = mask;
            let response = bench.ok(Method::POST, path, body).await;
            self.assert_expanded(&response, asked, relations);
            let fields = |response: &Value| views(response)[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(fields(&response), fields(&plain));
        }
    }

    /// Checks that the paths of all views lead to exactly the expected objects.
    fn assert_expanded(&self, response: &Value, asked: &[&str], relations: &[Relation]) {
        let mut all_expected = BTreeSet::new();
        assert!(!views(response).is_empty(), "{response}");
        for view in views(response) {
            for (field, path) in view.as_object().unwrap().iter().filter(|(field, _)| field.ends_with("Path")) {
                let relation = relations.iter().find(|relation| relation.1 == field && asked.contains(&relation.0));
                let expected: Vec<(String, String)> = relation.map_or_else(Vec::new, |(_, _, message, place)| {
                    let ids = view.pointer(place).unwrap();
                    let ids = ids.as_array().map_or(std::slice::from_ref(ids), Vec::as_slice).iter().map(text);
                    ids.filter(|id| !id.is_empty()).map(|id| ((*message).to_owned(), id.to_owned())).collect()
                });
                let found: Vec<(String, String)> = resolve(response, text(path)).into_iter().map(key).collect();
                assert_eq!(found, expected, "{field} of {view}");
                all_expected.extend(expected);
            }
        }
        let expanded = response["expanded"].as_array().unwrap();
        assert_eq!(expanded.len(), all_expected.len(), "each object is included once");
        for object in expanded {
            assert!(all_expected.contains(&key(object)));
            let mut shown = without_count(object);
            shown.as_object_mut().unwrap().remove("@type");
            assert_eq!(shown, self.objects[&key(object)], "equal to the object of the list");
        }
    }
}

#[tokio::test]
async fn connectors_expand_to_their_app_and_owners() {
    let bench = Bench::behaving(&["owners_order=shuffled"]).await;
    let known = Known::read(&bench).await;
    let owners = json!([bench.user(3), bench.user(0), bench.user(2)]);
    let connectors = bench.connectors();
    let mut create = bench.create_body();
    create["userIds"] = owners.clone();
    known.check(&bench, &format!("{connectors}/create"), create, OF_CONNECTOR).await;
    known.check(&bench, &connectors, json!({"catalogId": OKTA, "userIds": owners}), OF_CONNECTOR).await;
    let path = format!("{connectors}/{}", text(&bench.create().await["id"]));
    let update = json!({"connector": {"userIds": owners}, "updateMask": "userIds"});
    known.check(&bench, &path, update, OF_CONNECTOR).await;
    let update = json!({"connector": {"displayName": "New"}, "updateMask": "displayName"});
    known.check(&bench, &format!("{path}/delegated"), update, OF_CONNECTOR).await;
    let update = json!({"connector": {"userIds": []}, "updateMask": "userIds"});
    known.check(&bench, &path, update, OF_CONNECTOR).await;
}

#[tokio::test]
async fn users_expand_to_their_roles() {
    let bench = Bench::start().await;
    let known = Known::read(&bench).await;
    known.check(&bench, "/api/v1/search/users", json!({"pageSize": 100}), OF_USER).await;
    known.check(&bench, "/api/v1/users/introspect", json!({}), OF_USER).await;
    let unmatched = json!({"query": "no such user", "expandMask": {"paths": ["*"]}});
    let found = bench.ok(Method::POST, "/api/v1/search/users", unmatched).await;
    assert_eq!((&found["list"], &found["expanded"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn accounts_expand_to_their_app_and_user() {
    let bench = Bench::start().await;
    let known = Known::read(&bench).await;
    let of_app = json!({"appIds": [known.app], "pageSize": 100});
    known.check(&bench, "/api/v1/search/app_users", of_app, OF_ACCOUNT).await;
}

#[tokio::test]
async fn entitlements_and_grants_expand_to_app_resource_and_resource_type() {
    let bench = Bench::start().await;
    let known = Known::read(&bench).await;
    let of_app = json!({"appIds": [known.app], "pageSize": 100});
    known.check(&bench, "/api/v1/search/entitlements", of_app.clone(), OF_ENTITLEMENT).await;
    known.check(&bench, "/api/v1/search/grants", of_app.clone(), OF_ENTITLEMENT).await;
    let mut asked = of_app;
    asked["expandMask"] = json!({"paths": ["*"]});
    let grants = bench.ok(Method::POST, "/api/v1/search/grants", asked).await;
    for grant in grants["list"].as_array().unwrap() {
        let account = &grant["appEntitlementUserBinding"]["appUser"];
        assert_eq!((&account["appPath"], &account["identityUserPath"]), (&json!(""), &json!("")));
    }
}

#[tokio::test]
async fn tasks_expand_to_all_their_objects() {
    let bench = Bench::start().await;
    let known = Known::read(&bench).await;
    let entitlement = known.any(ENTITLEMENT, |found| found["displayName"] == "Sales member");
    let orphan = |account: &Value| account["identityUserId"] == "";
    let mut accounts = vec![known.any(ACCOUNT, |account| !orphan(account))];
    accounts.extend(known.objects.values().any(orphan).then(|| known.any(ACCOUNT, orphan)));
    for account in accounts {
        let task = json!({"appId": known.app, "appEntitlementId": entitlement, "appUserId": account});
        known.check(&bench, "/api/v1/task/grant", task.clone(), OF_GRANT).await;
        known.check(&bench, "/api/v1/task/revoke", task, OF_REVOCATION).await;
    }
}

#[tokio::test]
async fn a_mask_of_another_type_is_rejected() {
    let bench = Bench::start().await;
    for mask in [json!("app_id"), json!({"paths": "app_id"}), json!({"paths": [1]})] {
        for path in ["/api/v1/users/introspect", "/api/v1/search/users", "/api/v1/task/grant"] {
            bench.refused(400, 3, Method::POST, path, json!({"expandMask": mask})).await;
        }
    }
}

#[tokio::test]
async fn requested_objects_are_included_even_if_empty_lists_are_null() {
    let bench = Bench::behaving(&["null_sub_objects=on"]).await;
    let mut body = json!({"catalogId": OKTA, "expandMask": {"paths": ["none"]}});
    let created = bench.ok(Method::POST, &bench.connectors(), body.clone()).await;
    assert_eq!((&created["expanded"], &created["connectorView"]["appPath"]), (&Value::Null, &json!("")));
    body["expandMask"] = json!({"paths": ["app_id"]});
    let created = bench.ok(Method::POST, &bench.connectors(), body).await;
    assert_eq!(resolve(&created, text(&created["connectorView"]["appPath"]))[0]["id"], bench.app());
}
