//! Objects of the org in the JSON of Okta's OpenAPI specification. Null members are left out, as Okta may.
//!
//! What comes in pages of many is a type, which is written without a detour; the rest is made of values.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::org::{Kind, Org, Targets};
use super::paging::Paging;
use super::population::Status;
use super::roles::{RoleType, custom_role_id, resource_set_id};
use crate::behaviour::{AdminPrivilegeKey, MissingDates, NewValues};
use crate::identifiers::okta_id;

/// `OrgSetting`.
pub(crate) fn organization(org: &Org) -> Value {
    json!({
        "id": org.id(),
        "companyName": "Sandbox",
        "subdomain": org.subdomain(),
        "status": "ACTIVE",
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "website": "https://example.com",
        "_links": {"preferences": {"href": format!("{}/api/v1/org/preferences", org.url())}},
    })
}

/// `User`. Only `self` among the links, as items of a list have it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activated: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_changed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_updated: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    user_type: Option<Identified>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Credentials>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "_links")]
    links: Option<UserLinks>,
}

#[derive(Serialize)]
struct Identified {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'static str>,
}

#[derive(Serialize)]
struct Credentials {
    provider: Provider,
}

#[derive(Serialize)]
struct Provider {
    r#type: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct UserLinks {
    #[serde(rename = "self")]
    own: Link,
}

#[derive(Serialize)]
struct Link {
    href: String,
}

impl User {
    pub(crate) fn of(org: &Org, user: u32) -> Self {
        let id = org.object_id(Kind::User, user);
        let (first_name, last_name) = org.population().names(user);
        let (status, login, created) =
            (org.population().status(user), org.login(user), org.user_created(user).millis());
        let was_activated = !matches!(status, Status::Staged | Status::Provisioned);
        Self {
            status: Some(known_or_new(org, user, status.as_str())),
            activated: match org.behaviour().missing_dates {
                MissingDates::Absent => was_activated.then(|| Some(created.clone())),
                MissingDates::Null => Some(was_activated.then(|| created.clone())),
            },
            status_changed: Some(created.clone()),
            last_updated: Some(created.clone()),
            created: Some(created),
            user_type: Some(Identified { id: org.user_type().to_owned() }),
            profile: Some(Profile {
                email: Some(login.clone()),
                login: Some(login),
                first_name: Some(first_name),
                last_name: Some(last_name),
            }),
            credentials: Some(Credentials { provider: Provider { r#type: "OKTA", name: "OKTA" } }),
            links: Some(UserLinks { own: Link { href: format!("{}/api/v1/users/{id}", org.url()) } }),
            id,
        }
    }

    /// The same without credentials.
    pub(crate) fn without_credentials(self) -> Self {
        Self { credentials: None, ..self }
    }

    /// The same cut down to some fields; the ID always stays.
    pub(crate) fn only(mut self, fields: &Fields) -> Self {
        fn keep<T>(value: Option<T>, name: &str, wanted: &[String]) -> Option<T> {
            value.filter(|_| wanted.iter().any(|wanted| wanted == name))
        }
        let wanted = &fields.of_user;
        self.profile = keep(self.profile, "profile", wanted).map(|profile| match fields.of_profile.as_slice() {
            [] => profile,
            wanted => Profile {
                login: keep(profile.login, "login", wanted),
                email: keep(profile.email, "email", wanted),
                first_name: keep(profile.first_name, "firstName", wanted),
                last_name: keep(profile.last_name, "lastName", wanted),
            },
        });
        Self {
            status: keep(self.status, "status", wanted),
            created: keep(self.created, "created", wanted),
            activated: keep(self.activated, "activated", wanted),
            status_changed: keep(self.status_changed, "statusChanged", wanted),
            last_updated: keep(self.last_updated, "lastUpdated", wanted),
            user_type: keep(self.user_type, "type", wanted),
            credentials: keep(self.credentials, "credentials", wanted),
            links: keep(self.links, "_links", wanted),
            ..self
        }
    }
}

/// Fields that the parameter `fields` selects, such as `id,profile:(login,email)`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    of_user: Vec<String>,
    of_profile: Vec<String>,
}

impl Fields {
    pub(crate) fn parse(text: &str) -> Self {
        let mut fields = Self::default();
        for (index, part) in text.split(['(', ')']).enumerate() {
            let into = if index % 2 == 0 { &mut fields.of_user } else { &mut fields.of_profile };
            let names = part.split(',').map(|name| name.trim().trim_end_matches(':')).filter(|name| !name.is_empty());
            into.extend(names.map(str::to_owned));
        }
        fields
    }
}

/// `StandardRole` or `CustomRole`, of a user or a group (`holder`), or of a user through a group.
pub(crate) fn role(org: &Org, holder: (Kind, u32), role: RoleType, through: Option<u32>) -> Value {
    let (kind, label) = role.names();
    let assignee = match (through, holder.0) {
        (Some(group), _) => format!("groups/{}", org.object_id(Kind::Group, group)),
        (None, Kind::Group) => format!("groups/{}", org.object_id(Kind::Group, holder.1)),
        (None, _) => format!("users/{}", org.object_id(Kind::User, holder.1)),
    };
    let is_of_group = through.is_some() || holder.0 == Kind::Group;
    let mut view = json!({
        "id": okta_id(if is_of_group { "gra" } else { "ra1" }, 20, &format!("{}/{assignee}/{kind}", org.id())),
        "label": label,
        "type": kind,
        "status": "ACTIVE",
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "assignmentType": if is_of_group { "GROUP" } else { "USER" },
        // The specification lists standard and custom assignments as alternatives of which one fits, and only custom
        // ones have a resource set; null says that this is none of them.
        "resource-set": null,
        "_links": {"assignee": {"href": format!("{}/api/v1/{assignee}", org.url())}},
    });
    if role == RoleType::Custom {
        // As with `resource-set` above: only standard assignments have targets to embed.
        view["_embedded"] = Value::Null;
        view["role"] = custom_role_id(label).into();
        view["resource-set"] = resource_set_id(label).into();
    }
    view
}

/// Embeds the targets of a role if the caller requested them. Source: Okta's OpenAPI specification, `StandardRole`.
pub(crate) fn embed_targets(org: &Org, view: &mut Value, role: RoleType, targets: &Targets, paging: &Paging) {
    let groups = || targets.groups.iter().map(|place| group(org, *place, false)).collect::<Vec<_>>();
    let apps = || targets.apps.iter().map(|place| app(org, *place)).collect::<Vec<_>>();
    if role == RoleType::Group && paging.expands("targets/groups") {
        view["_embedded"] = json!({"targets": {"groups": groups()}});
    }
    if role == RoleType::Application && paging.expands("targets/catalog/apps") {
        view["_embedded"] = json!({"targets": {"catalog": {"apps": apps()}}});
    }
}

/// `RoleAssignedUser`.
pub(crate) fn assignee(org: &Org, user: u32) -> Value {
    let id = org.object_id(Kind::User, user);
    let href = format!("{}/api/v1/users/{id}", org.url());
    json!({
        "orn": format!("orn:okta:directory:{}:users:{id}", org.id()),
        "_links": {"self": {"href": href}, "roles": {"href": format!("{href}/roles")}},
        "id": id,
    })
}

/// `Group`, with its counts where wanted.
pub(crate) fn group(org: &Org, group: u32, with_stats: bool) -> Value {
    let population = org.population();
    let id = org.object_id(Kind::Group, group);
    let href = format!("{}/api/v1/groups/{id}", org.url());
    let (name, description) = population.group_names(group);
    let mut view = json!({
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "lastMembershipUpdated": org.created().millis(),
        "objectClass": ["okta:user_group"],
        "type": known_or_new(org, group, population.group_kind(group).as_str()),
        "profile": {"name": name, "description": description},
        "_links": {"users": {"href": format!("{href}/users")}, "apps": {"href": format!("{href}/apps")}},
        "id": id,
    });
    if with_stats {
        view["_embedded"] = json!({"stats": {
            "usersCount": org.members_count(group),
            "appsCount": org.apps_of_group(group).len(),
            "groupPushMappingsCount": 0,
            "_links": {},
        }});
        let key = match org.behaviour().admin_privilege_key {
            AdminPrivilegeKey::Privlege => Some("hasAdminPrivlege"),
            AdminPrivilegeKey::Privileges => Some("hasAdminPrivileges"),
            AdminPrivilegeKey::Absent => None,
        };
        if let Some(key) = key {
            view["_embedded"]["stats"][key] = population.group_role(group).is_some().into();
        }
    }
    view
}

/// `Application`.
pub(crate) fn app(org: &Org, app: u32) -> Value {
    let id = org.object_id(Kind::App, app);
    let href = format!("{}/api/v1/apps/{id}", org.url());
    let (name, label, sign_on_mode) = org.population().app_names(app);
    json!({
        "orn": format!("orn:okta:idp:{}:apps:{name}:{id}", org.id()),
        "name": name,
        "label": label,
        "status": if org.population().is_active_app(app) { "ACTIVE" } else { "INACTIVE" },
        "signOnMode": sign_on_mode,
        "features": [],
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "visibility": {"autoSubmitToolbar": false, "hide": {"iOS": false, "web": false}},
        "_links": {"users": {"href": format!("{href}/users")}, "groups": {"href": format!("{href}/groups")}},
        "id": id,
    })
}

/// `AppUser`. Those of an AWS app may take roles there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppUser {
    id: String,
    created: String,
    last_updated: String,
    scope: &'static str,
    status: &'static str,
    status_changed: String,
    sync_state: &'static str,
    credentials: AppCredentials,
    profile: Map<String, Value>,
    #[serde(rename = "_links")]
    links: AppUserLinks,
    #[serde(skip_serializing_if = "Option::is_none", rename = "_embedded")]
    embedded: Option<Embedded>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AppCredentials {
    user_name: String,
}

#[derive(Serialize)]
struct AppUserLinks {
    app: Link,
    user: Link,
}

#[derive(Serialize)]
struct Embedded {
    user: User,
}

impl AppUser {
    pub(crate) fn of(org: &Org, app: u32, user: u32, is_direct: bool, with_user: bool) -> Self {
        let created = org.user_created(user).millis();
        let (app_id, user_id) = (org.object_id(Kind::App, app), org.object_id(Kind::User, user));
        let given = org.given(app, user).unwrap_or_default();
        let mut profile = given.profile;
        if org.population().app_key(app) == "amazon_aws" {
            let role = ["Reader", "Admin"][(user % 2) as usize];
            let roles = || json!([format!("arn:aws:iam::123456789012:role/{role}")]);
            profile.entry("samlRoles").or_insert_with(roles);
        }
        Self {
            last_updated: created.clone(),
            status_changed: created.clone(),
            created,
            scope: if is_direct { "USER" } else { "GROUP" },
            status: known_or_new(org, user, "ACTIVE"),
            sync_state: "DISABLED",
            credentials: AppCredentials { user_name: given.user_name.unwrap_or_else(|| org.login(user)) },
            profile,
            links: AppUserLinks {
                app: Link { href: format!("{}/api/v1/apps/{app_id}", org.url()) },
                user: Link { href: format!("{}/api/v1/users/{user_id}", org.url()) },
            },
            embedded: with_user.then(|| Embedded { user: User::of(org, user) }),
            id: user_id,
        }
    }
}

/// `ApplicationGroupAssignment`.
pub(crate) fn app_group(org: &Org, app: u32, group: u32, priority: usize, with_group: bool) -> Value {
    let (app_id, group_id) = (org.object_id(Kind::App, app), org.object_id(Kind::Group, group));
    let settings = org.group_settings(app, group).unwrap_or_default();
    let mut view = json!({
        "id": group_id,
        "priority": settings.priority.unwrap_or(priority as i64),
        "lastUpdated": org.created().millis(),
        "profile": settings.profile,
        "_links": {
            "app": {"href": format!("{}/api/v1/apps/{app_id}", org.url())},
            "group": {"href": format!("{}/api/v1/groups/{group_id}", org.url())},
        },
    });
    if with_group {
        view["_embedded"] = json!({"group": self::group(org, group, false)});
    }
    view
}

/// `GroupSchema`, its two base properties.
pub(crate) fn group_schema(org: &Org) -> Value {
    let id = format!("{}/meta/schemas/group/default", org.url());
    let text = |title: &str| json!({"title": title, "type": "string"});
    json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "id": id,
        "name": "group",
        "title": "Okta group",
        "type": "object",
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "definitions": {
            "base": {
                "id": "#base",
                "type": "object",
                "properties": {"name": text("Name"), "description": text("Description")},
                "required": ["name"],
            },
            "custom": {"id": "#custom", "type": "object", "properties": {}, "required": []},
        },
        "_links": {"self": {"href": format!("{}/api/v1/meta/schemas/group/default", org.url())}},
    })
}

/// A value of a list of values that may grow.
fn known_or_new(org: &Org, place: u32, value: &'static str) -> &'static str {
    if org.behaviour().new_values == NewValues::On && place % 20 == 7 { "NEW_VALUE" } else { value }
}
