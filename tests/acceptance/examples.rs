//! Every example as a new user runs it: formatted, valid, applied, applied again without a change, and destroyed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use c1_sandbox::terraform::Output;
use serde_json::Value;

use provider_testing::harness::World;

/// A world with a copy of examples/, of which one folder is used.
struct Example {
    world: World,
    folder: &'static str,
}

impl Example {
    async fn new(folder: &'static str) -> Self {
        let mut world = World::quick().await;
        let ready = world.sandbox.ready().clone();
        world.variable("okta_domain", &ready.okta_url);
        world.variable("okta_api_token", &ready.okta_tokens.super_admin);
        for (file, text) in files() {
            let copy = world.workspace.folder().join("examples").join(&file);
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            // Imports name objects that are there; they are tried on their own.
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

    /// Runs a command that has to succeed without a word of warning.
    async fn succeeds(&self, arguments: &[&str]) -> Output {
        let output = self.run(arguments).await;
        assert_eq!(output.code, 0, "{arguments:?}: {}", output.prose());
        // Terraform's way to say that a check waits for the apply.
        let said = output.prose().replace("Warning: Check block assertion known after apply", "");
        assert!(!said.contains("Warning: "), "{arguments:?}: {said}");
        output
    }

    /// From `validate` to `destroy`.
    async fn works(&self) {
        let before = self.world.connectors().await.len();
        self.succeeds(&["validate", "-no-color"]).await;
        self.succeeds(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        self.succeeds(&["plan", "-input=false", "-no-color", "-detailed-exitcode"]).await;
        let refresh = self.run(&["plan", "-input=false", "-no-color", "-detailed-exitcode", "-refresh-only"]).await;
        // Terraform 1.15 ends with 2 wherever a data source is read, `terraform_remote_state` included.
        assert!([0, 2].contains(&refresh.code) && refresh.prose().contains("No changes."), "{}", refresh.prose());
        self.succeeds(&["destroy", "-input=false", "-no-color", "-auto-approve"]).await;
        assert_eq!(self.world.connectors().await.len(), before);
    }
}

/// Everything in examples/, by its path from there.
fn files() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // What somebody's own try left behind is no example.
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
        /// The folders that the tests below run.
        const FOLDERS: &[&str] = &[$($folder),*];
        $(
            #[tokio::test]
            async fn $test() {
                Example::new($folder).await.works().await;
            }
        )*
    };
}

examples! {
    the_example_of_the_provider_works "provider",
    the_example_of_an_app_works "resources/conductorone_app",
    the_example_of_an_integration_works "resources/conductorone_okta_integration",
    the_example_of_an_app_looked_up_works "data-sources/conductorone_app",
    the_example_of_a_user_looked_up_works "data-sources/conductorone_user",
    the_example_of_an_inventory_works "data-sources/conductorone_okta_inventory",
    the_example_of_the_function_works "functions/okta_domain",
    the_module_works_in_the_example_of_a_pipeline "ci",
}

/// Those that need more of a world than an empty tenant.
const OTHERS: [&str; 3] =
    ["complete", "data-sources/conductorone_okta_integration", "data-sources/conductorone_okta_token"];

#[tokio::test]
async fn the_example_of_a_connector_looked_up_works() {
    let example = Example::new("data-sources/conductorone_okta_integration").await;
    example.world.applied().await;
    example.works().await;
}

#[tokio::test]
async fn the_example_of_a_tokens_powers_works_and_warns_of_a_powerful_one() {
    let mut example = Example::new("data-sources/conductorone_okta_token").await;
    let tokens = example.world.sandbox.ready().okta_tokens.clone();
    let powerful = example.run(&["plan", "-input=false", "-no-color"]).await;
    assert!(powerful.prose().contains("reviews need no such rights"), "{}", powerful.prose());
    example.world.variable("okta_api_token", &tokens.read_only);
    example.works().await;
}

#[tokio::test]
async fn the_modules_own_tests_pass() {
    let example = Example::new("complete").await;
    let tested = example.run(&["test", "-no-color"]).await;
    assert_eq!(tested.code, 0, "{}", tested.prose());
    assert!(tested.prose().contains("4 passed, 0 failed."), "{}", tested.prose());
    assert!(example.world.connectors().await.is_empty());
}

#[tokio::test]
async fn every_example_is_run_and_formatted() {
    let configurations: BTreeSet<String> = files()
        .into_iter()
        .filter(|(file, _)| file.extension().is_some_and(|extension| extension == "tf"))
        .map(|(file, _)| file.parent().unwrap().to_str().unwrap().replace('\\', "/"))
        .collect();
    let known: BTreeSet<String> = FOLDERS.iter().chain(&OTHERS).map(|&folder| folder.to_owned()).collect();
    assert_eq!(configurations, known);
    let world = World::quick().await;
    let examples = format!("{}/examples", env!("CARGO_MANIFEST_DIR"));
    let formatted = world.run(&["fmt", "-check", "-recursive", "-diff", &examples]).await;
    assert_eq!(formatted.code, 0, "{}", formatted.stdout);
}

#[tokio::test]
async fn the_examples_of_imports_take_over_what_is_there() {
    for (folder, resource) in [
        ("resources/conductorone_app", "conductorone_app.okta"),
        ("resources/conductorone_okta_integration", "conductorone_okta_integration.okta"),
    ] {
        let example = Example::new(folder).await;
        example.succeeds(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        let id = import_id(&example, resource).await;
        let text = |name: &str| {
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(folder).join(name))
                .unwrap()
        };

        // The command.
        example.succeeds(&["state", "rm", resource]).await;
        let command = text("import.sh");
        let command = command.lines().find(|line| !line.starts_with('#')).unwrap();
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["terraform", "import", address, shown] = words.as_slice() else { panic!("{command}") };
        assert_eq!((*address, shown.split('/').count()), (resource, id.split('/').count()));
        example.succeeds(&["import", "-input=false", "-no-color", address, &id]).await;

        // The block.
        example.succeeds(&["state", "rm", resource]).await;
        let block = text("import-by-string-id.tf");
        assert!(block.contains(shown), "both examples name the same object");
        std::fs::write(example.file("import.tf"), block.replace(shown, &id)).unwrap();
        let applied = example.succeeds(&["apply", "-input=false", "-no-color", "-auto-approve"]).await;
        assert!(applied.prose().contains("1 imported, 0 added"), "{}", applied.prose());
        assert_eq!(import_id(&example, resource).await, id);

        // The block by identity, which Terraform has from 1.12 on.
        example.succeeds(&["state", "rm", resource]).await;
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

/// What an object in the state is imported by.
async fn import_id(example: &Example, resource: &str) -> String {
    let shown = example.run(&["show", "-json", "-no-color"]).await;
    let state: Value = serde_json::from_str(&shown.stdout).unwrap();
    let all = state["values"]["root_module"]["resources"].as_array().unwrap();
    let values = &all.iter().find(|one| one["address"] == resource).unwrap()["values"];
    let parts = [values["app_id"].as_str(), values["id"].as_str()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}
