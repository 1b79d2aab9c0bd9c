//! Private data: values that a provider stores beside a resource's state. Configurations cannot read them.
//!
//! Terraform stores the bytes unchanged, and erases them if a response omits them. Unchanged data is therefore returned
//! as received. Terraform does not encrypt it: it must not contain secrets.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// The private data of one resource instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private {
    entries: BTreeMap<String, Json>,
    /// Bytes in another format, for example of another provider after a move. Kept until an entry is set.
    foreign: Vec<u8>,
}

impl Private {
    /// Parses the bytes that Terraform stored. Bytes in another format are kept, and contain no entries.
    pub fn parse(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(entries) => Self { entries, foreign: Vec::new() },
            Err(_) => Self { entries: BTreeMap::new(), foreign: bytes.to_vec() },
        }
    }

    /// Returns the bytes for Terraform to store; empty without data.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.entries.is_empty() {
            return self.foreign.clone();
        }
        serde_json::to_vec(&self.entries).unwrap_or_default()
    }

    /// Returns an entry; `None` if it is absent or has another type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.entries.get(key).and_then(|json| T::deserialize(json).ok())
    }

    /// Sets an entry. Removes it if JSON cannot represent the value.
    pub fn set<T: Serialize>(&mut self, key: &str, value: &T) {
        match serde_json::to_value(value) {
            Ok(json) => drop(self.entries.insert(key.to_owned(), json)),
            Err(_) => drop(self.entries.remove(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_another_format_are_kept_until_an_entry_is_set() {
        let foreign = br#"["schema_version", 1]"#;
        let mut private = Private::parse(foreign);
        assert_eq!(private.to_bytes(), foreign);
        private.set("seen", &7);
        assert_eq!(Private::parse(&private.to_bytes()).get::<u8>("seen"), Some(7));
    }

    #[test]
    fn no_bytes_have_no_entries() {
        assert!(Private::parse(b"").to_bytes().is_empty());
    }
}
