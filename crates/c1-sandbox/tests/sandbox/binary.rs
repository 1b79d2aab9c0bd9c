//! `c1-sandbox` as a process: its one line, its ends, its refusals.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::client;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_c1-sandbox"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Kills the process when a test fails before it has ended by itself.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(arguments: &[&str]) -> (Running, Value, BufReader<ChildStdout>) {
    let mut child = command(&[&["serve"], arguments].concat()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (Running(child), serde_json::from_str(&line).unwrap(), stdout)
}

fn ends_well(mut child: Running, mut stdout: BufReader<ChildStdout>) {
    let deadline = Instant::now() + Duration::from_secs(5);
    let status = loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "the process does not end");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success(), "{status}");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line and no more");
}

fn refused(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = command(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(!status.success() && stdout.is_empty());
    String::from_utf8(stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ready_line_tells_all_that_a_client_needs() {
    let (_child, ready, _stdout) = start(&[]);
    let mut names: Vec<&str> = ready.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "access_token",
            "apps",
            "c1_url",
            "ca_file",
            "client_id",
            "client_secret",
            "oidc_client_id",
            "oidc_token",
            "okta_tokens",
            "okta_url",
            "users"
        ]
    );
    assert!(ready["ca_file"].is_null());
    for kind in
        ["read_only", "app_and_group_admin", "super_admin", "custom_read_only", "scoped_admin", "no_role", "revoked"]
    {
        assert_eq!(ready["okta_tokens"][kind].as_str().unwrap().len(), 42);
    }
    let answer = client().get(format!("{}/_sandbox/state", ready["c1_url"].as_str().unwrap())).send().await.unwrap();
    let state: Value = answer.json().await.unwrap();
    assert_eq!((&state["apps"], &state["users"]), (&ready["apps"], &ready["users"]));
}

#[cfg(unix)]
#[test]
fn sigterm_and_ctrl_c_end_the_process_well() {
    for signal in ["-TERM", "-INT"] {
        let (child, _, stdout) = start(&[]);
        assert!(Command::new("kill").args([signal, &child.0.id().to_string()]).status().unwrap().success());
        ends_well(child, stdout);
    }
}

#[test]
fn a_closed_stdin_ends_the_process_only_where_wanted() {
    let (mut child, _, stdout) = start(&["--until-stdin-closes"]);
    drop(child.0.stdin.take());
    ends_well(child, stdout);
    let (mut child, ..) = start(&[]);
    drop(child.0.stdin.take());
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.0.try_wait().unwrap().is_none());
}

#[test]
fn addresses_other_than_loopback_are_refused() {
    for flag in ["--c1-listen", "--okta-listen"] {
        for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
            let error = refused(&["serve", flag, address]);
            assert!(error.contains("not a loopback address"), "{error}");
        }
    }
}

#[test]
fn tls_and_its_ca_file_go_together() {
    assert!(refused(&["serve", "--tls"]).contains("--ca-file"));
    assert!(refused(&["serve", "--ca-file", "ca.pem"]).contains("--tls"));
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    let (_child, ready, _) = start(&["--tls", "--ca-file", ca_file.to_str().unwrap()]);
    assert_eq!(ready["ca_file"].as_str(), ca_file.to_str());
    assert!(ready["c1_url"].as_str().unwrap().starts_with("https://"));
    assert!(std::fs::read_to_string(ca_file).unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn switches_are_listed_set_and_refused_by_name() {
    let Output { stdout, .. } = command(&["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(stdout).unwrap();
    for line in [
        "config_update: Effect of an update",
        "merge: They stay.",
        "omit: Not even its key. (default)",
        "missing_fields: done; the objects of the answer are empty",
    ] {
        assert!(help.contains(line), "{help}");
    }
    let switches = ["--c1-behaviour", "v1_create=refused", "--c1-behaviour", "secret_on_read=masked"];
    let (child, _, _stdout) = start(&switches);
    drop(child);
    let error = refused(&["serve", "--c1-behaviour", "v1_create=perhaps"]);
    assert!(
        error.contains("v1_create=perhaps") && error.contains("accepted: The connector is created. (default)"),
        "{error}"
    );
}

#[test]
fn a_taken_port_is_named_in_the_refusal() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    assert!(refused(&["serve", "--c1-listen", &address]).contains(&address));
}
