//! `cargo xtask`: the tasks by name.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use yaml_rust2::{Yaml, YamlLoader};

    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    /// The repository's workflows by name.
    fn workflows() -> Vec<(String, Yaml)> {
        let entries = std::fs::read_dir(root().join(".github/workflows")).unwrap();
        let mut workflows: Vec<(String, Yaml)> = entries
            .map(|entry| {
                let path = entry.unwrap().path();
                let mut documents = YamlLoader::load_from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
                (path.file_name().unwrap().to_str().unwrap().to_owned(), documents.remove(0))
            })
            .collect();
        workflows.sort_by(|(one, _), (other, _)| one.cmp(other));
        workflows
    }

    /// Every value of this key, however deep.
    fn values<'y>(yaml: &'y Yaml, key: &str, found: &mut Vec<&'y str>) {
        match yaml {
            Yaml::Hash(members) => {
                for (name, value) in members {
                    match value {
                        Yaml::String(text) if name.as_str() == Some(key) => found.push(text),
                        _ => values(value, key, found),
                    }
                }
            }
            Yaml::Array(elements) => elements.iter().for_each(|element| values(element, key, found)),
            _ => {}
        }
    }

    #[test]
    fn what_the_workflows_run_of_this_repository_is_there() {
        let mut tasks = 0;
        for (workflow, yaml) in workflows() {
            let mut scripts = Vec::new();
            values(&yaml, "run", &mut scripts);
            assert!(!scripts.is_empty(), "{workflow} runs nothing");
            for line in scripts.iter().flat_map(|script| script.lines()) {
                if let Some(arguments) = line.trim().strip_prefix("cargo xtask ") {
                    tasks += 1;
                    // What GitHub fills in has no spaces and is a target.
                    let mut filled = arguments.to_owned();
                    while let (Some(start), Some(end)) = (filled.find("${{"), filled.find("}}")) {
                        filled.replace_range(start..end + 2, "x86_64-unknown-linux-musl");
                    }
                    let words = filled.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
                    if let Err(error) = Arguments::try_parse_from(["cargo xtask"].into_iter().chain(words)) {
                        panic!("{workflow}: {line}: {error}");
                    }
                }
                if let Some(script) = line.trim().strip_prefix(".ci/") {
                    assert!(root().join(".ci").join(script).exists(), "{workflow}: {line}");
                }
            }
        }
        assert!(tasks >= 4, "the workflows are read: {tasks}");
    }

    #[test]
    fn a_release_has_a_package_for_every_platform() {
        let workflows = workflows();
        let (_, release) = workflows.iter().find(|(name, _)| name == "release.yml").unwrap();
        let mut targets = Vec::new();
        values(&release["jobs"], "target", &mut targets);
        let platforms: BTreeSet<String> = targets.iter().map(|target| dist::platform(target).unwrap()).collect();
        let expected = ["darwin", "freebsd", "linux", "windows"]
            .into_iter()
            .flat_map(|system| ["amd64", "arm64"].map(|architecture| format!("{system}_{architecture}")));
        assert_eq!(platforms, expected.collect());
        assert_eq!(targets.len(), platforms.len(), "one package each");
    }

    #[test]
    fn the_signing_key_is_named_as_the_workflow_names_it() {
        let (_, release) = workflows().into_iter().find(|(name, _)| name == "release.yml").unwrap();
        for name in [xtask::sign::PRIVATE_KEY, xtask::sign::PASSPHRASE] {
            let mut given = Vec::new();
            values(&release, name, &mut given);
            assert_eq!(given, [format!("${{{{ secrets.{name} }}}}")]);
        }
    }
}
