//! The operations of both services' published contracts, and which of them the sandbox offers.

use super::faults::Service;

/// An operation of ConductorOne's or Okta's OpenAPI document.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Service that offers the operation.
    pub service: Service,
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Its path as the document has it, with names in braces.
    pub path: &'static str,
    /// Why the sandbox does not offer it. None: it does.
    pub left_out: Option<&'static str>,
}

impl Operation {
    const fn c1(method: &'static str, path: &'static str) -> Self {
        Self { service: Service::ConductorOne, method, path, left_out: None }
    }

    const fn okta(method: &'static str, path: &'static str) -> Self {
        Self { service: Service::Okta, method, path, left_out: None }
    }

    const fn left_out(self, why: &'static str) -> Self {
        Self { left_out: Some(why), ..self }
    }
}

/// Every operation of the two documents, as far as connectors to Okta are concerned.
pub const OPERATIONS: &[Operation] = &[
    Operation::c1("GET", "/api/v1/apps"),
    Operation::c1("POST", "/api/v1/apps"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/app_users"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/connectors"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/create"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{connector_id}/confirm_sync_valid/{sync_lifecycle_id}"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{connector_id}/force_sync"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{connector_id}/pause"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{connector_id}/resume"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{connector_id}/schedule"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/connectors/{connector_id}/syncs/{sync_id}/download_url")
        .left_out("gives a file in a format of the connector SDK's own, which no client of this API reads"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/connectors/{id}"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/connectors/{id}"),
    Operation::c1("DELETE", "/api/v1/apps/{app_id}/connectors/{id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/entitlements"),
    Operation::c1(
        "GET",
        "/api/v1/apps/{app_id}/entitlements/resource_types/{app_resource_type_id}/resources/{app_resource_id}",
    ),
    Operation::c1("GET", "/api/v1/apps/{app_id}/entitlements/users/{app_user_id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/entitlements/{app_entitlement_id}/grants"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/entitlements/{app_entitlement_id}/users"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/entitlements/{id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/ownerids"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/owners"),
    Operation::c1("PUT", "/api/v1/apps/{app_id}/owners"),
    Operation::c1("DELETE", "/api/v1/apps/{app_id}/owners"),
    Operation::c1("POST", "/api/v1/apps/{app_id}/owners/{user_id}"),
    Operation::c1("DELETE", "/api/v1/apps/{app_id}/owners/{user_id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/resource_types"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/resource_types/{app_resource_type_id}/resources"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/resource_types/{app_resource_type_id}/resources/{id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/resource_types/{id}"),
    Operation::c1("GET", "/api/v1/apps/{app_id}/users/{user_id}/app_users"),
    Operation::c1("POST", "/api/v1/apps/{connector_app_id}/connectors/{connector_id}/delegated"),
    Operation::c1("GET", "/api/v1/apps/{id}"),
    Operation::c1("POST", "/api/v1/apps/{id}"),
    Operation::c1("DELETE", "/api/v1/apps/{id}"),
    Operation::c1("GET", "/api/v1/auth/introspect"),
    Operation::c1("POST", "/api/v1/connectorcatalog"),
    Operation::c1("GET", "/api/v1/iam/roles"),
    Operation::c1("GET", "/api/v1/iam/roles/{role_id}"),
    Operation::c1("POST", "/api/v1/search/app_resource_types"),
    Operation::c1("POST", "/api/v1/search/app_resources"),
    Operation::c1("POST", "/api/v1/search/app_users"),
    Operation::c1("POST", "/api/v1/search/apps"),
    Operation::c1("POST", "/api/v1/search/entitlements"),
    Operation::c1("POST", "/api/v1/search/grants"),
    Operation::c1("POST", "/api/v1/search/users"),
    Operation::c1("POST", "/api/v1/task/grant"),
    Operation::c1("POST", "/api/v1/task/revoke"),
    Operation::c1("GET", "/api/v1/tasks/{id}"),
    Operation::c1("GET", "/api/v1/users"),
    Operation::c1("POST", "/api/v1/users/introspect"),
    Operation::c1("GET", "/api/v1/users/{id}"),
    Operation::c1("PUT", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners"),
    Operation::c1("GET", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements"),
    Operation::c1(
        "GET",
        "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}",
    ),
    Operation::c1(
        "POST",
        "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}",
    ),
    Operation::c1(
        "DELETE",
        "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}",
    ),
    Operation::c1("GET", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users"),
    Operation::c1("GET", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}"),
    Operation::c1("POST", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}"),
    Operation::c1("DELETE", "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}"),
    Operation::okta("GET", "/.well-known/okta-organization"),
    Operation::okta("GET", "/api/v1/org"),
    Operation::okta("GET", "/api/v1/users"),
    Operation::okta("GET", "/api/v1/users/{id}"),
    Operation::okta("GET", "/api/v1/users/{id}/groups"),
    Operation::okta("GET", "/api/v1/users/{userId}/roles"),
    Operation::okta("GET", "/api/v1/groups"),
    Operation::okta("GET", "/api/v1/groups/{groupId}"),
    Operation::okta("GET", "/api/v1/groups/{groupId}/users"),
    Operation::okta("PUT", "/api/v1/groups/{groupId}/users/{userId}"),
    Operation::okta("DELETE", "/api/v1/groups/{groupId}/users/{userId}"),
    Operation::okta("GET", "/api/v1/groups/{groupId}/roles"),
    Operation::okta("GET", "/api/v1/groups/{groupId}/apps"),
    Operation::okta("GET", "/api/v1/apps"),
    Operation::okta("GET", "/api/v1/apps/{appId}"),
    Operation::okta("GET", "/api/v1/apps/{appId}/users"),
    Operation::okta("POST", "/api/v1/apps/{appId}/users"),
    Operation::okta("GET", "/api/v1/apps/{appId}/users/{userId}"),
    Operation::okta("DELETE", "/api/v1/apps/{appId}/users/{userId}"),
    Operation::okta("GET", "/api/v1/apps/{appId}/groups"),
    Operation::okta("GET", "/api/v1/apps/{appId}/groups/{groupId}"),
    Operation::okta("PUT", "/api/v1/apps/{appId}/groups/{groupId}"),
    Operation::okta("DELETE", "/api/v1/apps/{appId}/groups/{groupId}"),
    Operation::okta("GET", "/api/v1/iam/assignees/users"),
    Operation::okta("GET", "/api/v1/iam/roles"),
    Operation::okta("GET", "/api/v1/iam/roles/{roleIdOrLabel}"),
    Operation::okta("GET", "/api/v1/iam/roles/{roleIdOrLabel}/permissions"),
    Operation::okta("GET", "/api/v1/iam/resource-sets"),
    Operation::okta("GET", "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}"),
    Operation::okta("GET", "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/bindings"),
    Operation::okta("GET", "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/bindings/{roleIdOrLabel}"),
    Operation::okta("GET", "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/bindings/{roleIdOrLabel}/members"),
    Operation::okta("GET", "/api/v1/iam/resource-sets/{resourceSetIdOrLabel}/resources"),
    Operation::okta("GET", "/api/v1/org/privacy/oktaSupport"),
    Operation::okta("GET", "/api/v1/meta/schemas/group/default"),
];
