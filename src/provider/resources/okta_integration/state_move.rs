//! Moves from the vendor's provider: conversion of its resource's state.
//!
//! Source: ConductorOne's own Terraform provider 1.5.0, `conductorone_integration_okta`, schema version 0.

use serde::Deserialize;
use serde_json::Value as Json;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::resource::MoveSource;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::support::ids::is_id;
use conductorone_client::catalog::CatalogEntry;

use super::model::OktaIntegrationModel;

/// The vendor's resource for the same type of connector.
const VENDOR_TYPE: &str = "conductorone_integration_okta";

/// The attributes of the vendor's resource that have a counterpart here.
#[derive(Deserialize)]
struct VendorState {
    app_id: Option<String>,
    id: Option<String>,
    created_at: Option<String>,
    okta_domain: Option<String>,
    okta_api_key: Option<Secret>,
    okta_dont_sync_inactive_apps: Option<Json>,
    okta_extract_aws_saml_roles: Option<Json>,
    okta_sync_deprovisioned_users: Option<Json>,
    user_ids: Option<Vec<String>>,
}

/// Converts the state of the vendor's resource. Accepts every address of its provider.
///
/// # Errors
/// Another resource type, another schema version, or a damaged state.
pub(super) fn move_from(source: &MoveSource<'_>) -> Result<OktaIntegrationModel, Diagnostics> {
    if source.type_name != VENDOR_TYPE {
        return Err(Diagnostic::error(
            "Cannot move this resource",
            format!(
                "Terraform requested a move from {} of {} to conductorone_okta_integration. Only {VENDOR_TYPE} can be \
                 moved. Remove the moved block, and import the connector instead.",
                source.type_name, source.provider_address
            ),
        )
        .into());
    }
    upgrade(source.schema_version, source.state)
}

/// Converts a state of schema version 0, which is the layout of the vendor's resource.
///
/// # Errors
/// Another schema version, or a damaged state.
pub(super) fn upgrade(version: i64, state: &[u8]) -> Result<OktaIntegrationModel, Diagnostics> {
    if version != 0 {
        return Err(Diagnostic::error(
            "Could not read the state",
            format!(
                "The provider reads schema version 0 of {VENDOR_TYPE}, but the state has version {version}. Import the \
                 connector instead: `terraform import ADDRESS APP_ID/CONNECTOR_ID`."
            ),
        )
        .into());
    }
    // The parser's error could contain the value of the secret.
    let state: VendorState = serde_json::from_slice(state).map_err(|_| damaged())?;
    let (Some(app_id), Some(id)) = (state.app_id.filter(|id| is_id(id)), state.id.filter(|id| is_id(id))) else {
        return Err(damaged().into());
    };
    let mut model = OktaIntegrationModel::of_connector(Value::Known(app_id), Value::Known(id));
    model.created_at = state.created_at.into();
    model.domain = state.okta_domain.filter(|domain| !domain.is_empty()).into();
    model.api_token = state.okta_api_key.filter(|key| !key.expose().is_empty()).into();
    model.skip_inactive_apps = flag(state.okta_dont_sync_inactive_apps);
    model.extract_aws_saml_roles = flag(state.okta_extract_aws_saml_roles);
    model.sync_deprovisioned_users = flag(state.okta_sync_deprovisioned_users);
    model.connector = Value::Known(CatalogEntry::Okta.name().to_owned());
    for (_, flag) in model.flags_mut() {
        if flag.is_null() {
            *flag = Value::Known(false);
        }
    }
    model.owners = state.user_ids.map(|ids| ids.into_iter().map(Value::Known).collect()).into();
    Ok(model)
}

/// Converts a flag. Null is false, and some releases of the vendor's provider stored text.
fn flag(value: Option<Json>) -> Value<bool> {
    let on = match value {
        Some(Json::Bool(on)) => on,
        Some(Json::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    Value::Known(on)
}

fn damaged() -> Diagnostic {
    Diagnostic::error(
        "Could not read the state",
        format!(
            "The state does not have the layout of {VENDOR_TYPE}. Import the connector instead: `terraform import \
             ADDRESS APP_ID/CONNECTOR_ID`."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"app_id":"2App","id":"2Conn","created_at":"2026-08-20T10:00:00Z","deleted_at":null,
        "okta_domain":"acme.okta.com","okta_api_key":"00key","okta_dont_sync_inactive_apps":true,
        "okta_extract_aws_saml_roles":null,"okta_sync_deprovisioned_users":"true","user_ids":["2User"],"updated_at":"x"}"#;

    fn source(type_name: &'static str, schema_version: i64) -> MoveSource<'static> {
        let provider_address = "example.com/fork/conductorone";
        MoveSource { provider_address, type_name, schema_version, state: STATE.as_bytes() }
    }

    #[test]
    fn state_of_the_vendors_resource_is_converted() {
        let model = move_from(&source(VENDOR_TYPE, 0)).unwrap();
        assert_eq!((model.app_id.text(), model.id.text()), (Some("2App"), Some("2Conn")));
        assert_eq!(model.domain.text(), Some("acme.okta.com"));
        assert_eq!(model.api_token, Value::Known(Secret::from("00key")));
        let flags = [model.skip_inactive_apps, model.extract_aws_saml_roles, model.sync_deprovisioned_users];
        assert_eq!(flags.map(Value::into_known), [Some(true), Some(false), Some(true)]);
        assert_eq!(model.owners.into_known().unwrap().len(), 1);
        assert_eq!(model.wait_for_sync, Value::Known(true));
    }

    #[test]
    fn errors_of_other_or_damaged_states_contain_no_secret() {
        assert!(move_from(&source("conductorone_integration_okta_v2", 0)).is_err());
        assert!(move_from(&source(VENDOR_TYPE, 7)).is_err());
        for state in [
            "",
            "null",
            "[]",
            r#"{"id":"2Conn"}"#,
            r#"{"app_id":"2App","id":"../x"}"#,
            r#"{"app_id":"2App","id":"2C","okta_api_key":["00canary"]}"#,
        ] {
            let error = upgrade(0, state.as_bytes()).unwrap_err();
            assert!(!format!("{error:?}").contains("canary"));
        }
    }
}
