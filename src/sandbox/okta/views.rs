//! Objects of the org in the JSON of Okta's OpenAPI specification. Null members are left out, as Okta may.

use serde_json::{Value, json};

use super::org::{Kind, Org};
use super::population::Status;
use super::roles::RoleType;
use crate::sandbox::identifiers::okta_id;

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
pub(crate) fn user(org: &Org, user: u32) -> Value {
    let id = org.object_id(Kind::User, user);
    let (first_name, last_name) = org.population().names(user);
    let (status, login, created) = (org.population().status(user), org.login(user), org.user_created(user).millis());
    let mut view = json!({
        "status": status.as_str(),
        "created": created,
        "lastUpdated": created,
        "statusChanged": created,
        "type": {"id": okta_id("oty", 20, org.id())},
        "profile": {
            "login": login,
            "email": login,
            "firstName": first_name,
            "lastName": last_name,
        },
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": format!("{}/api/v1/users/{id}", org.url())}},
    });
    if !matches!(status, Status::Staged | Status::Provisioned) {
        view["activated"] = created.into();
    }
    view["id"] = id.into();
    view
}

/// A user cut down to what `fields` names, such as `id,profile:(login,email)`; the ID always stays.
pub(crate) fn with_fields(mut view: Value, fields: &str) -> Value {
    let (mut wanted, mut of_profile) = (Vec::new(), Vec::new());
    for (index, part) in fields.split(['(', ')']).enumerate() {
        let into = if index % 2 == 0 { &mut wanted } else { &mut of_profile };
        into.extend(part.split(',').map(|name| name.trim().trim_end_matches(':')).filter(|name| !name.is_empty()));
    }
    if let Some(object) = view.as_object_mut() {
        object.retain(|name, _| name == "id" || wanted.contains(&name.as_str()));
        if let Some(profile) = object.get_mut("profile").and_then(Value::as_object_mut)
            && !of_profile.is_empty()
        {
            profile.retain(|name, _| of_profile.contains(&name.as_str()));
        }
    }
    view
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
        view["role"] = okta_id("cr0", 20, label).into();
        view["resource-set"] = okta_id("iam", 20, label).into();
    }
    view
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
        "type": population.group_kind(group).as_str(),
        "profile": {"name": name, "description": description},
        "_links": {"users": {"href": format!("{href}/users")}, "apps": {"href": format!("{href}/apps")}},
        "id": id,
    });
    if with_stats {
        view["_embedded"] = json!({"stats": {
            "usersCount": population.members_count(group),
            "appsCount": population.apps_of_group(group).len(),
            "groupPushMappingsCount": 0,
            // Spelt as in Okta's OpenAPI specification.
            "hasAdminPrivlege": population.group_role(group).is_some(),
            "_links": {},
        }});
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
pub(crate) fn app_user(org: &Org, app: u32, user: u32, is_direct: bool, with_user: bool) -> Value {
    let created = org.user_created(user).millis();
    let (app_id, user_id, login) = (org.object_id(Kind::App, app), org.object_id(Kind::User, user), org.login(user));
    let href = format!("{}/api/v1/apps/{app_id}", org.url());
    let mut profile = json!({});
    if org.population().app_names(app).0 == "amazon_aws" {
        let role = ["Reader", "Admin"][(user % 2) as usize];
        profile["samlRoles"] = json!([format!("arn:aws:iam::123456789012:role/{role}")]);
    }
    let mut view = json!({
        "id": user_id,
        "created": created,
        "lastUpdated": created,
        "scope": if is_direct { "USER" } else { "GROUP" },
        "status": "ACTIVE",
        "statusChanged": created,
        "syncState": "DISABLED",
        "credentials": {"userName": login},
        "profile": profile,
        "_links": {"app": {"href": href}, "user": {"href": format!("{}/api/v1/users/{user_id}", org.url())}},
    });
    if with_user {
        view["_embedded"] = json!({"user": self::user(org, user)});
    }
    view
}

/// `ApplicationGroupAssignment`.
pub(crate) fn app_group(org: &Org, app: u32, group: u32, priority: usize, with_group: bool) -> Value {
    let (app_id, group_id) = (org.object_id(Kind::App, app), org.object_id(Kind::Group, group));
    let mut view = json!({
        "id": group_id,
        "priority": priority,
        "lastUpdated": org.created().millis(),
        "profile": {},
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
