//! The certificate authorities that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
//!
//! On Linux the HTTP library's own verifier reads these variables too, but takes the one that is set *instead of*
//! the system's authorities, and fails when one is set but empty. Go programs keep the
//! system's directories when only the file is named, and the other way round, so a company's certificate can be
//! added without taking the public ones away. What works for the other tools on a machine should work for us.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use reqwest::Certificate;

/// Names a PEM file of certificate authorities.
pub(super) const SSL_CERT_FILE: &str = "SSL_CERT_FILE";

/// Names directories of PEM files, separated by `:`.
pub(super) const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// Where Linux distributions keep the bundle; the first that exists counts.
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

/// Where Linux distributions keep single certificates; all count. Source as above.
const SYSTEM_DIRS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Authorities to trust in place of the platform's choice, or `None` when neither variable is set, or the platform
/// is one where Go programs ignore them (macOS, Windows).
///
/// What cannot be read is skipped with a warning, as Go does: a stale variable must not stop a run that needs
/// nothing from it.
pub(super) fn from_environment(lookup: &dyn Fn(&str) -> Option<OsString>) -> Option<Vec<Certificate>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let named = |name| lookup(name).filter(|value| !value.is_empty());
    let (file, dirs) = (named(SSL_CERT_FILE), named(SSL_CERT_DIR));
    if file.is_none() && dirs.is_none() {
        return None;
    }

    let mut read = Reader::default();
    match file {
        Some(file) => {
            let before = read.certificates.len();
            read.file(Path::new(&file));
            if read.certificates.len() == before {
                tracing::warn!(variable = SSL_CERT_FILE, path = ?file, "no certificates could be read");
            }
        }
        None => SYSTEM_FILES.iter().map(Path::new).find(|path| path.exists()).into_iter().for_each(|p| read.file(p)),
    }
    match dirs {
        Some(dirs) => std::env::split_paths(&dirs).for_each(|dir| read.directory(&dir)),
        None => SYSTEM_DIRS.iter().for_each(|dir| read.directory(Path::new(dir))),
    }
    Some(read.certificates)
}

/// Collects certificates, reading no file twice: directories are full of links to the same one.
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
    use axum::Router;
    use axum::routing::get;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;
    use tokio::process::Command;

    use super::*;
    use crate::{Client, Method, Origin, Request, SendError};

    /// Names the origin that [`a_child_process_sends_one_request`] asks, and the outcome it reports.
    const CHILD_ORIGIN: &str = "C1_TEST_CHILD_ORIGIN";

    /// Not a test of its own: the only way to have another environment is to be another process.
    #[tokio::test]
    async fn a_child_process_sends_one_request() {
        let Ok(origin) = std::env::var(CHILD_ORIGIN) else { return };
        let origin: Origin = origin.parse().unwrap();
        let outcome = match Client::new().send(&Request::new(Method::GET, &origin, &["hello"])).await {
            Ok(answer) => format!("status {}", answer.status().as_u16()),
            Err(SendError::NotSent(error)) => format!("not sent: {error}"),
            Err(other) => format!("other: {other:?}"),
        };
        println!("<{outcome}>");
    }

    /// What a process with these environment variables gets from `origin`.
    async fn outcome_in(environment: &[(&str, &str)], origin: &str) -> String {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let name = "roots::tests::a_child_process_sends_one_request";
        command.args(["--exact", "--nocapture", name]).env(CHILD_ORIGIN, origin);
        for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_ascii_lowercase());
        }
        let output = command.envs(environment.iter().copied()).output().await.unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        let outcome = output.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        outcome.map_or_else(|| panic!("no outcome in {output}"), |(outcome, _)| outcome.to_owned())
    }

    #[tokio::test]
    async fn authorities_named_by_file_or_directory_are_trusted_and_others_are_not() {
        let (origin, authority) =
            test_support::serve_tls(Router::new().route("/hello", get(|| async { "hello" }))).await;
        let origin = origin.to_string();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("company.pem");
        std::fs::write(&file, authority).unwrap();
        let empty = tempfile::tempdir().unwrap();
        let (file, directory) = (file.to_str().unwrap(), directory.path().to_str().unwrap());
        let directories = format!("{}:{directory}", empty.path().display());

        let trusted = "status 200";
        assert_eq!(outcome_in(&[("SSL_CERT_FILE", file)], &origin).await, trusted);
        assert_eq!(outcome_in(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", directory)], &origin).await, trusted);
        assert_eq!(outcome_in(&[("SSL_CERT_DIR", &directories)], &origin).await, trusted);
        let nowhere = [("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere")];
        let outcome = outcome_in(&nowhere, &origin).await;
        assert!(outcome.starts_with("not sent: "), "{outcome}");
    }

    #[tokio::test]
    async fn proxies_are_used_for_other_machines_and_never_for_this_one() {
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", proxy.local_addr().unwrap());
        let environment = [("HTTPS_PROXY", &*address), ("HTTP_PROXY", &*address), ("ALL_PROXY", &*address)];
        let origin = test_support::serve(Router::new().route("/hello", get(|| async { "hello" }))).await;
        assert_eq!(outcome_in(&environment, &origin.to_string()).await, "status 200");

        let first_line = tokio::spawn(async move {
            let (mut stream, _) = proxy.accept().await.unwrap();
            let mut buffer = [0; 64];
            let length = stream.read(&mut buffer).await.unwrap();
            String::from_utf8_lossy(&buffer[..length]).lines().next().unwrap_or_default().to_owned()
        });
        // No certificate authorities are needed to see whom the client calls, but some must exist to make a client.
        let (_, authority) = test_support::serve_tls(Router::new()).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, authority).unwrap();
        let environment = [("HTTPS_PROXY", &*address), ("SSL_CERT_FILE", file.path().to_str().unwrap())];
        let outcome = outcome_in(&environment, "https://acme.example").await;
        assert!(outcome.starts_with("not sent: "), "{outcome}");
        assert_eq!(first_line.await.unwrap(), "CONNECT acme.example:443 HTTP/1.1");
    }

    #[test]
    fn without_the_variables_the_platform_decides() {
        assert!(from_environment(&|_| None).is_none());
        assert!(from_environment(&|_| Some(OsString::new())).is_none());
    }

    #[test]
    fn the_system_directories_stay_when_only_a_file_is_named() {
        let with = |names: &'static [&'static str]| {
            let lookup = move |name: &str| names.contains(&name).then(|| OsString::from("/nowhere"));
            from_environment(&lookup).map(|roots| roots.len())
        };
        let (file_only, dir_only) = (with(&[SSL_CERT_FILE]).unwrap(), with(&[SSL_CERT_DIR]).unwrap());
        assert_eq!(with(&[SSL_CERT_FILE, SSL_CERT_DIR]), Some(0));
        // Where this machine has authorities at all.
        assert_eq!(
            file_only > 0,
            SYSTEM_DIRS.iter().any(|dir| std::fs::read_dir(dir).is_ok_and(|mut d| d.next().is_some()))
        );
        assert_eq!(dir_only > 0, SYSTEM_FILES.iter().any(|file| Path::new(file).exists()));
    }
}
