//! Objects of the org in the JSON of Okta's OpenAPI specification. Null members are left out, as Okta may.

use serde_json::{Value, json};

use super::org::{App, Group, Org, RoleType, User};
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
pub(crate) fn user(org: &Org, user: &User) -> Value {
    let mut view = json!({
        "id": user.id,
        "status": user.status,
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "statusChanged": org.created().millis(),
        "type": {"id": okta_id("oty", 20, org.id())},
        "profile": {
            "login": user.login,
            "email": user.login,
            "firstName": user.first_name,
            "lastName": user.last_name,
        },
        "credentials": {"provider": {"type": "OKTA", "name": "OKTA"}},
        "_links": {"self": {"href": format!("{}/api/v1/users/{}", org.url(), user.id)}},
    });
    if !matches!(user.status, "STAGED" | "PROVISIONED") {
        view["activated"] = org.created().millis().into();
    }
    view
}

/// `StandardRole` or `CustomRole`, assigned to the user directly.
pub(crate) fn role(org: &Org, user: &User, role: RoleType) -> Value {
    let (kind, label) = role.names();
    let mut view = json!({
        "id": okta_id("ra1", 20, &format!("{}/{kind}", user.id)),
        "label": label,
        "type": kind,
        "status": "ACTIVE",
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "assignmentType": "USER",
        // The specification lists standard and custom assignments as alternatives of which one fits, and only custom
        // ones have a resource set; null says that this is none of them.
        "resource-set": null,
        "_links": {"assignee": {"href": format!("{}/api/v1/users/{}", org.url(), user.id)}},
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
pub(crate) fn assignee(org: &Org, user: &User) -> Value {
    let href = format!("{}/api/v1/users/{}", org.url(), user.id);
    json!({
        "id": user.id,
        "orn": format!("orn:okta:directory:{}:users:{}", org.id(), user.id),
        "_links": {"self": {"href": href}, "roles": {"href": format!("{href}/roles")}},
    })
}

/// `Group`.
pub(crate) fn group(org: &Org, group: &Group) -> Value {
    let href = format!("{}/api/v1/groups/{}", org.url(), group.id);
    json!({
        "id": group.id,
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "lastMembershipUpdated": org.created().millis(),
        "objectClass": ["okta:user_group"],
        "type": group.kind,
        "profile": {"name": group.name, "description": group.description},
        "_links": {"users": {"href": format!("{href}/users")}, "apps": {"href": format!("{href}/apps")}},
    })
}

/// `Application`.
pub(crate) fn app(org: &Org, app: &App) -> Value {
    let href = format!("{}/api/v1/apps/{}", org.url(), app.id);
    json!({
        "id": app.id,
        "orn": format!("orn:okta:idp:{}:apps:{}:{}", org.id(), app.name, app.id),
        "name": app.name,
        "label": app.label,
        "status": app.status,
        "signOnMode": app.sign_on_mode,
        "features": [],
        "created": org.created().millis(),
        "lastUpdated": org.created().millis(),
        "visibility": {"autoSubmitToolbar": false, "hide": {"iOS": false, "web": false}},
        "_links": {"users": {"href": format!("{href}/users")}, "groups": {"href": format!("{href}/groups")}},
    })
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
