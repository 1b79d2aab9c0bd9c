//! Release packages, installed by real Terraform from a filesystem mirror and from a network mirror.

use std::path::{Path, PathBuf};

use axum::extract::Path as UrlPath;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use c1_sandbox::terraform::{Output, SOURCE};
use serde_json::{Map, Value, json};
use xtask::dist;

use provider_testing::harness::World;
use test_support::serve_tls;

const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-conductorone");
const OLD: &str = "0.1.0";
const NEW: &str = "0.1.1";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Creates the package of this machine's platform from the tested binary.
fn package(version: &str, out: &Path) -> PathBuf {
    dist::package(root(), Path::new(PROVIDER), version, &xtask::build::host().unwrap(), out).unwrap()
}

/// Starts a world with this installation method only.
async fn installing(method: &str) -> World {
    let mut world = World::with_fast_syncs().await;
    world.workspace.write("install.rc", &format!("provider_installation {{\n{method}\n}}\n")).unwrap();
    let config = world.workspace.folder().join("install.rc");
    world.workspace.set("TF_CLI_CONFIG_FILE", config.display().to_string());
    remove_init(&world);
    world
}

/// Removes the files of `terraform init`.
fn remove_init(world: &World) {
    std::fs::remove_dir_all(world.workspace.folder().join(".terraform")).unwrap();
    let lock = world.workspace.folder().join(".terraform.lock.hcl");
    if lock.exists() {
        std::fs::remove_file(lock).unwrap();
    }
}

fn lock(world: &World) -> String {
    std::fs::read_to_string(world.workspace.folder().join(".terraform.lock.hcl")).unwrap()
}

async fn expect_success(world: &World, arguments: &[&str]) -> Output {
    let output = world.run(arguments).await;
    assert_eq!(output.code, 0, "{arguments:?}: {}", output.prose());
    output
}

/// Installs the provider, upgrades it after `publish` has added a newer version, and applies.
async fn install_and_upgrade(world: &World, publish: impl FnOnce()) {
    expect_success(world, &["init", "-input=false", "-no-color"]).await;
    let first = lock(world);
    assert!(first.contains(&format!("\"{OLD}\"")) && first.contains("h1:"), "{first}");
    publish();
    expect_success(world, &["init", "-input=false", "-no-color"]).await;
    assert_eq!(lock(world), first, "the lock file fixes the version");
    expect_success(world, &["init", "-input=false", "-no-color", "-upgrade"]).await;
    assert!(lock(world).contains(&format!("\"{NEW}\"")), "{}", lock(world));
    world.expect_apply().await;
    world.expect_no_changes().await;
}

#[tokio::test]
async fn package_is_installed_locked_and_upgraded_from_a_filesystem_mirror() {
    let mirror = tempfile::tempdir().unwrap();
    let packages = mirror.path().join(SOURCE);
    package(OLD, &packages);
    let path = mirror.path().display().to_string().replace('\\', "/");
    let world = installing(&format!("filesystem_mirror {{ path = {path:?} }}")).await;
    let platform = dist::platform(&xtask::build::host().unwrap()).unwrap();
    let (from, of) = (format!("-fs-mirror={path}"), format!("-platform={platform}"));
    expect_success(&world, &["providers", "lock", "-no-color", &from, &of]).await;
    let locked = lock(&world);
    assert!(locked.contains("h1:"), "{locked}");
    expect_success(&world, &["init", "-input=false", "-no-color", "-lockfile=readonly"]).await;
    assert_eq!(lock(&world), locked);
    remove_init(&world);
    install_and_upgrade(&world, || {
        package(NEW, &packages);
    })
    .await;
}

#[tokio::test]
async fn package_is_installed_locked_and_upgraded_from_a_network_mirror() {
    let out = tempfile::tempdir().unwrap();
    package(OLD, out.path());
    let folder = out.path().to_owned();
    let served = get(move |UrlPath(path): UrlPath<String>| {
        let folder = folder.clone();
        async move { mirror_response(&folder, &path) }
    });
    let (address, authority) = serve_tls(Router::new().route("/{*path}", served)).await;
    let mut world = installing(&format!("network_mirror {{ url = \"{address}/\" }}")).await;
    let untrusted = world.run(&["init", "-input=false", "-no-color"]).await;
    assert_eq!(untrusted.code, 1, "an untrusted certificate is rejected");
    world.workspace.write("authority.pem", &authority).unwrap();
    let trusted = world.workspace.folder().join("authority.pem").display().to_string();
    world.workspace.set("SSL_CERT_FILE", trusted);

    let from = format!("-net-mirror={address}/");
    expect_success(&world, &["providers", "lock", "-no-color", &from]).await;
    expect_success(&world, &["init", "-input=false", "-no-color", "-lockfile=readonly"]).await;
    remove_init(&world);
    install_and_upgrade(&world, || {
        package(NEW, out.path());
    })
    .await;
}

/// Returns a network mirror's response for the packages in a folder. Source: HashiCorp, "Provider network mirror protocol".
fn mirror_response(folder: &Path, path: &str) -> Response {
    let Some(name) = path.strip_prefix(SOURCE).and_then(|rest| rest.strip_prefix('/')) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let platform = dist::platform(&xtask::build::host().unwrap()).unwrap();
    let zip = |version: &str| format!("{}_{version}_{platform}.zip", xtask::build::BINARY);
    let known = [OLD, NEW].into_iter().filter(|version| folder.join(zip(version)).exists());
    if name == "index.json" {
        let versions: Map<String, Value> = known.map(|version| (version.to_owned(), json!({}))).collect();
        return Json(json!({ "versions": versions })).into_response();
    }
    if let Some(version) = name.strip_suffix(".json") {
        let sum = dist::sha256(&std::fs::read(folder.join(zip(version))).unwrap());
        let archive = json!({ "url": zip(version), "hashes": [format!("zh:{sum}")] });
        return Json(json!({ "archives": { platform.clone(): archive } })).into_response();
    }
    std::fs::read(folder.join(name)).map_err(|_| StatusCode::NOT_FOUND).into_response()
}

#[test]
fn release_has_the_registry_layout_and_is_reproducible() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, second] = folders.each_ref().map(|folder| {
        package(OLD, folder.path());
        let sums = dist::checksums(OLD, folder.path(), None).unwrap();
        std::fs::read_to_string(sums).unwrap()
    });
    assert_eq!(first, second);
    let name = xtask::build::BINARY;
    let platform = dist::platform(&xtask::build::host().unwrap()).unwrap();
    let names: Vec<&str> = first.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    let expected = [format!("{platform}.cdx.json"), format!("{platform}.zip"), "manifest.json".to_owned()];
    assert_eq!(names, expected.map(|rest| format!("{name}_{OLD}_{rest}")));

    let read = |rest: &str| std::fs::read(folders[0].path().join(format!("{name}_{OLD}_{rest}"))).unwrap();
    for line in first.lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        assert_eq!(sum, dist::sha256(&std::fs::read(folders[0].path().join(name)).unwrap()));
    }
    let manifest: Value = serde_json::from_slice(&read("manifest.json")).unwrap();
    assert_eq!(manifest, json!({ "version": 1, "metadata": { "protocol_versions": ["5.0"] } }));
    let materials: Value = serde_json::from_slice(&read(&format!("{platform}.cdx.json"))).unwrap();
    let [tool] = materials["metadata"]["tools"]["components"].as_array().unwrap().as_slice() else {
        panic!("the bill of materials names one compiler")
    };
    assert_eq!((&tool["name"], &tool["version"]), (&json!("rustc"), &json!(xtask::build::compiler().unwrap())));
    let contains = |crate_name: &str| {
        materials["components"].as_array().unwrap().iter().any(|component| component["name"] == crate_name)
    };
    assert!(contains("tonic") && contains("aws-lc-rs"));
    assert!(
        !contains("axum-server") && !contains("rusqlite") && !contains("xtask"),
        "the plugin contains no dependency of tests or tasks"
    );
}
