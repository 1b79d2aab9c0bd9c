//! What a provider keeps beside a resource's state, unseen by configurations.
//!
//! Terraform stores the bytes as they are and erases them when an answer leaves them out, so they are echoed
//! unless something was changed. Not encrypted: no secrets in here.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// Private data of one resource instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private {
    entries: BTreeMap<String, Json>,
    /// Bytes that are not ours, such as those of another provider after a move. Kept until an entry is set.
    foreign: Vec<u8>,
}

impl Private {
    /// Reads the bytes that Terraform stored. Bytes of another format are kept but hold no entries.
    pub fn parse(bytes: &[u8]) -> Self {
        match serde_json::from_slice(bytes) {
            Ok(entries) => Self { entries, foreign: Vec::new() },
            Err(_) => Self { entries: BTreeMap::new(), foreign: bytes.to_vec() },
        }
    }

    /// The bytes for Terraform to store; empty when there is nothing to keep.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.entries.is_empty() {
            return self.foreign.clone();
        }
        serde_json::to_vec(&self.entries).unwrap_or_default()
    }

    /// An entry, when it is there and of the type asked for.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.entries.get(key).and_then(|json| T::deserialize(json).ok())
    }

    /// Sets an entry. A value that JSON cannot express removes it.
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
    fn bytes_of_another_provider_are_echoed_until_something_is_set() {
        let foreign = br#"["schema_version", 1]"#;
        let mut private = Private::parse(foreign);
        assert_eq!(private.to_bytes(), foreign);
        private.set("seen", &7);
        assert_eq!(Private::parse(&private.to_bytes()).get::<u8>("seen"), Some(7));
    }

    #[test]
    fn nothing_stays_nothing() {
        assert!(Private::parse(b"").to_bytes().is_empty());
    }
}
