//! How other processes of this machine see that a process has not ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::private_file;

/// How the name of a sign of life begins; the rest is the process.
const PREFIX: &str = "terraform-provider-conductorone-process-";

/// A file that is locked as long as a process lives: the system unlocks it however the process ends.
#[derive(Debug)]
pub(crate) struct SignOfLife {
    path: PathBuf,
    _locked: File,
}

impl SignOfLife {
    /// Shows that a process lives.
    ///
    /// # Errors
    /// When there is no place for files.
    pub(crate) fn show(folder: &Path, process: u64) -> io::Result<Self> {
        let path = path(folder, process);
        let file = private_file(&path)?;
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

/// Whether a process is alive, as far as this machine can tell. What cannot be looked at may be. A sign that a killed
/// process left is taken away. Those who look at the same time do not take each other for life.
pub(crate) fn is_shown(folder: &Path, process: u64) -> bool {
    let path = path(folder, process);
    match OpenOptions::new().write(true).open(&path).map(|file| file.try_lock_shared()) {
        Ok(Ok(())) => {
            drop(std::fs::remove_file(path));
            false
        }
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) => true,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn path(folder: &Path, process: u64) -> PathBuf {
    folder.join(format!("{PREFIX}{process:016x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_shows_life_until_its_end_and_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let sign = SignOfLife::show(folder.path(), 1).unwrap();
        assert!(is_shown(folder.path(), 1));
        assert!(!is_shown(folder.path(), 2), "another process");
        drop(sign);
        assert!(!is_shown(folder.path(), 1));
        assert_eq!(files(), 0);
    }

    #[test]
    fn the_sign_of_a_killed_process_shows_nothing_and_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        File::create(path(folder.path(), 1)).unwrap();
        assert!(!is_shown(folder.path(), 1));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
