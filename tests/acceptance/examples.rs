//! Each example as a new user runs it: formatted, valid, applied, planned again without a change, and destroyed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use c1_sandbox::terraform::Output;
use serde_json::Value;

use provider_testing::harness::World;

/// A world with a copy of `examples/`, which runs one of its folders.
struct Example {
    world: World,
    folder: &'static str,
}

impl Example {
    async fn new(folder: &'static str) -> Self {
        let mut world = World::with_fast_syncs().await;
        let ready = world.sandbox.ready().clone();
        world.set_variable("okta_domain", &ready.okta_url);
        world.set_variable("okta_api_token", &ready.okta_tokens.super_admin);
        for (file, text) in files() {
            let copy = world.workspace.folder().join("examples").join(&file);
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            // Import blocks require existing objects; another test runs them.
            if !file.to_str().unwrap().contains("import-by-") {
                std::fs::write(copy, text).unwrap();
            }
        }
        let example = Self { world, folder };
        if !example.file("versions.tf").exists() {
            std::fs::copy(example.root().join("provider/provider.tf"), example.file("provider.tf")).unwrap();
        }
        let init = example.run(&["init", "-input=false", "-no-color"]).await;
        assert_eq!(init.code, 0, "{}", init.prose());
        example
    }

    fn root(&self) -> PathBuf {
        self.world.workspace.folder().join("examples")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root().join(self.folder).join(name)
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let folder = format!("-chdir=examples/{}", self.folder);
        self.world.run(&[&[folder.as_str()], arguments].concat()).await
    }

    /// Runs a command and asserts success without warnings.
    async fn expect_success(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments).await;
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.prose());
        // Terraform prints this warning for each check block before an apply.
        let prose = output.prose().replace("Warning: Check block assertion known after apply", "");
        assert!(!prose.contains("Warning: "), "{arguments:?}: {prose}");
        output
    }

    /// Runs all commands from `validate` to `destroy`.
    async fn expect_lifecycle(&self) {
        let before = self.world.connectors().await.len();
        self.expect_success(&["validate", "-no-color"]).await;
        self.expect_success(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        self.expect_success(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await;
        let refresh = self.run(&["plan", "-input=false", "-no-color", "-detailed-exitcode", "-refresh-only"]).await;
        // Terraform 1.15 exits with 2 if any data source is read, including `terraform_remote_state`.
        assert!([0, 2].contains(&refresh.code) && refresh.prose().contains("No changes."), "{}", refresh.prose());
        self.expect_success(&["destroy", "-input=false", "-no-color", "-auto-approve"]).await;
        assert_eq!(self.world.connectors().await.len(), before);
    }
}

/// Returns the files in `examples/`, by their path from there.
fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // Files of a local run.
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with(".terraform") || name.starts_with("terraform.tfstate") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.strip_prefix(&root).unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files
}

macro_rules! examples {
    ($($test:ident $folder:literal,)*) => {
        /// Folders of the tests below.
        const FOLDERS: &[&str] = &[$($folder),*];
        $(
            #[tokio::test]
            async fn $test() {
                Example::new($folder).await.expect_lifecycle().await;
            }
        )*
    };
}

examples! {
    provider_example_works "provider",
    app_example_works "resources/conductorone_app",
    integration_example_works "resources/conductorone_okta_integration",
    app_data_source_example_works "data-sources/conductorone_app",
    user_data_source_example_works "data-sources/conductorone_user",
    inventory_data_source_example_works "data-sources/conductorone_okta_inventory",
    function_example_works "functions/okta_domain",
    pipeline_example_works "ci",
}

/// Folders of other tests, which require more than an empty tenant.
const OTHERS: [&str; 3] =
    ["complete", "data-sources/conductorone_okta_integration", "data-sources/conductorone_okta_token"];

#[tokio::test]
async fn integration_data_source_example_works() {
    let example = Example::new("data-sources/conductorone_okta_integration").await;
    example.world.expect_apply().await;
    example.expect_lifecycle().await;
}

#[tokio::test]
async fn token_data_source_example_works_and_warns_about_broad_permissions() {
    let mut example = Example::new("data-sources/conductorone_okta_token").await;
    let tokens = example.world.sandbox.ready().okta_tokens.clone();
    let plan = example.run(&["plan", "-input=false", "-no-color"]).await;
    assert!(plan.prose().contains("reviews need no such rights"), "{}", plan.prose());
    example.world.set_variable("okta_api_token", &tokens.read_only);
    example.expect_lifecycle().await;
}

#[tokio::test]
async fn tests_of_the_example_module_pass() {
    let example = Example::new("complete").await;
    let tested = example.run(&["test", "-no-color"]).await;
    assert_eq!(tested.code, 0, "{}", tested.prose());
    assert!(tested.prose().contains("4 passed, 0 failed."), "{}", tested.prose());
    assert!(example.world.connectors().await.is_empty());
}

#[tokio::test]
async fn every_example_is_tested_and_formatted() {
    let configurations: BTreeSet<String> = files()
        .into_iter()
        .filter(|(file, _)| file.extension().is_some_and(|extension| extension == "tf"))
        .map(|(file, _)| file.parent().unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    let known: BTreeSet<String> = FOLDERS.iter().chain(&OTHERS).map(|&folder| folder.to_owned()).collect();
    assert_eq!(configurations, known);
    let world = World::with_fast_syncs().await;
    let examples = format!("{}/examples", env!("CARGO_MANIFEST_DIR"));
    let formatted = world.run(&["fmt", "-check", "-recursive", "-diff", &examples]).await;
    assert_eq!(formatted.code, 0, "{}", formatted.stdout);
}

#[tokio::test]
async fn import_examples_import_existing_objects() {
    for (folder, resource) in [
        ("resources/conductorone_app", "conductorone_app.okta"),
        ("resources/conductorone_okta_integration", "conductorone_okta_integration.okta"),
    ] {
        let example = Example::new(folder).await;
        example.expect_success(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        let id = import_id(&example, resource).await;
        let text = |name: &str| {
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(folder).join(name))
                .unwrap()
        };

        // By command.
        example.expect_success(&["state", "rm", resource]).await;
        let command = text("import.sh");
        let command = command.lines().find(|line| !line.starts_with('#')).unwrap();
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["terraform", "import", address, shown] = words.as_slice() else { panic!("{command}") };
        assert_eq!((*address, shown.split('/').count()), (resource, id.split('/').count()));
        example.expect_success(&["import", "-input=false", "-no-color", address, &id]).await;

        // By block.
        example.expect_success(&["state", "rm", resource]).await;
        let block = text("import-by-string-id.tf");
        assert!(block.contains(shown), "both examples name the same object");
        std::fs::write(example.file("import.tf"), block.replace(shown, &id)).unwrap();
        let applied = example.expect_success(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        assert!(applied.prose().contains("1 imported, 0 added"), "{}", applied.prose());
        assert_eq!(import_id(&example, resource).await, id);

        // By block with an identity, which requires Terraform 1.12.
        example.expect_success(&["state", "rm", resource]).await;
        let block = shown.split('/').zip(id.split('/')).fold(text("import-by-identity.tf"), |block, (shown, id)| {
            assert!(block.contains(shown), "all examples name the same object");
            block.replace(shown, id)
        });
        std::fs::write(example.file("import.tf"), block).unwrap();
        let applied = example.run(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        if applied.code == 0 {
            assert!(applied.prose().contains("1 imported, 0 added"), "{}", applied.prose());
            assert_eq!(import_id(&example, resource).await, id);
        } else {
            let older = "An argument named \"identity\" is not expected here.";
            assert!(applied.prose().contains(older), "{}", applied.prose());
        }
    }
}

/// Returns the import ID of an object in the state.
async fn import_id(example: &Example, resource: &str) -> String {
    let shown = example.run(&["show", "-json", "-no-color"]).await;
    let state: Value = serde_json::from_str(&shown.stdout).unwrap();
    let all = state["values"]["root_module"]["resources"].as_array().unwrap();
    let values = &all.iter().find(|one| one["address"] == resource).unwrap()["values"];
    let parts = [values["app_id"].as_str(), values["id"].as_str()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}
