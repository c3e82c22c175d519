//! The routes of the control plane. The client makes paths of them, the sandbox parses paths into
//! them.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Begins every path.
pub(crate) const ROOT: &str = "/v1";

/// Everything but the unreserved characters of RFC 3986 is percent-encoded in a path segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A request method of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    Get,
    /// Repeatable only with an idempotency key.
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete].into_iter().find(|method| method.as_str() == name)
    }
}

/// A path of the control plane, below [`ROOT`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Route<'a> {
    /// `/me`.
    Me,
    /// `/functions`.
    Functions,
    /// `/functions/{slug}`.
    Function(Cow<'a, str>),
    /// `/functions/{slug}/tokens`.
    Tokens(Cow<'a, str>),
    /// `/functions/{slug}/tokens/{id}`.
    Token(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/tokens/{id}/rotate`.
    RotateToken(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/deployments`.
    Deployments(Cow<'a, str>),
    /// `/functions/{slug}/deployments/{id}`.
    Deployment(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/deployments/{id}/artifact`.
    Artifact(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/deployments/{id}/rollback`.
    Rollback(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/secrets`.
    Secrets(Cow<'a, str>),
    /// `/functions/{slug}/secrets/{key}`.
    Secret(Cow<'a, str>, Cow<'a, str>),
    /// `/functions/{slug}/cron/{name}/trigger`.
    CronTrigger(Cow<'a, str>, Cow<'a, str>),
}

impl Route<'_> {
    /// The path with [`ROOT`], every segment percent-encoded.
    pub(crate) fn path(&self) -> String {
        let segments: Vec<&str> = match self {
            Self::Me => vec!["me"],
            Self::Functions => vec!["functions"],
            Self::Function(slug) => vec!["functions", slug],
            Self::Tokens(slug) => vec!["functions", slug, "tokens"],
            Self::Token(slug, id) => vec!["functions", slug, "tokens", id],
            Self::RotateToken(slug, id) => vec!["functions", slug, "tokens", id, "rotate"],
            Self::Deployments(slug) => vec!["functions", slug, "deployments"],
            Self::Deployment(slug, id) => vec!["functions", slug, "deployments", id],
            Self::Artifact(slug, id) => vec!["functions", slug, "deployments", id, "artifact"],
            Self::Rollback(slug, id) => vec!["functions", slug, "deployments", id, "rollback"],
            Self::Secrets(slug) => vec!["functions", slug, "secrets"],
            Self::Secret(slug, key) => vec!["functions", slug, "secrets", key],
            Self::CronTrigger(slug, name) => vec!["functions", slug, "cron", name, "trigger"],
        };
        segments
            .iter()
            .fold(ROOT.to_owned(), |path, segment| format!("{path}/{}", utf8_percent_encode(segment, SEGMENT)))
    }

    pub(crate) const fn methods(&self) -> &'static [Method] {
        match self {
            Self::Me | Self::Deployment(..) | Self::Artifact(..) => &[Method::Get],
            Self::Functions | Self::Tokens(..) | Self::Deployments(..) => &[Method::Get, Method::Post],
            Self::Function(..) => &[Method::Get, Method::Delete],
            Self::Token(..) => &[Method::Get, Method::Patch, Method::Delete],
            Self::RotateToken(..) | Self::Rollback(..) | Self::CronTrigger(..) => &[Method::Post],
            Self::Secrets(..) => &[Method::Get, Method::Put],
            Self::Secret(..) => &[Method::Delete],
        }
    }

    /// Reads a path that begins with [`ROOT`]; nothing if no route has it.
    pub(crate) fn parse(path: &str) -> Option<Route<'static>> {
        let rest = path.strip_prefix(ROOT)?.strip_prefix('/')?;
        let decoded: Vec<String> = rest
            .split('/')
            .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned))
            .collect::<Option<_>>()?;
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let own = |text: &str| Cow::Owned(text.to_owned());
        Some(match segments.as_slice() {
            ["me"] => Route::Me,
            ["functions"] => Route::Functions,
            ["functions", slug] => Route::Function(own(slug)),
            ["functions", slug, "tokens"] => Route::Tokens(own(slug)),
            ["functions", slug, "tokens", id] => Route::Token(own(slug), own(id)),
            ["functions", slug, "tokens", id, "rotate"] => Route::RotateToken(own(slug), own(id)),
            ["functions", slug, "deployments"] => Route::Deployments(own(slug)),
            ["functions", slug, "deployments", id] => Route::Deployment(own(slug), own(id)),
            ["functions", slug, "deployments", id, "artifact"] => Route::Artifact(own(slug), own(id)),
            ["functions", slug, "deployments", id, "rollback"] => Route::Rollback(own(slug), own(id)),
            ["functions", slug, "secrets"] => Route::Secrets(own(slug)),
            ["functions", slug, "secrets", key] => Route::Secret(own(slug), own(key)),
            ["functions", slug, "cron", name, "trigger"] => Route::CronTrigger(own(slug), own(name)),
            _ => return None,
        })
    }
}
