//! Credentials changed outside Terraform: their value cannot be seen, but when the settings were last written can.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::private::Private;
use conductorone_client::model::Connector;

/// Where private data keeps when we last wrote the settings, as the service told.
const WRITTEN_AT: &str = "config_updated_at";

/// Remembers that the settings are as we wrote them.
pub(super) fn remember(private: &mut Private, connector: &Connector) {
    private.set(WRITTEN_AT, &connector.config_updated_at.as_ref().map(ToString::to_string));
}

/// The warning about settings that somebody wrote since, although nothing that can be compared differs.
pub(super) fn changed(private: &Private, connector: &Connector) -> Option<Diagnostic> {
    let ours = private.get::<Option<String>>(WRITTEN_AT)??;
    let theirs = connector.config_updated_at.as_ref()?.as_str();
    if ours == theirs {
        return None;
    }
    Some(Diagnostic::warning(
        "Okta credentials may have been changed outside Terraform",
        format!(
            "ConductorOne says that the settings of the connector {} were last written at {theirs}; Terraform wrote them \
             at {ours}. Every setting that can be compared is the same, so it may have been the token.\n\nTo write \
             the configured token again, change api_token_wo_version, or run `terraform apply -replace=ADDRESS`.",
            connector.id
        ),
    ))
}
