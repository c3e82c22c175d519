//! Violations: what no correct client does. The platform would accept some of it; a test that
//! leaves one in the request log fails.

use hyper::header::{AUTHORIZATION, HOST, HeaderName};

use super::http_message::{HttpRequest, host_name};
use super::request_log::Plane;
use super::scrub_credentials::holds_credential;
use crate::api::wire::{IDEMPOTENCY_HEADER, TOKEN_HEADER};
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, TOKEN_LENGTH};

/// Where the fault `redirect` points: a client that follows a redirect comes here.
pub(super) const REDIRECT_TRAP: &str = "/__redirected";
/// The longest idempotency key, in bytes. The IETF draft has no limit; Stripe takes 255.
const MAX_KEY: usize = 255;
/// What [`idempotency_key`] reads, for the description of the API.
#[cfg(test)]
pub(super) const IDEMPOTENCY_KEY_PATTERN: &str = r#"^"(?:[ !#-\[\]-~]|\\["\\]){1,255}"$"#;

pub(super) const TOKEN: HeaderName = HeaderName::from_static(TOKEN_HEADER);
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static(IDEMPOTENCY_HEADER);

/// The violations in a request's target and headers.
pub(super) fn violations_of(request: &HttpRequest) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |wrong: bool, what: &str| {
        if wrong {
            found.push(what.to_owned());
        }
    };
    note(request.absolute_target, "the request was sent as to a proxy");
    let in_query = request.query.as_deref().is_some_and(holds_credential);
    note(holds_credential(&request.path) || in_query, "a credential in the URL");
    note(request.path == REDIRECT_TRAP, "a redirect was followed");
    note(request.headers.get_all(AUTHORIZATION).iter().count() > 1, "Authorization is there more than once");
    note(request.headers.get_all(&TOKEN).iter().count() > 1, "X-Jelou-Token is there more than once");
    let longest = request.headers.get_all(&TOKEN).iter().map(|value| value.as_bytes().len()).max();
    note(longest > Some(*TOKEN_LENGTH.end()), "X-Jelou-Token is longer than 4096 bytes");
    note(!is_loopback(request.header(&HOST)), "the host is not a loopback name");
    for (name, value) in &request.headers {
        let Ok(value) = value.to_str() else { continue };
        let what = misplaced(request.plane, name, value);
        note(what.is_some(), what.unwrap_or_default());
    }
    found
}

/// The violation of a credential in a header of this plane that is not meant for it.
fn misplaced(plane: Plane, name: &HeaderName, value: &str) -> Option<&'static str> {
    let holds = |prefix: &str| value.contains(prefix);
    match plane {
        Plane::Control if name == TOKEN => Some("X-Jelou-Token at the control plane"),
        Plane::Control if holds(RUNTIME_PREFIX) => Some("a runtime token at the control plane"),
        Plane::Control if name != AUTHORIZATION && holds(MANAGEMENT_PREFIX) => {
            Some("a management token in a header other than Authorization")
        }
        Plane::Gateway if holds(MANAGEMENT_PREFIX) => Some("a management token at the gateway"),
        Plane::Gateway if name != TOKEN && holds(RUNTIME_PREFIX) => {
            Some("a runtime token in a header other than X-Jelou-Token")
        }
        Plane::Sandbox if holds(RUNTIME_PREFIX) || holds(MANAGEMENT_PREFIX) => {
            Some("a credential at the sandbox's own plane")
        }
        _ => None,
    }
}

/// Whether a `Host` names this machine, with or without a port. The one of a browser after DNS
/// rebinding does not.
pub(super) fn is_loopback(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    let port = host.split_once(':').map_or("", |(_, port)| port);
    let name = host_name(host);
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let below = name.strip_suffix(".localhost").is_some_and(|labels| labels.split('.').all(is_label));
    port.bytes().all(|byte| byte.is_ascii_digit()) && (below || matches!(name.as_str(), "127.0.0.1" | "localhost"))
}

/// The key in `Idempotency-Key`: a string of RFC 8941, section 3.3.3, in quotes with `\"` and `\\`
/// escaped.
pub(super) fn idempotency_key(header: &str) -> Option<String> {
    let inner = header.strip_prefix('"')?.strip_suffix('"')?;
    let mut key = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => key.push(characters.next().filter(|next| matches!(next, '"' | '\\'))?),
            ' '..='~' => key.push(character),
            _ => return None,
        }
    }
    (1..=MAX_KEY).contains(&key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_hosts() {
        for host in ["127.0.0.1", "127.0.0.1:80", "localhost:1", "LocalHost", "a.fn.localhost:1", "A.FN.LOCALHOST"] {
            assert!(is_loopback(Some(host)), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:1",
            "user@localhost.x",
            "user@localhost",
            "user@a.localhost",
            "evil.example:1@localhost",
            "127.0.0.1:1@evil.example",
            "127.0.0.1:1:2",
            "localhost:x",
            ".localhost",
            "a..localhost",
            "notlocalhost",
            "127.0.0.1.",
            "a/b.fn.localhost",
            "[::1]:1",
        ] {
            assert!(!is_loopback(Some(host)), "{host}");
        }
        assert!(!is_loopback(None));
    }

    #[test]
    fn a_key_is_a_quoted_string() {
        assert_eq!(idempotency_key(r#""a-1""#).as_deref(), Some("a-1"));
        assert_eq!(idempotency_key(r#""a\"\\b""#).as_deref(), Some(r#"a"\b"#));
        for wrong in ["a-1", "\"", "\"\"", "\"a", "\"a\"b\"", "\"a\\x\"", "\"a\\\"", "\"é\"", ""] {
            assert_eq!(idempotency_key(wrong), None, "{wrong}");
        }
        assert_eq!(idempotency_key(&format!("\"{}\"", "k".repeat(256))), None);
    }
}
