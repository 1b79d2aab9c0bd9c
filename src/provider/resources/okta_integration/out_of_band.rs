//! Detection of out-of-band changes of the token.
//!
//! ConductorOne never returns a token. It does return when a connector's settings were last written.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::private::Private;
use conductorone_client::model::Connector;

/// Key in private data of the time that ConductorOne returned after Terraform's last write of the settings.
const WRITTEN_AT: &str = "config_updated_at";

/// Stores when Terraform wrote the settings.
pub(super) fn record_write(private: &mut Private, connector: &Connector) {
    private.set(WRITTEN_AT, &connector.config_updated_at.as_ref().map(ToString::to_string));
}

/// Returns a warning if the settings were written since Terraform's last write. The caller has found no other
/// difference.
pub(super) fn change_warning(private: &Private, connector: &Connector) -> Option<Diagnostic> {
    let ours = private.get::<Option<String>>(WRITTEN_AT)??;
    let latest = connector.config_updated_at.as_ref()?.as_str();
    if ours == latest {
        return None;
    }
    Some(Diagnostic::warning(
        "Okta credentials may have been changed outside Terraform",
        format!(
            "Terraform wrote the settings of the connector {} at {ours}. ConductorOne returned {latest} as the time of \
             the last write. All settings that ConductorOne returns are unchanged, so the token may have changed.\n\n\
             To send the configured token again, increment api_token_wo_version, or run `terraform apply \
             -replace=ADDRESS`.",
            connector.id
        ),
    ))
}
