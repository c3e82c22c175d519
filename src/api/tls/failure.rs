//! Why TLS failed, and what helps against it: decided by the type of the error, for a wrong advice
//! (to trust what has expired) is worse than none.

use std::net::IpAddr;

use jiff::Timestamp;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, Error, OtherError, PeerMisbehaved};

use super::Trust;
use super::verifier::SelfSigned;

/// What is said of a failure of TLS. Another attempt would end alike.
pub(crate) struct Explanation {
    pub(crate) message: String,
    pub(crate) hint: String,
}

/// How many names of a certificate are repeated: it may hold hundreds.
const SHOWN_NAMES: usize = 5;

/// Explains an error that another attempt does not mend; nothing for any other. `peer` is the
/// address that was connected to.
pub(crate) fn explain(error: &Error, peer: &str, trust: &Trust) -> Option<Explanation> {
    let (message, hint) = match error {
        Error::InvalidCertificate(problem) => {
            let (why, hint) = certificate(problem, trust);
            (format!("The certificate of {peer} is not accepted: {why}"), hint)
        }
        Error::NoCertificatesPresented => {
            (format!("{peer} shows no certificate"), "the server must be set up for TLS with a certificate".to_owned())
        }
        Error::AlertReceived(AlertDescription::NoApplicationProtocol)
        | Error::NoApplicationProtocol
        | Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedApplicationProtocol) => (
            format!("{peer} does not speak HTTP/1.1"),
            "a server that speaks HTTP/2 alone cannot be used: let it, or a proxy before it, speak HTTP/1.1 as well"
                .to_owned(),
        ),
        Error::InvalidMessage(_) => (
            format!("{peer} does not speak TLS"),
            "is the port that of another service, or the address an `http://` one?".to_owned(),
        ),
        // In TLS 1.2 a server that misses a client's certificate says no more than this.
        Error::AlertReceived(AlertDescription::HandshakeFailure) => (
            format!("{peer} {NO_COMMON_CIPHER}, or it asks for a client's certificate"),
            "the server must speak TLS 1.2 or 1.3, and must not ask for a certificate".to_owned(),
        ),
        Error::PeerIncompatible(_)
        | Error::AlertReceived(AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity) => {
            (format!("{peer} {NO_COMMON_CIPHER}"), "the server must speak TLS 1.2 or 1.3".to_owned())
        }
        Error::AlertReceived(AlertDescription::CertificateRequired) => (
            format!("{peer} asks for a client's certificate"),
            "none can be given: the server must not ask for it".to_owned(),
        ),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            (format!("{peer} does not know that name"), "check the address".to_owned())
        }
        _ => return None,
    };
    Some(Explanation { message, hint })
}

/// What is wrong with a certificate, and what helps.
fn certificate(problem: &CertificateError, trust: &Trust) -> (String, String) {
    let renew = "the operator of the server must renew it; is this machine's clock right?";
    match problem {
        CertificateError::UnknownIssuer => (
            "it is signed by an authority that is not trusted here".to_owned(),
            format!("the server must send its intermediate certificates too; if it does, {}", which_authorities(trust)),
        ),
        // An authority that was made anew has the old one's name and another key.
        CertificateError::BadSignature => (
            "it is signed by another authority of a name that is trusted here, or its key is too weak (RSA below 2048 bits)"
                .to_owned(),
            which_authorities(trust),
        ),
        CertificateError::ExpiredContext { time, not_after } => {
            (format!("it has expired at {}; it is {} here", shown(*not_after), shown(*time)), renew.to_owned())
        }
        CertificateError::Expired => ("it has expired".to_owned(), renew.to_owned()),
        CertificateError::NotValidYetContext { time, not_before } => (
            format!("it is not valid before {}; it is {} here", shown(*not_before), shown(*time)),
            "set this machine's clock".to_owned(),
        ),
        CertificateError::NotValidYet => ("it is not valid yet".to_owned(), "set this machine's clock".to_owned()),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            let more = if names.len() > SHOWN_NAMES { " and others" } else { "" };
            let names = names.iter().take(SHOWN_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { "no name at all".to_owned() } else { names };
            (format!("it is for {names}{more}, not for `{}`", host(expected)), CHECK_THE_NAME.to_owned())
        }
        CertificateError::NotValidForName => ("it is for another name".to_owned(), CHECK_THE_NAME.to_owned()),
        CertificateError::Revoked => ("it was revoked".to_owned(), "the operator of the server must renew it".to_owned()),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
            "it is not meant for servers".to_owned(),
            "the operator of the server must get one for `serverAuth`".to_owned(),
        ),
        CertificateError::Other(OtherError(cause)) => match cause.downcast_ref() {
            Some(SelfSigned::Server) => (
                SelfSigned::Server.to_string(),
                "if you know it, save it in a file (PEM) and name that with `--ca-cert FILE`".to_owned(),
            ),
            Some(SelfSigned::Authority) => (
                "it is signed by itself, and is that of an authority and not of a server".to_owned(),
                "make the server another one: sign it by an authority of yours, or add `-addext basicConstraints=critical,CA:FALSE` to `openssl req -x509`".to_owned(),
            ),
            None => {
                let (why, hint) = cause.downcast_ref().map_or((UNCHECKABLE, UNUSABLE), unusable);
                (why.to_owned(), hint.to_owned())
            }
        },
        CertificateError::UnhandledCriticalExtension => (EXTENSION.0.to_owned(), EXTENSION.1.to_owned()),
        #[allow(deprecated, reason = "it is still given")]
        CertificateError::UnsupportedSignatureAlgorithm
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
            "it is signed in a way that is too weak or not known here, such as with SHA-1".to_owned(),
            "the operator of the server must have it signed anew, with SHA-256 or better".to_owned(),
        ),
        CertificateError::BadEncoding => (DAMAGED.to_owned(), UNUSABLE.to_owned()),
        _ => (UNCHECKABLE.to_owned(), UNUSABLE.to_owned()),
    }
}

/// Which authorities count, and how to name others.
fn which_authorities(trust: &Trust) -> String {
    match trust.ca_cert.as_ref().or(trust.system_bundle.as_ref()) {
        Some(path) => format!(
            "only the authorities in {} are trusted: add the server's own, or that of a proxy which opens TLS",
            path.display()
        ),
        None => "name the authority's certificate with `--ca-cert FILE`, `JELOU_CA_CERT` or `SSL_CERT_FILE`".to_owned(),
    }
}

/// What is wrong with a certificate that rustls gives no error of its own, and what helps.
fn unusable(problem: &webpki::Error) -> (&'static str, &'static str) {
    match problem {
        webpki::Error::UnsupportedCertVersion => (
            "it is of version 1 of X.509, and must be of version 3",
            "make it anew with its names: `openssl x509 -req` needs a file with `subjectAltName=DNS:NAME` after `-extfile`",
        ),
        webpki::Error::UnsupportedCriticalExtension => EXTENSION,
        webpki::Error::CaUsedAsEndEntity => (
            "it is that of an authority and not of a server",
            "the operator of the server must get one with `basicConstraints=critical,CA:FALSE`",
        ),
        webpki::Error::EndEntityUsedAsCa => (
            "it is signed by a certificate that is not that of an authority",
            "the certificate that signed it needs `basicConstraints=critical,CA:TRUE`",
        ),
        webpki::Error::PathLenConstraintViolated
        | webpki::Error::MaximumPathDepthExceeded
        | webpki::Error::MaximumPathBuildCallsExceeded
        | webpki::Error::MaximumSignatureChecksExceeded => {
            ("there are more authorities between it and a trusted one than is allowed", UNUSABLE)
        }
        webpki::Error::NameConstraintViolation => ("its authority may not sign certificates for this name", UNUSABLE),
        _ => (DAMAGED, UNUSABLE),
    }
}

/// A name of a certificate without its kind: `DnsName("x")`, `IpAddress(10.0.0.1)`.
fn bare(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

const NO_COMMON_CIPHER: &str = "speaks no version or cipher of TLS that is spoken here";
const UNCHECKABLE: &str = "it cannot be checked";
const DAMAGED: &str = "it is damaged, or breaks the rules of X.509";
const EXTENSION: (&str, &str) = (
    "it has a critical extension that is not known here",
    "the operator of the server must get one without that extension, or with it not critical",
);
const CHECK_THE_NAME: &str = "check the address: a certificate counts only for the names in it (subjectAltName)";
const UNUSABLE: &str = "the operator of the server must get another one";

fn shown(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(|_| "a time out of range".to_owned(), |time| time.to_string())
}

fn host(name: &ServerName<'_>) -> String {
    match name {
        ServerName::DnsName(name) => name.as_ref().to_owned(),
        ServerName::IpAddress(address) => IpAddr::from(*address).to_string(),
        _ => "this host".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// What rustls says is the name of a variant, which helps nobody.
    #[test]
    fn no_error_is_shown_as_the_name_of_a_variant() {
        let causes = [
            webpki::Error::CaUsedAsEndEntity,
            webpki::Error::EmptyEkuExtension,
            webpki::Error::EndEntityUsedAsCa,
            webpki::Error::ExtensionValueInvalid,
            webpki::Error::InvalidSerialNumber,
            webpki::Error::MalformedExtensions,
            webpki::Error::MaximumPathDepthExceeded,
            webpki::Error::NameConstraintViolation,
            webpki::Error::PathLenConstraintViolated,
            webpki::Error::SignatureAlgorithmMismatch,
            webpki::Error::UnsupportedCertVersion,
            webpki::Error::UnsupportedCriticalExtension,
        ];
        let others = causes.into_iter().map(|cause| CertificateError::Other(OtherError(Arc::new(cause))));
        let ours = [
            CertificateError::ApplicationVerificationFailure,
            CertificateError::BadEncoding,
            CertificateError::BadSignature,
            CertificateError::InvalidOcspResponse,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnknownIssuer,
            CertificateError::UnknownRevocationStatus,
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: Vec::new(),
                supported_algorithms: Vec::new(),
            },
        ];
        for problem in others.chain(ours) {
            let variant = format!("{problem:?}").replace("Other(OtherError(", "");
            let variant = variant.split([' ', ')', '(']).next().unwrap();
            let said = explain(&problem.clone().into(), "x", &Trust::default()).unwrap();
            assert!(!said.message.contains(variant), "{variant}: {}", said.message);
            assert!(!said.hint.is_empty());
        }
    }

    #[test]
    fn a_name_is_shown_without_its_kind() {
        assert_eq!(bare("DnsName(\"other.test\")"), "other.test");
        assert_eq!(bare("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(bare("DirectoryName"), "DirectoryName");
    }
}
