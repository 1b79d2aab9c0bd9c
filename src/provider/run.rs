//! Which run of Terraform a process serves, so that what a killed run has left can be told from what another one is
//! still doing.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};

/// Where Terraform keeps its own data, as long as `TF_DATA_DIR` says nothing else. Source: Terraform's documentation,
/// "Environment Variables".
const DATA_FOLDER: &str = ".terraform";

/// The file in it that names the selected workspace. Source: as above, `TF_WORKSPACE`; the file is what
/// `terraform workspace select` writes.
const WORKSPACE_FILE: &str = "environment";

/// How the name of a sign of life begins; the rest is the process.
const SIGN_PREFIX: &str = "terraform-provider-conductorone-";

/// One process of the provider, in the folder and workspace that Terraform was started in.
#[derive(Debug)]
pub(super) struct Run {
    place: Vec<u8>,
    process: u64,
    signs: PathBuf,
    sign: Mutex<Option<SignOfLife>>,
}

impl Run {
    /// The run that this process serves. `environment` looks up variables.
    pub(super) fn here(environment: fn(&str) -> Option<String>) -> Self {
        let folder = std::env::current_dir().unwrap_or_default();
        Self::new(&folder, &workspace(&folder, environment), std::env::temp_dir())
    }

    fn new(folder: &Path, workspace: &str, signs: PathBuf) -> Self {
        let place = [folder.as_os_str().as_encoded_bytes(), workspace.as_bytes()].join(&0);
        Self { place, process: rand::random(), signs, sign: Mutex::default() }
    }

    /// Signs what this process is about to make for a purpose. From now on until its end it shows a sign of life.
    pub(super) fn sign(&self, purpose: &str) -> Signature {
        let mut sign = self.sign.lock().unwrap_or_else(PoisonError::into_inner);
        if sign.is_none() {
            *sign = SignOfLife::show(sign_path(&self.signs, self.process))
                .inspect_err(|error| tracing::warn!(%error, "other runs cannot see that this one is alive"))
                .ok();
        }
        Signature { purpose: self.purpose(purpose), process: self.process, number: rand::random() }
    }

    /// Takes the sign of life away before the process ends: Terraform is gone, and others may go on with what it left.
    pub(super) fn end(&self) {
        drop(self.sign.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether a signature is of an earlier run in the same folder and workspace, for the same purpose, whose process
    /// has ended.
    pub(super) fn is_left_behind(&self, signature: &Signature, purpose: &str) -> bool {
        signature.purpose == self.purpose(purpose)
            && signature.process != self.process
            && !shows_life(&sign_path(&self.signs, signature.process))
    }

    /// Tells purposes and places apart without telling what they are.
    fn purpose(&self, purpose: &str) -> u64 {
        let digest = digest(&SHA256, &[self.place.as_slice(), purpose.as_bytes()].join(&0));
        digest.as_ref().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// Who made something, where and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signature {
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
pub(super) struct NoSignature;

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

/// The workspace that is selected in a folder.
fn workspace(folder: &Path, environment: fn(&str) -> Option<String>) -> String {
    let set = |name| environment(name).filter(|value| !value.is_empty());
    let data = || folder.join(set("TF_DATA_DIR").unwrap_or_else(|| DATA_FOLDER.to_owned()));
    let selected = || std::fs::read_to_string(data().join(WORKSPACE_FILE)).ok();
    let named = set("TF_WORKSPACE").or_else(selected).map(|name| name.trim().to_owned());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned())
}

fn sign_path(folder: &Path, process: u64) -> PathBuf {
    folder.join(format!("{SIGN_PREFIX}{process:016x}"))
}

/// A file that is locked as long as a process lives: the system unlocks it however the process ends.
#[derive(Debug)]
struct SignOfLife {
    path: PathBuf,
    _locked: File,
}

impl SignOfLife {
    fn show(path: PathBuf) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        file.try_lock()?;
        Ok(Self { path, _locked: file })
    }
}

impl Drop for SignOfLife {
    fn drop(&mut self) {
        // Whatever stays behind is taken for the sign of a process that has ended, which is true.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Whether the process of a sign is alive, as far as this machine can tell. What cannot be looked at may be. A sign
/// that a killed process left is taken away.
fn shows_life(path: &Path) -> bool {
    match OpenOptions::new().write(true).open(path).map(|file| file.try_lock()) {
        Ok(Ok(())) => {
            drop(std::fs::remove_file(path));
            false
        }
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &str, workspace: &str, signs: &Path) -> Run {
        Run::new(Path::new(folder), workspace, signs.to_owned())
    }

    #[test]
    fn only_what_an_ended_run_of_the_same_place_made_for_the_same_purpose_is_left_behind() {
        let signs = tempfile::tempdir().unwrap();
        let killed = run("/infra", "default", signs.path());
        let signature = killed.sign("okta");
        let next = run("/infra", "default", signs.path());
        assert!(!next.is_left_behind(&signature, "okta"), "it is alive");
        killed.end();
        assert!(next.is_left_behind(&signature, "okta"));
        assert!(!next.is_left_behind(&signature, "other"), "another purpose");
        assert!(!run("/infra", "staging", signs.path()).is_left_behind(&signature, "okta"), "another workspace");
        assert!(!run("/other", "default", signs.path()).is_left_behind(&signature, "okta"), "another folder");
        assert!(!next.is_left_behind(&next.sign("okta"), "okta"), "its own");
    }

    #[test]
    fn a_run_leaves_no_file_and_what_a_killed_one_left_is_taken_away() {
        let signs = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(signs.path()).unwrap().count();
        let run = run("/infra", "default", signs.path());
        assert_eq!(files(), 0, "a plan shows no sign");
        let signature = run.sign("okta");
        run.sign("okta");
        assert_eq!(files(), 1);
        drop(run);
        assert_eq!(files(), 0);
        File::create(sign_path(signs.path(), signature.process)).unwrap();
        assert!(!shows_life(&sign_path(signs.path(), signature.process)));
        assert_eq!(files(), 0);
    }

    #[test]
    fn a_run_without_a_place_for_its_sign_works_all_the_same() {
        let run = run("/infra", "default", Path::new("/nonexistent/folder"));
        assert_ne!(run.sign("okta"), run.sign("okta"));
    }

    #[test]
    fn a_signature_is_read_as_it_is_written_and_nothing_else_is_one() {
        let signs = tempfile::tempdir().unwrap();
        let signature = run("/infra", "default", signs.path()).sign("okta");
        assert_eq!(signature.to_string().parse(), Ok(signature));
        for text in ["", "-", "1-2", "1-2-3-4", "a-b-g", "1-2-10000000000000000"] {
            assert_eq!(text.parse::<Signature>(), Err(NoSignature), "{text}");
        }
    }

    #[test]
    fn the_workspace_is_the_named_one_then_the_selected_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(workspace(folder.path(), |_| None), "default");
        std::fs::create_dir(folder.path().join(".terraform")).unwrap();
        std::fs::write(folder.path().join(".terraform/environment"), "staging").unwrap();
        assert_eq!(workspace(folder.path(), |_| None), "staging");
        assert_eq!(workspace(folder.path(), |name| (name == "TF_WORKSPACE").then(|| "live".to_owned())), "live");
        let elsewhere = |name: &str| (name == "TF_DATA_DIR").then(|| "elsewhere".to_owned());
        assert_eq!(workspace(folder.path(), elsewhere), "default");
    }
}
