//! A world for one test with real Terraform: a sandbox, a working directory and helpers that assert results.

use c1_sandbox::terraform::{Output, SOURCE, Terraform, Workspace};
use c1_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

/// A sandbox and a working directory of Terraform.
pub struct World {
    pub sandbox: Sandbox,
    pub workspace: Workspace,
    pub http: reqwest::Client,
}

/// Returns an integration with these arguments as HCL. The rest of the configuration is the same in all tests.
pub fn integration(arguments: &str) -> String {
    format!("resource \"conductorone_okta_integration\" \"okta\" {{\n  app_id = var.app_id\n{arguments}\n}}\n")
}

/// Arguments of an integration with domain and token.
pub const CREDENTIALS: &str = "  domain    = var.domain\n  api_token = var.token\n";

/// Asserts that Terraform reports no bug of the provider. Applies to every command of every test.
///
/// # Panics
/// If the output contains one of Terraform's phrases for such a bug.
pub fn assert_no_provider_bug(prose: &str) {
    for bug in [
        "inconsistent result",
        "invalid plan",
        "unexpected new value",
        "bug in the provider",
        "inconsistent final plan",
    ] {
        assert!(!prose.contains(bug), "{prose}");
    }
}

/// Asserts that the output contains each of these texts, regardless of Terraform's line breaks.
///
/// # Panics
/// If one is missing.
pub fn assert_contains(output: &Output, texts: &[&str]) {
    let prose = output.prose();
    for text in texts {
        assert!(prose.contains(text), "{text:?} is not in: {prose}");
    }
}

impl World {
    /// Starts a sandbox and runs `terraform init` in a new folder.
    ///
    /// To compare the requests with the API contracts, set `C1_SANDBOX_JOURNAL` to a file for them.
    pub async fn new(options: Options) -> Self {
        let journal = options.journal.or_else(|| std::env::var_os("C1_SANDBOX_JOURNAL").map(Into::into));
        let options = Options { journal, ..options };
        let terraform = match Terraform::find(None).await {
            Ok(terraform) => terraform,
            Err(missing) => panic!("{missing}"),
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let workspace = Workspace::create(terraform, &crate::provider_binary()).unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut world = Self { sandbox, workspace, http };
        let ready = world.sandbox.ready().clone();
        world.workspace.set("CONDUCTORONE_SERVER_URL", &ready.c1_url);
        world.workspace.set("CONDUCTORONE_CLIENT_ID", &ready.client_id);
        world.workspace.set("CONDUCTORONE_CLIENT_SECRET", &ready.client_secret);
        world.set_variable("app_id", &ready.apps[0].id);
        world.set_variable("domain", &ready.okta_url);
        world.set_variable("token", &ready.okta_tokens.super_admin);
        world.configure(&integration(CREDENTIALS));
        let init = world.run(&["init", "-input=false", "-no-color"]).await;
        assert_eq!(init.code, 0, "{}", init.prose());
        world
    }

    /// Starts a world in which a sync takes 200 ms.
    pub async fn with_fast_syncs() -> Self {
        Self::new(Options { sync_duration: std::time::Duration::from_millis(200), ..Options::default() }).await
    }

    /// Replaces the configuration by a provider without arguments and these resources.
    pub fn configure(&self, resources: &str) {
        self.configure_with("provider \"conductorone\" {}\n", resources);
    }

    /// Replaces the configuration, including the provider block.
    pub fn configure_with(&self, provider: &str, resources: &str) {
        let text = format!(
            "terraform {{\n  required_providers {{\n    conductorone = {{ source = \"{SOURCE}\" }}\n  }}\n}}\n\n\
             {provider}\nvariable \"app_id\" {{}}\nvariable \"domain\" {{}}\n\
             variable \"token\" {{ sensitive = true }}\n\n{resources}"
        );
        self.workspace.write("main.tf", &text).unwrap();
    }

    /// Sets an input variable of the configuration.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.workspace.set(&format!("TF_VAR_{name}"), value);
    }

    /// Runs Terraform with these arguments.
    pub async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.workspace.run(arguments).await.unwrap();
        assert_no_provider_bug(&output.prose());
        output
    }

    /// Runs `terraform plan`. Exit code 2 means that there are changes.
    pub async fn plan(&self) -> Output {
        self.run(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await
    }

    /// Runs `terraform apply`.
    pub async fn apply(&self) -> Output {
        self.run(&["apply", "-input=false", "-no-color", "-auto-approve"]).await
    }

    /// Runs `terraform destroy` and asserts success.
    pub async fn expect_destroy(&self) -> Output {
        let output = self.run(&["destroy", "-auto-approve", "-no-color"]).await;
        assert_eq!(output.code, 0, "{}", output.prose());
        output
    }

    /// Runs `terraform apply` and asserts success.
    pub async fn expect_apply(&self) -> Output {
        let output = self.apply().await;
        assert_eq!(output.code, 0, "{}", output.prose());
        output
    }

    /// Runs `terraform plan` and asserts that there are no changes.
    pub async fn expect_no_changes(&self) {
        let plan = self.plan().await;
        assert_eq!(plan.code, 0, "{}", plan.prose());
    }

    /// Runs `terraform plan` and asserts that it fails with these words and creates no connector.
    pub async fn expect_plan_error(&self, words: &[&str]) -> Output {
        let before = self.connectors().await.len();
        let plan = self.plan().await;
        assert_eq!(plan.code, 1, "{}", plan.prose());
        assert_contains(&plan, words);
        assert_eq!(self.connectors().await.len(), before);
        plan
    }

    /// Returns the connectors that are not deleted, with the sandbox's own fields.
    pub async fn connectors(&self) -> Vec<Value> {
        let mut all = self.connectors_with_deleted().await;
        all.retain(|connector| connector["deleted_at"].is_null());
        all
    }

    /// Returns all connectors, including deleted ones.
    pub async fn connectors_with_deleted(&self) -> Vec<Value> {
        self.tenant().await["connectors"].as_array().unwrap().clone()
    }

    /// Returns the apps that are not deleted.
    pub async fn apps(&self) -> Vec<Value> {
        self.tenant().await["apps"].as_array().unwrap().clone()
    }

    async fn tenant(&self) -> Value {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Returns the only connector that is not deleted.
    pub async fn connector(&self) -> Value {
        let connectors = self.connectors().await;
        assert_eq!(connectors.len(), 1, "{connectors:?}");
        connectors[0].clone()
    }

    /// Changes a connector outside Terraform, as an administrator does in the UI.
    pub async fn edit_connector(&self, connector: &Value, settings: Value) {
        let url = format!("{}/_sandbox/connectors/{}", self.sandbox.ready().c1_url, connector["id"].as_str().unwrap());
        self.http.patch(url).json(&settings).send().await.unwrap().error_for_status().unwrap();
    }

    /// Sends a POST request to ConductorOne's API outside Terraform.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let ready = self.sandbox.ready();
        let request = self.http.post(format!("{}/{path}", ready.c1_url)).bearer_auth(&ready.access_token).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Deletes a connector outside Terraform.
    pub async fn delete_connector(&self, connector: &Value) {
        let (app, id) = (connector["app_id"].as_str().unwrap(), connector["id"].as_str().unwrap());
        self.delete_at(&format!("api/v1/apps/{app}/connectors/{id}")).await;
    }

    /// Deletes an app outside Terraform, with its connectors.
    pub async fn delete_app(&self, id: &str) {
        self.delete_at(&format!("api/v1/apps/{id}")).await;
    }

    async fn delete_at(&self, path: &str) {
        let ready = self.sandbox.ready();
        let url = format!("{}/{path}", ready.c1_url);
        let request = self.http.delete(url).bearer_auth(&ready.access_token).json(&json!({}));
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Returns the attributes of the first resource in the state.
    pub async fn state(&self) -> Value {
        let show = self.run(&["show", "-json", "-no-color"]).await;
        let state: Value = serde_json::from_str(&show.stdout).unwrap();
        state["values"]["root_module"]["resources"][0]["values"].clone()
    }
}
