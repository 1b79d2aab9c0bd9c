//! The state file: one JSON line per change, so that a change costs the same whatever the tenant contains.
//!
//! The first line holds the whole tenant. Each further line holds the objects that one change added or replaced.
//! Loading the file, or growing it far beyond the tenant's size, rewrites it in one step.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::credentials::Credentials;
use super::data::Data;
use super::model::app::App;
use super::model::connector::Connector;
use super::model::task::Task;
use super::model::user::{Role, User};
use super::records::Records;

/// Bytes that may be appended before the file is rewritten, unless the rewritten file is larger than that.
const MIN_APPENDED: u64 = 4 * 1024 * 1024;

/// A state file that is open for appending.
pub(crate) struct Store {
    path: PathBuf,
    /// `None` until the first rewrite.
    file: Option<File>,
    /// Length up to the last complete line.
    length: u64,
    /// Length after the last rewrite.
    rewritten: u64,
}

/// An object of the state file.
#[expect(clippy::large_enum_variant, reason = "entries are moved into the tenant as soon as they are parsed")]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Entry<'a> {
    Tenant(Cow<'a, TenantEntry<'a>>),
    App(Cow<'a, App>),
    Connector(Cow<'a, Connector>),
    Task(Cow<'a, Task>),
}

/// The part of the tenant that no operation changes.
#[derive(Clone, Serialize, Deserialize)]
struct TenantEntry<'a> {
    tenant_id: Cow<'a, str>,
    credentials: Cow<'a, Credentials>,
    roles: Cow<'a, [Role]>,
    users: Cow<'a, [User]>,
}

impl Store {
    /// Opens the file at `path` and loads its data. `None` if the file does not exist.
    ///
    /// # Errors
    /// If the file cannot be read or is not a state file.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Option<Data>)> {
        let data = match std::fs::read_to_string(path) {
            Ok(text) => Some(parse(&text).map_err(|reason| {
                let message = format!("{} is not a state file: {reason}", path.display());
                io::Error::new(io::ErrorKind::InvalidData, message)
            })?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        Ok((Self { path: path.to_owned(), file: None, length: 0, rewritten: 0 }, data))
    }

    /// Writes the uncommitted changes of the data.
    pub(crate) fn save(&mut self, data: &Data) -> io::Result<()> {
        let is_long = self.length - self.rewritten > self.rewritten.max(MIN_APPENDED);
        let Some(file) = self.file.as_mut().filter(|_| !is_long) else { return self.rewrite(data) };
        let entries: Vec<Entry<'_>> =
            entries(data.apps.changed(), data.connectors.changed(), data.tasks.changed()).collect();
        if entries.is_empty() {
            return Ok(());
        }
        let line = line(&entries)?;
        if let Err(error) = file.write_all(&line) {
            // Otherwise the next line would continue an incomplete one.
            file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Replaces the file by one with a single line. The temporary file's mode keeps the secrets private to the owner.
    fn rewrite(&mut self, data: &Data) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let tenant = TenantEntry {
            tenant_id: Cow::Borrowed(&data.tenant_id),
            credentials: Cow::Borrowed(&data.credentials),
            roles: Cow::Borrowed(&data.roles),
            users: Cow::Borrowed(&data.users),
        };
        let objects = entries(data.apps.iter(), data.connectors.iter(), data.tasks.iter());
        let line = line(&std::iter::once(Entry::Tenant(Cow::Owned(tenant))).chain(objects).collect::<Vec<_>>())?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&line)?;
        file.persist(&self.path)?;
        self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        self.length = line.len() as u64;
        self.rewritten = self.length;
        Ok(())
    }
}

fn entries<'a>(
    apps: impl Iterator<Item = &'a App>,
    connectors: impl Iterator<Item = &'a Connector>,
    tasks: impl Iterator<Item = &'a Task>,
) -> impl Iterator<Item = Entry<'a>> {
    let apps = apps.map(|app| Entry::App(Cow::Borrowed(app)));
    let connectors = connectors.map(|connector| Entry::Connector(Cow::Borrowed(connector)));
    let tasks = tasks.map(|task| Entry::Task(Cow::Borrowed(task)));
    apps.chain(connectors).chain(tasks)
}

fn line(entries: &[Entry<'_>]) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entries)?;
    line.push(b'\n');
    Ok(line)
}

/// Parses a state file. A last line without a line break was interrupted and never took effect.
fn parse(text: &str) -> Result<Data, String> {
    let mut tenant = None;
    let (mut apps, mut connectors, mut tasks) = (Records::default(), Records::default(), Records::default());
    let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
    for (index, line) in complete.lines().enumerate() {
        let entries: Vec<Entry<'_>> =
            serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
        for entry in entries {
            match entry {
                Entry::Tenant(entry) => tenant = Some(entry.into_owned()),
                Entry::App(app) => apps.put(app.into_owned()),
                Entry::Connector(connector) => connectors.put(connector.into_owned()),
                Entry::Task(task) => tasks.put(task.into_owned()),
            }
        }
    }
    let tenant = tenant.ok_or("it contains no tenant")?;
    let mut data = Data {
        tenant_id: tenant.tenant_id.into_owned(),
        credentials: tenant.credentials.into_owned(),
        roles: tenant.roles.into_owned(),
        users: tenant.users.into_owned(),
        apps,
        connectors,
        tasks,
    };
    data.commit();
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::super::seed;
    use super::*;
    use crate::clock::Clock;

    /// Changes the first app and saves it, as `Tenant::change` does.
    fn rename(store: &mut Store, data: &mut Data, name: &str) {
        let id = data.apps.iter().next().unwrap().id.clone();
        let renamed = data.change_app(&id, |app| {
            app.fields.insert("displayName".to_owned(), name.into());
            Ok(())
        });
        renamed.unwrap();
        store.save(data).unwrap();
        data.commit();
    }

    fn first_name(path: &Path) -> String {
        let (_, data) = Store::open(path).unwrap();
        data.unwrap().apps.iter().next().unwrap().display_name().to_owned()
    }

    #[test]
    fn each_change_appends_the_changed_objects_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut store, data) = Store::open(&path).unwrap();
        assert!(data.is_none());
        let mut data = seed::new_tenant(Clock::System.now());
        store.save(&data).unwrap();
        data.commit();
        rename(&mut store, &mut data, "Renamed");
        store.save(&data).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "a change of nothing adds no line");
        assert!(lines[1].len() < 2_000 && lines[1].matches("displayName").count() == 1, "{}", lines[1]);
        assert_eq!(first_name(&path), "Renamed");
    }

    #[test]
    fn an_interrupted_line_has_no_effect() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut store, mut data) = (Store::open(&path).unwrap().0, seed::new_tenant(Clock::System.now()));
        rename(&mut store, &mut data, "First");
        rename(&mut store, &mut data, "Second");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        assert_eq!(first_name(&path), "First");
        std::fs::write(&path, format!("{text}[]x\n")).unwrap();
        assert!(Store::open(&path).is_err(), "a complete line that cannot be parsed is an error");
    }

    #[test]
    fn a_file_that_grew_far_beyond_the_tenant_is_rewritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let (mut store, mut data) = (Store::open(&path).unwrap().0, seed::new_tenant(Clock::System.now()));
        let long = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            rename(&mut store, &mut data, &long);
        }
        let length = std::fs::metadata(&path).unwrap().len();
        assert!(length < MIN_APPENDED + 3 * 1024 * 1024, "{length}");
        let deleted = data.apps.iter().next().unwrap().id.clone();
        data.delete_app(&deleted, Clock::System.now()).unwrap();
        store.save(&data).unwrap();
        let (_, loaded) = Store::open(&path).unwrap();
        assert!(loaded.unwrap().apps.get(&deleted).unwrap().deleted_at.is_some());
    }
}
