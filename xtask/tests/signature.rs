//! Signs a release's checksums as the release workflow does, and verifies them with gpg as the registry does. Each test
//! creates temporary keys and does not use the user's keyring.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot continue must stop with the location")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const PASSPHRASE: &str = "correct horse";

/// A keyring, and a folder with the package of a release.
struct World {
    home: TempDir,
    packages: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self {
            // The path of the agent's socket has a length limit.
            home: tempfile::Builder::new().prefix("gpg").tempdir().unwrap(),
            packages: tempfile::tempdir().unwrap(),
        };
        std::fs::write(world.packages.path().join(format!("{}linux_amd64.zip", prefix())), "a package").unwrap();
        world
    }

    /// Runs gpg with this world's keyring and asserts success.
    fn gpg(&self, arguments: &[&str]) -> String {
        let output = self.try_gpg(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn try_gpg(&self, arguments: &[&str]) -> Output {
        let mut gpg = Command::new("gpg");
        gpg.arg("--homedir").arg(self.home.path()).args(["--batch", "--no-tty", "--pinentry-mode", "loopback"]);
        gpg.args(arguments).output().expect("gpg is installed: Debian's package gnupg")
    }

    fn create_key(&self, algorithm: &str, passphrase: &str) {
        let key = ["--quick-generate-key", "Releases <releases@example.com>", algorithm, "sign", "never"];
        self.gpg(&[&["--passphrase", passphrase], &key[..]].concat());
    }

    /// Returns the private key in the format of the workflow's secret.
    fn exported(&self, passphrase: &str) -> String {
        self.gpg(&["--passphrase", passphrase, "--armor", "--export-secret-keys"])
    }

    /// Runs `cargo xtask checksums`.
    fn checksums(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("checksums")
            .arg("--out")
            .arg(self.packages.path())
            .args(arguments)
            .env_remove("GPG_PRIVATE_KEY")
            .env_remove("GPG_PASSPHRASE")
            .env("GNUPGHOME", self.home.path())
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn sums(&self) -> PathBuf {
        self.packages.path().join(format!("{}SHA256SUMS", prefix()))
    }

    fn signature(&self) -> PathBuf {
        self.packages.path().join(format!("{}SHA256SUMS.sig", prefix()))
    }

    /// Verifies the release with gpg.
    fn verify(&self) -> Output {
        let (signature, sums) = (self.signature(), self.sums());
        self.try_gpg(&["--verify", signature.to_str().unwrap(), sums.to_str().unwrap()])
    }

    /// Asserts that the signature is valid, binary, and invalid after a change of the checksums.
    fn assert_signed(&self) {
        let verified = self.verify();
        let stderr = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success() && stderr.contains("Good signature from \"Releases"), "{stderr}");
        let bytes = std::fs::read(self.signature()).unwrap();
        // The first bit of an OpenPGP packet is set. ASCII armor would be text.
        assert!(bytes[0] & 0x80 != 0, "the signature is binary");

        let mut sums = std::fs::OpenOptions::new().append(true).open(self.sums()).unwrap();
        sums.write_all(b"0000  one-more.zip\n").unwrap();
        let changed = self.verify();
        let stderr = String::from_utf8_lossy(&changed.stderr).into_owned();
        assert!(!changed.status.success() && stderr.contains("BAD signature"), "{stderr}");
    }

    /// Asserts that there is no signature, and that the error contains this reason but no secret.
    fn assert_error(&self, output: &Output, reason: &str) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && stderr.contains(reason), "{stderr}");
        assert!(!stderr.contains(PASSPHRASE) && !stderr.contains("PRIVATE KEY BLOCK"), "{stderr}");
        assert!(!self.signature().exists());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let mut stop = Command::new("gpgconf");
        let _ = stop.arg("--homedir").arg(self.home.path()).args(["--kill", "all"]).stderr(Stdio::null()).status();
    }
}

/// Returns the prefix of file names of this version.
fn prefix() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    format!("{}_{}_", xtask::build::BINARY, xtask::sbom::version(root).unwrap())
}

#[test]
fn release_is_signed_with_a_protected_key_from_the_environment() {
    let (world, maintainer) = (World::new(), World::new());
    maintainer.create_key("rsa2048", PASSPHRASE);
    let private = maintainer.exported(PASSPHRASE);
    let variables = [("GPG_PRIVATE_KEY", private.as_str()), ("GPG_PASSPHRASE", PASSPHRASE)];
    let output = world.checksums(&["--sign-from-environment"], &variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.gpg(&["--list-secret-keys"]), "", "the user's keyring does not contain the key");
    // The registry has the public key.
    let public = world.packages.path().join("public.asc");
    std::fs::write(&public, maintainer.gpg(&["--armor", "--export"])).unwrap();
    world.gpg(&["--import", public.to_str().unwrap()]);
    world.assert_signed();
}

#[test]
fn release_is_signed_with_a_key_in_the_keyring() {
    let world = World::new();
    world.create_key("rsa2048", "");
    let output = world.checksums(&["--sign", "releases@example.com"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.assert_signed();
}

#[test]
fn stale_signature_is_removed() {
    let world = World::new();
    std::fs::write(world.signature(), "signature of the previous release").unwrap();
    assert!(world.checksums(&[], &[]).status.success());
    assert!(world.sums().exists() && !world.signature().exists());
}

#[test]
fn missing_invalid_and_unaccepted_keys_are_errors() {
    let world = World::new();
    let none = world.checksums(&["--sign-from-environment"], &[]);
    world.assert_error(&none, "GPG_PRIVATE_KEY is not set");
    let garbled = world.checksums(&["--sign-from-environment"], &[("GPG_PRIVATE_KEY", "-----BEGIN")]);
    world.assert_error(&garbled, "no valid OpenPGP data found");
    let unknown = world.checksums(&["--sign", "missing@example.com"], &[]);
    world.assert_error(&unknown, "No secret key");

    let maintainer = World::new();
    maintainer.create_key("rsa2048", PASSPHRASE);
    let private = maintainer.exported(PASSPHRASE);
    let variables = [("GPG_PRIVATE_KEY", private.as_str()), ("GPG_PASSPHRASE", "wrong horse")];
    world.assert_error(&world.checksums(&["--sign-from-environment"], &variables), "Bad passphrase");

    let modern = World::new();
    modern.create_key("ed25519", "");
    let private = modern.exported("");
    let output = world.checksums(&["--sign-from-environment"], &[("GPG_PRIVATE_KEY", private.as_str())]);
    world.assert_error(&output, "RSA and DSA keys only");
}
