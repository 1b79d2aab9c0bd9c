//! Terraform's side of the plugin protocol: starts the binary, reads the handshake line, connects with mutual TLS.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

pub const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// The time after which a step of a test counts as hanging.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate like Terraform's for a plugin: a P-521 key, and its own authority.
pub struct Identity {
    pub pem: String,
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Default for Identity {
    fn default() -> Self {
        Self::new()
    }
}

impl Identity {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "HashiCorp");
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::KeyEncipherment,
            KeyUsagePurpose::KeyAgreement,
            KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { pem: certificate.pem(), certificate: certificate.der().clone(), key: key.serialize_der() }
    }
}

/// The parsed handshake line.
#[derive(Debug)]
pub struct Handshake {
    pub line: String,
    pub network: String,
    pub address: String,
    pub certificate: Option<CertificateDer<'static>>,
}

impl Handshake {
    pub fn parse(line: &str) -> Self {
        let fields: Vec<&str> = line.split('|').collect();
        assert!(fields.len() >= 6 && fields[..2] == ["1", "5"] && fields[4] == "grpc", "handshake line {line:?}");
        let certificate = STANDARD_NO_PAD.decode(fields[5]).unwrap();
        Self {
            line: line.to_owned(),
            network: fields[2].to_owned(),
            address: fields[3].to_owned(),
            certificate: (!certificate.is_empty()).then(|| certificate.into()),
        }
    }
}

/// A running plugin.
pub struct Plugin {
    pub child: Child,
    pub handshake: Handshake,
    stdout: BufReader<ChildStdout>,
}

/// Returns the command with which Terraform starts the binary, with additional variables.
pub fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(crate::provider_binary());
    command
        .env(COOKIE.0, COOKIE.1)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env_remove("TF_LOG")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Plugin {
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        let mut child = command(variables).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        tokio::time::timeout(PATIENCE, stdout.read_line(&mut line)).await.expect("no handshake line").unwrap();
        let handshake = Handshake::parse(line.trim_end_matches('\n'));
        Self { child, handshake, stdout }
    }

    pub fn socket(&self) -> PathBuf {
        Path::new(&self.handshake.address).to_owned()
    }

    /// Connects with the certificate of an identity; `None` connects in plain text.
    pub async fn connect(&self, identity: Option<&Identity>) -> Result<Channel, tonic::transport::Error> {
        let (network, address) = (self.handshake.network.clone(), self.handshake.address.clone());
        let tls = identity.map(|identity| {
            let server = self.handshake.certificate.clone().expect("the plugin announced no certificate");
            TlsConnector::from(Arc::new(client_config(identity, server)))
        });
        Endpoint::from_static("http://localhost")
            .connect_with_connector(tower::service_fn(move |_| {
                let (network, address, tls) = (network.clone(), address.clone(), tls.clone());
                async move {
                    let stream: Box<dyn Stream> = match network.as_str() {
                        "unix" => Box::new(UnixStream::connect(&address).await?),
                        _ => Box::new(TcpStream::connect(&address).await?),
                    };
                    let stream: Box<dyn Stream> = match tls {
                        Some(tls) => Box::new(tls.connect(ServerName::try_from("localhost").unwrap(), stream).await?),
                        None => stream,
                    };
                    Ok::<_, io::Error>(TokioIo::new(stream))
                }
            }))
            .await
    }

    /// Waits until the process ends, and returns its remaining output.
    pub async fn ended(mut self) -> Ended {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("the plugin did not end").unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).await.unwrap();
        Ended { success: status.success(), stdout, stderr }
    }
}

pub struct Ended {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for T {}

/// Returns Terraform's TLS configuration: the server's certificate is the only root, and ALPN offers HTTP/2.
fn client_config(identity: &Identity, server: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(server).unwrap();
    let key: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(identity.key.clone()).into();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(vec![identity.certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}
