//! A demo with real Terraform: a revoked token, an apply that ends *Connected*, an out-of-band change, its repair,
//! and the end.
//!
//! Every step checks what it claims. Whatever is printed has happened.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::process::Command;

use super::terraform::{NotUsable, Output, SOURCE, Terraform, Workspace};
use super::{Options, Sandbox, StartError};

/// How the demo is run.
#[derive(Clone, Debug, Default)]
pub struct DemoOptions {
    /// Terraform or OpenTofu; found on the PATH when not given.
    pub terraform: Option<PathBuf>,
    /// The provider's binary; built, or found beside this one, when not given.
    pub provider: Option<PathBuf>,
    /// File that exchanges are appended to, one JSON line each.
    pub journal: Option<PathBuf>,
    /// Stop before `terraform destroy`, keep the sandbox running and print how to continue manually.
    pub keep: bool,
}

/// Why the demo did not get through.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no Terraform.
    #[error(transparent)]
    Terraform(#[from] NotUsable),
    /// There is no provider to show.
    #[error("could not build the provider: {0}")]
    Build(String),
    /// The sandbox did not start.
    #[error("could not start the sandbox")]
    Sandbox(#[from] StartError),
    /// The tenant did not answer the demo itself.
    #[error("could not ask the sandbox")]
    Control(#[from] reqwest::Error),
    /// A file or process could not be used.
    #[error("could not go on")]
    Io(#[from] io::Error),
    /// A step did something else than it should.
    #[error("{step}: expected {expected}\n{output}")]
    Unexpected {
        /// Title of the step.
        step: &'static str,
        /// Expected output.
        expected: String,
        /// Actual output.
        output: String,
    },
}

const CONFIGURATION: &str = r#"terraform {
  required_providers {
    conductorone = {
      source = "SOURCE"
    }
  }
}

# Tenant and credentials come from CONDUCTORONE_… variables.
provider "conductorone" {}

variable "app_id" {
  type = string
}

variable "okta_domain" {
  type = string
}

variable "okta_api_token" {
  type      = string
  sensitive = true
}

resource "conductorone_okta_integration" "okta" {
  app_id    = var.app_id
  domain    = var.okta_domain
  api_token = var.okta_api_token

  skip_inactive_apps = true
}

output "connector_id" {
  value = conductorone_okta_integration.okta.id
}
"#;

/// Tells the story on `out`. With [`DemoOptions::keep`] it goes on until interrupted.
///
/// # Errors
/// If a step had another result than expected. The folder is removed and the sandbox stops.
pub async fn run(options: DemoOptions, out: &mut impl Write) -> Result<(), DemoError> {
    let terraform = Terraform::find(options.terraform.as_deref()).await?;
    writeln!(
        out,
        "The main job, with {} {} and a sandbox in place of ConductorOne and Okta\n",
        terraform.name(),
        terraform.version()
    )?;
    let provider = provider(options.provider, out).await?;
    let started = Instant::now();
    let sandbox = Sandbox::start(Options { journal: options.journal, ..Options::default() }).await?;
    let mut workspace = Workspace::create(terraform, &provider)?;
    workspace.write("main.tf", &CONFIGURATION.replace("SOURCE", SOURCE))?;
    let ready = sandbox.ready();
    for (name, value) in [
        ("CONDUCTORONE_SERVER_URL", &ready.c1_url),
        ("CONDUCTORONE_CLIENT_ID", &ready.client_id),
        ("CONDUCTORONE_CLIENT_SECRET", &ready.client_secret),
        ("TF_VAR_app_id", &ready.apps[0].id),
        ("TF_VAR_okta_domain", &ready.okta_url),
    ] {
        workspace.set(name, value);
    }
    let mut story = Story { workspace, sandbox, http: reqwest::Client::builder().no_proxy().build()?, out };
    let told = story.tell(options.keep).await;
    if told.is_ok() && options.keep {
        story.keep().await?;
    }
    story.sandbox.stop().await;
    told?;
    writeln!(
        story.out,
        "\nAll of it in {:.1} s. The sandbox has ended and the folder is gone.",
        started.elapsed().as_secs_f64()
    )?;
    Ok(())
}

/// The provider's binary: given, or built by the cargo that runs this, or beside this binary.
async fn provider(given: Option<PathBuf>, out: &mut impl Write) -> Result<PathBuf, DemoError> {
    if let Some(provider) = given {
        return Ok(provider);
    }
    let beside = std::env::current_exe()?
        .with_file_name(format!("terraform-provider-conductorone{}", std::env::consts::EXE_SUFFIX));
    if let (Some(cargo), Some(package)) = (std::env::var_os("CARGO"), std::env::var_os("CARGO_MANIFEST_DIR")) {
        writeln!(out, "Building the provider")?;
        let mut build = Command::new(cargo);
        build.args(["build", "--package", "terraform-provider-conductorone"]).current_dir(package);
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        let status = build.stdin(Stdio::null()).status().await?;
        if !status.success() {
            return Err(DemoError::Build(format!("cargo ended with {status}")));
        }
    }
    if beside.is_file() {
        Ok(beside)
    } else {
        Err(DemoError::Build(format!("{} does not exist; name the binary with --provider PATH", beside.display())))
    }
}

struct Story<'o, W> {
    workspace: Workspace,
    sandbox: Sandbox,
    http: reqwest::Client,
    out: &'o mut W,
}

impl<W: Write> Story<'_, W> {
    async fn tell(&mut self, keep: bool) -> Result<(), DemoError> {
        let tokens = self.sandbox.ready().okta_tokens.clone();

        self.chapter("Install the provider from a local mirror")?;
        let step = "terraform init";
        let init = self.terraform(&["init", "-input=false", "-no-color"]).await?;
        self.expect(step, "a successful init", &init, init.code == 0)?;

        self.chapter("Plan with a revoked Okta token: the plan fails, nothing is created")?;
        self.workspace.set("TF_VAR_okta_api_token", &tokens.revoked);
        let plan = self.terraform(&["plan", "-input=false", "-no-color"]).await?;
        self.show(&plan.stderr)?;
        let told = plan.prose().contains("api_token");
        self.expect("plan with a dead token", "a failed plan that names api_token", &plan, plan.code == 1 && told)?;
        self.expect_connectors("plan with a dead token", 0).await?;

        self.chapter(
            "Apply with a live token: credentials are checked, the connector is created, its first sync runs",
        )?;
        self.workspace.set("TF_VAR_okta_api_token", &tokens.super_admin);
        let apply = self.terraform(&["apply", "-input=false", "-no-color", "-auto-approve"]).await?;
        self.show(after(&apply.stdout, "Plan:"))?;
        self.expect("apply", "a successful apply", &apply, apply.code == 0)?;
        let connector = self.expect_connectors("apply", 1).await?;
        let connected = connector["status"] == "SYNC_STATUS_DONE" && connector["syncs"] == 1;
        self.expect_state("apply", "a connector whose first sync is done", &connector, connected)?;
        writeln!(self.out, "    ConductorOne says: Connected")?;

        self.chapter("Plan again: nothing to do")?;
        let plan = self.terraform(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await?;
        self.show(plan.stdout.lines().find(|line| line.starts_with("No changes")).unwrap_or_default())?;
        self.expect("second plan", "no changes", &plan, plan.code == 0)?;

        self.chapter("An administrator changes a setting in ConductorOne; the next plan shows it")?;
        self.edit(&connector, json!({ "skip_inactive_apps": false })).await?;
        let plan = self.terraform(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await?;
        self.show(after(&plan.stdout, "Terraform will perform").split("\n\n").next().unwrap_or_default())?;
        self.show(after(&plan.stdout, "  # conductorone_okta_integration").split("\n\n").next().unwrap_or_default())?;
        let shown =
            plan.stdout.contains("skip_inactive_apps") && plan.stdout.contains("0 to add, 1 to change, 0 to destroy");
        self.expect("plan after drift", "one change that names the setting", &plan, plan.code == 2 && shown)?;

        self.chapter("Apply heals it")?;
        let apply = self.terraform(&["apply", "-input=false", "-no-color", "-auto-approve"]).await?;
        self.show(after(&apply.stdout, "Plan:"))?;
        self.expect("healing apply", "a successful apply", &apply, apply.code == 0)?;
        let connector = self.expect_connectors("healing apply", 1).await?;
        let healed = connector["skip_inactive_apps"] == true && connector["status"] == "SYNC_STATUS_DONE";
        self.expect_state("healing apply", "the setting on again, and synced", &connector, healed)?;
        if keep {
            return Ok(());
        }

        self.chapter("Destroy")?;
        let destroy = self.terraform(&["destroy", "-input=false", "-no-color", "-auto-approve"]).await?;
        self.show(after(&destroy.stdout, "Plan:"))?;
        self.expect("destroy", "a successful destroy", &destroy, destroy.code == 0)?;
        self.expect_connectors("destroy", 0).await?;
        Ok(())
    }

    /// Leaves everything as it is until the person interrupts.
    async fn keep(&mut self) -> Result<(), DemoError> {
        writeln!(self.out, "\nThe sandbox keeps running. To continue manually:\n")?;
        writeln!(self.out, "    cd {}", self.workspace.folder().display())?;
        for (name, value) in self.workspace.variables() {
            writeln!(self.out, "    export {name}='{value}'")?;
        }
        writeln!(self.out, "\nWhat the tenant holds, for a browser: {}/", self.sandbox.ready().c1_url)?;
        writeln!(self.out, "Ctrl-C ends the sandbox and removes the folder.")?;
        self.out.flush()?;
        tokio::signal::ctrl_c().await?;
        Ok(())
    }

    async fn terraform(&mut self, arguments: &[&str]) -> Result<Output, DemoError> {
        let shown = arguments.iter().filter(|argument| !matches!(**argument, "-input=false" | "-no-color"));
        let shown: Vec<&str> = shown.copied().collect();
        writeln!(self.out, "  $ {} {}", self.workspace.terraform().name(), shown.join(" "))?;
        self.out.flush()?;
        Ok(self.workspace.run(arguments).await?)
    }

    fn chapter(&mut self, title: &str) -> Result<(), DemoError> {
        Ok(writeln!(self.out, "\n{title}")?)
    }

    fn show(&mut self, text: &str) -> Result<(), DemoError> {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            writeln!(self.out, "    {line}")?;
        }
        Ok(())
    }

    fn expect(&self, step: &'static str, expected: &str, output: &Output, happened: bool) -> Result<(), DemoError> {
        if happened {
            return Ok(());
        }
        let output = format!("Exit code {}\n{}{}", output.code, output.stdout, output.stderr);
        Err(DemoError::Unexpected { step, expected: expected.to_owned(), output })
    }

    fn expect_state(&self, step: &'static str, expected: &str, found: &Value, happened: bool) -> Result<(), DemoError> {
        if happened {
            return Ok(());
        }
        Err(DemoError::Unexpected { step, expected: expected.to_owned(), output: found.to_string() })
    }

    /// The last living connector, when there are as many as there should be.
    async fn expect_connectors(&self, step: &'static str, count: usize) -> Result<Value, DemoError> {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        let state: Value = self.http.get(url).send().await?.error_for_status()?.json().await?;
        let connectors = state["connectors"].as_array().cloned().unwrap_or_default();
        let living: Vec<Value> = connectors.into_iter().filter(|connector| connector["deleted_at"].is_null()).collect();
        self.expect_state(step, &format!("{count} connectors"), &state, living.len() == count)?;
        Ok(living.last().cloned().unwrap_or_default())
    }

    async fn edit(&self, connector: &Value, settings: Value) -> Result<(), DemoError> {
        let id = connector["id"].as_str().unwrap_or_default();
        let url = format!("{}/_sandbox/connectors/{id}", self.sandbox.ready().c1_url);
        self.http.patch(url).json(&settings).send().await?.error_for_status()?;
        Ok(())
    }
}

/// The text from the first line that begins so.
fn after<'t>(text: &'t str, beginning: &str) -> &'t str {
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(beginning) {
            return &text[position..];
        }
        position += line.len();
    }
    ""
}
