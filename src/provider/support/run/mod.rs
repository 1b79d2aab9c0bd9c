//! Which run of Terraform a process serves, so that what a killed run has left can be told from what another one is
//! still doing, and from what Terraform has written down.

mod hand_over;
mod place;
mod sign_of_life;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use self::hand_over::HandOver;
use self::place::Place;
use self::sign_of_life::SignOfLife;

/// One process of the provider, in the place that Terraform was started in.
#[derive(Debug)]
pub(crate) struct Run {
    place: Place,
    process: u64,
    folder: PathBuf,
    sign: Mutex<Option<SignOfLife>>,
    handing_over: Mutex<Vec<HandOver>>,
    /// What others had not done with when this process first asked.
    left_by_others: OnceLock<Mutex<Vec<HandOver>>>,
}

impl Run {
    /// The run that this process serves. `environment` looks up variables; in `folder` processes leave word for each
    /// other.
    pub(crate) fn here(environment: fn(&str) -> Option<String>, folder: PathBuf) -> Self {
        // Canonical, because Windows takes one folder by several spellings.
        let configuration = std::env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
        Self::new(Place::of(&configuration, environment), folder)
    }

    fn new(place: Place, folder: PathBuf) -> Self {
        Self {
            place,
            process: rand::random(),
            folder,
            sign: Mutex::default(),
            handing_over: Mutex::default(),
            left_by_others: OnceLock::new(),
        }
    }

    /// Signs what this process is about to make for a purpose. From now on until its end it shows a sign of life.
    pub(crate) fn sign(&self, purpose: &str) -> Signature {
        let mut sign = lock(&self.sign);
        if sign.is_none() {
            *sign = SignOfLife::show(&self.folder, self.process)
                .inspect_err(|error| tracing::warn!(%error, "other runs cannot see that this one is alive"))
                .ok();
        }
        Signature { purpose: self.place.purpose(purpose), process: self.process, number: rand::random() }
    }

    /// Writes down that Terraform is about to hear of what was made with a signature.
    pub(crate) fn hand_over(&self, signature: Signature, id: &str) {
        match HandOver::begin(&self.folder, signature, id) {
            Ok(begun) => lock(&self.handing_over).push(begun),
            Err(error) => tracing::warn!(%error, id, "if Terraform is killed now, the next run will not know of this"),
        }
    }

    /// Removes the records of this process, because Terraform has saved its state.
    #[cfg(test)]
    fn all_is_written(&self) {
        lock(&self.handing_over).drain(..).for_each(HandOver::done);
    }

    /// Terraform has this in its state, whoever has made it.
    pub(crate) fn recognise(&self, id: &str) {
        lock(self.of_others()).extract_if(.., |handed_over| handed_over.id == id).for_each(HandOver::done);
    }

    /// Takes the sign of life away before the process ends: Terraform is gone, and others may go on with what it left.
    pub(crate) fn end(&self) {
        drop(lock(&self.sign).take());
    }

    /// Whether a signature is of an earlier run in the same place, for the same purpose, whose process has ended. That of
    /// one on another machine has: the lock of the state they share was free.
    pub(crate) fn is_left_behind(&self, signature: Signature, purpose: &str) -> bool {
        signature.purpose == self.place.purpose(purpose)
            && signature.process != self.process
            && !sign_of_life::is_shown(&self.folder, signature.process)
    }

    /// Whether such a run has told Terraform of an object, or was about to, and no run since has found it in the state.
    pub(crate) fn may_be_lost(&self, id: &str, purpose: &str) -> bool {
        let left = |one: &HandOver| {
            // In this order: a process may have ended well since the list was made.
            one.id == id && self.is_left_behind(one.signature, purpose) && one.is_open()
        };
        lock(self.of_others()).iter().any(left)
    }

    fn of_others(&self) -> &Mutex<Vec<HandOver>> {
        self.left_by_others.get_or_init(|| {
            let mut all = HandOver::all(&self.folder);
            all.retain(|one| one.signature.process != self.process);
            Mutex::new(all)
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A new file that nobody else can read.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Who made something, where and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    purpose: u64,
    process: u64,
    number: u64,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { purpose, process, number } = self;
        write!(f, "{purpose:016x}-{process:016x}-{number:016x}")
    }
}

/// A text that is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signature of three numbers")]
pub(crate) struct NoSignature;

impl FromStr for Signature {
    type Err = NoSignature;

    fn from_str(text: &str) -> Result<Self, NoSignature> {
        let parts: Vec<u64> = text
            .split('-')
            .map(|part| u64::from_str_radix(part, 16).map_err(|_| NoSignature))
            .collect::<Result<_, _>>()?;
        let [purpose, process, number] = parts.try_into().map_err(|_| NoSignature)?;
        Ok(Self { purpose, process, number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(configuration: &str, workspace: &'static str, folder: &Path) -> Run {
        let environment = |name: &str| (name == "TF_WORKSPACE").then(|| workspace.to_owned());
        Run::new(Place::of(Path::new(configuration), environment), folder.to_owned())
    }

    #[test]
    fn only_what_an_ended_run_of_the_same_place_made_for_the_same_purpose_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let killed = run("/infra", "default", folder.path());
        let signature = killed.sign("okta");
        let next = run("/infra", "default", folder.path());
        assert!(!next.is_left_behind(signature, "okta"), "it is alive");
        killed.end();
        assert!(next.is_left_behind(signature, "okta"));
        assert!(!next.is_left_behind(signature, "other"), "another purpose");
        assert!(!run("/infra", "staging", folder.path()).is_left_behind(signature, "okta"), "another workspace");
        assert!(!run("/other", "default", folder.path()).is_left_behind(signature, "okta"), "another folder");
        assert!(!next.is_left_behind(next.sign("okta"), "okta"), "its own");
    }

    #[test]
    fn what_a_killed_run_has_handed_over_may_be_lost_until_a_run_finds_it_in_the_state() {
        let folder = tempfile::tempdir().unwrap();
        let killed = run("/infra", "default", folder.path());
        for id in ["written", "lost"] {
            killed.hand_over(killed.sign("okta"), id);
        }
        assert!(!killed.may_be_lost("lost", "okta"), "its own");
        let beside = run("/infra", "default", folder.path());
        assert!(!beside.may_be_lost("lost", "okta"), "it is alive");
        drop(killed);

        let plan = run("/infra", "default", folder.path());
        assert!(plan.may_be_lost("written", "okta"), "nobody has seen it yet");
        plan.recognise("written");
        let apply = run("/infra", "default", folder.path());
        for run in [&plan, &apply] {
            assert!(!run.may_be_lost("written", "okta"));
            assert!(run.may_be_lost("lost", "okta"));
            assert!(!run.may_be_lost("lost", "other"), "another purpose");
        }
        assert!(!run("/other", "default", folder.path()).may_be_lost("lost", "okta"), "another folder");
    }

    #[test]
    fn nothing_is_lost_of_what_terraform_has_written_down() {
        let folder = tempfile::tempdir().unwrap();
        let done = run("/infra", "default", folder.path());
        done.hand_over(done.sign("okta"), "id");
        done.all_is_written();
        drop(done);
        assert!(!run("/infra", "default", folder.path()).may_be_lost("id", "okta"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_written_down_since_a_run_asked_is_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let (one, beside) = (run("/infra", "default", folder.path()), run("/infra", "default", folder.path()));
        one.hand_over(one.sign("okta"), "id");
        assert!(!beside.may_be_lost("id", "okta"), "it is alive");
        one.all_is_written();
        drop(one);
        assert!(!beside.may_be_lost("id", "okta"));
    }

    #[test]
    fn a_plan_leaves_no_word() {
        let folder = tempfile::tempdir().unwrap();
        let plan = run("/infra", "default", folder.path());
        plan.recognise("id");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_run_without_a_place_for_files_works_all_the_same() {
        let run = run("/infra", "default", Path::new("/nonexistent/folder"));
        let signature = run.sign("okta");
        assert_ne!(signature, run.sign("okta"));
        run.hand_over(signature, "id");
        run.recognise("id");
        assert!(!run.may_be_lost("id", "okta"));
        run.all_is_written();
    }

    #[test]
    fn a_signature_is_read_as_it_is_written_and_nothing_else_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let signature = run("/infra", "default", folder.path()).sign("okta");
        assert_eq!(signature.to_string().parse(), Ok(signature));
        for text in ["", "-", "1-2", "1-2-3-4", "a-b-g", "1-2-10000000000000000"] {
            assert_eq!(text.parse::<Signature>(), Err(NoSignature), "{text}");
        }
    }
}
