//! What a process has told Terraform of, or was about to, until it is certain that Terraform has written it down.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Signature, private_file};

/// How the name of a hand-over begins; the rest is the signature of what is handed over.
const PREFIX: &str = "terraform-provider-conductorone-handing-over-";

/// Longest ID that is read, in bytes. Those of ConductorOne have 27.
const MAX_ID: u64 = 256;

/// A file that names an object, by the signature with which it was made.
#[derive(Debug)]
pub(crate) struct HandOver {
    pub(crate) signature: Signature,
    pub(crate) id: String,
    path: PathBuf,
}

impl HandOver {
    /// Writes down that Terraform is about to hear of an object.
    ///
    /// # Errors
    /// When there is no place for files.
    pub(crate) fn begin(folder: &Path, signature: Signature, id: &str) -> io::Result<Self> {
        let path = folder.join(format!("{PREFIX}{signature}"));
        private_file(&path)?.write_all(id.as_bytes())?;
        Ok(Self { signature, id: id.to_owned(), path })
    }

    /// Those that are not done, of whatever process.
    pub(crate) fn all(folder: &Path) -> Vec<Self> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.filter_map(|entry| Self::read(entry.ok()?.path())).collect()
    }

    fn read(path: PathBuf) -> Option<Self> {
        let signature = path.file_name()?.to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
        let mut id = String::new();
        if is_ours(&path) {
            File::open(&path).ok()?.take(MAX_ID).read_to_string(&mut id).ok()?;
        }
        (!id.is_empty()).then_some(Self { signature, id, path })
    }

    /// Whether nobody has found yet that it is done.
    pub(crate) fn is_open(&self) -> bool {
        self.path.exists()
    }

    /// Terraform has written it down.
    pub(crate) fn done(self) {
        // One that cannot be removed is removed by a later plan, which finds the object in the state too.
        drop(std::fs::remove_file(&self.path));
    }
}

/// Whether this user wrote a file: in a folder that others can write to, they could name any object.
#[cfg(unix)]
fn is_ours(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let user = nix::unistd::geteuid().as_raw();
    std::fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.uid() == user)
}

/// The folder for temporary files is each person's own.
#[cfg(not(unix))]
fn is_ours(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature() -> Signature {
        "0123456789abcdef-1-2".parse().unwrap()
    }

    #[test]
    fn what_is_handed_over_is_found_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        assert!(HandOver::all(folder.path()).is_empty());
        HandOver::begin(folder.path(), signature(), "2YqKzWeWLbQUvXxWJzHDkWcZ9pA").unwrap();
        std::fs::write(folder.path().join("another file"), "2YqKzWeWLbQUvXxWJzHDkWcZ9pA").unwrap();
        let found = HandOver::all(folder.path());
        let ids: Vec<(Signature, &str)> = found.iter().map(|one| (one.signature, one.id.as_str())).collect();
        assert_eq!(ids, [(signature(), "2YqKzWeWLbQUvXxWJzHDkWcZ9pA")]);
        found.into_iter().for_each(HandOver::done);
        assert!(HandOver::all(folder.path()).is_empty());
    }

    #[test]
    fn what_is_no_hand_over_is_passed_by() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{PREFIX}1-2")), "id").unwrap();
        std::fs::create_dir(folder.path().join(format!("{PREFIX}1-2-3"))).unwrap();
        std::fs::write(folder.path().join(format!("{PREFIX}1-2-4")), [0xff]).unwrap();
        assert!(HandOver::all(folder.path()).is_empty());
        assert!(HandOver::all(Path::new("/nonexistent/folder")).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it_and_what_somebody_else_has_put_there_is_not_followed() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let begun = HandOver::begin(folder.path(), signature(), "id").unwrap();
        assert_eq!(std::fs::metadata(&begun.path).unwrap().permissions().mode() & 0o777, 0o600);
        begun.done();
        let target = folder.path().join("target");
        std::os::unix::fs::symlink(&target, folder.path().join(format!("{PREFIX}{}", signature()))).unwrap();
        assert!(HandOver::begin(folder.path(), signature(), "id").is_err());
        assert!(!target.exists());
    }
}
