//! What ConductorOne can do with the token, and what it must be able to do.

use std::collections::BTreeSet;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::support::diagnostics::sentence;
use okta_client::{Capability, CapabilityStatus, TokenPermissions};

use super::credentials::Credentials;
use super::model::OktaIntegration;

/// Checks the argument offline.
///
/// # Errors
/// When an element is no capability, or nothing can be known of the token.
pub(super) fn validate(config: &OktaIntegration) -> Result<(), Diagnostics> {
    let mut wrong = Diagnostics::none();
    let required = config.required_capabilities.known().into_iter().flatten();
    for name in required.filter_map(Value::text) {
        if let Err(unknown) = name.parse::<Capability>() {
            wrong.push(refused("Capability does not exist", sentence(&format!("{name:?}: {unknown}"))));
        }
    }
    let some = config.required_capabilities.known().is_some_and(|required| !required.is_empty());
    if some && config.validate_credentials == Value::Known(false) {
        wrong.push(refused(
            "Capabilities cannot be checked",
            "required_capabilities asks Okta what the token can do, and validate_credentials = false forbids asking. \
             Remove one of the two."
                .to_owned(),
        ));
    }
    if some && matches!(Credentials::read(config), Ok(Credentials::Delegated)) {
        wrong.push(refused(
            "Capabilities cannot be checked",
            "required_capabilities asks Okta what the token can do, and there is none: domain and token are left for \
             the owners to fill in. Remove it, or set domain and a token."
                .to_owned(),
        ));
    }
    wrong.into_result()
}

/// Whether a plan has to look at the token's permissions each time.
pub(super) fn are_required(planned: &OktaIntegration) -> bool {
    planned.required_capabilities.known().is_some_and(|required| !required.is_empty())
}

/// Holds a token's permissions against what is required.
///
/// # Errors
/// What is missing, with the Okta admin role that would give it.
pub(super) fn check(planned: &OktaIntegration, permissions: &TokenPermissions) -> Result<(), Diagnostics> {
    let owner = permissions.owner.login().unwrap_or(&permissions.owner.id);
    let required = planned.required_capabilities.known().into_iter().flatten();
    let required = required.filter_map(|name| name.text()?.parse::<Capability>().ok());
    let (mut lacking, mut wrong) = (Vec::new(), Diagnostics::none());
    for capability in required {
        match permissions.status(capability) {
            Some(CapabilityStatus::Granted(_) | CapabilityStatus::Presumed(_)) | None => {}
            Some(CapabilityStatus::Denied(evidence)) => lacking.push((capability, evidence.as_str())),
            Some(CapabilityStatus::Unknown(evidence)) => wrong.push(refused(
                "Capability could not be found out",
                format!(
                    "Whether the token can {} is not known: {evidence}. Plan again in a few minutes. Nothing was changed.",
                    in_words(capability)
                ),
            )),
        }
    }
    wrong.extend(lacks(owner, &lacking));
    wrong.into_result()
}

/// What the owner of a token lacks, in one message.
fn lacks(owner: &str, lacking: &[(Capability, &str)]) -> Option<Diagnostic> {
    match lacking {
        [] => None,
        [(capability, evidence)] => Some(refused(
            &format!("Okta token lacks {capability}"),
            format!(
                "The token cannot {}: {evidence}. It has the rights of {owner}, who needs the role {}. Nothing was \
                 changed.",
                in_words(*capability),
                capability.granting_roles()
            ),
        )),
        several => {
            let line = |(capability, evidence): &(Capability, &str)| {
                format!("- {capability}: {evidence}. Needs the role {}.", capability.granting_roles())
            };
            let lines: Vec<String> = several.iter().map(line).collect();
            Some(refused(
                &format!("Okta token lacks {} required capabilities", several.len()),
                format!("The token has the rights of {owner}.\n\n{}\n\nNothing was changed.", lines.join("\n")),
            ))
        }
    }
}

fn in_words(capability: Capability) -> String {
    capability.as_str().replace('_', " ")
}

/// The capabilities that are held, surely or most likely, as an attribute.
pub(super) fn held(permissions: &TokenPermissions) -> Value<BTreeSet<Value<String>>> {
    let held = permissions.capabilities.iter().filter(|(_, verdict)| verdict.is_likely());
    Value::Known(held.map(|(capability, _)| Value::Known(capability.to_string())).collect())
}

fn refused(summary: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary, detail).at(AttributePath::to("required_capabilities"))
}
