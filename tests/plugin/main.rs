//! The binary, started as Terraform starts it.

use std::process::Stdio;

use futures::StreamExt;
use provider_testing::plugin_host::{Identity, PATIENCE, Plugin, command};
use terraform_provider_conductorone::plugin::proto::go_plugin::conn_info::Knock;
use terraform_provider_conductorone::plugin::proto::go_plugin::grpc_broker_client::GrpcBrokerClient;
use terraform_provider_conductorone::plugin::proto::go_plugin::grpc_controller_client::GrpcControllerClient;
use terraform_provider_conductorone::plugin::proto::go_plugin::grpc_stdio_client::GrpcStdioClient;
use terraform_provider_conductorone::plugin::proto::go_plugin::{ConnInfo, Empty};
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_client::ProviderClient;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    RawState, get_provider_schema, import_resource_state, stop, upgrade_resource_state,
};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const BINARY: &str = env!("CARGO_BIN_EXE_terraform-provider-conductorone");

#[tokio::test]
async fn mutual_tls_over_a_unix_socket_connects() {
    let identity = Identity::new();
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]).await;
    assert_eq!(plugin.handshake.network, "unix");
    assert_eq!(plugin.handshake.line.split('|').count(), 6);
    assert!(!plugin.handshake.line.contains('='));

    let channel = plugin.connect(Some(&identity)).await.unwrap();
    let schema = ProviderClient::new(channel.clone()).get_schema(get_provider_schema::Request {}).await.unwrap();
    assert!(schema.into_inner().provider.unwrap().block.is_some());

    let health = HealthClient::new(channel)
        .check(HealthCheckRequest { service: "plugin".to_owned() })
        .await
        .unwrap()
        .into_inner();
    assert_eq!(health.status, tonic_health::pb::health_check_response::ServingStatus::Serving as i32);
}

#[tokio::test]
async fn a_client_with_another_certificate_is_rejected_and_does_not_affect_others() {
    let (identity, foreign) = (Identity::new(), Identity::new());
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]).await;
    // With TLS 1.3 the client receives the rejection at its first read, so a call is necessary.
    let is_rejected = match plugin.connect(Some(&foreign)).await {
        Ok(channel) => ProviderClient::new(channel).stop(stop::Request {}).await.is_err(),
        Err(_) => true,
    };
    assert!(is_rejected);
    let is_plain_text_rejected = match plugin.connect(None).await {
        Ok(channel) => ProviderClient::new(channel).stop(stop::Request {}).await.is_err(),
        Err(_) => true,
    };
    assert!(is_plain_text_rejected);
    let channel = plugin.connect(Some(&identity)).await.unwrap();
    ProviderClient::new(channel).stop(stop::Request {}).await.unwrap();
}

#[tokio::test]
async fn shutdown_ends_the_process_despite_open_streams_and_removes_the_socket() {
    let identity = Identity::new();
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem), ("TF_LOG", "TRACE")]).await;
    let socket = plugin.socket();
    let channel = plugin.connect(Some(&identity)).await.unwrap();
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let offers = futures::stream::pending();
    let mut broker = GrpcBrokerClient::new(channel.clone()).start_stream(offers).await.unwrap().into_inner();

    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    assert!(stdio.message().await.ok().flatten().is_none());
    assert!(broker.message().await.ok().flatten().is_none());
    let ended = plugin.ended().await;
    assert!(ended.success);
    assert_eq!(ended.stdout, "");
    assert!(!socket.exists());
    // Terraform treats every other line as a message without a level.
    let lines = ended.stderr.lines().map(serde_json::from_str::<serde_json::Value>);
    assert!(lines.map(Result::unwrap).all(|line| line["@level"].is_string()));
}

#[tokio::test]
async fn brokered_connections_are_rejected() {
    let plugin = Plugin::start(&[]).await;
    let channel = plugin.connect(None).await.unwrap();
    let knock = Knock { knock: true, ..Knock::default() };
    let offers = [
        ConnInfo { service_id: 1, network: "unix".to_owned(), ..ConnInfo::default() },
        ConnInfo { service_id: 7, knock: Some(knock), ..ConnInfo::default() },
    ];
    let offers = futures::stream::iter(offers).chain(futures::stream::pending());
    let mut responses = GrpcBrokerClient::new(channel).start_stream(offers).await.unwrap().into_inner();
    let response = responses.message().await.unwrap().unwrap();
    assert_eq!(response.service_id, 7);
    assert!(response.knock.unwrap().error.contains('7'));
}

#[tokio::test]
async fn the_socket_has_the_requested_directory_and_permissions() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(&[("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap())]).await;
    assert_eq!(plugin.socket().parent(), Some(folder.path()));
    assert_eq!(std::fs::metadata(plugin.socket()).unwrap().permissions().mode() & 0o777, 0o600);

    let group = nix::unistd::getgid().to_string();
    let folder = tempfile::tempdir().unwrap();
    let variables =
        [("PLUGIN_UNIX_SOCKET_DIR", folder.path().to_str().unwrap()), ("PLUGIN_UNIX_SOCKET_GROUP", group.as_str())];
    let plugin = Plugin::start(&variables).await;
    assert_eq!(std::fs::metadata(plugin.socket()).unwrap().permissions().mode() & 0o777, 0o660);
}

#[tokio::test]
async fn a_directory_with_a_long_path_selects_a_port_of_the_range() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let identity = Identity::new();
    let variables = [
        ("PLUGIN_UNIX_SOCKET_DIR", long.to_str().unwrap()),
        ("PLUGIN_MIN_PORT", "21000"),
        ("PLUGIN_MAX_PORT", "21999"),
        ("PLUGIN_CLIENT_CERT", &identity.pem),
    ];
    let plugin = Plugin::start(&variables).await;
    assert_eq!(plugin.handshake.network, "tcp");
    let port: u16 = plugin.handshake.address.strip_prefix("127.0.0.1:").unwrap().parse().unwrap();
    assert!((21_000..22_000).contains(&port));
    let channel = plugin.connect(Some(&identity)).await.unwrap();
    ProviderClient::new(channel).stop(stop::Request {}).await.unwrap();
}

#[tokio::test]
async fn multiplexing_hosts_receive_a_seventh_field() {
    let plugin = Plugin::start(&[("PLUGIN_MULTIPLEX_GRPC", "false")]).await;
    assert!(plugin.handshake.line.ends_with("|grpc||true"));
}

#[tokio::test]
async fn interrupts_are_ignored_and_a_termination_signal_ends_the_process() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let plugin = Plugin::start(&[]).await;
    let (pid, socket) = (Pid::from_raw(i32::try_from(plugin.child.id().unwrap()).unwrap()), plugin.socket());
    kill(pid, Signal::SIGINT).unwrap();
    let channel = plugin.connect(None).await.unwrap();
    ProviderClient::new(channel.clone()).stop(stop::Request {}).await.unwrap();
    kill(pid, Signal::SIGTERM).unwrap();
    assert!(plugin.ended().await.success);
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_closed_standard_output_ends_the_process_only_before_the_first_connection() {
    let mut child = command(&[]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).await.unwrap();
    drop(stdout);
    let ended = tokio::time::timeout(PATIENCE, child.wait()).await.expect("the plugin did not end").unwrap();
    assert!(ended.success());

    let mut child = command(&[]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).await.unwrap();
    let address = line.split('|').nth(3).unwrap().to_owned();
    let _connection = tokio::net::UnixStream::connect(address).await.unwrap();
    drop(stdout);
    assert!(tokio::time::timeout(std::time::Duration::from_secs(7), child.wait()).await.is_err());
    child.kill().await.unwrap();
}

#[tokio::test]
async fn an_orphaned_process_ends() {
    // The shell starts the plugin, prints its process ID, and ends without waiting for it.
    let mut shell = command(&[]);
    let inner = std::mem::replace(&mut shell, Command::new("sh"));
    for (name, value) in inner.as_std().get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let mut shell = shell
        .args(["-c", &format!("{BINARY} & echo $!; sleep 1; kill -9 $$")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(shell.stdout.take().unwrap()).lines();
    let pid: i32 = lines.next_line().await.unwrap().unwrap().parse().unwrap();
    shell.wait().await.unwrap();
    let pid = nix::unistd::Pid::from_raw(pid);
    let gone = async {
        while nix::sys::signal::kill(pid, None).is_ok() && !is_zombie(pid) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the orphan did not end");
}

/// Returns `true` for a process that has ended. Without an init process that reaps orphans it stays in the process
/// table.
fn is_zombie(pid: nix::unistd::Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_state_of_50_megabytes_is_supported() {
    let identity = Identity::new();
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]).await;
    let channel = plugin.connect(Some(&identity)).await.unwrap();
    let description = "x".repeat(50 << 20);
    let json = serde_json::json!({"id": "1", "display_name": "App", "description": description}).to_string();
    let request = upgrade_resource_state::Request {
        type_name: "conductorone_app".to_owned(),
        version: 0,
        raw_state: Some(RawState { json: json.into_bytes(), ..RawState::default() }),
    };
    let mut client =
        ProviderClient::new(channel).max_decoding_message_size(usize::MAX).max_encoding_message_size(usize::MAX);
    let response = client.upgrade_resource_state(request).await.unwrap().into_inner();
    assert_eq!(response.diagnostics, []);
    assert!(response.upgraded_state.unwrap().msgpack.len() > 50 << 20);
}

#[tokio::test]
async fn a_thousand_concurrent_calls_succeed() {
    let identity = Identity::new();
    let plugin = Plugin::start(&[("PLUGIN_CLIENT_CERT", &identity.pem)]).await;
    let channel = plugin.connect(Some(&identity)).await.unwrap();
    let calls = (0..1_000).map(|number| {
        let mut client = ProviderClient::new(channel.clone());
        async move {
            let (type_name, id) =
                ("conductorone_okta_integration".to_owned(), format!("app{number}/connector{number}"));
            let request = import_resource_state::Request { type_name, id, ..Default::default() };
            client.import_resource_state(request).await.unwrap().into_inner()
        }
    });
    let responses = futures::future::join_all(calls).await;
    assert!(responses.iter().all(|response| response.diagnostics.is_empty() && response.imported_resources.len() == 1));
}

#[tokio::test]
async fn without_a_host_the_process_prints_its_purpose() {
    let output = Command::new(BINARY).env_remove("TF_PLUGIN_MAGIC_COOKIE").output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[tokio::test]
async fn a_host_with_another_protocol_is_rejected() {
    let output = command(&[("PLUGIN_PROTOCOL_VERSIONS", "6")]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap());
}

#[tokio::test]
async fn the_error_for_a_malformed_client_certificate_names_the_variable() {
    let output = command(&[("PLUGIN_CLIENT_CERT", "-----BEGIN")]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("PLUGIN_CLIENT_CERT"));
}

#[tokio::test]
async fn version_and_help_are_printed() {
    let version = Command::new(BINARY).arg("--version").output().await.unwrap();
    let expected = format!("terraform-provider-conductorone {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(version.stdout).unwrap(), expected);
    let help = Command::new(BINARY).arg("--help").output().await.unwrap();
    insta::assert_snapshot!(String::from_utf8(help.stdout).unwrap());
}

#[tokio::test]
async fn in_a_debugger_the_process_prints_its_address_and_serves_without_tls() {
    let mut child = Command::new(BINARY)
        .args(["-debug", "--provider-address", "example/conductorone"])
        .env_remove("TF_PLUGIN_MAGIC_COOKIE")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut text = Vec::new();
    while text.len() < 3 {
        text.push(lines.next_line().await.unwrap().unwrap());
    }
    let json = text[2].strip_prefix("\tTF_REATTACH_PROVIDERS='").unwrap().strip_suffix('\'').unwrap();
    let reattach: serde_json::Value = serde_json::from_str(json).unwrap();
    let provider = &reattach["example/conductorone"];
    assert_eq!(provider["Protocol"], "grpc");
    assert_eq!(provider["Pid"], child.id().unwrap());
    assert_eq!((&provider["ProtocolVersion"], &provider["Test"]), (&5.into(), &true.into()));
    assert_eq!(provider["Addr"]["Network"], "unix");
    assert!(std::path::Path::new(provider["Addr"]["String"].as_str().unwrap()).exists());
}
