//! Objects of an Okta org, read from its own lists and from the lists of synced objects.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

/// Kind of the resource, its ID in Okta, the user's login, the groups that the grant comes through.
pub(super) type Grants = BTreeSet<(&'static str, String, String, BTreeSet<String>)>;

/// An org as its own lists or the synced objects describe it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OrgObjects {
    /// Okta's status by login.
    pub(super) accounts: BTreeMap<String, String>,
    /// Names by kind and ID in Okta.
    pub(super) resources: BTreeMap<(&'static str, String), String>,
    pub(super) grants: Grants,
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Reads an org's lists with the token of a super administrator.
struct OrgReader<'a> {
    bench: &'a Bench,
    found: OrgObjects,
    /// Logins by user ID.
    logins: BTreeMap<String, String>,
    /// User IDs by group ID.
    members: BTreeMap<String, BTreeSet<String>>,
    /// IDs of the groups that a resource is assigned to, by kind and ID of the resource.
    groups: BTreeMap<(&'static str, String), BTreeSet<String>>,
}

/// Reads an org.
pub(super) async fn read_org(bench: &Bench) -> OrgObjects {
    let (found, logins, members, groups) = Default::default();
    let mut reader = OrgReader { bench, found, logins, members, groups };
    reader.read_users().await;
    reader.read_groups().await;
    reader.read_apps().await;
    reader.read_roles().await;
    reader.found
}

impl OrgReader<'_> {
    async fn read_users(&mut self) {
        for user in self.list("/api/v1/users?search=status+pr").await {
            let login = text(&user["profile"]["login"]);
            self.found.accounts.insert(login.clone(), text(&user["status"]));
            self.logins.insert(text(&user["id"]), login);
        }
    }

    /// Reads the groups with their members, apps and roles.
    async fn read_groups(&mut self) {
        for group in self.list("/api/v1/groups").await {
            let id = text(&group["id"]);
            self.found.resources.insert(("Group", id.clone()), text(&group["profile"]["name"]));
            for app in self.list(&format!("/api/v1/groups/{id}/apps")).await {
                self.groups.entry(("Application", text(&app["id"]))).or_default().insert(id.clone());
            }
            for assigned in self.list(&format!("/api/v1/groups/{id}/roles")).await {
                let role = self.add_role(&assigned);
                self.groups.entry(("Role", role)).or_default().insert(id.clone());
            }
            let members = self.list(&format!("/api/v1/groups/{id}/users")).await;
            let members: BTreeSet<String> = members.iter().map(|user| text(&user["id"])).collect();
            let grants = members.iter().map(|user| ("Group", id.clone(), self.logins[user].clone(), BTreeSet::new()));
            self.found.grants.extend(grants);
            self.members.insert(id, members);
        }
    }

    /// Reads the apps with their users, and the SAML roles of these.
    async fn read_apps(&mut self) {
        for app in self.list("/api/v1/apps").await {
            let id = text(&app["id"]);
            self.found.resources.insert(("Application", id.clone()), text(&app["label"]));
            for user in self.list(&format!("/api/v1/apps/{id}/users")).await {
                let user_id = text(&user["id"]);
                let is_direct = user["scope"] == "USER";
                let groups =
                    if is_direct { BTreeSet::new() } else { self.groups_of("Application", id.clone(), &user_id) };
                let login = &self.logins[&user_id];
                self.found.grants.insert(("Application", id.clone(), login.clone(), groups));
                for role in user["profile"]["samlRoles"].as_array().into_iter().flatten() {
                    let (external, name) = (format!("{id}:{}", text(role)), text(role));
                    self.found.resources.insert(("AWS SAML role", external.clone()), name);
                    self.found.grants.insert(("AWS SAML role", external, login.clone(), BTreeSet::new()));
                }
            }
        }
    }

    /// Reads the admin roles of all users. A role that a user has directly has no groups.
    async fn read_roles(&mut self) {
        for (user, login) in self.logins.clone() {
            let mut roles = BTreeMap::<String, BTreeSet<String>>::new();
            for assigned in self.list(&format!("/api/v1/users/{user}/roles")).await {
                let role = self.add_role(&assigned);
                let is_direct = assigned["assignmentType"] == "USER";
                let groups = if is_direct { BTreeSet::new() } else { self.groups_of("Role", role.clone(), &user) };
                let known = roles.entry(role).or_insert(groups);
                if is_direct {
                    known.clear();
                }
            }
            let grants = roles.into_iter().map(|(role, groups)| ("Role", role, login.clone(), groups));
            self.found.grants.extend(grants);
        }
    }

    /// Adds a role to the resources and returns its ID: the type of a standard role, the name of a custom one.
    fn add_role(&mut self, role: &Value) -> String {
        let id = text(&role[if role["type"] == "CUSTOM" { "label" } else { "type" }]);
        self.found.resources.insert(("Role", id.clone()), text(&role["label"]));
        id
    }

    /// Returns the groups of a user that a resource is assigned to.
    fn groups_of(&self, kind: &'static str, id: String, user: &str) -> BTreeSet<String> {
        let groups = self.groups.get(&(kind, id)).into_iter().flatten();
        groups.filter(|group| self.members[*group].contains(user)).cloned().collect()
    }

    /// Returns the items of all pages of a list.
    async fn list(&self, path: &str) -> Vec<Value> {
        let ready = self.bench.sandbox.ready();
        let (mut next, mut all) = (Some(format!("{}{path}", ready.okta_url)), Vec::new());
        while let Some(url) = next {
            let request = self.bench.http.get(url);
            let request = request.header("Authorization", format!("SSWS {}", ready.okta_tokens.super_admin));
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
    }
}

/// Returns all rows of a list.
pub(super) async fn rows(bench: &Bench, path: &str, body: Value) -> Vec<Value> {
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
pub(super) async fn read_synced(bench: &Bench, app: &str) -> OrgObjects {
    let mut found = OrgObjects::default();
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
