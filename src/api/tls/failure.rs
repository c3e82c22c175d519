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
        Error::PeerIncompatible(_)
        | Error::AlertReceived(
            AlertDescription::ProtocolVersion
            | AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity,
        ) => (
            format!("{peer} speaks no version or cipher of TLS that is spoken here: {error}"),
            "the server must speak TLS 1.2 or 1.3".to_owned(),
        ),
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
    let renew = "whoever runs the server must renew it; is this machine's clock right?";
    match problem {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            let hint = match trust.ca_cert.as_ref().or(trust.system_bundle.as_ref()) {
                Some(path) => format!(
                    "only the authorities in {} are trusted: add the server's own, or that of a proxy which opens TLS",
                    path.display()
                ),
                None => {
                    "name the authority's certificate with `--ca-cert FILE`, `JELOU_CA_CERT` or `SSL_CERT_FILE`".to_owned()
                }
            };
            // An authority that was made anew has the old one's name and another key.
            let why = match problem {
                CertificateError::BadSignature => "it is signed by another authority of a name that is trusted here",
                _ => "it is signed by an authority that is not trusted here",
            };
            (why.to_owned(), hint)
        }
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
            let names: Vec<&str> = presented.iter().filter_map(|name| name.split('"').nth(1).or(Some(name))).collect();
            let more = if names.len() > SHOWN_NAMES { " and others" } else { "" };
            let names = names.iter().take(SHOWN_NAMES).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { "no name at all".to_owned() } else { names };
            (format!("it is for {names}{more}, not for `{}`", host(expected)), CHECK_THE_NAME.to_owned())
        }
        CertificateError::NotValidForName => ("it is for another name".to_owned(), CHECK_THE_NAME.to_owned()),
        CertificateError::Revoked => ("it was revoked".to_owned(), "whoever runs the server must renew it".to_owned()),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
            "it is not meant for servers".to_owned(),
            "whoever runs the server must get one for `serverAuth`".to_owned(),
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
            None => (problem.to_string(), UNUSABLE.to_owned()),
        },
        _ => (problem.to_string(), UNUSABLE.to_owned()),
    }
}

const CHECK_THE_NAME: &str = "check the address: a certificate counts only for the names in it (subjectAltName)";
const UNUSABLE: &str = "whoever runs the server must get another one";

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
