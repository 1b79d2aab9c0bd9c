//! Client IDs, which also contain the host of their tenant.

use std::fmt;
use std::str::FromStr;

use service_http::Origin;

/// A client ID of the form `<id>@<host>/<use>`, such as `clever-fox-42195@acme.conductor.one/spc`. Not secret.
///
/// The use is `pcc` for a personal key, `spc` for a service principal, `wfe` for workload federation. Source:
/// ConductorOne documentation, "API authentication".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId {
    text: String,
    origin: Origin,
}

/// Error for text that is not a [`ClientId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not of the form <id>@<host>/<use>, such as clever-fox-42195@acme.conductor.one/spc")]
pub struct InvalidClientId;

impl ClientId {
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the `https` origin of the tenant that the ID belongs to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl FromStr for ClientId {
    type Err = InvalidClientId;

    fn from_str(text: &str) -> Result<Self, InvalidClientId> {
        let (id, rest) = text.split_once('@').ok_or(InvalidClientId)?;
        let (host, purpose) = rest.split_once('/').ok_or(InvalidClientId)?;
        let is_valid = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic());
        if !is_valid(id) || !is_valid(purpose) || !is_valid(host) || purpose.contains(['/', '@']) {
            return Err(InvalidClientId);
        }
        let origin: Origin = format!("https://{host}").parse().map_err(|_| InvalidClientId)?;
        Ok(Self { text: text.to_owned(), origin })
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_contain_their_tenant() {
        for (text, origin) in [
            ("fox@acme.conductor.one/spc", Some("https://acme.conductor.one")),
            ("fox@Acme.c1eu.ai/wfe", Some("https://acme.c1eu.ai")),
            ("fox@127.0.0.1:8443/pcc", Some("https://127.0.0.1:8443")),
            ("", None),
            ("fox", None),
            ("fox@acme.conductor.one", None),
            ("fox@acme.conductor.one/", None),
            ("@acme.conductor.one/spc", None),
            ("fox@/spc", None),
            ("fox@acme.conductor.one/spc/more", None),
            ("fox@a@acme.conductor.one/spc", None),
            ("fox@acme conductor/spc", None),
            ("fox@acme.conductor.one?x/spc", None),
        ] {
            let parsed = text.parse::<ClientId>().ok();
            assert_eq!(parsed.as_ref().map(|id| id.origin().to_string()).as_deref(), origin, "{text:?}");
            assert_eq!(parsed.map(|id| id.to_string()), origin.map(|_| text.to_owned()), "{text:?}");
        }
    }
}
