//! A private authority, and servers that speak TLS with certificates that it signs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::acceptor::Acceptor;
use super::raw_server::read_request;

/// An authority of the test's own.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate and its key.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub pem: String,
    key: KeyPair,
}

/// A certificate for these names and addresses.
pub fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, "a server of the tests");
    params
}

impl Authority {
    pub fn new() -> Self {
        Self::named("the authority of the tests")
    }

    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    pub fn der(&self) -> &[u8] {
        self.0.der()
    }

    /// A certificate for a server on this machine.
    pub fn localhost(&self) -> Identity {
        self.sign(&params(&["localhost", "127.0.0.1"]))
    }

    pub fn sign(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Identity { pem: certificate.pem(), certificate: certificate.der().clone(), key }
    }
}

impl Identity {
    /// A certificate that is signed by itself.
    pub fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        Self { pem: certificate.pem(), certificate: certificate.der().clone(), key }
    }

    /// With other bytes of the same length in the certificate: what no library makes any more.
    pub fn patched(mut self, from: &[u8], to: &[u8]) -> Self {
        let mut bytes = self.certificate.to_vec();
        let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert!(!places.is_empty(), "the certificate does not hold these bytes");
        places.iter().for_each(|at| bytes[*at..*at + to.len()].copy_from_slice(to));
        self.certificate = bytes.into();
        self
    }

    /// The private key, in PEM.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    pub fn configuration(&self) -> ServerConfig {
        self.configuration_with(WebPkiClientVerifier::no_client_auth())
    }

    /// Lets in only clients with a certificate of this authority.
    pub fn asking_for_clients_of(&self, authority: &Authority) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(authority.0.der().clone()).expect("a root");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        self.configuration_with(verifier.build().expect("a verifier"))
    }

    fn configuration_with(&self, clients: Arc<dyn ClientCertVerifier>) -> ServerConfig {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        let key = provider().key_provider.load_private_key(key.into()).expect("a key");
        // Not `with_single_cert`, which refuses certificates that clients are to refuse.
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![self.certificate.clone()], key));
        ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(shown))
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A server that speaks TLS, answers one request a connection, and closes.
pub struct TlsServer {
    acceptor: Acceptor,
    requests: Arc<Mutex<Vec<String>>>,
}

impl TlsServer {
    pub fn answering(configuration: ServerConfig, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let configuration = Arc::new(configuration);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let acceptor = Acceptor::new(move |socket| {
            let session = ServerConnection::new(Arc::clone(&configuration)).expect("a session");
            let mut stream = StreamOwned::new(session, socket);
            let Some(request) = read_request(&mut stream) else { return };
            seen.lock().expect("the requests").push(request.clone());
            let _ = stream.write_all(&answer(&request));
            stream.conn.send_close_notify();
            let _ = stream.flush();
        });
        Self { acceptor, requests }
    }

    /// Answers every request with the same bytes.
    pub fn always(configuration: ServerConfig, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::answering(configuration, move |_| bytes.clone())
    }

    /// TLS before a server that speaks plain HTTP on a port of this machine.
    pub fn before(configuration: ServerConfig, port: u16) -> Self {
        Self::answering(configuration, move |request| {
            let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            let mut behind = TcpStream::connect(("127.0.0.1", port)).expect("the server behind");
            behind.write_all(request.as_bytes()).expect("a request");
            let mut answer = Vec::new();
            behind.read_to_end(&mut answer).expect("an answer");
            answer
        })
    }

    pub fn port(&self) -> u16 {
        self.acceptor.port
    }

    /// Its address by name, as its certificate has it.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port())
    }

    /// Every request so far, head and body.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the requests").clone()
    }

    /// How many connections there were, with or without a request.
    pub fn connections(&self) -> usize {
        self.acceptor.connections()
    }
}
