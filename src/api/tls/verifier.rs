//! The certificate checks of rustls, with an error of its own for what people make most: a server's
//! certificate that is signed by itself.

use std::fmt;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::VerifierBuilderError;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use webpki::EndEntityCert;

/// Accepts what [`WebPkiServerVerifier`] accepts, and nothing else.
#[derive(Debug)]
pub(super) struct Verifier(Arc<WebPkiServerVerifier>);

impl Verifier {
    pub(super) fn new(roots: Arc<RootCertStore>, provider: Arc<CryptoProvider>) -> Result<Self, VerifierBuilderError> {
        WebPkiServerVerifier::builder_with_provider(roots, provider).build().map(Self)
    }
}

/// A server's certificate that is signed by itself and not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SelfSigned {
    /// It would be accepted if it were trusted.
    Server,
    /// It says that it is an authority's (`CA:TRUE`), as `openssl req -x509` makes it. rustls
    /// accepts no such certificate for a server, trusted or not.
    Authority,
}

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is signed by itself")
    }
}

impl std::error::Error for SelfSigned {}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        verified.map_err(|error| match self_signed(end_entity, &error) {
            Some(self_signed) => CertificateError::Other(OtherError(Arc::new(self_signed))).into(),
            None => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Whether a certificate was refused because it is signed by itself.
fn self_signed(certificate: &CertificateDer<'_>, error: &Error) -> Option<SelfSigned> {
    let kind = match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => SelfSigned::Server,
        Error::InvalidCertificate(CertificateError::Other(OtherError(cause)))
            if matches!(cause.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)) =>
        {
            SelfSigned::Authority
        }
        _ => return None,
    };
    let certificate = EndEntityCert::try_from(certificate).ok()?;
    (certificate.issuer() == certificate.subject()).then_some(kind)
}
