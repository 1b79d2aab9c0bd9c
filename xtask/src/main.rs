//! `cargo xtask`: the tasks by name.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

#[cfg(test)]
mod workflows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use xtask::sign::Key;
use xtask::{Failed, build, dist, docs, registry, sbom};

/// What this repository does and cargo does not.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the registry's pages in docs/ from the provider's schema, examples/ and templates/, and hold everything there
    /// to what the registry takes.
    ///
    /// Builds the provider and asks Terraform for its schema: the one named by TF_BINARY, else terraform on the PATH.
    Docs {
        /// Write nothing, and fail as well when a page is not what it would be.
        #[arg(long)]
        check: bool,
        /// The provider, where it has been built already; default: built now.
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
    },
    /// Make the packages of a release: a zip and a bill of materials per target, then what `checksums` makes.
    Dist {
        /// A Rust target, such as x86_64-unknown-linux-musl; may be repeated. Default: this machine's.
        #[arg(long, value_name = "TRIPLE")]
        target: Vec<String>,
        /// The provider of the one target, where it has been built already; default: built now, optimised.
        #[arg(long, value_name = "PATH")]
        binary: Option<PathBuf>,
        #[command(flatten)]
        release: Release,
    },
    /// Write manifest and checksums of all packages that are there, and sign these.
    Checksums {
        #[command(flatten)]
        release: Release,
    },
}

#[derive(Args)]
struct Release {
    /// Where packages are; default: dist in cargo's target folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// ID, fingerprint or email of the GPG key to sign with; default: no signature.
    #[arg(long, value_name = "KEY")]
    sign: Option<String>,
    /// Sign with the private key in GPG_PRIVATE_KEY, which GPG_PASSPHRASE unlocks. It gets into no keyring.
    #[arg(long, conflicts_with = "sign")]
    sign_from_environment: bool,
}

impl Release {
    fn out(&self, root: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| build::target(root).join("dist"))
    }

    fn checksums(&self, root: &Path) -> Result<(), Failed> {
        let key = match &self.sign {
            Some(name) => Some(Key::Held(name.clone())),
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
        Err(failed) => {
            eprintln!("{failed}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask is not in a workspace")?;
    match task {
        Task::Docs { check, binary } => {
            let binary = match binary {
                Some(binary) => binary.canonicalize()?,
                None => build::debug(root)?,
            };
            let folder = binary.parent().ok_or("a provider without a folder")?;
            let shown = docs::schema(folder)?;
            let pages = docs::pages(&shown, root)?;
            let stale = docs::stale(&pages, root)?;
            if check && !stale.is_empty() {
                return Err(docs::complaint(&stale).into());
            }
            if !check {
                docs::write(&pages, &stale, root)?;
                println!("{} pages, {} of them changed", pages.len(), stale.len());
            }
            registry::check(&shown, root)
        }
        Task::Dist { target, binary, release } => {
            if binary.is_some() && target.len() > 1 {
                return Err("--binary is for one target".into());
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
