//! Signatures as the public registry takes them: detached, binary, made by GnuPG with an RSA or DSA key.
//!
//! Source: HashiCorp, "Publish providers to the public registry", sections on preparing a signing key and on releases.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Failed;

/// Environment variable with the private key, as `gpg --armor --export-secret-keys` prints it.
pub const PRIVATE_KEY: &str = "GPG_PRIVATE_KEY";

/// Environment variable with what unlocks that key; empty or unset where nothing locks it.
pub const PASSPHRASE: &str = "GPG_PASSPHRASE";

/// OpenPGP's numbers of the algorithms that the registry takes: RSA and DSA. Source: RFC 9580, section 9.1.
const TAKEN: [&str; 2] = ["1", "17"];

/// A key, and where it is.
pub enum Key {
    /// ID, fingerprint or email of a key in the user's keyring.
    Held(String),
    /// One that is handed over, and that is in no keyring afterwards.
    Brought {
        /// The private key, armored.
        private: String,
        /// What unlocks it; empty where nothing locks it.
        passphrase: String,
    },
}

impl Key {
    /// The key that the environment brings, as it does in a workflow.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_environment() -> Result<Self, Failed> {
        let private = std::env::var(PRIVATE_KEY).unwrap_or_default();
        if private.trim().is_empty() {
            return Err(format!(
                "{PRIVATE_KEY} is not set: it has to be a private key, as `gpg --armor --export-secret-keys` prints it"
            )
            .into());
        }
        Ok(Self::Brought { private, passphrase: std::env::var(PASSPHRASE).unwrap_or_default() })
    }
}

/// Writes the signature of a file. Nothing is left at that path where this fails.
///
/// # Errors
/// When gpg is missing or does not sign, or the key is of a kind that the registry does not take.
pub fn sign(file: &Path, signature: &Path, key: &Key) -> Result<(), Failed> {
    let said = match key {
        Key::Held(name) => {
            let mut gpg = gpg();
            gpg.args(["--local-user", name]);
            run(detach(gpg, file, signature), None)?
        }
        Key::Brought { private, passphrase } => {
            let home = Home::new()?;
            let mut import = home.gpg();
            import.arg("--import");
            run(import, Some(private))?;
            let mut gpg = home.gpg();
            // The passphrase is all that there is on standard input, and no argument that others on the machine can read.
            gpg.args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"]);
            run(detach(gpg, file, signature), Some(passphrase))?
        }
    };
    let algorithm = algorithm(&said).ok_or("gpg did not say with what kind of key it signed")?;
    if !TAKEN.contains(&algorithm) {
        std::fs::remove_file(signature)?;
        return Err("the registry takes RSA and DSA keys only, and this key is neither; make one with \
                    `gpg --quick-generate-key NAME rsa4096 sign`"
            .into());
    }
    Ok(())
}

/// gpg without questions.
fn gpg() -> Command {
    let mut gpg = Command::new("gpg");
    gpg.arg("--batch");
    gpg
}

/// Has gpg sign, and say on standard output how.
fn detach(mut gpg: Command, file: &Path, signature: &Path) -> Command {
    gpg.args(["--status-fd", "1", "--output"]).arg(signature).arg("--detach-sign").arg(file);
    gpg
}

/// Number of the algorithm, from gpg's line `[GNUPG:] SIG_CREATED TYPE ALGORITHM …`. Source: GnuPG, doc/DETAILS.
fn algorithm(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("[GNUPG:] SIG_CREATED ")?.split(' ').nth(1))
}

/// Runs gpg with this on its standard input, and returns its standard output.
fn run(mut gpg: Command, input: Option<&str>) -> Result<String, Failed> {
    // A key of the keyring is unlocked by the user's own pinentry, which needs no standard input either.
    gpg.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let started = gpg.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("gpg could not be started: {error}"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        // gpg may end before it has read everything; what it says then tells more than the broken pipe.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("gpg ended with {}: {}", output.status, said.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A keyring of our own, which is gone in the end together with the agent that gpg starts for it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Result<Self, Failed> {
        // Only this user can look into it. A short name, because the agent's socket is in it.
        Ok(Self(tempfile::Builder::new().prefix("gpg").tempdir()?))
    }

    fn gpg(&self) -> Command {
        let mut gpg = gpg();
        gpg.arg("--homedir").arg(self.0.path());
        gpg
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // An agent that stays notices by itself that its folder is gone, only later.
        let mut stop = Command::new("gpgconf");
        let _ = stop.arg("--homedir").arg(self.0.path()).args(["--kill", "all"]).stderr(Stdio::null()).status();
    }
}
