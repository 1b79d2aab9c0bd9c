//! The state file: the tenant's data as JSON, replaced in one step, so that a reader or a crash never meets a half.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::tenant::Data;

/// Where the tenant is kept between runs.
#[derive(Clone, Debug)]
pub(crate) struct Store(PathBuf);

impl Store {
    /// The store at `path`, and what it holds. A missing file is an empty store.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a state file.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<Data>)> {
        let data = match std::fs::read(path) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|error| {
                io::Error::new(io::ErrorKind::InvalidData, format!("{} is no state file: {error}", path.display()))
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok((Self(path.to_owned()), data))
    }

    /// Replaces the file's content. It holds secrets, so only its owner may read it (tempfile's default mode).
    pub(crate) fn save(&self, data: &Data) -> io::Result<()> {
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(data)?)?;
        file.persist(&self.0)?;
        Ok(())
    }
}
