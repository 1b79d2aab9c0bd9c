//! Apps, which contain connectors, and their owners.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::records::Record;
use crate::clock::Timestamp;

/// An app. Deleting it only sets `deleted_at`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) id: String,
    /// The fields of `handlers::apps::FIELDS`.
    pub(crate) fields: Map<String, Value>,
    pub(crate) owners: AppOwners,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

impl App {
    pub(crate) fn display_name(&self) -> &str {
        self.fields.get("displayName").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Record for App {
    fn id(&self) -> &str {
        &self.id
    }

    fn parent_id(&self) -> &str {
        ""
    }

    fn is_active(&self) -> bool {
        self.deleted_at.is_none()
    }
}

/// Owners of an app. Reads return a change only after a delay, which takes 45 to 150 seconds on live tenants.
///
/// Source: notes of a public ConductorOne client that were taken against live tenants.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AppOwners {
    written: Vec<String>,
    /// Earlier values, each with the time until which reads return it, sorted by that time.
    before: Vec<(Timestamp, Vec<String>)>,
}

impl AppOwners {
    pub(crate) fn new(owners: Vec<String>) -> Self {
        Self { written: owners, before: Vec::new() }
    }

    /// Returns the owners as a client reads them at this time.
    pub(crate) fn read(&self, now: Timestamp) -> &[String] {
        self.before.iter().find(|(until, _)| *until > now).map_or(&self.written, |(_, owners)| owners)
    }

    /// Returns the owners that were written last, whether reads return them already or not.
    pub(crate) fn written(&self) -> &[String] {
        &self.written
    }

    /// Replaces the owners. Reads return the new ones after the delay.
    pub(crate) fn write(&mut self, owners: Vec<String>, now: Timestamp, delay_millis: u64) {
        self.before.retain(|(until, _)| *until > now);
        let before = std::mem::replace(&mut self.written, owners);
        if delay_millis > 0 {
            self.before.push((now.plus_millis(delay_millis), before));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_return_each_write_after_its_delay_and_in_order() {
        let at = |second: u64| Timestamp::parse("2026-01-01T00:00:00Z").unwrap().plus_millis(second * 1_000);
        let names = |names: &str| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut owners = AppOwners::new(names("a"));
        owners.write(names("a b"), at(0), 50_000);
        owners.write(names("b"), at(20), 50_000);
        for (second, read) in [(0, "a"), (49, "a"), (50, "a b"), (69, "a b"), (70, "b"), (1_000, "b")] {
            assert_eq!(owners.read(at(second)), names(read), "{second}");
        }
        owners.write(names(""), at(80), 0);
        assert!(owners.read(at(80)).is_empty() && owners.before.is_empty());
    }
}
