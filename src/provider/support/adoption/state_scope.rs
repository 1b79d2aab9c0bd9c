//! Identifies the state that a run writes to, as far as a plugin can see it.
//!
//! Terraform does not tell a plugin where its state is. The plugin sees the folder, the workspace and what
//! `terraform init` recorded of the backend. Source: Terraform's documentation, "Environment Variables" and "Backend
//! Configuration"; the files are those that `terraform workspace select` and `terraform init` write.

use std::path::Path;
use std::time::UNIX_EPOCH;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Terraform's data folder, unless `TF_DATA_DIR` is set.
const DATA_FOLDER: &str = ".terraform";

/// The file in the data folder that contains the selected workspace.
const WORKSPACE_FILE: &str = "environment";

/// The file in the data folder that describes the backend, if the configuration has one.
const BACKEND_FILE: &str = "terraform.tfstate";

/// Variables that identify the state of a backend whose block in the configuration is empty.
const STATE_VARIABLES: [&str; 3] = ["TF_HTTP_ADDRESS", "TF_CLOUD_ORGANIZATION", "PG_CONN_STR"];

/// Identity of the state that a run writes to. Runs that share a state have equal scopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StateScope {
    key: Vec<u8>,
    is_remote: bool,
}

#[derive(Default, Deserialize)]
struct BackendFile {
    backend: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Backend {
    #[serde(rename = "type")]
    kind: String,
}

impl StateScope {
    /// Returns the scope of a run in a folder. `environment` looks up variables.
    pub(super) fn of(folder: &Path, environment: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let data = folder.join(set("TF_DATA_DIR").unwrap_or_else(|| DATA_FOLDER.to_owned()));
        let selected = || std::fs::read_to_string(data.join(WORKSPACE_FILE)).ok();
        let workspace = set("TF_WORKSPACE").or_else(selected).map(|name| name.trim().to_owned());
        let workspace = workspace.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
        let backend = std::fs::read(data.join(BACKEND_FILE)).ok();
        let backend = backend.and_then(|text| serde_json::from_slice::<BackendFile>(&text).ok()?.backend);
        let is_remote = backend.as_deref().is_some_and(is_remote);

        let mut parts = vec![folder.as_os_str().as_encoded_bytes().to_vec(), workspace.into_bytes()];
        if !is_remote {
            // Two containers can have folders of the same name, each with a state of its own.
            parts.push(creation_time(folder).to_be_bytes().to_vec());
        }
        parts.extend(backend.map(|backend| backend.get().as_bytes().to_vec()));
        parts.extend(STATE_VARIABLES.map(|name| set(name).unwrap_or_default().into_bytes()));
        Self { key: parts.join(&0), is_remote }
    }

    /// Returns whether the backend keeps the state away from the folder, with a lock that holds for every machine.
    pub(super) fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// Returns a hash of a purpose within this scope, which reveals neither.
    pub(super) fn hash(&self, purpose: &str) -> u64 {
        let digest = digest(&SHA256, &[self.key.as_slice(), purpose.as_bytes()].join(&0));
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

fn is_remote(backend: &RawValue) -> bool {
    serde_json::from_str::<Backend>(backend.get()).is_ok_and(|backend| backend.kind != "local")
}

/// Returns a folder's creation time in nanoseconds, or 0 if the file system does not record it.
fn creation_time(folder: &Path) -> u128 {
    let created = std::fs::metadata(folder).and_then(|folder| folder.created());
    created.ok().and_then(|created| created.duration_since(UNIX_EPOCH).ok()).map_or(0, |created| created.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unset(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_environment_selects_the_workspace_before_the_data_folder_does() {
        let folder = tempfile::tempdir().unwrap();
        let named = |wanted: &'static str| move |name: &str| (name == "TF_WORKSPACE").then(|| wanted.to_owned());
        let of = |environment: &dyn Fn(&str) -> Option<String>| StateScope::of(folder.path(), environment);
        let default = of(&unset);
        assert_eq!(default, of(&named("default")));
        assert_eq!(default, of(&named("")));
        std::fs::create_dir(folder.path().join(DATA_FOLDER)).unwrap();
        std::fs::write(folder.path().join(".terraform/environment"), "staging\n").unwrap();
        assert_ne!(default, of(&unset));
        assert_eq!(of(&unset), of(&named("staging")));
        assert_ne!(of(&unset), of(&named("live")));
        assert_eq!(default, of(&|name| (name == "TF_DATA_DIR").then(|| "elsewhere".to_owned())));
    }

    #[test]
    fn another_backend_is_another_scope() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(DATA_FOLDER)).unwrap();
        let with = |backend: &str| {
            let text = format!(r#"{{"version": 3, "backend": {backend}}}"#);
            std::fs::write(folder.path().join(".terraform/terraform.tfstate"), text).unwrap();
            StateScope::of(folder.path(), unset)
        };
        let staging = with(r#"{"type": "s3", "config": {"key": "staging"}}"#);
        assert_eq!(staging, with(r#"{"type": "s3", "config": {"key": "staging"}}"#));
        assert_ne!(staging, with(r#"{"type": "s3", "config": {"key": "live"}}"#));
        assert_ne!(staging, with(r#"{"type": "local", "config": {"path": "a"}}"#));
        assert_eq!(with("null"), with("null"));
        let http = with(r#"{"type": "http", "config": {"address": null}}"#);
        let named = |name: &str| (name == "TF_HTTP_ADDRESS").then(|| "https://example.com/state/live".to_owned());
        assert_ne!(http, StateScope::of(folder.path(), named));
    }

    #[test]
    fn a_new_folder_of_the_same_name_is_another_scope_unless_the_backend_is_remote() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("infra");
        let make = |backend: Option<&str>| {
            std::fs::create_dir_all(folder.join(DATA_FOLDER)).unwrap();
            if let Some(backend) = backend {
                let text = format!(r#"{{"backend": {{"type": "{backend}"}}}}"#);
                std::fs::write(folder.join(".terraform/terraform.tfstate"), text).unwrap();
            }
            let scope = StateScope::of(&folder, unset);
            std::fs::remove_dir_all(&folder).unwrap();
            scope
        };
        assert_eq!(make(Some("s3")), make(Some("s3")));
        // Some file systems do not record when a folder was created.
        if creation_time(parent.path()) != 0 {
            assert_ne!(make(None), make(None));
            assert_ne!(make(Some("local")), make(Some("local")));
        }
    }
}
