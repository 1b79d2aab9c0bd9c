//! Shared parts of lists and searches of synced objects.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::error::Rejection;

/// A reference to an object in a request.
#[derive(Deserialize)]
pub(crate) struct Reference {
    #[serde(default)]
    pub(crate) id: String,
}

/// Returns the IDs of a search's list and of its references.
pub(super) fn ids(list: Option<Vec<String>>, references: Option<Vec<Reference>>) -> Vec<String> {
    let references = references.unwrap_or_default().into_iter().map(|reference| reference.id);
    list.unwrap_or_default().into_iter().chain(references).collect()
}

/// Returns the apps of a search that has a single app and a list of apps.
pub(super) fn app_ids(one: Option<String>, list: Option<Vec<String>>) -> Vec<String> {
    list.unwrap_or_default().into_iter().chain(one.filter(|id| !id.is_empty())).collect()
}

/// Returns the only row, or 404.
pub(super) fn only<T>(found: Vec<T>, object: &str) -> Result<T, Rejection> {
    found.into_iter().next().ok_or_else(|| Rejection::not_found(format!("{object} not found")))
}

/// Returns the response of a list without related objects.
pub(super) fn response(list: Vec<Value>, next: String) -> Value {
    expanded_response(list, next, Vec::new())
}

/// Returns the response of a list with related objects.
pub(super) fn expanded_response(list: Vec<Value>, next: String, expanded: Vec<Value>) -> Value {
    json!({"list": list, "nextPageToken": next, "expanded": expanded})
}
