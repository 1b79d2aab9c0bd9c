//! Lock files that show whether the process which wrote an adoption marker is alive.
//!
//! Each marker has a lock file of its own. The operating system releases the lock however the process ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::marker::AdoptionMarker;

/// Prefix of a lock file's name; the marker's identifier follows.
const PREFIX: &str = "terraform-provider-conductorone-";

/// The lock file of a marker that this process wrote. Dropping it releases the lock and keeps the file, so that later
/// processes see that this one has ended.
#[derive(Debug)]
pub(super) struct ProcessLock {
    path: PathBuf,
    _locked: File,
}

impl ProcessLock {
    /// Creates and locks the file of a marker.
    ///
    /// # Errors
    /// Any error of the file system, for example if the folder is read-only.
    pub(super) fn acquire(folder: &Path, marker: AdoptionMarker) -> io::Result<Self> {
        let path = path(folder, marker);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        file.try_lock()?;
        Ok(Self { path, _locked: file })
    }

    /// Deletes the file. For markers that no object carries any more.
    pub(super) fn delete(self) {
        remove(&self.path);
    }
}

/// State of the process that wrote a marker, as far as this machine can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriterState {
    /// The file is locked, or cannot be opened.
    MayBeAlive,
    /// The file exists and is not locked.
    Ended,
    /// No file exists: the process ran on another machine, or the folder was emptied.
    Unknown,
}

/// Returns the state of the process that wrote a marker. Never deletes the file: the process that adopts the object does.
///
/// Concurrent checks take a shared lock, so they do not take each other for the writer.
pub(super) fn writer_state(folder: &Path, marker: AdoptionMarker) -> WriterState {
    match OpenOptions::new().write(true).open(path(folder, marker)).map(|file| file.try_lock_shared()) {
        Ok(Ok(())) => WriterState::Ended,
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) => WriterState::MayBeAlive,
        Err(error) if error.kind() == io::ErrorKind::NotFound => WriterState::Unknown,
        Err(_) => WriterState::MayBeAlive,
    }
}

/// Deletes the lock file of a marker that has been removed from its object.
pub(super) fn delete(folder: &Path, marker: AdoptionMarker) {
    remove(&path(folder, marker));
}

fn remove(path: &Path) {
    // A file that stays behind belongs to a marker that no object carries.
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::debug!(%error, path = %path.display(), "could not delete a lock file");
    }
}

fn path(folder: &Path, marker: AdoptionMarker) -> PathBuf {
    folder.join(format!("{PREFIX}{}.lock", marker.identifier()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(number: u64) -> AdoptionMarker {
        AdoptionMarker { purpose: 1, process: 2, number }
    }

    #[test]
    fn a_lock_shows_a_living_process_and_its_released_file_an_ended_one() {
        let folder = tempfile::tempdir().unwrap();
        let state = |number| writer_state(folder.path(), marker(number));
        let lock = ProcessLock::acquire(folder.path(), marker(1)).unwrap();
        assert_eq!((state(1), state(2)), (WriterState::MayBeAlive, WriterState::Unknown));
        drop(lock);
        for _ in 0..2 {
            assert_eq!(state(1), WriterState::Ended, "a check does not delete the file");
        }
        delete(folder.path(), marker(1));
        assert_eq!(state(1), WriterState::Unknown);
    }

    #[test]
    fn a_deleted_lock_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        ProcessLock::acquire(folder.path(), marker(1)).unwrap().delete();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_does_not_exist_has_no_locks() {
        let folder = Path::new("/nonexistent/folder");
        assert!(ProcessLock::acquire(folder, marker(1)).is_err());
        assert_eq!(writer_state(folder, marker(1)), WriterState::Unknown);
        delete(folder, marker(1));
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_file_is_private_and_never_follows_a_link() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let lock = ProcessLock::acquire(folder.path(), marker(1)).unwrap();
        assert_eq!(std::fs::metadata(&lock.path).unwrap().permissions().mode() & 0o777, 0o600);
        let target = folder.path().join("target");
        std::os::unix::fs::symlink(&target, path(folder.path(), marker(2))).unwrap();
        assert!(ProcessLock::acquire(folder.path(), marker(2)).is_err());
        assert!(!target.exists());
    }
}
