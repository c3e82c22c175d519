//! Connections that failed or were lost: who failed, why, and what helps.

use std::error::Error as StdError;
use std::io;

use rustls::AlertDescription;
use url::Url;

use super::proxy::Proxy;
use super::request_error::RequestError;
use super::tls::{self, Trust};
use super::transport::CONNECT_TIMEOUT;
use crate::duration;
use crate::error::Error;
use crate::exit::ErrorCode;

/// Why an attempt brought no complete response.
pub(super) struct Lost {
    /// Whether the server may have seen the request.
    pub(super) sent: bool,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    /// Whether another attempt would end alike.
    pub(super) for_good: bool,
}

impl Lost {
    /// `proxy` is the one that the request went through.
    pub(super) fn from_reqwest(error: reqwest::Error, url: &Url, proxy: Option<&Proxy>, trust: &Trust) -> Self {
        let sent = !(error.is_connect() || error.is_builder());
        let timed_out = error.is_timeout();
        let error = error.without_url();
        let causes = causes(&error);
        let cause = causes.last().map_or_else(|| error.to_string(), ToString::to_string);
        let blamed = proxy.filter(|proxy| !sent && !timed_out && is_of_proxy(&causes, url, proxy));
        let peer = blamed.map_or_else(|| origin(url), Proxy::named);
        // Once a request is sent, a broken record may be the fault of what lies between. A missing
        // certificate of the client is said only then.
        let says_why = |error: &&rustls::Error| {
            !sent || matches!(error, rustls::Error::AlertReceived(AlertDescription::CertificateRequired))
        };
        if let Some(error) = find::<rustls::Error>(&causes).filter(says_why)
            && let Some(explanation) = tls::explain(error, &peer, trust)
        {
            let message = capitalised(explanation.message);
            return Self { sent, message, hint: Some(explanation.hint), for_good: true };
        }
        if let Some(proxy) = blamed {
            return Self::of_proxy(proxy, url, &causes, &cause);
        }
        let through = proxy.map_or_else(String::new, |proxy| format!(" through {}", proxy.named()));
        let not_http = find::<hyper::Error>(&causes).is_some_and(hyper::Error::is_parse);
        let message = match (sent, timed_out) {
            (true, _) => format!("The connection to {peer}{through} was lost before the answer was complete: {cause}"),
            (false, true) => format!("No connection to {peer}{through} within {}", duration::show(CONNECT_TIMEOUT)),
            (false, false) => format!("Could not connect to {peer}{through}: {cause}"),
        };
        let hint = match (not_http, proxy) {
            (true, _) if url.scheme() == "http" => Some(
                "what it sent is no HTTP/1.1: is the address an `https://` one, or the port that of another service?"
                    .to_owned(),
            ),
            (true, _) => {
                Some("what it sent is no HTTP/1.1: a server that speaks HTTP/2 alone cannot be used".to_owned())
            }
            (false, Some(proxy)) if timed_out => Some(check(proxy)),
            (false, _) => None,
        };
        Self { sent, message, hint, for_good: false }
    }

    /// The proxy let nothing through.
    fn of_proxy(proxy: &Proxy, url: &Url, causes: &[&(dyn StdError + 'static)], cause: &str) -> Self {
        let said = |text: &str| causes.iter().any(|cause| cause.to_string().contains(text));
        if said("proxy authorization required") {
            return Self::unauthorized(proxy);
        }
        let (host, name) = (origin(url), proxy.named());
        let message = if said("tunnel error: unsuccessful") {
            format!("{name} refused to connect to {host}")
        } else if said("error resolving for socks proxy") {
            format!("The name of {host} could not be resolved for {name}: {cause}")
        } else if said(SOCKS_UNREACHED) {
            // No cause is given.
            format!("Could not connect to {name}")
        } else if let Some(why) = cause.strip_prefix("SOCKS error: ") {
            format!("{name} did not connect to {host}: {why}")
        } else if let Some(why) = cause.strip_prefix("tunnel error: ") {
            format!("{name} did not connect to {host}: {why}")
        } else {
            format!("Could not connect to {name}: {cause}")
        };
        let hint = match proxy.resolving_scheme().filter(|_| said("error resolving for socks proxy")) {
            Some(scheme) => format!("with `{scheme}://` the proxy looks names up itself"),
            None => check(proxy),
        };
        Self { sent: false, message: capitalised(message), hint: Some(hint), for_good: false }
    }

    /// 407: the proxy wants to know who asks.
    pub(super) fn unauthorized(proxy: &Proxy) -> Self {
        let message = if proxy.has_credential() {
            format!("{} refused its user and password (407)", proxy.named())
        } else {
            format!("{} asks for a user and a password (407)", proxy.named())
        };
        let form = format!("write them into `{}`, percent-encoded: `http://USER:PASSWORD@HOST:PORT`", proxy.variable());
        Self { sent: false, message: capitalised(message), hint: Some(form), for_good: true }
    }

    /// No complete response within the time of one attempt.
    pub(super) fn too_slow(url: &Url, proxy: Option<&Proxy>, time: &str) -> Self {
        let through = proxy.map_or_else(String::new, |proxy| format!(" through {}", proxy.named()));
        let message = format!("No complete answer from {}{through} within {time}", origin(url));
        Self { sent: true, message, hint: None, for_good: false }
    }

    pub(super) fn into_error(self, after_lost_attempt: bool) -> RequestError {
        let error = Error::new(ErrorCode::NetworkError, self.message);
        let error = self.hint.into_iter().fold(error, Error::with_hint);
        let error = if self.for_good { error.with_retryable(false) } else { error };
        RequestError::new(error, self.sent || after_lost_attempt, after_lost_attempt)
    }
}

const SOCKS_UNREACHED: &str = "SOCKS error: failed to create underlying connection";

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn check(proxy: &Proxy) -> String {
    format!("check `{}`; hosts in `NO_PROXY` are reached without the proxy", proxy.variable())
}

fn capitalised(text: String) -> String {
    if text.starts_with("the ") { text.replacen("the ", "The ", 1) } else { text }
}

/// Whether the proxy failed and not what is behind it. Its errors are types of hyper-util that
/// cannot be named, so that their texts decide.
fn is_of_proxy(causes: &[&(dyn StdError + 'static)], url: &Url, proxy: &Proxy) -> bool {
    let of_proxy =
        ["tunnel error", "SOCKS error", "error connecting to socks proxy", "error resolving for socks proxy"];
    // Without TLS behind the proxy, the connection is that to the proxy.
    proxy.may_answer(url) || causes.iter().any(|cause| of_proxy.iter().any(|text| cause.to_string().starts_with(text)))
}

/// An error with its causes. An `io::Error` hides the error that it wraps behind that one's causes.
fn causes(error: &reqwest::Error) -> Vec<&(dyn StdError + 'static)> {
    let mut causes: Vec<&(dyn StdError + 'static)> = vec![error];
    loop {
        let last = causes[causes.len() - 1];
        let wrapped = last.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| last.source()) {
            Some(deeper) => causes.push(deeper),
            None => return causes,
        }
    }
}

fn find<'e, T: StdError + 'static>(causes: &[&'e (dyn StdError + 'static)]) -> Option<&'e T> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}
