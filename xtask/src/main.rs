//! `cargo xtask`: the command line of the tasks.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

#[cfg(test)]
mod workflows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use xtask::sign::Key;
use xtask::{TaskError, build, dist, docs, registry, sbom};

/// Tasks of this repository that cargo does not cover.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generate the registry's pages in docs/ from the provider's schema, examples/ and templates/, and check docs/ against
    /// the registry's rules.
    ///
    /// Builds the provider and runs Terraform to print its schema: the binary in TF_BINARY, or terraform on the PATH.
    Docs {
        /// Write no file, and fail if a page is out of date.
        #[arg(long)]
        check: bool,
        /// Binary of the provider. Default: build it.
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
    },
    /// Create the packages of a release: a zip and a bill of materials per target, then the output of `checksums`.
    Dist {
        /// A Rust target, such as x86_64-unknown-linux-musl. Can be repeated. Default: this machine's target.
        #[arg(long, value_name = "TRIPLE")]
        target: Vec<String>,
        /// Binary of the provider, for one target only. Default: build it with the release profile.
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
        #[command(flatten)]
        release: Release,
    },
    /// Write the manifest and the checksums of all packages in the folder, and sign the checksums.
    Checksums {
        #[command(flatten)]
        release: Release,
    },
}

#[derive(Args)]
struct Release {
    /// Folder of the packages. Default: dist in cargo's target directory.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// ID, fingerprint or email of the GPG key to sign with. Default: no signature.
    #[arg(long, value_name = "KEY")]
    sign: Option<String>,
    /// Sign with the private key in GPG_PRIVATE_KEY, protected by GPG_PASSPHRASE. The key is not added to the keyring.
    #[arg(long, conflicts_with = "sign")]
    sign_from_environment: bool,
}

impl Release {
    fn out(&self, root: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| build::target(root).join("dist"))
    }

    fn checksums(&self, root: &Path) -> Result<(), TaskError> {
        let key = match &self.sign {
            Some(name) => Some(Key::InKeyring(name.clone())),
            None if self.sign_from_environment => Some(Key::from_environment()?),
            None => None,
        };
        let sums = dist::checksums(&sbom::version(root)?, &self.out(root), key.as_ref())?;
        println!("{}", sums.display());
        Ok(())
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), TaskError> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask is not in a workspace")?;
    match task {
        Task::Docs { check, binary } => {
            let binary = match binary {
                Some(binary) => binary.canonicalize()?,
                None => build::debug(root)?,
            };
            let folder = binary.parent().ok_or("the path of the provider has no parent folder")?;
            let shown = docs::schema(folder)?;
            let pages = docs::pages(&shown, root)?;
            let stale = docs::stale(&pages, root)?;
            if check && !stale.is_empty() {
                return Err(docs::stale_message(&stale).into());
            }
            if !check {
                docs::write(&pages, &stale, root)?;
                println!("{} pages, {} changed", pages.len(), stale.len());
            }
            registry::check(&shown, root)
        }
        Task::Dist { target, binary, release } => {
            if binary.is_some() && target.len() > 1 {
                return Err("--binary requires exactly one target".into());
            }
            let targets = if target.is_empty() { vec![build::host()?] } else { target };
            let version = sbom::version(root)?;
            for target in targets {
                let binary = match &binary {
                    Some(binary) => binary.clone(),
                    None => build::release(root, &target)?,
                };
                let zip = dist::package(root, &binary, &version, &target, &release.out(root))?;
                println!("{}", zip.display());
            }
            release.checksums(root)
        }
        Task::Checksums { release } => release.checksums(root),
    }
}
