//! A release's checksums, signed by the program as the release workflow has it done, and checked by gpg as the registry
//! does. Each test makes throw-away keys; none touches a keyring of the user's.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

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
            // A short path, because gpg's agent has its socket there.
            home: tempfile::Builder::new().prefix("gpg").tempdir().unwrap(),
            packages: tempfile::tempdir().unwrap(),
        };
        std::fs::write(world.packages.path().join(format!("{}linux_amd64.zip", prefix())), "a package").unwrap();
        world
    }

    /// gpg with this world's keyring, which has to succeed.
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

    fn make_key(&self, algorithm: &str, passphrase: &str) {
        let key = ["--quick-generate-key", "Releases <releases@example.com>", algorithm, "sign", "never"];
        self.gpg(&[&["--passphrase", passphrase], &key[..]].concat());
    }

    /// The private key as a person puts it into the workflow's secret.
    fn exported(&self, passphrase: &str) -> String {
        self.gpg(&["--passphrase", passphrase, "--armor", "--export-secret-keys"])
    }

    /// `cargo xtask checksums` over the packages.
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

    /// What gpg finds when somebody checks the release.
    fn verified(&self) -> Output {
        let (signature, sums) = (self.signature(), self.sums());
        self.try_gpg(&["--verify", signature.to_str().unwrap(), sums.to_str().unwrap()])
    }

    /// Expects a good signature in the form that the registry takes, and no other once the sums have changed.
    fn is_signed(&self) {
        let verified = self.verified();
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(verified.status.success() && said.contains("Good signature from \"Releases"), "{said}");
        let bytes = std::fs::read(self.signature()).unwrap();
        // The first bit of an OpenPGP packet; text is what `--armor` would make.
        assert!(bytes[0] & 0x80 != 0, "the signature is binary");

        let mut sums = std::fs::OpenOptions::new().append(true).open(self.sums()).unwrap();
        sums.write_all(b"0000  one-more.zip\n").unwrap();
        let changed = self.verified();
        let said = String::from_utf8_lossy(&changed.stderr).into_owned();
        assert!(!changed.status.success() && said.contains("BAD signature"), "{said}");
    }

    /// Expects that nothing was signed, and that the person at the terminal reads why.
    fn is_refused(&self, output: &Output, why: &str) {
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(why), "{said}");
        assert!(!said.contains(PASSPHRASE) && !said.contains("PRIVATE KEY BLOCK"), "{said}");
        assert!(!self.signature().exists());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let mut stop = Command::new("gpgconf");
        let _ = stop.arg("--homedir").arg(self.home.path()).args(["--kill", "all"]).stderr(Stdio::null()).status();
    }
}

/// What the names of this version's files begin with.
fn prefix() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    format!("{}_{}_", xtask::build::BINARY, xtask::sbom::version(root).unwrap())
}

#[test]
fn a_release_is_signed_with_a_locked_key_from_the_environment_as_in_the_workflow() {
    let (world, maintainer) = (World::new(), World::new());
    maintainer.make_key("rsa2048", PASSPHRASE);
    let private = maintainer.exported(PASSPHRASE);
    let variables = [("GPG_PRIVATE_KEY", private.as_str()), ("GPG_PASSPHRASE", PASSPHRASE)];
    let output = world.checksums(&["--sign-from-environment"], &variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(world.gpg(&["--list-secret-keys"]), "", "the key is in no keyring of the user's");
    // The public half is what the registry has.
    let public = world.packages.path().join("public.asc");
    std::fs::write(&public, maintainer.gpg(&["--armor", "--export"])).unwrap();
    world.gpg(&["--import", public.to_str().unwrap()]);
    world.is_signed();
}

#[test]
fn a_release_is_signed_with_a_key_of_the_keyring() {
    let world = World::new();
    world.make_key("rsa2048", "");
    let output = world.checksums(&["--sign", "releases@example.com"], &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    world.is_signed();
}

#[test]
fn a_signature_of_other_checksums_does_not_stay() {
    let world = World::new();
    std::fs::write(world.signature(), "of the last release").unwrap();
    assert!(world.checksums(&[], &[]).status.success());
    assert!(world.sums().exists() && !world.signature().exists());
}

#[test]
fn nothing_is_signed_without_a_key_that_opens_and_that_the_registry_takes() {
    let world = World::new();
    let none = world.checksums(&["--sign-from-environment"], &[]);
    world.is_refused(&none, "GPG_PRIVATE_KEY is not set");
    let garbled = world.checksums(&["--sign-from-environment"], &[("GPG_PRIVATE_KEY", "-----BEGIN")]);
    world.is_refused(&garbled, "no valid OpenPGP data found");
    let unknown = world.checksums(&["--sign", "nobody@example.com"], &[]);
    world.is_refused(&unknown, "No secret key");

    let maintainer = World::new();
    maintainer.make_key("rsa2048", PASSPHRASE);
    let private = maintainer.exported(PASSPHRASE);
    let variables = [("GPG_PRIVATE_KEY", private.as_str()), ("GPG_PASSPHRASE", "wrong horse")];
    world.is_refused(&world.checksums(&["--sign-from-environment"], &variables), "Bad passphrase");

    let modern = World::new();
    modern.make_key("ed25519", "");
    let private = modern.exported("");
    let output = world.checksums(&["--sign-from-environment"], &[("GPG_PRIVATE_KEY", private.as_str())]);
    world.is_refused(&output, "RSA and DSA keys only");
}
