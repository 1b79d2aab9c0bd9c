//! Automatic mutual TLS: both sides create a certificate for one run and trust no other.
//!
//! Terraform's certificate is a self-signed authority with a P-521 key that it also uses as leaf. webpki rejects an
//! authority as leaf, and ring cannot verify P-521. The certificate is therefore compared byte by byte, and aws-lc
//! verifies that the client has its key.

use std::sync::Arc;

use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use time::{Duration, OffsetDateTime};

/// The reason why TLS between host and plugin is impossible.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host's certificate is not PEM.
    #[error("PLUGIN_CLIENT_CERT does not contain a certificate in PEM")]
    ClientCertificate(#[source] rustls::pki_types::pem::Error),
    /// The plugin's certificate could not be created.
    #[error("could not create a certificate for this run")]
    OwnCertificate(#[source] rcgen::Error),
    /// rustls rejects the configuration.
    #[error("could not set up TLS")]
    Configuration(#[source] rustls::Error),
}

/// The server's side of mutual TLS for one run.
#[derive(Debug)]
pub struct MutualTls {
    /// The server's configuration.
    pub config: Arc<ServerConfig>,
    /// The plugin's certificate in DER, for the handshake line.
    pub certificate: Vec<u8>,
}

impl MutualTls {
    /// Creates a certificate, and a configuration that accepts only the given certificate from clients.
    ///
    /// # Errors
    /// If the host's certificate is malformed, or no certificate can be created.
    pub fn accepting(client_certificate: &str) -> Result<Self, Error> {
        let expected =
            CertificateDer::from_pem_slice(client_certificate.as_bytes()).map_err(Error::ClientCertificate)?;
        let (certificate, key) = own_certificate().map_err(Error::OwnCertificate)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = PinnedClient { expected, algorithms: provider.signature_verification_algorithms };
        let mut config = server_config(provider, verifier, certificate.clone(), key).map_err(Error::Configuration)?;
        // grpc-go 1.67 and later require it.
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self { config: Arc::new(config), certificate: certificate.to_vec() })
    }
}

fn server_config(
    provider: Arc<CryptoProvider>,
    verifier: PinnedClient,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![certificate], key)
}

/// Creates the certificate that the host expects: for `localhost`, valid now, for server authentication.
fn own_certificate() -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let mut params = CertificateParams::new(["localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "localhost");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let now = OffsetDateTime::now_utc();
    params.not_before = now - Duration::minutes(5);
    params.not_after = now + Duration::weeks(30 * 52);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.der().clone();
    Ok((certificate, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

/// A verifier that accepts exactly one client certificate.
#[derive(Debug)]
struct PinnedClient {
    expected: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.expected {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(rustls::CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_certificates_are_rejected() {
        for text in ["x", "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
        {
            assert!(matches!(MutualTls::accepting(text), Err(Error::ClientCertificate(_))), "{text}");
        }
    }
}
