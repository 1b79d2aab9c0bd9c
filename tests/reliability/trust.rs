//! A certificate authority that the test's process trusts. The HTTP client reads `SSL_CERT_FILE` only when the process
//! starts, so the test runs in a second process.

use std::path::PathBuf;
use std::process::Command;

use rcgen::KeyPair;

use test_support::Authority;

/// Environment variable with the folder of the authority's files.
const FOLDER: &str = "RELIABILITY_AUTHORITY";

/// Name of a file that shows that the test ran. A test binary that does not know the requested test succeeds.
const RAN: &str = "ran";

/// Returns the authority that this process trusts.
pub fn authority() -> Authority {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    Authority::of(KeyPair::from_pem(&std::fs::read_to_string(folder.join("key.pem")).unwrap()).unwrap())
}

/// Runs a test of this binary in a process that trusts a new authority, and returns true. Returns false in that process.
///
/// # Panics
/// If the test fails.
pub fn run_with_authority(test: &str) -> bool {
    if let Some(folder) = std::env::var_os(FOLDER) {
        std::fs::write(PathBuf::from(folder).join(RAN), "").unwrap();
        return false;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, Authority::of(key).pem()).unwrap();
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([test, "--exact", "--nocapture"]).env(FOLDER, folder.path());
    // An empty folder of roots: each provider parses the machine's roots otherwise, which takes most of the time.
    process.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", folder.path());
    assert!(process.status().unwrap().success(), "the output above contains the failure");
    assert!(folder.path().join(RAN).exists(), "this binary has no test {test}");
    true
}
