//! Certificates: an authority that this process trusts, as everything reads `SSL_CERT_FILE` when it starts.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;

/// Names the folder of the authority's files.
const FOLDER: &str = "RELIABILITY_AUTHORITY";

/// A certificate authority.
pub struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// One that nobody knows.
    pub fn new() -> Self {
        Self::of(KeyPair::generate().unwrap())
    }

    /// The one that this process trusts.
    pub fn trusted() -> Self {
        let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
        Self::of(KeyPair::from_pem(&std::fs::read_to_string(folder.join("key.pem")).unwrap()).unwrap())
    }

    fn of(key: KeyPair) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = authority.self_signed(&key).unwrap().pem();
        Self { certificate, issuer: Issuer::new(authority, key) }
    }

    /// The end of a connection at a server of loopback.
    pub fn server(&self) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let certificate = server.signed_by(&key, &self.issuer).unwrap().der().clone();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key.serialize_der().try_into().unwrap())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Runs a test of this program in a process that trusts an authority of its own. `false` in that process: go on.
///
/// # Panics
/// When the test fails there.
pub fn elsewhere(test: &str) -> bool {
    if std::env::var_os(FOLDER).is_some() {
        return false;
    }
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate().unwrap();
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, Authority::of(key).certificate).unwrap();
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([test, "--exact", "--nocapture"]).env(FOLDER, folder.path());
    // The folder as well: the machine's authorities, read anew for each provider, take most of the time otherwise.
    process.env("SSL_CERT_FILE", file).env("SSL_CERT_DIR", folder.path());
    assert!(process.status().unwrap().success(), "see above");
    true
}
