//! Import of an existing connector by ID or identity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::value::Value;
use crate::provider::support::ids::is_id;

use super::model::OktaIntegrationModel;

/// The identity of an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegrationIdentity {
    /// ID of the ConductorOne app that the connector belongs to.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub app_id: Value<String>,
    /// ID of the connector.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub id: Value<String>,
}

/// Returns the identity of an integration that was created.
pub(super) fn identity(state: &OktaIntegrationModel) -> Option<OktaIntegrationIdentity> {
    let (Value::Known(_), Value::Known(_)) = (&state.app_id, &state.id) else { return None };
    Some(OktaIntegrationIdentity { app_id: state.app_id.clone(), id: state.id.clone() })
}

/// Parses `APP_ID/CONNECTOR_ID`.
///
/// # Errors
/// The text has another form.
pub(super) fn parse(text: &str) -> Result<OktaIntegrationIdentity, Diagnostics> {
    match text.trim().split('/').collect::<Vec<_>>().as_slice() {
        [app_id, id] if is_id(app_id) && is_id(id) => Ok(OktaIntegrationIdentity {
            app_id: Value::Known((*app_id).to_owned()),
            id: Value::Known((*id).to_owned()),
        }),
        _ => Err(Diagnostic::error(
            "Import ID is not valid",
            format!(
                "{text:?} does not have the form APP_ID/CONNECTOR_ID. Copy both IDs from the address of the \
                 connector's page in ConductorOne, which ends in …/CATALOG_ID/APP_ID/CONNECTOR_ID."
            ),
        )
        .into()),
    }
}

/// Returns the model to read for an identity.
///
/// # Errors
/// The identity does not have valid IDs.
pub(super) fn import(identity: OktaIntegrationIdentity) -> Result<OktaIntegrationModel, Diagnostics> {
    let is_usable = |id: &Value<String>| id.text().is_some_and(is_id);
    if is_usable(&identity.app_id) && is_usable(&identity.id) {
        return Ok(OktaIntegrationModel::of_connector(identity.app_id, identity.id));
    }
    Err(Diagnostic::error(
        "Import identity is not valid",
        "app_id and id must be the IDs of an app and of its connector. Copy both from the address of the connector's \
         page in ConductorOne, which ends in …/CATALOG_ID/APP_ID/CONNECTOR_ID.",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_id_consists_of_two_ids_and_a_slash() {
        let identity = parse("2App/2Conn").unwrap();
        assert_eq!((identity.app_id.text(), identity.id.text()), (Some("2App"), Some("2Conn")));
        assert_eq!(parse(" 2App/2Conn\n"), Ok(identity));
        for text in ["", "/", "2App", "2App/", "/2Conn", "2App/2Conn/x", "2App 2Conn", "2App/../2Conn", "https://a/b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn identity_requires_both_ids() {
        let identity = parse("2App/2Conn").unwrap();
        let state = import(identity.clone()).unwrap();
        assert_eq!(super::identity(&state), Some(identity.clone()));
        assert_eq!(super::identity(&OktaIntegrationModel { id: Value::Unknown, ..state }), None);
        for id in [Value::Null, Value::Unknown, Value::Known(String::new()), Value::Known("../users".to_owned())] {
            let problems = import(OktaIntegrationIdentity { id, ..identity.clone() }).unwrap_err();
            assert_eq!(
                problems.iter().map(|problem| problem.summary()).collect::<Vec<_>>(),
                ["Import identity is not valid"]
            );
        }
    }
}
