//! The certificate authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR`, with the semantics of Go programs.
//!
//! On Linux, the HTTP library's own verifier also reads these variables. It replaces the system's authorities by the
//! variable that is set, and fails if one is set but empty. Go programs keep the system's directories if only the file
//! is set, and vice versa, so a company's certificate can be added to the public ones. Users expect the same behaviour
//! of all tools on a machine.
//!
//! The files are read with blocking calls, once per client: before its first TLS connection to this or another machine.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

/// Variable with the path of a PEM file of certificate authorities.
const SSL_CERT_FILE: &str = "SSL_CERT_FILE";

/// Variable with paths of directories of PEM files, separated by `:`.
const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// Bundles of Linux distributions. The first that exists is used.
///
/// Source: Go standard library, `crypto/x509/root_linux.go`.
const SYSTEM_FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Directories of certificates of Linux distributions. All are used. Source as above.
const SYSTEM_DIRS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Returns the authorities that replace the platform's choice. Returns `None` if neither variable is set, and on
/// platforms where Go programs ignore them (macOS, Windows).
///
/// Unreadable files are skipped with a warning, as in Go: a stale variable must not stop a run that does not need it.
pub(super) fn from_environment(lookup: &dyn Fn(&str) -> Option<OsString>) -> Option<Vec<Certificate>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let value = |name| lookup(name).filter(|value| !value.is_empty());
    let (file, dirs) = (value(SSL_CERT_FILE), value(SSL_CERT_DIR));
    if file.is_none() && dirs.is_none() {
        return None;
    }

    let mut reader = Reader::default();
    match file {
        Some(file) => {
            let before = reader.certificates.len();
            reader.file(Path::new(&file));
            if reader.certificates.len() == before {
                tracing::warn!(variable = SSL_CERT_FILE, path = ?file, "no certificates could be read");
            }
        }
        None => SYSTEM_FILES.iter().map(Path::new).find(|path| path.exists()).into_iter().for_each(|p| reader.file(p)),
    }
    match dirs {
        Some(dirs) => std::env::split_paths(&dirs).for_each(|dir| reader.directory(&dir)),
        None => SYSTEM_DIRS.iter().for_each(|dir| reader.directory(Path::new(dir))),
    }
    Some(reader.certificates)
}

/// Collects certificates. Reads each file once, because directories contain many links to the same one.
#[derive(Default)]
struct Reader {
    certificates: Vec<Certificate>,
    seen: HashSet<PathBuf>,
}

impl Reader {
    fn file(&mut self, path: &Path) {
        let Ok(real) = path.canonicalize() else { return };
        if !real.is_file() || !self.seen.insert(real) {
            return;
        }
        let certificates = std::fs::read(path).ok().and_then(|pem| Certificate::from_pem_bundle(&pem).ok());
        self.certificates.extend(certificates.unwrap_or_default());
    }

    fn directory(&mut self, path: &Path) {
        let Ok(entries) = std::fs::read_dir(path) else { return };
        entries.flatten().for_each(|entry| self.file(&entry.path()));
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn unset_and_empty_variables_leave_the_choice_to_the_platform() {
        assert!(from_environment(&|_| None).is_none());
        assert!(from_environment(&|_| Some(OsString::new())).is_none());
    }

    #[test]
    fn system_directories_are_kept_if_only_a_file_is_set() {
        let with = |names: &'static [&'static str]| {
            let lookup = move |name: &str| names.contains(&name).then(|| OsString::from("/nowhere"));
            from_environment(&lookup).map(|roots| roots.len())
        };
        let (file_only, dir_only) = (with(&[SSL_CERT_FILE]).unwrap(), with(&[SSL_CERT_DIR]).unwrap());
        assert_eq!(with(&[SSL_CERT_FILE, SSL_CERT_DIR]), Some(0));
        // A machine need not have authorities.
        assert_eq!(
            file_only > 0,
            SYSTEM_DIRS.iter().any(|dir| std::fs::read_dir(dir).is_ok_and(|mut d| d.next().is_some()))
        );
        assert_eq!(dir_only > 0, SYSTEM_FILES.iter().any(|file| Path::new(file).exists()));
    }
}
