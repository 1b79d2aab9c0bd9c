//! An authority that this process trusts: everything reads `SSL_CERT_FILE` when it starts, so a test begins in another
//! process.

use std::path::PathBuf;
use std::process::Command;

use rcgen::KeyPair;

use test_support::Authority;

/// Names the folder of the authority's files.
const FOLDER: &str = "RELIABILITY_AUTHORITY";

/// The file that says that the test ran: a program that is asked for a test it does not have succeeds.
const RAN: &str = "ran";

/// The authority that this process trusts.
pub fn trusted() -> Authority {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    Authority::of(KeyPair::from_pem(&std::fs::read_to_string(folder.join("key.pem")).unwrap()).unwrap())
}

/// Runs a test of this program in a process that trusts an authority of its own. `false` in that process: go on.
///
/// # Panics
/// When the test fails there.
pub fn elsewhere(test: &str) -> bool {
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
    // The folder as well: the machine's authorities, read anew for each provider, take most of the time otherwise.
    process.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", folder.path());
    assert!(process.status().unwrap().success(), "see above");
    assert!(folder.path().join(RAN).exists(), "there is no test of the name {test}");
    true
}
