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

/// Declares the routes; one is a row: its name and parameters, its segments, its methods.
macro_rules! routes {
    ($($name:ident $(($($parameter:ident),+))?: [$($segment:tt),+], [$($method:ident),+];)+) => {
        /// A path of the control plane, below [`ROOT`].
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub enum Route<'a> {
            $($name $(($(#[doc = stringify!($parameter)] Cow<'a, str>),+))?,)+
        }

        impl Route<'_> {
            /// The path with [`ROOT`], every segment percent-encoded.
            pub(crate) fn path(&self) -> String {
                let segments: Vec<&str> = match self {
                    $(Self::$name $(($($parameter),+))? => vec![$($segment),+],)+
                };
                let encoded = segments.into_iter().map(|segment| utf8_percent_encode(segment, SEGMENT));
                encoded.fold(ROOT.to_owned(), |path, segment| format!("{path}/{segment}"))
            }

            pub(crate) const fn methods(&self) -> &'static [Method] {
                match self {
                    $(Self::$name { .. } => &[$(Method::$method),+],)+
                }
            }

            /// Reads a path that begins with [`ROOT`]; nothing if no route has it.
            pub(crate) fn parse(path: &str) -> Option<Route<'static>> {
                let rest = path.strip_prefix(ROOT)?.strip_prefix('/')?;
                let decoded = rest.split('/').map(|segment| percent_decode_str(segment).decode_utf8().ok());
                let decoded: Vec<Cow<'_, str>> = decoded.collect::<Option<_>>()?;
                let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
                match segments.as_slice() {
                    $([$($segment),+] => Some(Route::$name $(($(Cow::Owned((*$parameter).to_owned())),+))?),)+
                    _ => None,
                }
            }
        }
    };
}

routes! {
    Me: ["me"], [Get];
    Functions: ["functions"], [Get, Post];
    Function(slug): ["functions", slug], [Get, Delete];
    Tokens(slug): ["functions", slug, "tokens"], [Get, Post];
    Token(slug, id): ["functions", slug, "tokens", id], [Get, Patch, Delete];
    RotateToken(slug, id): ["functions", slug, "tokens", id, "rotate"], [Post];
    Deployments(slug): ["functions", slug, "deployments"], [Get, Post];
    Deployment(slug, id): ["functions", slug, "deployments", id], [Get];
    Artifact(slug, id): ["functions", slug, "deployments", id, "artifact"], [Get];
    Rollback(slug, id): ["functions", slug, "deployments", id, "rollback"], [Post];
    Secrets(slug): ["functions", slug, "secrets"], [Get, Put];
    Secret(slug, key): ["functions", slug, "secrets", key], [Delete];
    CronTrigger(slug, name): ["functions", slug, "cron", name, "trigger"], [Post];
}
