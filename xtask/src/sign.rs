//! Signatures in the public registry's format: detached, binary, created by GnuPG with an RSA or DSA key.
//!
//! Source: HashiCorp, "Publish providers to the public registry", sections on preparing a signing key and on releases.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::TaskError;

/// Environment variable with the private key, as `gpg --armor --export-secret-keys` prints it.
pub const PRIVATE_KEY: &str = "GPG_PRIVATE_KEY";

/// Environment variable with the passphrase of that key. Unset or empty for a key without passphrase.
pub const PASSPHRASE: &str = "GPG_PASSPHRASE";

/// OpenPGP's numbers of the algorithms that the registry accepts: RSA and DSA. Source: RFC 9580, section 9.1.
const ACCEPTED: [&str; 2] = ["1", "17"];

/// A signing key.
pub enum Key {
    /// ID, fingerprint or email of a key in the user's keyring.
    InKeyring(String),
    /// A key that is not added to the user's keyring.
    Provided {
        /// The private key, armored.
        private: String,
        /// The passphrase; empty for a key without passphrase.
        passphrase: String,
    },
}

impl Key {
    /// Reads the key from the environment.
    ///
    /// # Errors
    /// If the variable is not set.
    pub fn from_environment() -> Result<Self, TaskError> {
        let private = std::env::var(PRIVATE_KEY).unwrap_or_default();
        if private.trim().is_empty() {
            return Err(format!(
                "{PRIVATE_KEY} is not set; set it to a private key, as `gpg --armor --export-secret-keys` prints it"
            )
            .into());
        }
        Ok(Self::Provided { private, passphrase: std::env::var(PASSPHRASE).unwrap_or_default() })
    }
}

/// Writes the signature of a file. After an error, the file of the signature does not exist.
///
/// # Errors
/// If gpg is missing or fails, or the registry does not accept the key's algorithm.
pub fn sign(file: &Path, signature: &Path, key: &Key) -> Result<(), TaskError> {
    let status = match key {
        Key::InKeyring(name) => {
            let mut gpg = gpg();
            gpg.args(["--local-user", name]);
            run(detach(gpg, file, signature), None)?
        }
        Key::Provided { private, passphrase } => {
            let home = Home::new()?;
            let mut import = home.gpg();
            import.arg("--import");
            run(import, Some(private))?;
            let mut gpg = home.gpg();
            // Standard input contains only the passphrase. Other users of the machine could read it in an argument.
            gpg.args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"]);
            run(detach(gpg, file, signature), Some(passphrase))?
        }
    };
    let algorithm = algorithm(&status).ok_or("gpg did not print the algorithm of the signature")?;
    if !ACCEPTED.contains(&algorithm) {
        std::fs::remove_file(signature)?;
        return Err("the registry accepts RSA and DSA keys only, and this key is neither; create one with \
                    `gpg --quick-generate-key NAME rsa4096 sign`"
            .into());
    }
    Ok(())
}

/// Returns a gpg command that never prompts.
fn gpg() -> Command {
    let mut gpg = Command::new("gpg");
    gpg.arg("--batch");
    gpg
}

/// Adds the arguments to sign a file and to print the status on standard output.
fn detach(mut gpg: Command, file: &Path, signature: &Path) -> Command {
    gpg.args(["--status-fd", "1", "--output"]).arg(signature).arg("--detach-sign").arg(file);
    gpg
}

/// Returns the number of the algorithm in gpg's line `[GNUPG:] SIG_CREATED TYPE ALGORITHM …`. Source: GnuPG, doc/DETAILS.
fn algorithm(status: &str) -> Option<&str> {
    status.lines().find_map(|line| line.strip_prefix("[GNUPG:] SIG_CREATED ")?.split(' ').nth(1))
}

/// Runs gpg with this standard input and returns its standard output.
fn run(mut gpg: Command, input: Option<&str>) -> Result<String, TaskError> {
    // The user's pinentry, which unlocks a key in the keyring, does not use standard input either.
    gpg.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let started = gpg.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("gpg could not be started: {error}"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        // gpg may exit before it reads all input. Its own message is more specific than the broken pipe.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr);
        return Err(format!("gpg exited with {}: {}", output.status, message.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A temporary keyring. It is removed together with its gpg agent.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Result<Self, TaskError> {
        // Only this user can read the folder. The name is short, because the path of the agent's socket has a length limit.
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
        // If this fails, the agent exits later, when it detects that its folder is gone.
        let mut stop = Command::new("gpgconf");
        let _ = stop.arg("--homedir").arg(self.0.path()).args(["--kill", "all"]).stderr(Stdio::null()).status();
    }
}
