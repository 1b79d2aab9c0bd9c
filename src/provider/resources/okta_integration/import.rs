//! Taking over a connector that exists: by ID or by identity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::value::Value;

use super::is_id;
use super::model::OktaIntegration;

/// What identifies an integration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Identity {
    /// ID of the ConductorOne app that the connector feeds.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub app_id: Value<String>,
    /// ID of the connector.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub id: Value<String>,
}

/// The identity of an integration that has been created.
pub(super) fn identity(state: &OktaIntegration) -> Option<Identity> {
    let (Value::Known(_), Value::Known(_)) = (&state.app_id, &state.id) else { return None };
    Some(Identity { app_id: state.app_id.clone(), id: state.id.clone() })
}

/// Reads `APP_ID/CONNECTOR_ID`.
///
/// # Errors
/// When the text is anything else.
pub(super) fn parse(text: &str) -> Result<Identity, Diagnostics> {
    match text.trim().split('/').collect::<Vec<_>>().as_slice() {
        [app_id, id] if is_id(app_id) && is_id(id) => {
            Ok(Identity { app_id: Value::Known((*app_id).to_owned()), id: Value::Known((*id).to_owned()) })
        }
        _ => Err(Diagnostic::error(
            "Import ID is not valid",
            format!(
                "{text:?} is not of the form APP_ID/CONNECTOR_ID. Both stand in the address of the connector's page in \
                 ConductorOne, which ends in …/CATALOG_ID/APP_ID/CONNECTOR_ID."
            ),
        )
        .into()),
    }
}

/// The integration before it is read.
///
/// # Errors
/// When the identity cannot be that of a connector.
pub(super) fn import(identity: Identity) -> Result<OktaIntegration, Diagnostics> {
    let usable = |id: &Value<String>| id.text().is_some_and(is_id);
    if usable(&identity.app_id) && usable(&identity.id) {
        return Ok(OktaIntegration::of_connector(identity.app_id, identity.id));
    }
    Err(Diagnostic::error(
        "Import identity is not valid",
        "app_id and id must be the IDs of an app and of its connector. Both stand in the address of the connector's \
         page in ConductorOne, which ends in …/CATALOG_ID/APP_ID/CONNECTOR_ID.",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ids_and_a_slash_are_an_import_id_and_nothing_else_is() {
        let identity = parse("2App/2Conn").unwrap();
        assert_eq!((identity.app_id.text(), identity.id.text()), (Some("2App"), Some("2Conn")));
        assert_eq!(parse(" 2App/2Conn\n"), Ok(identity));
        for text in ["", "/", "2App", "2App/", "/2Conn", "2App/2Conn/x", "2App 2Conn", "2App/../2Conn", "https://a/b"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_identity_is_that_of_one_connector() {
        let identity = parse("2App/2Conn").unwrap();
        let state = import(identity.clone()).unwrap();
        assert_eq!(super::identity(&state), Some(identity.clone()));
        assert_eq!(super::identity(&OktaIntegration { id: Value::Unknown, ..state }), None);
        for id in [Value::Null, Value::Unknown, Value::Known(String::new()), Value::Known("../users".to_owned())] {
            let wrong = import(Identity { id, ..identity.clone() }).unwrap_err();
            assert_eq!(
                wrong.iter().map(|problem| problem.summary()).collect::<Vec<_>>(),
                ["Import identity is not valid"]
            );
        }
    }
}
