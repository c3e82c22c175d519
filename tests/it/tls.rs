//! HTTPS: which certificates are trusted, and what each failure says.

mod files;

use std::fs;
use std::io::Write;

use rcgen::{BasicConstraints, CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};
use rustls::ServerConfig;

use crate::support::acceptor::Acceptor;
use crate::support::cli::{Cli, Ran};
use crate::support::raw_server;
use crate::support::tls::{Authority, Identity, TlsServer, params};

const LIST: &[&str] = &["tokens", "list", "my-function", "--quiet"];
const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci", "--wait", "--json"];
const EMPTY: &str = r#"{"items":[],"next_cursor":null}"#;

/// The version of X.509 in a certificate.
const V3: &[u8] = &[0xa0, 3, 2, 1, 2];
const V1: &[u8] = &[0xa0, 3, 2, 1, 0];
/// `ecdsa-with-SHA256`, and `ecdsa-with-SHA224`, which is refused as `ecdsa-with-SHA1` is.
const SHA_256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const SHA_224: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1];

/// A sandbox behind TLS, for both planes.
struct Secured {
    cli: Cli,
    authority: Authority,
    server: TlsServer,
}

impl Secured {
    fn new() -> Self {
        let authority = Authority::new();
        let mut cli = Cli::new();
        let server = TlsServer::before(authority.localhost().configuration(), cli.sandbox.port());
        cli.set("JELOU_API_URL", &server.url()).set("JELOU_GATEWAY_URL", &server.url());
        Self { cli, authority, server }
    }

    /// A file with the certificate of the authority.
    fn pem(&self) -> String {
        self.cli.write("ca.pem", self.authority.pem()).display().to_string()
    }
}

/// Runs `list` against a server, whose authority is trusted.
fn list_from(authority: &Authority, configuration: ServerConfig) -> (Ran, TlsServer) {
    let server = TlsServer::always(configuration, raw_server::json(200, EMPTY));
    let cli = Cli::new();
    let pem = cli.write("ca.pem", authority.pem()).display().to_string();
    let ran = cli.jelou(&[LIST, &["--api-url", &server.url(), "--ca-cert", &pem]].concat());
    (ran, server)
}

#[test]
fn an_authority_is_trusted_by_each_of_its_settings() {
    for setting in ["--ca-cert", "JELOU_CA_CERT", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        let mut secured = Secured::new();
        let pem = secured.pem();
        let cli = &mut secured.cli;
        let mut flags = Vec::new();
        match setting {
            "--ca-cert" => flags.extend(["--ca-cert", pem.as_str()]),
            "SSL_CERT_DIR" => {
                cli.write("certificates/README", "no certificate");
                fs::copy(&pem, cli.folder().join("certificates/company.crt")).unwrap();
                let folder = cli.folder().join("certificates").display().to_string();
                cli.set(setting, &format!("/nowhere:{folder}"));
            }
            _ => drop(cli.set(setting, &pem)),
        }
        cli.jelou(&[LIST, &flags].concat()).ended(0);
        let document = cli.jelou(&[CREATE, &flags].concat()).ended(0).json();
        assert!(document["data"]["live"].is_object(), "{setting}: the gateway is probed with the same roots");
        let value = document["data"]["token"].as_str().unwrap().to_owned();
        cli.set("JELOU_FUNCTION_TOKEN", &value);
        cli.jelou(&[&["tokens", "verify", "my-function"], flags.as_slice()].concat()).ended(0);
        assert!(secured.server.requests().iter().any(|request| request.starts_with("GET /fn/my-function/mcp ")));
    }
}

#[test]
fn an_authority_that_is_not_named_is_not_trusted() {
    let mut secured = Secured::new();
    let ran = secured.cli.jelou(&[LIST, &["--json"]].concat()).ended(2);
    assert!(ran.stderr.contains("--quiet"), "one format at a time: {ran:?}");
    let ran = secured.cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(10);
    let error = &ran.json()["error"];
    assert!(error["message"].as_str().unwrap().contains("authority that is not trusted"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("--ca-cert"), "{error}");
    assert_eq!(error["retryable"], false, "the same certificate would come again");
    assert_eq!(secured.server.connections(), 1, "nothing was tried again");
    // An authority that is named replaces the others.
    let other = secured.cli.write("other.pem", Authority::named("another").pem()).display().to_string();
    let pem = secured.pem();
    secured.cli.set("SSL_CERT_FILE", &pem);
    let ran = secured.cli.jelou(&[LIST, &["--ca-cert", &other]].concat()).ended(10);
    assert!(ran.stderr.contains(&format!("only the authorities in {other} are trusted")), "{ran:?}");
    assert_eq!(secured.server.requests(), Vec::<String>::new());
    assert_eq!(secured.cli.sandbox.requests().len(), 0);
}

#[test]
fn each_failure_of_a_certificate_has_its_own_hint() {
    let authority = Authority::new();
    let with = |change: fn(&mut CertificateParams)| {
        let mut params = params(&["localhost"]);
        change(&mut params);
        authority.sign(&params)
    };
    let table: [(&str, Identity, &str, &str); 13] = [
        ("expired", with(|it| it.not_after = date_time_ymd(2020, 2, 3)), "has expired at 2020-02-03", "clock"),
        ("early", with(|it| it.not_before = date_time_ymd(2090, 2, 3)), "not valid before 2090-02-03", "clock"),
        (
            "wrong host",
            authority.sign(&params(&["other.test", "10.0.0.1"])),
            "for `other.test`, `10.0.0.1`, not for",
            "check the address",
        ),
        ("of version 1", authority.localhost().patched(V3, V1), "version 1 of X.509", "subjectAltName=DNS:NAME"),
        (
            "of an odd signature",
            authority.localhost().patched(SHA_256, SHA_224),
            "in a way that is too weak or not known here",
            "SHA-256",
        ),
        (
            "of an odd extension",
            with(|it| {
                let mut odd = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
                odd.set_criticality(true);
                it.custom_extensions.push(odd);
            }),
            "a critical extension that is not known here",
            "without that extension",
        ),
        (
            "without an encoding",
            authority.localhost().patched(&[0x06, 0x03, 0x55, 0x1d, 0x11], &[0x06, 0x04, 0x55, 0x1d, 0x11]),
            "is damaged",
            "get another one",
        ),
        ("nameless", authority.sign(&params(&[])), "no name at all", "check the address"),
        (
            "no server",
            with(|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "not meant for servers",
            "serverAuth",
        ),
        (
            "of the same name",
            Authority::new().localhost(),
            "by another authority of a name that is trusted here, or its key is too weak (RSA below 2048 bits)",
            "only the authorities in",
        ),
        (
            "unknown",
            Authority::named("another").localhost(),
            "authority that is not trusted",
            "only the authorities in",
        ),
        ("self-signed", Identity::self_signed(&params(&["localhost"])), "signed by itself", "save it in"),
        (
            "openssl req -x509",
            {
                let mut params = params(&["localhost"]);
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                Identity::self_signed(&params)
            },
            "signed by itself",
            "CA:FALSE",
        ),
    ];
    for (what, identity, message, hint) in table {
        let (ran, server) = list_from(&authority, identity.configuration());
        assert_eq!(ran.status, 10, "{what}: {ran:?}");
        assert!(ran.stderr.contains(message) && ran.stderr.contains(hint), "{what}: {ran:?}");
        assert_eq!(message.contains("authority that is not"), ran.stderr.contains("intermediate"), "{what}: {ran:?}");
        let foreign = ["clock", "check the address", "serverAuth", "only the authorities in", "save it in", "CA:FALSE"];
        for other in foreign.into_iter().filter(|other| *other != hint) {
            assert!(!ran.stderr.contains(other), "{what} has the hint of another failure: {ran:?}");
        }
        assert_eq!(server.requests(), Vec::<String>::new(), "{what}");
        assert_eq!(server.connections(), 1, "{what}: nothing was tried again");
    }
}

#[test]
fn a_handshake_that_a_server_refuses_has_its_likely_causes() {
    for (alert, says) in [
        (40, "or it asks for a client's certificate"),
        (70, "TLS 1.2 or 1.3"),
        (71, "TLS 1.2 or 1.3"),
        (116, "asks for a client's certificate"),
        (112, "does not know that name"),
    ] {
        let server = Acceptor::new(move |mut stream| {
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, alert]);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        });
        let cli = Cli::new();
        let url = format!("https://localhost:{}", server.port);
        let ran = cli.jelou(&[LIST, &["--api-url", &url]].concat()).ended(10);
        assert!(ran.stderr.contains(says), "{alert}: {ran:?}");
        let debug = ["HandshakeFailure", "ProtocolVersion", "InsufficientSecurity", "fatal alert"];
        assert!(!debug.iter().any(|word| ran.stderr.contains(word)), "{alert}: {ran:?}");
        assert_eq!(server.connections(), 1, "{alert}: nothing was tried again");
    }
}

/// As the hint for it says.
#[test]
fn a_certificate_that_is_signed_by_itself_can_be_trusted() {
    let identity = Identity::self_signed(&params(&["localhost"]));
    let server = TlsServer::always(identity.configuration(), raw_server::json(200, EMPTY));
    let cli = Cli::new();
    let pem = cli.write("server.pem", &identity.pem).display().to_string();
    cli.jelou(&[LIST, &["--api-url", &server.url(), "--ca-cert", &pem]].concat()).ended(0);
    assert_eq!(server.requests().len(), 1);
}

/// Both planes need them, and a pipe can be read once.
/// A file replaces the system's, folders come beside it: as in OpenSSL and Go.
#[test]
fn a_server_that_speaks_http_2_alone_is_named() {
    let authority = Authority::new();
    let mut configuration = authority.localhost().configuration();
    configuration.alpn_protocols = vec![b"h2".to_vec()];
    let (ran, server) = list_from(&authority, configuration);
    let ran = ran.ended(10);
    assert!(ran.stderr.contains("does not speak HTTP/1.1") && ran.stderr.contains("HTTP/2"), "{ran:?}");
    assert_eq!(server.connections(), 1);
    // One that does not negotiate begins with its settings (RFC 9113, section 3.4).
    let settings = b"\0\0\0\x04\0\0\0\0\0".to_vec();
    let server = TlsServer::always(authority.localhost().configuration(), settings);
    let cli = Cli::new();
    let pem = cli.write("ca.pem", authority.pem()).display().to_string();
    let flags = ["--api-url", &server.url(), "--ca-cert", &pem, "--retries", "0"];
    let ran = cli.jelou(&[LIST, &flags].concat()).ended(10);
    assert!(ran.stderr.contains("no HTTP/1.1") && ran.stderr.contains("HTTP/2"), "{ran:?}");
}

#[test]
fn a_server_that_asks_for_a_clients_certificate_is_named() {
    let authority = Authority::new();
    let (ran, server) = list_from(&authority, authority.localhost().asking_for_clients_of(&authority));
    assert!(ran.ended(10).stderr.contains("asks for a client's certificate"));
    assert_eq!(server.requests(), Vec::<String>::new());
}

#[test]
fn the_wrong_scheme_is_named() {
    let cli = Cli::new();
    let plain = Acceptor::new(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    let url = format!("https://localhost:{}", plain.port);
    let ran = cli.jelou(&[LIST, &["--api-url", &url]].concat()).ended(10);
    assert!(ran.stderr.contains("does not speak TLS") && ran.stderr.contains("`http://`"), "{ran:?}");
    let authority = Authority::new();
    let server = TlsServer::always(authority.localhost().configuration(), "");
    let flags = ["--api-url", &server.url().replace("https:", "http:"), "--retries", "0"];
    let ran = cli.jelou(&[LIST, &flags].concat()).ended(10);
    assert!(ran.stderr.contains("`https://`"), "{ran:?}");
}

/// Two minutes of waiting would not make it valid.
#[test]
fn a_wait_ends_at_once_where_the_gateways_certificate_is_not_accepted() {
    let mut cli = Cli::new();
    let mut expired = params(&["localhost"]);
    expired.not_after = date_time_ymd(2020, 2, 3);
    let authority = Authority::new();
    let gateway = TlsServer::always(authority.sign(&expired).configuration(), raw_server::json(200, "{}"));
    let pem = cli.write("ca.pem", authority.pem()).display().to_string();
    cli.set("JELOU_GATEWAY_URL", &gateway.url()).set("JELOU_CA_CERT", &pem);
    let document = cli.jelou(CREATE).ended(11).json();
    let error = &document["error"];
    assert!(error["message"].as_str().unwrap().contains("has expired"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("clock"), "{error}");
    assert!(document["data"]["token"].is_string(), "{document}");
    assert_eq!(gateway.connections(), 1);
}
