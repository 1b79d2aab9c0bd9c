//! Real Terraform, a sandbox of its own and a folder of its own, for one test.

use c1_sandbox::terraform::{Output, SOURCE, Terraform, Workspace};
use c1_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

/// One test's world.
pub struct World {
    pub sandbox: Sandbox,
    pub workspace: Workspace,
    pub http: reqwest::Client,
}

/// What a test says about the integration, as HCL. The rest of the configuration is the same everywhere.
pub fn integration(arguments: &str) -> String {
    format!("resource \"conductorone_okta_integration\" \"okta\" {{\n  app_id = var.app_id\n{arguments}\n}}\n")
}

/// Arguments of an integration with domain and token.
pub const CONFIGURED: &str = "  domain    = var.domain\n  api_token = var.token\n";

/// Expects that Terraform does not take something for a bug of the provider's. Holds for every run of every test.
pub fn no_bug_is_reported(prose: &str) {
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

impl World {
    /// A world whose folder is initialised.
    ///
    /// To hold what is said against the contracts, name a file for it in `C1_SANDBOX_JOURNAL` and check it by hand.
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
        world.variable("app_id", &ready.apps[0].id);
        world.variable("domain", &ready.okta_url);
        world.variable("token", &ready.okta_tokens.super_admin);
        world.configure(&integration(CONFIGURED));
        let init = world.run(&["init", "-input=false", "-no-color"]).await;
        assert_eq!(init.code, 0, "{}", init.prose());
        world
    }

    /// A world whose syncs are quick.
    pub async fn quick() -> Self {
        Self::new(Options { sync_duration: std::time::Duration::from_millis(200), ..Options::default() }).await
    }

    /// Replaces the configuration: a provider without arguments, and these resources.
    pub fn configure(&self, resources: &str) {
        self.configure_with("provider \"conductorone\" {}\n", resources);
    }

    /// Replaces the configuration, provider block included.
    pub fn configure_with(&self, provider: &str, resources: &str) {
        let text = format!(
            "terraform {{\n  required_providers {{\n    conductorone = {{ source = \"{SOURCE}\" }}\n  }}\n}}\n\n\
             {provider}\nvariable \"app_id\" {{}}\nvariable \"domain\" {{}}\n\
             variable \"token\" {{ sensitive = true }}\n\n{resources}"
        );
        self.workspace.write("main.tf", &text).unwrap();
    }

    pub fn variable(&mut self, name: &str, value: &str) {
        self.workspace.set(&format!("TF_VAR_{name}"), value);
    }

    pub async fn run(&self, arguments: &[&str]) -> Output {
        let output = self.workspace.run(arguments).await.unwrap();
        no_bug_is_reported(&output.prose());
        output
    }

    pub async fn plan(&self) -> Output {
        self.run(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await
    }

    pub async fn apply(&self) -> Output {
        self.run(&["apply", "-input=false", "-no-color", "-auto-approve"]).await
    }

    /// Applies, and expects success.
    pub async fn applied(&self) -> Output {
        let output = self.apply().await;
        assert_eq!(output.code, 0, "{}", output.prose());
        output
    }

    /// Plans, and expects nothing to do.
    pub async fn nothing_to_do(&self) {
        let plan = self.plan().await;
        assert_eq!(plan.code, 0, "{}", plan.prose());
    }

    /// Plans, and expects it to fail with these words and nothing to be created.
    pub async fn plan_fails(&self, words: &[&str]) -> Output {
        let before = self.connectors().await.len();
        let plan = self.plan().await;
        assert_eq!(plan.code, 1, "{}", plan.prose());
        for word in words {
            assert!(plan.prose().contains(word), "{word:?} is not in: {}", plan.prose());
        }
        assert_eq!(self.connectors().await.len(), before);
        plan
    }

    /// The living connectors, as an administrator sees them.
    pub async fn connectors(&self) -> Vec<Value> {
        let mut all = self.every_connector().await;
        all.retain(|connector| connector["deleted_at"].is_null());
        all
    }

    /// All connectors that ever were.
    pub async fn every_connector(&self) -> Vec<Value> {
        self.tenant().await["connectors"].as_array().unwrap().clone()
    }

    /// The living apps.
    pub async fn apps(&self) -> Vec<Value> {
        self.tenant().await["apps"].as_array().unwrap().clone()
    }

    async fn tenant(&self) -> Value {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// The only living connector.
    pub async fn connector(&self) -> Value {
        let connectors = self.connectors().await;
        assert_eq!(connectors.len(), 1, "{connectors:?}");
        connectors[0].clone()
    }

    /// Changes a connector by hand, as an administrator would in the web UI.
    pub async fn edit(&self, connector: &Value, settings: Value) {
        let url = format!("{}/_sandbox/connectors/{}", self.sandbox.ready().c1_url, connector["id"].as_str().unwrap());
        self.http.patch(url).json(&settings).send().await.unwrap().error_for_status().unwrap();
    }

    /// Calls an operation of ConductorOne's as another client would.
    pub async fn call(&self, path: &str, body: Value) -> Value {
        let ready = self.sandbox.ready();
        let request = self.http.post(format!("{}/{path}", ready.c1_url)).bearer_auth(&ready.access_token).json(&body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// Deletes a connector by hand.
    pub async fn delete(&self, connector: &Value) {
        let (app, id) = (connector["app_id"].as_str().unwrap(), connector["id"].as_str().unwrap());
        self.delete_at(&format!("api/v1/apps/{app}/connectors/{id}")).await;
    }

    /// Deletes an app by hand, with its connectors.
    pub async fn delete_app(&self, id: &str) {
        self.delete_at(&format!("api/v1/apps/{id}")).await;
    }

    async fn delete_at(&self, path: &str) {
        let ready = self.sandbox.ready();
        let url = format!("{}/{path}", ready.c1_url);
        let request = self.http.delete(url).bearer_auth(&ready.access_token).json(&json!({}));
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// What Terraform keeps of the integration.
    pub async fn state(&self) -> Value {
        let show = self.run(&["show", "-json", "-no-color"]).await;
        let state: Value = serde_json::from_str(&show.stdout).unwrap();
        state["values"]["root_module"]["resources"][0]["values"].clone()
    }
}
