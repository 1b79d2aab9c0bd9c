//! Real Terraform or OpenTofu in a folder of its own, with the provider installed from a local mirror: what the
//! demo and the acceptance tests drive.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Source address under which the mirror holds the provider.
pub const SOURCE: &str = "terraform.local/conductorone-okta/conductorone";

/// Oldest version that knows everything the provider offers: write-only arguments came with it.
const OLDEST: (u64, u64) = (1, 11);

/// Variables of the caller that would change what Terraform or the provider does.
const FOREIGN_VARIABLES: [&str; 5] = ["CONDUCTORONE_", "TFC_WORKLOAD_IDENTITY_TOKEN", "TF_", "PLUGIN_", "SSL_CERT_"];

/// A Terraform or OpenTofu binary that answers.
#[derive(Clone, Debug)]
pub struct Terraform {
    binary: PathBuf,
    version: String,
}

/// Why there is no Terraform to drive.
#[derive(Debug, thiserror::Error)]
pub enum NotUsable {
    /// None found.
    #[error(
        "{} was not found; install Terraform 1.11 or newer (or OpenTofu 1.11 or newer) and put it on the PATH, \
         or name it with --terraform PATH or the variable TF_BINARY",
        binary.display()
    )]
    NotFound {
        /// Path or name of the binary.
        binary: PathBuf,
    },
    /// Found, but too old.
    #[error("{} is version {version}; 1.11 or newer is needed", binary.display())]
    TooOld {
        /// Path of the binary.
        binary: PathBuf,
        /// Its version.
        version: String,
    },
    /// Found, but it does not say what it is.
    #[error("{} does not answer as Terraform or OpenTofu do", binary.display())]
    NotTerraform {
        /// Path of the binary.
        binary: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl Terraform {
    /// The binary that is given, else the one in `TF_BINARY`, else `terraform` on the PATH.
    ///
    /// # Errors
    /// When it is not there, too old, or something else.
    pub async fn find(given: Option<&Path>) -> Result<Self, NotUsable> {
        let named = given.map(Path::to_owned).or_else(|| std::env::var_os("TF_BINARY").map(PathBuf::from));
        let binary = named.unwrap_or_else(|| PathBuf::from("terraform"));
        #[derive(Deserialize)]
        struct Version {
            terraform_version: String,
        }
        let output = match Command::new(&binary).args(["version", "-json"]).env_remove("TF_CLI_ARGS").output().await {
            Ok(output) => output,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NotUsable::NotFound { binary }),
            Err(source) => return Err(NotUsable::NotTerraform { binary, source }),
        };
        let version = match serde_json::from_slice::<Version>(&output.stdout) {
            Ok(version) => version.terraform_version,
            Err(error) => return Err(NotUsable::NotTerraform { binary, source: error.into() }),
        };
        let mut numbers = version.split(['.', '-']).map(|number| number.parse().unwrap_or(0));
        let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        if found < OLDEST {
            return Err(NotUsable::TooOld { binary, version });
        }
        // Commands run in other folders, where a relative path would lead elsewhere.
        let binary = if binary.components().count() > 1 { binary.canonicalize().unwrap_or(binary) } else { binary };
        Ok(Self { binary, version })
    }

    /// Its name, for people: `terraform` or `tofu`.
    pub fn name(&self) -> &str {
        self.binary.file_stem().and_then(OsStr::to_str).unwrap_or("terraform")
    }

    /// Its version, such as `1.11.4`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// A folder with configurations, and everything Terraform needs to use the provider there without a network.
#[derive(Debug)]
pub struct Workspace {
    terraform: Terraform,
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// Result of a command.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Workspace {
    /// An empty folder whose mirror holds the provider.
    ///
    /// # Errors
    /// When the folder cannot be filled.
    pub fn create(terraform: Terraform, provider: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("conductorone-okta-").tempdir()?;
        let version = env!("CARGO_PKG_VERSION");
        let mirror = folder.path().join("mirror");
        let package = mirror.join(SOURCE).join(version).join(platform());
        std::fs::create_dir_all(&package)?;
        let binary =
            package.join(format!("terraform-provider-conductorone_v{version}{}", std::env::consts::EXE_SUFFIX));
        if std::fs::hard_link(provider, &binary).is_err() {
            std::fs::copy(provider, &binary)?;
        }
        let config = folder.path().join("terraform.rc");
        let mirror = mirror.display().to_string().replace('\\', "/");
        std::fs::write(
            &config,
            format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror:?}\n  }}\n}}\n"),
        )?;
        let variables = vec![
            ("TF_CLI_CONFIG_FILE".to_owned(), config.display().to_string()),
            ("CHECKPOINT_DISABLE".to_owned(), "1".to_owned()),
        ];
        Ok(Self { terraform, folder, variables })
    }

    /// Returns the binary that runs the commands.
    pub fn terraform(&self) -> &Terraform {
        &self.terraform
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the variables that commands get, to continue manually.
    pub fn variables(&self) -> &[(String, String)] {
        &self.variables
    }

    /// Sets a variable for all commands from now on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.into()));
    }

    /// Writes a file into the folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.folder().join(name);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)
    }

    /// Runs a command to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn run(&self, arguments: &[&str]) -> io::Result<Output> {
        let output = self.start(arguments)?.wait_with_output().await?;
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Starts a command, which ends with the handle.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> io::Result<Child> {
        let mut command = Command::new(&self.terraform.binary);
        for (name, _) in std::env::vars_os() {
            let foreign = |name: &str| FOREIGN_VARIABLES.iter().any(|prefix| name.starts_with(prefix));
            if name.to_str().is_some_and(foreign) {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

impl Output {
    /// All words on one line, without the frames and line breaks that Terraform fits them into.
    pub fn prose(&self) -> String {
        let text = format!("{}\n{}", self.stdout, self.stderr);
        let words = text.split_whitespace().filter(|word| !matches!(*word, "│" | "╷" | "╵"));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// This machine's platform as Terraform names it, such as `linux_amd64`.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{architecture}")
}
