//! Capabilities that a token gives ConductorOne, and the ones that a configuration requires.

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::support::diagnostics::as_sentence;
use crate::provider::support::values::{SetOfStrings, set_of_strings};
use okta_client::{Capability, CapabilityStatus, TokenPermissions};

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;

/// Validates `required_capabilities` without a request.
///
/// # Errors
/// Names that are not capabilities, and configurations in which the token cannot be verified.
pub(super) fn validate(config: &OktaIntegrationModel) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::none();
    let required = config.required_capabilities.known().into_iter().flatten();
    for name in required.filter_map(Value::text) {
        if let Err(unknown) = name.parse::<Capability>() {
            problems.push(problem("Capability does not exist", as_sentence(&format!("{name:?}: {unknown}"))));
        }
    }
    if are_required(config) && config.validate_credentials == Value::Known(false) {
        problems.push(problem(
            "Capabilities cannot be checked",
            "required_capabilities is set, but validate_credentials = false disables all requests to Okta. Remove one \
             of the two arguments."
                .to_owned(),
        ));
    }
    if are_required(config) && matches!(Credentials::read(config), Ok(Credentials::Delegated)) {
        problems.push(problem(
            "Capabilities cannot be checked",
            "required_capabilities is set, but domain and token are not. The provider cannot verify a token that the \
             connector's owners configure. Remove required_capabilities, or set domain and a token."
                .to_owned(),
        ));
    }
    problems.into_result()
}

/// Returns whether every plan must verify the token's permissions.
pub(super) fn are_required(planned: &OktaIntegrationModel) -> bool {
    planned.required_capabilities.known().is_some_and(|required| !required.is_empty())
}

/// Compares a token's permissions with the required capabilities.
///
/// # Errors
/// Missing capabilities with the roles that grant them, and capabilities that Okta's responses do not decide.
pub(super) fn check(planned: &OktaIntegrationModel, permissions: &TokenPermissions) -> Result<(), Diagnostics> {
    let owner = permissions.owner.login().unwrap_or(&permissions.owner.id);
    let required = planned.required_capabilities.known().into_iter().flatten();
    let required = required.filter_map(|name| name.text()?.parse::<Capability>().ok());
    let (mut missing, mut problems) = (Vec::new(), Diagnostics::none());
    for capability in required {
        match permissions.status(capability) {
            Some(CapabilityStatus::Granted(_) | CapabilityStatus::Presumed(_)) | None => {}
            Some(CapabilityStatus::Denied(evidence)) => missing.push((capability, evidence.as_str())),
            Some(CapabilityStatus::Unknown(evidence)) => problems.push(problem(
                "Capability could not be determined",
                format!(
                    "The provider could not determine whether the token has the capability {capability}: {evidence}. \
                     Plan again in a few minutes. Nothing was changed."
                ),
            )),
        }
    }
    problems.extend(missing_capabilities(owner, &missing));
    problems.into_result()
}

/// Returns one error that lists all missing capabilities.
fn missing_capabilities(owner: &str, missing: &[(Capability, &str)]) -> Option<Diagnostic> {
    match missing {
        [] => None,
        [(capability, evidence)] => Some(problem(
            &format!("Okta token lacks {capability}"),
            format!(
                "The token does not have the capability {capability}: {evidence}. It has the permissions of {owner}. \
                 Assign this user the role {}, or remove the capability from required_capabilities. Nothing was \
                 changed.",
                capability.granting_roles()
            ),
        )),
        several => {
            let line = |(capability, evidence): &(Capability, &str)| {
                format!("- {capability}: {evidence}. Granted by the role {}.", capability.granting_roles())
            };
            let lines: Vec<String> = several.iter().map(line).collect();
            Some(problem(
                &format!("Okta token lacks {} required capabilities", several.len()),
                format!(
                    "The token has the permissions of {owner}, which do not include these capabilities:\n\n{}\n\n\
                     Assign this user the roles, or remove the capabilities from required_capabilities. Nothing was changed.",
                    lines.join("\n")
                ),
            ))
        }
    }
}

/// Returns the capabilities that the token has or presumably has, as an attribute.
pub(super) fn held(permissions: &TokenPermissions) -> SetOfStrings {
    let held = permissions.capabilities.iter().filter(|(_, status)| status.is_likely());
    set_of_strings(held.map(|(capability, _)| capability.to_string()))
}

fn problem(summary: &str, detail: String) -> Diagnostic {
    Diagnostic::error(summary, detail).at(AttributePath::to("required_capabilities"))
}
