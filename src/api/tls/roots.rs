//! The certificates that are trusted.
//!
//! As in OpenSSL and Go, `SSL_CERT_FILE` replaces the system's file, and the folders of
//! `SSL_CERT_DIR` are read beside it. The system's own folder is not: it holds what the file holds
//! again, in 140 files.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls_native_certs::load_native_certs;

use super::Trust;
use crate::error::Error;

/// Where trusted certificates come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CertificateSource {
    /// A file that replaces all others.
    CaCert(PathBuf),
    /// `SSL_CERT_FILE`
    Bundle(PathBuf),
    /// The file of the system, which was found in one of the usual places.
    SystemFile(PathBuf),
    SystemStore,
    /// A folder of `SSL_CERT_DIR`.
    Folder(PathBuf),
}

pub(super) fn sources(trust: &Trust) -> Vec<CertificateSource> {
    if let Some(path) = &trust.ca_cert {
        return vec![CertificateSource::CaCert(path.clone())];
    }
    let found = || openssl_probe::probe().cert_file.map(CertificateSource::SystemFile);
    let file = trust.system_bundle.clone().map(CertificateSource::Bundle).or_else(found);
    let store = || trust.folders.is_empty().then_some(CertificateSource::SystemStore);
    let folders = trust.folders.iter().cloned().map(CertificateSource::Folder);
    file.or_else(store).into_iter().chain(folders).collect()
}

pub(super) fn read(trust: &Trust) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for source in sources(trust) {
        match source {
            CertificateSource::CaCert(path) => add_file(&mut store, &path, "The file of certificates")?,
            CertificateSource::Bundle(path) => {
                add_file(&mut store, &path, "The file of certificates that `SSL_CERT_FILE` names,")?;
            }
            CertificateSource::SystemFile(path) => add_file(&mut store, &path, "The system's file of certificates")?,
            // A certificate that cannot be read is left out: the others may be enough.
            CertificateSource::SystemStore => _ = store.add_parsable_certificates(load_native_certs().certs),
            CertificateSource::Folder(folder) => add_folder(&mut store, &folder)?,
        }
    }
    if store.is_empty() {
        let error = Error::input("This machine has no certificates to trust")
            .with_hint("install its package `ca-certificates`, or name a file with `--ca-cert FILE`");
        return Err(if trust.folders.is_empty() {
            error
        } else {
            error.with_hint("`SSL_CERT_DIR` names no folder with files of PEM, `-----BEGIN CERTIFICATE-----`")
        });
    }
    Ok(store)
}

fn add_file(store: &mut RootCertStore, path: &Path, what: &str) -> Result<(), Error> {
    let refused = |why: &str| Error::input(format!("{what} {} {why}", path.display()));
    if path.as_os_str().as_encoded_bytes().starts_with(b"-----BEGIN") {
        return Err(Error::input(format!("{what} is named by what it holds"))
            .with_hint("write that into a file, and give the file's name"));
    }
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::IsADirectory => {
            return Err(refused("is a folder").with_hint("name a file, or set `SSL_CERT_DIR` to the folder"));
        }
        Err(cause) => return Err(refused("could not be read").caused_by(cause)),
    };
    let text = without_margins(&bytes);
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|cause| refused("is damaged").caused_by(anyhow::anyhow!(damage(&cause))))?;
    if found.is_empty() {
        return Err(refused("holds no certificate").with_hint(what_instead(&bytes)));
    }
    let (added, _) = store.add_parsable_certificates(found);
    if added == 0 {
        return Err(refused("holds no certificate that can be used").with_hint(
            "what stands between `-----BEGIN CERTIFICATE-----` and its end is not one of X.509, version 3",
        ));
    }
    Ok(())
}

/// A text without byte order mark and without blanks around its lines: indented certificates come
/// from YAML files.
fn without_margins(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if !has_margins(bytes) {
        return Cow::Borrowed(bytes);
    }
    let mut text = Vec::with_capacity(bytes.len() + 1);
    for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
        text.extend_from_slice(line.trim_ascii());
        text.push(b'\n');
    }
    Cow::Owned(text)
}

/// Whether there may be blanks around lines, or line ends of another system. The system's bundle has
/// 200 KB and none.
fn has_margins(bytes: &[u8]) -> bool {
    let is_at_end_of_line = |at: usize| {
        let beside = [at.checked_sub(1), at.checked_add(1)].map(|at| at.and_then(|at| bytes.get(at)));
        beside.iter().any(|byte| byte.is_none_or(|byte| *byte == b'\n'))
    };
    memchr::memchr2(b'\r', b'\x0c', bytes).is_some() || memchr::memchr2_iter(b' ', b'\t', bytes).any(is_at_end_of_line)
}

/// What is wrong with a PEM file. Its lines are not repeated: they may be those of a private key.
fn damage(cause: &pem::Error) -> &'static str {
    match cause {
        pem::Error::MissingSectionEnd { .. } => "a certificate has no end, `-----END CERTIFICATE-----`",
        pem::Error::IllegalSectionStart { .. } => "a line `-----BEGIN …-----` does not end with five hyphens",
        pem::Error::Base64Decode(_) => "a certificate is not Base64",
        _ => "it is not PEM",
    }
}

/// What a file without a certificate seems to be.
fn what_instead(bytes: &[u8]) -> &'static str {
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    let in_der = in_sequence(bytes).unwrap_or_default();
    if in_der.starts_with(PKCS12_VERSION) {
        "it is PKCS #12: convert it with `openssl pkcs12 -in FILE -nokeys -out FILE.pem`"
    } else if in_der.starts_with(PKCS7_DATA) {
        "it is PKCS #7: convert it with `openssl pkcs7 -inform der -print_certs -in FILE -out FILE.pem`"
    } else if in_der.starts_with(&[2, 1]) {
        "it holds a private key: name the file with the certificate of the authority"
    } else if !in_der.is_empty() {
        "it is DER, and must be PEM: convert it with `openssl x509 -inform der -in FILE -out FILE.pem`"
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        "it is UTF-16: save it as UTF-8"
    } else if bytes.trim_ascii().is_empty() {
        "it is empty"
    } else if holds(b"PRIVATE KEY-----") {
        "it holds a private key: name the file with the certificate of the authority"
    } else if holds(b"-----BEGIN PKCS7-----") {
        "it is PKCS #7: convert it with `openssl pkcs7 -print_certs -in FILE -out FILE.pem`"
    } else if holds(b"-----BEGIN TRUSTED CERTIFICATE-----") {
        "it is OpenSSL's own form: convert it with `openssl x509 -in FILE -out FILE.pem`"
    } else if holds(b"-----BEGIN CERTIFICATE REQUEST-----") {
        "it is a request for a certificate: name the file with the certificate of the authority"
    } else if holds(b"<html") || holds(b"<HTML") {
        "it is a web page: was it downloaded without its login?"
    } else {
        "it must be PEM: `-----BEGIN CERTIFICATE-----`"
    }
}

/// `PFX` begins with its version, 3 (RFC 7292, section 4).
const PKCS12_VERSION: &[u8] = &[2, 1, 3];
/// `signedData` (RFC 2315, section 14).
const PKCS7_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// What stands in the sequence that a file of DER is, or of BER, which leaves its length open. A
/// length below 128 is too short for all of them.
fn in_sequence(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, long @ 0x80..=0x84, rest @ ..] => rest.get(usize::from(long - 0x80)..),
        _ => None,
    }
}

/// Adds what the files of a folder hold, under whatever names. What is no certificate there is
/// left out, and so is a folder that does not exist: lists that serve many systems name several, and
/// images set the variable for folders that only some containers have.
fn add_folder(store: &mut RootCertStore, folder: &Path) -> Result<(), Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => {
            let what = format!("The folder {} that `SSL_CERT_DIR` names could not be read", folder.display());
            return Err(Error::input(what).caused_by(cause));
        }
    };
    // `openssl rehash` adds a link for each file.
    let files: BTreeSet<PathBuf> = entries.flatten().filter_map(|entry| entry.path().canonicalize().ok()).collect();
    for path in files.into_iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(path).unwrap_or_default();
        let text = without_margins(&bytes);
        let found = CertificateDer::pem_slice_iter(&text).flatten();
        store.add_parsable_certificates(found);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_around_lines_are_taken_off_and_a_text_without_them_is_not_copied() {
        for text in ["", "a", "a b\nc", "a b\n\nc d\n", "\n-----BEGIN CERTIFICATE-----\nAAAA\n"] {
            assert!(
                matches!(without_margins(text.as_bytes()), Cow::Borrowed(same) if same == text.as_bytes()),
                "{text:?}"
            );
        }
        for (text, clean) in [
            (" a", "a\n"),
            ("a ", "a\n"),
            ("a\n\tb", "a\nb\n"),
            ("a\t\nb", "a\nb\n"),
            ("a\r\nb", "a\n\nb\n"),
            ("a\x0c\nb", "a\nb\n"),
            ("\u{feff} a b \n", "a b\n\n"),
        ] {
            assert_eq!(without_margins(text.as_bytes()), clean.as_bytes(), "{text:?}");
        }
        assert_eq!(without_margins("\u{feff}a".as_bytes()), &b"a"[..]);
    }
}
