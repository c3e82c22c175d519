//! Requests and answers as the planes see them: whole, without the connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::journal::Plane;
use super::state::Refusal;

/// A request that has arrived in full.
#[derive(Debug)]
pub struct Inbound {
    pub plane: Plane,
    pub method: String,
    /// As it was sent, still percent-encoded; `/fn/SLUG/…` for the gateway, however it was reached.
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// The body, or nothing if it is larger than the plane takes.
    pub body: Option<Bytes>,
    /// Whether the target had a scheme and a host, as a request to a proxy has.
    pub absolute_target: bool,
}

impl Inbound {
    /// The value of a header that is there exactly once, as text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok())?
    }

    /// Whether the body is declared as JSON.
    pub fn is_json(&self) -> bool {
        media_type(self.header(&CONTENT_TYPE).unwrap_or_default()).eq_ignore_ascii_case("application/json")
    }

    /// The bearer token.
    pub fn bearer(&self) -> Option<&str> {
        let value = self.header(&hyper::header::AUTHORIZATION)?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }
}

/// The name in a `Host`, without the port and in lower case, for it is case-insensitive (RFC 9110, section 4.2.3).
pub fn host_name(host: &str) -> String {
    host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase()
}

/// A media type or range without its parameters.
pub fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The plane of a request, and its path as if it had come to the gateway by path.
pub fn place(host: Option<&str>, path: &str) -> (Plane, String) {
    let name = host.map(host_name);
    if let Some(slug) = name.as_deref().and_then(|name| name.strip_suffix(".fn.localhost")) {
        return (Plane::Gateway, format!("/fn/{slug}{path}"));
    }
    let plane = if path.starts_with("/fn/") {
        Plane::Gateway
    } else if path.starts_with("/__sandbox/") {
        Plane::Sandbox
    } else {
        Plane::Control
    };
    (plane, path.to_owned())
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// An answer with a text of the given type.
    pub fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let reply = Self { status, headers: HeaderMap::new(), body: body.into() };
        reply.with(CONTENT_TYPE, content_type)
    }

    /// An answer with JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::text(status, "application/json", body),
            Err(_) => Self::empty(500),
        }
    }

    /// A refusal.
    pub fn refusal(refusal: &Refusal, request_id: &str) -> Self {
        let reply = Self::json(refusal.status, &refusal.body(request_id));
        let reply = match refusal.retry_after {
            Some(seconds) => reply.with(hyper::header::RETRY_AFTER, &seconds.to_string()),
            None => reply,
        };
        if refusal.status == 401 { reply.with(hyper::header::WWW_AUTHENTICATE, "Bearer") } else { reply }
    }

    /// Sets a header; a value that cannot be one is left out.
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The answer as hyper sends it; `cut` sends the first half of what it announces.
    pub fn into_response(self, cut: bool) -> hyper::Response<ReplyBody> {
        let whole = self.body.len();
        let data = if cut { self.body.slice(..whole / 2) } else { self.body };
        let mut response = hyper::Response::new(ReplyBody { data: Some(data), cut, waited: false });
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        *response.headers_mut() = self.headers;
        if cut {
            response.headers_mut().insert(CONTENT_LENGTH, whole.into());
        }
        response
    }
}

/// A body that is sent whole, or one that breaks off.
#[derive(Debug)]
pub struct ReplyBody {
    data: Option<Bytes>,
    cut: bool,
    waited: bool,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if let Some(data) = self.data.take().filter(|data| !data.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if !self.cut {
            return Poll::Ready(None);
        }
        if self.waited {
            return Poll::Ready(Some(Err(std::io::Error::other("cut off"))));
        }
        // One turn, in which hyper writes out what it has: an error at once would take that with it.
        self.waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        !self.cut && self.data.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        if self.cut {
            SizeHint::default()
        } else {
            SizeHint::with_exact(self.data.as_ref().map_or(0, Bytes::len) as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_or_the_path_says_which_plane_it_is() {
        for (host, path, plane, seen) in [
            (Some("127.0.0.1:80"), "/v1/me", Plane::Control, "/v1/me"),
            (Some("127.0.0.1:80"), "/fn/a/b", Plane::Gateway, "/fn/a/b"),
            (Some("a.fn.localhost:80"), "/v1/me", Plane::Gateway, "/fn/a/v1/me"),
            (Some("a.fn.localhost"), "/", Plane::Gateway, "/fn/a/"),
            (Some("A.FN.LocalHost:80"), "/B", Plane::Gateway, "/fn/a/B"),
            (Some("localhost"), "/__sandbox/journal", Plane::Sandbox, "/__sandbox/journal"),
            (None, "/function", Plane::Control, "/function"),
        ] {
            assert_eq!(place(host, path), (plane, seen.to_owned()), "{host:?} {path}");
        }
    }
}
