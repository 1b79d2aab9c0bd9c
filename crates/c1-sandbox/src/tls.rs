//! A certificate authority that lives as long as the sandbox, because real clients insist on https.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// Why https could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The key or a certificate could not be made.
    #[error("could not make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// rustls did not accept what was made.
    #[error("could not set up TLS")]
    Configuration(#[from] rustls::Error),
    /// The CA certificate could not be written.
    #[error("could not write the CA certificate to {path}")]
    Write {
        /// Path of the file.
        path: String,
        /// Error of the operating system.
        source: io::Error,
    },
}

/// Certificate authority of the sandbox, with the certificate of its servers.
pub(crate) struct Authority {
    /// The CA's certificate in PEM form. Its key is dropped after one signature.
    pub(crate) certificate_pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Authority {
    /// Makes a CA and one server certificate of it for `localhost`, `127.0.0.1` and `::1`.
    pub(crate) fn new() -> Result<Self, TlsError> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name.push(DnType::CommonName, "c1-sandbox CA");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate_pem = parameters.self_signed(&key)?.pem();
        let issuer = Issuer::new(parameters, key);

        let names = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
        let mut parameters = CertificateParams::new(names)?;
        parameters.distinguished_name.push(DnType::CommonName, "localhost");
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Go and the platform verifiers want the leaf to name its issuer's key.
        parameters.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let leaf = parameters.signed_by(&key, &issuer)?;

        // The provider is named here because the process has no default one; see Cargo.toml on aws-lc.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut configuration = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))?;
        configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { certificate_pem, acceptor: TlsAcceptor::from(Arc::new(configuration)) })
    }

    /// Writes the CA's certificate to the configured file.
    pub(crate) async fn write(&self, path: &Path) -> Result<(), TlsError> {
        tokio::fs::write(path, &self.certificate_pem)
            .await
            .map_err(|source| TlsError::Write { path: path.display().to_string(), source })
    }
}
