//! TLS: rustls with ring. The roots are read only for an `https` URL.
//!
//! ring, not aws-lc: aws-lc gathers entropy at every start, which costs 30 ms. The folder of
//! certificates is not read beside the bundle file: it holds the same ones again in 140 files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::{load_certs_from_paths, load_native_certs};

use crate::error::Error;

/// Which certificates are trusted.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// A file (PEM) that replaces the system's certificates.
    pub(crate) ca_cert: Option<PathBuf>,
    /// The system's file (`SSL_CERT_FILE`); if it is not named, the usual places are searched.
    pub(crate) system_bundle: Option<PathBuf>,
}

pub(super) fn configuration(https: bool, trust: &Trust) -> Result<ClientConfig, Error> {
    let roots = if https { roots(trust)? } else { RootCertStore::empty() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map(|builder| builder.with_root_certificates(roots).with_no_client_auth())
        .map_err(|cause| Error::unknown("TLS could not be set up", cause))
}

fn roots(trust: &Trust) -> Result<RootCertStore, Error> {
    if let Some(path) = &trust.ca_cert {
        return from_file(path, "The file of certificates");
    }
    if let Some(path) = trust.system_bundle.clone().or_else(|| openssl_probe::probe().cert_file) {
        return from_file(&path, "The system's file of certificates");
    }
    let mut store = RootCertStore::empty();
    // A certificate that cannot be read is left out: the others may be enough.
    store.add_parsable_certificates(load_native_certs().certs);
    Ok(store)
}

fn from_file(path: &Path, what: &str) -> Result<RootCertStore, Error> {
    let mut found = load_certs_from_paths(Some(path), None);
    if let Some(cause) = found.errors.pop() {
        return Err(Error::input(format!("{what} {} could not be read", path.display())).caused_by(cause));
    }
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(found.certs);
    if added == 0 {
        return Err(Error::input(format!("{what} {} holds no certificate", path.display()))
            .with_hint("it must be PEM: `-----BEGIN CERTIFICATE-----`"));
    }
    Ok(store)
}
