//! Where Terraform was started, as far as it tells one state from another.
//!
//! A plugin does not learn where its state is kept. What it can see are the folder, the workspace and what
//! `terraform init` wrote down of the backend. Source: Terraform's documentation, "Environment Variables" and "Backend
//! Configuration"; the files are those that `terraform workspace select` and `terraform init` write.

use std::path::Path;
use std::time::UNIX_EPOCH;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Where Terraform keeps its own data, as long as `TF_DATA_DIR` says nothing else.
const DATA_FOLDER: &str = ".terraform";

/// The file in it that names the selected workspace.
const WORKSPACE_FILE: &str = "environment";

/// The file in it that tells of the backend, where a configuration names one.
const BACKEND_FILE: &str = "terraform.tfstate";

/// Variables that name the state of a backend whose block in the configuration is empty.
const STATE_VARIABLES: [&str; 3] = ["TF_HTTP_ADDRESS", "TF_CLOUD_ORGANIZATION", "PG_CONN_STR"];

/// What is the same for the runs that share a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(Vec<u8>);

#[derive(Default, Deserialize)]
struct BackendFile {
    backend: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Backend {
    #[serde(rename = "type")]
    kind: String,
}

impl Place {
    /// The place of a run in a folder. `environment` looks up variables.
    pub(crate) fn of(folder: &Path, environment: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty());
        let data = folder.join(set("TF_DATA_DIR").unwrap_or_else(|| DATA_FOLDER.to_owned()));
        let selected = || std::fs::read_to_string(data.join(WORKSPACE_FILE)).ok();
        let workspace = set("TF_WORKSPACE").or_else(selected).map(|name| name.trim().to_owned());
        let workspace = workspace.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
        let backend = std::fs::read(data.join(BACKEND_FILE)).ok();
        let backend = backend.and_then(|text| serde_json::from_slice::<BackendFile>(&text).ok()?.backend);

        let mut parts = vec![folder.as_os_str().as_encoded_bytes().to_vec(), workspace.into_bytes()];
        if !backend.as_deref().is_some_and(is_elsewhere) {
            // Two containers may have a folder of the same name, and then each has a state of its own.
            parts.push(age(folder).to_be_bytes().to_vec());
        }
        parts.extend(backend.map(|backend| backend.get().as_bytes().to_vec()));
        parts.extend(STATE_VARIABLES.map(|name| set(name).unwrap_or_default().into_bytes()));
        Self(parts.join(&0))
    }

    /// Tells purposes and places apart without telling what they are.
    pub(crate) fn purpose(&self, purpose: &str) -> u64 {
        let digest = digest(&SHA256, &[self.0.as_slice(), purpose.as_bytes()].join(&0));
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// Whether a backend keeps its state away from the folder, where its lock holds for every machine.
fn is_elsewhere(backend: &RawValue) -> bool {
    serde_json::from_str::<Backend>(backend.get()).is_ok_and(|backend| backend.kind != "local")
}

/// When a folder was made, in nanoseconds; 0 where the system does not tell.
fn age(folder: &Path) -> u128 {
    let made = std::fs::metadata(folder).and_then(|folder| folder.created());
    made.ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok()).map_or(0, |made| made.as_nanos())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn the_workspace_is_the_named_one_then_the_selected_one() {
        let folder = tempfile::tempdir().unwrap();
        let named = |wanted: &'static str| move |name: &str| (name == "TF_WORKSPACE").then(|| wanted.to_owned());
        let of = |environment: &dyn Fn(&str) -> Option<String>| Place::of(folder.path(), environment);
        let default = of(&nothing);
        assert_eq!(default, of(&named("default")));
        assert_eq!(default, of(&named("")));
        std::fs::create_dir(folder.path().join(DATA_FOLDER)).unwrap();
        std::fs::write(folder.path().join(".terraform/environment"), "staging\n").unwrap();
        assert_ne!(default, of(&nothing));
        assert_eq!(of(&nothing), of(&named("staging")));
        assert_ne!(of(&nothing), of(&named("live")));
        assert_eq!(default, of(&|name| (name == "TF_DATA_DIR").then(|| "elsewhere".to_owned())));
    }

    #[test]
    fn another_backend_is_another_place() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(DATA_FOLDER)).unwrap();
        let with = |backend: &str| {
            let text = format!(r#"{{"version": 3, "backend": {backend}}}"#);
            std::fs::write(folder.path().join(".terraform/terraform.tfstate"), text).unwrap();
            Place::of(folder.path(), nothing)
        };
        let staging = with(r#"{"type": "s3", "config": {"key": "staging"}}"#);
        assert_eq!(staging, with(r#"{"type": "s3", "config": {"key": "staging"}}"#));
        assert_ne!(staging, with(r#"{"type": "s3", "config": {"key": "live"}}"#));
        assert_ne!(staging, with(r#"{"type": "local", "config": {"path": "a"}}"#));
        assert_eq!(with("null"), with("null"));
        let http = with(r#"{"type": "http", "config": {"address": null}}"#);
        let named = |name: &str| (name == "TF_HTTP_ADDRESS").then(|| "https://example.com/state/live".to_owned());
        assert_ne!(http, Place::of(folder.path(), named));
    }

    #[test]
    fn a_folder_of_the_same_name_is_another_place_but_where_the_state_is_kept_elsewhere() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("infra");
        let make = |backend: Option<&str>| {
            std::fs::create_dir_all(folder.join(DATA_FOLDER)).unwrap();
            if let Some(backend) = backend {
                let text = format!(r#"{{"backend": {{"type": "{backend}"}}}}"#);
                std::fs::write(folder.join(".terraform/terraform.tfstate"), text).unwrap();
            }
            let place = Place::of(&folder, nothing);
            std::fs::remove_dir_all(&folder).unwrap();
            place
        };
        assert_eq!(make(Some("s3")), make(Some("s3")));
        // Where the system does not tell when a folder was made, its name has to do.
        if age(parent.path()) != 0 {
            assert_ne!(make(None), make(None));
            assert_ne!(make(Some("local")), make(Some("local")));
        }
    }
}
