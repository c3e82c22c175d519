//! In which files certificates may stand, and what a file without one is told.

use std::path::PathBuf;

use super::{LIST, Secured};
use crate::support::cli::Ran;
use crate::support::tls::Authority;

#[test]
fn a_file_of_certificates_may_have_any_line_ends_and_text_around() {
    let secured = Secured::new();
    let pem = secured.authority.pem();
    let (crlf, cr) = (pem.replace("\r\n", "\n").replace('\n', "\r\n"), pem.replace("\r\n", "\n").replace('\n', "\r"));
    let indented = format!("    {}", pem.replace("\r\n", "\n").replace('\n', "  \n    "));
    let other = Authority::new();
    for (what, content) in [
        ("CRLF", crlf),
        ("CR", cr),
        ("byte order mark", format!("\u{feff}{pem}")),
        ("text around", format!("# The company's CA\nSubject: CN=x\n\n{pem}\nthe end\n")),
        ("no last line end", pem.trim_end().to_owned()),
        ("indented", indented),
        ("several", format!("{}{pem}", other.pem())),
        ("with a key", format!("{}{pem}", other.localhost().key_pem())),
    ] {
        let path = secured.cli.write("ca.pem", content).display().to_string();
        for setting in ["JELOU_CA_CERT", "SSL_CERT_FILE"] {
            let ran = Ran::of(secured.cli.command(LIST).env(setting, &path));
            assert_eq!(ran.status, 0, "{what} {setting}: {ran:?}");
        }
    }
}

#[test]
fn a_file_without_a_certificate_is_refused_with_what_it_is() {
    let secured = Secured::new();
    let pem = secured.authority.pem();
    let key = secured.authority.localhost().key_pem();
    let relabelled = |label: &str| pem.replace("CERTIFICATE", label).into_bytes();
    let table: [(&str, Vec<u8>, &str); 14] = [
        ("empty", Vec::new(), "it is empty"),
        ("blank", b" \r\n\n".to_vec(), "it is empty"),
        ("key", key.clone().into_bytes(), "private key"),
        ("DER", secured.authority.der().to_vec(), "-inform der"),
        ("PKCS #12", pkcs12(), "openssl pkcs12 -in FILE -nokeys -out FILE.pem"),
        ("UTF-16", [0xff, 0xfe].into_iter().chain(pem.encode_utf16().flat_map(u16::to_le_bytes)).collect(), "UTF-16"),
        ("PKCS #7", relabelled("PKCS7"), "PKCS #7"),
        ("trusted", relabelled("TRUSTED CERTIFICATE"), "OpenSSL's own"),
        ("request", relabelled("CERTIFICATE REQUEST"), "request"),
        ("web page", b"<!doctype html><html>Log in</html>".to_vec(), "web page"),
        ("text", b"MIIB".to_vec(), "must be PEM"),
        ("cut off", pem[..pem.len() / 2].into(), "no end"),
        ("damaged", pem.replacen("MII", "M*I", 1).into(), "not Base64"),
        ("no X.509", b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".to_vec(), "X.509"),
    ];
    let settings = ["--ca-cert", "JELOU_CA_CERT", "SSL_CERT_FILE"];
    for (what, content, says) in table {
        let path = secured.cli.write("ca.pem", content).display().to_string();
        for setting in settings {
            let mut command = secured.cli.command(LIST);
            let ran = match setting {
                "--ca-cert" => Ran::of(command.args([setting, &path])),
                _ => Ran::of(command.env(setting, &path)),
            };
            assert_eq!(ran.status, 2, "{what} {setting}: {ran:?}");
            assert!(ran.stderr.contains(&path) && ran.stderr.contains(says), "{what} {setting}: {ran:?}");
            let secret = key.lines().nth(1).unwrap();
            assert!(!ran.stderr.contains(secret), "{ran:?}");
        }
    }
    let folder = secured.cli.folder().display().to_string();
    let ran = secured.cli.jelou(&[LIST, &["--ca-cert", &folder]].concat()).ended(2);
    assert!(ran.stderr.contains("is a folder") && ran.stderr.contains("SSL_CERT_DIR"), "{ran:?}");
    secured.cli.jelou(&[LIST, &["--ca-cert", "/nowhere.pem"]].concat()).ended(2);
    let ran = Ran::of(secured.cli.command(LIST).env("JELOU_CA_CERT", &key)).ended(2);
    assert!(ran.stderr.contains("file's name") && !ran.stderr.contains(key.lines().nth(1).unwrap()), "{ran:?}");
    assert_eq!(secured.server.connections(), 0, "everything was refused before anything was sent");
}

#[test]
fn certificates_may_come_through_a_pipe() {
    let secured = Secured::new();
    let pem = secured.pem();
    let script = format!("jelou tokens create my-function --name ci --wait --json --ca-cert <(cat '{pem}')");
    let document = secured.cli.bash(&script).ended(0).json();
    assert!(document["data"]["live"].is_object(), "{document}");
}

#[test]
fn folders_are_trusted_beside_the_file() {
    let mut secured = Secured::new();
    let other = secured.cli.write("other.pem", Authority::new().pem()).display().to_string();
    let folder: PathBuf = secured.cli.folder().join("certificates");
    secured.cli.write("certificates/ca.pem", secured.authority.pem());
    secured.cli.set("SSL_CERT_FILE", &other);
    secured.cli.jelou(LIST).ended(10);
    secured.cli.set("SSL_CERT_DIR", &folder.display().to_string());
    secured.cli.jelou(LIST).ended(0);
    secured.cli.set("SSL_CERT_FILE", "").set("SSL_CERT_DIR", "");
    secured.cli.jelou(LIST).ended(10);
}

/// As OpenSSL and Go: such a folder adds nothing. It is an error only if nothing at all is trusted,
/// which the system's file of this machine keeps from being tried.
#[test]
fn a_folder_without_a_certificate_adds_nothing() {
    let secured = Secured::new();
    let pem = secured.pem();
    secured.cli.write("text/README", "no certificate");
    let text = secured.cli.folder().join("text").display().to_string();
    std::fs::create_dir(secured.cli.folder().join("empty")).unwrap();
    let empty = secured.cli.folder().join("empty").display().to_string();
    for folders in ["/nowhere", "/nowhere:/neither", &empty, &text, &format!("{empty}:/nowhere")] {
        let mut command = secured.cli.command(LIST);
        let ran = Ran::of(command.env("SSL_CERT_FILE", &pem).env("SSL_CERT_DIR", folders));
        assert_eq!(ran.status, 0, "{folders}: {ran:?}");
        let ran = Ran::of(secured.cli.command(LIST).env("SSL_CERT_DIR", folders));
        assert!([2, 10].contains(&ran.status), "{folders}: {ran:?}");
        assert!(ran.status == 10 || ran.stderr.contains("no certificates to trust"), "{folders}: {ran:?}");
    }
}

/// The beginning of one: a sequence, version 3, a sequence.
fn pkcs12() -> Vec<u8> {
    [&[0x30, 0x82, 0x04, 0x27, 0x02, 0x01, 0x03, 0x30, 0x82][..], &[0; 40]].concat()
}
