//! An authority of the benchmark's own, and a server that it vouches for.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::version::TLS13;

/// Where the system's certificates are: Debian and Alpine, Fedora, SUSE, macOS.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The configuration of a server on 127.0.0.1. Beside it two files are written: the authority's
/// certificate, and that together with the system's, as on a machine whose store knows it.
pub fn server(one_ca: &Path, roots: &Path) -> Result<ServerConfig> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "the benchmark's authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    let bundle = BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok());
    let bundle = bundle.context("this machine has no file of trusted certificates")?;
    std::fs::write(one_ca, authority.pem())?;
    std::fs::write(roots, bundle + &authority.pem())?;

    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "the benchmark's server");
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &authority)?.der().clone();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13])?;
    Ok(builder.with_no_client_auth().with_single_cert(vec![certificate], key.into())?)
}

/// How many certificates a file holds.
pub fn count(file: &Path) -> Result<usize> {
    Ok(std::fs::read_to_string(file)?.matches("-----BEGIN CERTIFICATE-----").count())
}
