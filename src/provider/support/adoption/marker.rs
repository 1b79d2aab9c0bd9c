//! The text that a new object carries as its description while its create is in flight.
//!
//! A killed process cannot record what it has created. ConductorOne's API has no idempotency key, and the description is
//! the only field that every way to create an object accepts and every list returns.

/// Identifies one create: who created something, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AdoptionMarker {
    /// Hash of the state's scope and of what the object is created for.
    pub(super) purpose: u64,
    /// Identifies the process of the provider.
    pub(super) process: u64,
    /// Identifies the create within the process.
    pub(super) number: u64,
}

/// Kind of an object, as markers and messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    App,
    Connector,
}

impl ObjectKind {
    const ALL: [Self; 2] = [Self::App, Self::Connector];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Connector => "connector",
        }
    }
}

impl AdoptionMarker {
    /// Returns the description of an object with this marker, which explains itself to users of ConductorOne.
    pub(crate) fn description(self, kind: ObjectKind) -> String {
        format!("{}{}]", preamble(kind), self.identifier())
    }

    /// Parses a description. Returns `None` for every text but those of [`AdoptionMarker::description`], apart from
    /// space around it.
    pub(crate) fn parse(description: &str) -> Option<Self> {
        let text = description.trim();
        let identifier = ObjectKind::ALL.into_iter().find_map(|kind| text.strip_prefix(&preamble(kind)))?;
        let mut numbers = identifier.strip_suffix(']')?.split('-').map(|part| {
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            let is_complete = part.len() == 16 && part.bytes().all(is_hex);
            is_complete.then(|| u64::from_str_radix(part, 16).ok()).flatten()
        });
        let marker = Self { purpose: numbers.next()??, process: numbers.next()??, number: numbers.next()?? };
        numbers.next().is_none().then_some(marker)
    }

    /// Returns the part of the description that differs between markers.
    pub(super) fn identifier(self) -> String {
        let Self { purpose, process, number } = self;
        format!("{purpose:016x}-{process:016x}-{number:016x}")
    }
}

fn preamble(kind: ObjectKind) -> String {
    format!(
        "Terraform is creating this {0} and replaces this text when it has finished. If no apply is running, apply \
         again, and Terraform continues with this {0}. [",
        kind.as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKER: AdoptionMarker = AdoptionMarker { purpose: 0x0123_4567_89ab_cdef, process: 1, number: u64::MAX };

    #[test]
    fn a_marker_is_parsed_as_it_is_written() {
        for kind in ObjectKind::ALL {
            let text = MARKER.description(kind);
            assert!(text.len() < 256, "{text}");
            assert_eq!(AdoptionMarker::parse(&text), Some(MARKER));
            assert_eq!(AdoptionMarker::parse(&format!(" {text}\n")), Some(MARKER));
        }
    }

    #[test]
    fn descriptions_of_users_are_not_markers() {
        let text = MARKER.description(ObjectKind::Connector);
        let identifier = MARKER.identifier();
        for description in [
            "",
            "Okta for the workforce",
            "Okta [prod]",
            "Reviewed [2024-01-15]",
            "[2024-01-15]",
            "[1-2-3]",
            &format!("[{identifier}]"),
            &format!("Terraform is creating this connector. [{identifier}]"),
            &format!("Note: {text}"),
            &format!("{text} See the wiki."),
            &text.replace("connector", "group"),
            &text.replace("0123", "123"),
            &text.replace("abcdef", "ABCDEF"),
            &text.replace(&identifier, "2024-01-15"),
            &text.replace(&identifier, &format!("{identifier}-{:016x}", 1)),
            &text[..text.len() - 2],
        ] {
            assert_eq!(AdoptionMarker::parse(description), None, "{description}");
        }
    }
}
