//! Custom roles and resource sets: what they allow, where, and to whom. These lists say in their bodies where the next
//! page is.

use axum::Json;
use axum::extract::{Extension, Path, State};
use serde_json::{Value, json};

use super::caller::Caller;
use super::error::OktaError;
use super::org::{Kind, Org};
use super::paging::Paging;
use super::population::GroupKind;
use super::roles::{CUSTOM_LABEL, RoleType, custom_role_id, resource_set_id};
use super::views;
use crate::identifiers::okta_id;

/// A page of bindings, members or resources. Source: Okta's OpenAPI specification.
const PAGE: (usize, usize) = (100, 200);

/// A custom role.
struct CustomRole {
    label: &'static str,
    description: &'static str,
    permissions: &'static [&'static str],
    /// The type of this role in lists of admin roles, if a user can have it.
    role: Option<RoleType>,
}

/// Each is bound in the resource set at the same place.
const CUSTOM_ROLES: [CustomRole; 2] = [
    CustomRole {
        label: CUSTOM_LABEL,
        description: "Reads what access reviews are about",
        permissions: &["okta.users.read", "okta.groups.read", "okta.apps.read", "okta.iam.read"],
        role: Some(RoleType::Custom),
    },
    CustomRole {
        label: "Team keeper",
        description: "Keeps the members of teams",
        permissions: &["okta.groups.read", "okta.groups.members.manage"],
        role: None,
    },
];

/// Label and description.
const RESOURCE_SETS: [(&str, &str); 2] =
    [(CUSTOM_LABEL, "Everything in the org"), ("Teams", "All groups that are kept in Okta")];

fn role_id(place: usize) -> String {
    custom_role_id(CUSTOM_ROLES[place].label)
}

fn set_id(place: usize) -> String {
    resource_set_id(RESOURCE_SETS[place].0)
}

fn role(id_or_label: &str) -> Result<usize, OktaError> {
    let mut places = 0..CUSTOM_ROLES.len();
    let found = places.find(|place| [CUSTOM_ROLES[*place].label, &role_id(*place)].contains(&id_or_label));
    found.ok_or_else(|| OktaError::not_found(id_or_label, "CustomRole"))
}

fn set(id_or_label: &str) -> Result<usize, OktaError> {
    let mut places = 0..RESOURCE_SETS.len();
    let found = places.find(|place| [RESOURCE_SETS[*place].0, &set_id(*place)].contains(&id_or_label));
    found.ok_or_else(|| OktaError::not_found(id_or_label, "ResourceSet"))
}

/// The binding of a role in a set.
fn binding(set_text: &str, role_text: &str) -> Result<usize, OktaError> {
    let (set, role) = (set(set_text)?, role(role_text)?);
    if set == role { Ok(set) } else { Err(OktaError::not_found(role_text, "ResourceSetBinding")) }
}

fn href(org: &Org, path: &str) -> Value {
    json!({ "href": format!("{}/api/v1/iam/{path}", org.url()) })
}

fn role_view(org: &Org, place: usize) -> Value {
    let (id, created) = (role_id(place), org.created().millis());
    json!({
        "id": id,
        "label": CUSTOM_ROLES[place].label,
        "description": CUSTOM_ROLES[place].description,
        "created": created,
        "lastUpdated": created,
        "_links": {
            "self": href(org, &format!("roles/{id}")),
            "permissions": href(org, &format!("roles/{id}/permissions")),
        },
    })
}

fn set_view(org: &Org, place: usize) -> Value {
    let (id, created) = (set_id(place), org.created().millis());
    let (label, description) = RESOURCE_SETS[place];
    json!({
        "id": id,
        "label": label,
        "description": description,
        "created": created,
        "lastUpdated": created,
        "_links": {
            "self": href(org, &format!("resource-sets/{id}")),
            "resources": href(org, &format!("resource-sets/{id}/resources")),
            "bindings": href(org, &format!("resource-sets/{id}/bindings")),
        },
    })
}

/// A page of a list that is for those who view administrators.
fn list(
    org: &Org,
    caller: &Caller,
    paging: &Paging,
    name: &str,
    items: impl Iterator<Item = Value>,
) -> Result<Json<Value>, OktaError> {
    caller.require_view_of_admins()?;
    page(org, paging, name, items)
}

fn page(org: &Org, paging: &Paging, name: &str, items: impl Iterator<Item = Value>) -> Result<Json<Value>, OktaError> {
    paging.page_in_body(org, name, PAGE, |start| {
        let start = start.and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        (1_u64..).zip(items).skip(start)
    })
}

/// `GET /api/v1/iam/assignees/users`.
pub(super) async fn assignees(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let admins = org.administrators().into_iter();
    list(&org, &caller, &paging, "value", admins.map(|user| views::assignee(&org, user)))
}

/// `GET /api/v1/iam/roles`.
pub(super) async fn roles(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    list(&org, &caller, &paging, "roles", (0..CUSTOM_ROLES.len()).map(|place| role_view(&org, place)))
}

/// `GET /api/v1/iam/roles/{role}`.
pub(super) async fn get_role(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || role(&id))?;
    Ok(Json(role_view(&org, place)))
}

/// `GET /api/v1/iam/roles/{role}/permissions`.
pub(super) async fn permissions(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || role(&id))?;
    let (id, created) = (role_id(place), org.created().millis());
    let permissions = CUSTOM_ROLES[place].permissions.iter().map(|label| {
        json!({
            "label": label,
            "created": created,
            "lastUpdated": created,
            "_links": {
                "self": href(&org, &format!("roles/{id}/permissions/{label}")),
                "role": href(&org, &format!("roles/{id}")),
            },
        })
    });
    Ok(Json(json!({ "permissions": permissions.collect::<Vec<_>>() })))
}

/// `GET /api/v1/iam/resource-sets`.
pub(super) async fn resource_sets(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    list(&org, &caller, &paging, "resource-sets", (0..RESOURCE_SETS.len()).map(|place| set_view(&org, place)))
}

/// `GET /api/v1/iam/resource-sets/{set}`.
pub(super) async fn get_resource_set(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || set(&id))?;
    Ok(Json(set_view(&org, place)))
}

/// `GET /api/v1/iam/resource-sets/{set}/bindings`.
pub(super) async fn bindings(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || set(&id))?;
    let role = role_id(place);
    let path = format!("resource-sets/{}/bindings/{role}", set_id(place));
    let links = json!({ "self": href(&org, &path), "members": href(&org, &format!("{path}/members")) });
    page(&org, &paging, "roles", std::iter::once(json!({ "id": role, "_links": links })))
}

/// `GET /api/v1/iam/resource-sets/{set}/bindings/{role}`.
pub(super) async fn get_binding(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((set, role)): Path<(String, String)>,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || binding(&set, &role))?;
    let set = format!("resource-sets/{}", set_id(place));
    let path = format!("{set}/bindings/{}", role_id(place));
    Ok(Json(json!({
        "id": role_id(place),
        "_links": {
            "self": href(&org, &path),
            "resource-set": href(&org, &set),
            "members": href(&org, &format!("{path}/members")),
        },
    })))
}

/// `GET /api/v1/iam/resource-sets/{set}/bindings/{role}/members`: users and groups. A member's own ID is that of the
/// membership; its link leads to who it is.
pub(super) async fn members(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((set, role)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || binding(&set, &role))?;
    let holders = CUSTOM_ROLES[place].role.map(|role| org.holders(role)).unwrap_or_default();
    let created = org.created().millis();
    let members = holders.into_iter().map(|(kind, holder)| {
        let id = org.object_id(kind, holder);
        let kind = if kind == Kind::Group { "groups" } else { "users" };
        json!({
            "id": okta_id("irb", 20, &format!("{}/{id}", role_id(place))),
            "created": created,
            "lastUpdated": created,
            "_links": {"self": {"href": format!("{}/api/v1/{kind}/{id}", org.url())}},
        })
    });
    page(&org, &paging, "members", members)
}

/// `GET /api/v1/iam/resource-sets/{set}/resources`: whole kinds by their names, single groups by their addresses too.
pub(super) async fn resources(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let place = org.judged(caller.require_view_of_admins(), || set(&id))?;
    let kinds = ["directory", "directory", "idp"].into_iter().zip(["users", "groups", "apps"]);
    let resources: Vec<(String, Option<String>)> = if place == 0 {
        kinds.map(|(service, kind)| (format!("orn:okta:{service}:{}:{kind}", org.id()), None)).collect()
    } else {
        let groups = 0..org.population().groups();
        let kept_here = groups.filter(|group| org.population().group_kind(*group) == GroupKind::Okta);
        kept_here
            .map(|group| {
                let id = org.object_id(Kind::Group, group);
                let address = format!("{}/api/v1/groups/{id}", org.url());
                (format!("orn:okta:directory:{}:groups:{id}", org.id()), Some(address))
            })
            .collect()
    };
    let created = org.created().millis();
    let resources = resources.into_iter().map(|(orn, address)| {
        let links = address.map(|address| json!({"resource": {"href": address}}));
        json!({
            "id": okta_id("ire", 20, &orn),
            "orn": orn,
            "created": created,
            "lastUpdated": created,
            "_links": links.unwrap_or_else(|| json!({})),
        })
    });
    page(&org, &paging, "resources", resources)
}
