//! TLS: rustls with ring. The roots are read only for an `https` URL.
//!
//! ring, not aws-lc: aws-lc gathers entropy at every start, which costs 30 ms.

mod failure;
mod roots;
mod verifier;

use std::path::PathBuf;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

pub(super) use failure::explain;
use verifier::Verifier;

use crate::error::Error;

/// Which certificates are trusted.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A file (PEM) that replaces the system's certificates.
    pub(crate) ca_cert: Option<PathBuf>,
    /// The system's file (`SSL_CERT_FILE`); if it is not named, the usual places are searched.
    pub(crate) system_bundle: Option<PathBuf>,
    /// Folders of certificates that are trusted beside the system's (`SSL_CERT_DIR`).
    pub(crate) folders: Vec<PathBuf>,
}

/// The one protocol that is spoken inside of TLS (ALPN).
const HTTP_1_1: &[u8] = b"http/1.1";

pub(super) fn configuration(https: bool, trust: &Trust) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let unusable = |cause: anyhow::Error| Error::unknown("TLS could not be set up", cause);
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|cause| unusable(cause.into()))?;
    let mut configuration = if https {
        let verifier = Verifier::new(roots::read(trust)?, provider).map_err(|cause| unusable(cause.into()))?;
        // What is called dangerous here only gives the errors of the usual verifier other types.
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    } else {
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    configuration.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(configuration)
}
