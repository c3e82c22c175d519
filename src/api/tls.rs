//! TLS: rustls with ring. The roots are read only for an `https` URL.
//!
//! ring, not aws-lc: aws-lc gathers entropy at every start, which costs 30 ms.

mod failure;
mod roots;
mod verifier;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

pub(super) use failure::explain;
pub(crate) use roots::CertificateSource;
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
    /// What was read: once, for a pipe (`--ca-cert <(…)`) cannot be read twice.
    pub(crate) read: Rc<OnceCell<Arc<RootCertStore>>>,
}

impl Trust {
    /// Where they come from.
    pub(crate) fn sources(&self) -> Vec<CertificateSource> {
        roots::sources(self)
    }

    fn roots(&self) -> Result<Arc<RootCertStore>, Error> {
        match self.read.get() {
            Some(roots) => Ok(Arc::clone(roots)),
            None => roots::read(self).map(|roots| Arc::clone(self.read.get_or_init(|| Arc::new(roots)))),
        }
    }
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
        let verifier = Verifier::new(trust.roots()?, provider).map_err(|cause| unusable(cause.into()))?;
        // What is called dangerous here only gives the errors of the usual verifier other types.
        builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
    } else {
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    configuration.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(configuration)
}
