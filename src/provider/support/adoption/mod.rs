//! Recognizing objects that an interrupted apply created and Terraform does not know.
//!
//! An object carries an [`AdoptionMarker`] as its description while its create is in flight. A lock file for each marker
//! shows whether the process that wrote it is alive. See ADR 11.

mod marker;
mod process_lock;
mod state_scope;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub(crate) use self::marker::{AdoptionMarker, ObjectKind};
use self::process_lock::{ProcessLock, WriterState};
use self::state_scope::StateScope;

/// Markers of one process of the provider.
#[derive(Debug)]
pub(crate) struct Adoption {
    scope: StateScope,
    process: u64,
    lock_folder: PathBuf,
    claimed: Mutex<HashSet<String>>,
}

impl Adoption {
    /// Creates the markers of this process. `environment` looks up variables; lock files are in `lock_folder`.
    pub(crate) fn new(environment: fn(&str) -> Option<String>, lock_folder: PathBuf) -> Self {
        // Canonical, because Windows has several spellings of one folder.
        let configuration = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
        Self::with_scope(StateScope::of(&configuration, environment), lock_folder)
    }

    fn with_scope(scope: StateScope, lock_folder: PathBuf) -> Self {
        Self { scope, process: rand::random(), lock_folder, claimed: Mutex::default() }
    }

    /// Creates a marker for an object that is about to be created for a purpose. Objects for the same purpose can take
    /// each other's place.
    pub(crate) fn begin(&self, purpose: &str) -> InFlight {
        let marker =
            AdoptionMarker { purpose: self.scope.hash(purpose), process: self.process, number: rand::random() };
        let lock = ProcessLock::acquire(&self.lock_folder, marker)
            .inspect_err(|error| tracing::warn!(%error, "could not create a lock file, nothing is adopted"))
            .ok();
        InFlight { marker, lock }
    }

    /// Returns whether an object with this description was created for the same purpose by another process, in the same
    /// scope, that has ended.
    ///
    /// With local state, the lock file of that process must exist and be free. With a remote backend, an absent file
    /// counts as ended: the process ran on another machine, and this run holds the lock of the state.
    pub(crate) fn is_orphan(&self, description: &str, purpose: &str) -> bool {
        let Some(marker) = AdoptionMarker::parse(description) else { return false };
        if marker.purpose != self.scope.hash(purpose) || marker.process == self.process {
            return false;
        }
        match process_lock::writer_state(&self.lock_folder, marker) {
            WriterState::Ended => true,
            WriterState::MayBeAlive => false,
            WriterState::Unknown => self.scope.is_remote(),
        }
    }

    /// Claims an orphan for one resource. Returns `false` if another resource of this process has claimed it.
    pub(crate) fn claim(&self, id: &str) -> bool {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned())
    }

    /// Deletes the lock file of the marker that an object carried before this process replaced its description.
    pub(crate) fn marker_was_replaced(&self, description: &str) {
        if let Some(marker) = AdoptionMarker::parse(description) {
            process_lock::delete(&self.lock_folder, marker);
        }
    }
}

/// A create in flight. Dropping it releases the lock and keeps the lock file, so that the next apply adopts the object.
#[derive(Debug)]
pub(crate) struct InFlight {
    marker: AdoptionMarker,
    /// `None` if the lock file could not be created.
    lock: Option<ProcessLock>,
}

impl InFlight {
    pub(crate) fn marker(&self) -> AdoptionMarker {
        self.marker
    }

    /// Returns whether this create may adopt an orphan instead: other processes must be able to see that this one lives.
    pub(crate) fn may_adopt(&self) -> bool {
        self.lock.is_some()
    }

    /// Deletes the lock file, because no object carries the marker: it was removed, or nothing was created.
    pub(crate) fn finish(self) {
        if let Some(lock) = self.lock {
            lock.delete();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn process(folder: &str, workspace: &'static str, locks: &Path) -> Adoption {
        let environment = |name: &str| (name == "TF_WORKSPACE").then(|| workspace.to_owned());
        Adoption::with_scope(StateScope::of(Path::new(folder), environment), locks.to_owned())
    }

    fn description(create: &InFlight) -> String {
        create.marker().description(ObjectKind::Connector)
    }

    #[test]
    fn only_objects_of_an_ended_process_with_the_same_scope_and_purpose_are_orphans() {
        let locks = tempfile::tempdir().unwrap();
        let here = |folder, workspace| process(folder, workspace, locks.path());
        let writer = here("/infra", "default");
        let create = writer.begin("okta");
        let text = description(&create);
        let next = here("/infra", "default");
        assert!(!next.is_orphan(&text, "okta"), "the writer is alive");
        drop(create);
        assert!(next.is_orphan(&text, "okta"));
        assert!(!next.is_orphan(&text, "other"), "another purpose");
        assert!(!writer.is_orphan(&text, "okta"), "its own");
        assert!(!here("/infra", "staging").is_orphan(&text, "okta"), "another workspace");
        assert!(!here("/other", "default").is_orphan(&text, "okta"), "another folder");
        assert!(!next.is_orphan("Reviewed [2024-01-15]", "okta"), "a description of a user");
    }

    #[test]
    fn an_orphan_is_one_until_its_marker_is_replaced() {
        let locks = tempfile::tempdir().unwrap();
        let writer = process("/infra", "default", locks.path());
        // Several creates of one process are adopted independently of each other.
        let texts: Vec<String> = ["a", "b"].map(|purpose| description(&writer.begin(purpose))).into();
        let (plan, apply) = (process("/infra", "default", locks.path()), process("/infra", "default", locks.path()));
        assert!(plan.is_orphan(&texts[0], "a") && apply.is_orphan(&texts[0], "a"), "a check changes nothing");
        apply.marker_was_replaced(&texts[0]);
        assert!(!plan.is_orphan(&texts[0], "a"));
        assert!(plan.is_orphan(&texts[1], "b"));
    }

    #[test]
    fn with_local_state_nothing_is_adopted_without_the_writers_lock_file() {
        let (locks, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let text = description(&process("/infra", "default", elsewhere.path()).begin("okta"));
        assert!(!process("/infra", "default", locks.path()).is_orphan(&text, "okta"));
    }

    #[test]
    fn with_a_remote_backend_an_absent_lock_file_counts_as_ended_and_a_locked_one_as_alive() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".terraform")).unwrap();
        std::fs::write(folder.path().join(".terraform/terraform.tfstate"), r#"{"backend": {"type": "s3"}}"#).unwrap();
        let (locks, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let here = |locks: &Path| process(folder.path().to_str().unwrap(), "default", locks);
        let create = here(locks.path()).begin("okta");
        let text = description(&create);
        assert!(!here(locks.path()).is_orphan(&text, "okta"));
        assert!(here(elsewhere.path()).is_orphan(&text, "okta"));
    }

    #[test]
    fn a_process_without_lock_files_may_not_adopt() {
        let process = process("/infra", "default", Path::new("/nonexistent/folder"));
        let create = process.begin("okta");
        assert!(!create.may_adopt());
        assert_ne!(create.marker(), process.begin("okta").marker());
        create.finish();
    }

    #[test]
    fn a_finished_create_leaves_no_file_and_a_cancelled_one_its_lock_file() {
        let locks = tempfile::tempdir().unwrap();
        let process = process("/infra", "default", locks.path());
        let files = || std::fs::read_dir(locks.path()).unwrap().count();
        process.begin("okta").finish();
        assert_eq!(files(), 0);
        drop(process.begin("okta"));
        assert_eq!(files(), 1);
    }

    #[test]
    fn an_orphan_is_claimed_once() {
        let locks = tempfile::tempdir().unwrap();
        let process = process("/infra", "default", locks.path());
        assert!(process.claim("connector"));
        assert!(!process.claim("connector"));
    }
}
