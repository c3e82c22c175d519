//! Requests and responses in full, without their connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use super::request_log::Plane;
use super::state::Refusal;

/// A request that has arrived in full.
#[derive(Debug)]
pub(super) struct HttpRequest {
    pub(super) plane: Plane,
    pub(super) method: String,
    /// As it was sent, still percent-encoded; `/fn/SLUG/…` for the gateway, also if the slug came
    /// in `Host`.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    /// `None` if it is larger than the plane takes.
    pub(super) body: Option<Bytes>,
    /// Whether the target had a scheme and a host, as in a request to a proxy.
    pub(super) absolute_target: bool,
}

impl HttpRequest {
    /// The value of a header that occurs exactly once, as text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?;
        values.next().is_none().then(|| value.to_str().ok())?
    }

    /// Whether `Content-Type` is JSON.
    pub(super) fn is_json(&self) -> bool {
        media_type(self.header(&CONTENT_TYPE).unwrap_or_default()).eq_ignore_ascii_case("application/json")
    }

    /// The token of `Authorization: Bearer`.
    pub(super) fn bearer(&self) -> Option<&str> {
        let value = self.header(&hyper::header::AUTHORIZATION)?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    }
}

/// The name in a `Host`, without the port and in lower case: it is case-insensitive (RFC 9110,
/// section 4.2.3).
pub(super) fn host_name(host: &str) -> String {
    host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase()
}

/// A media type or range without its parameters.
pub(super) fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The plane of a request and its path; a slug in `Host` is moved into the path.
pub(super) fn plane_and_path(host: Option<&str>, path: &str) -> (Plane, String) {
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

#[derive(Clone, Debug)]
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// Whether only the first half of the body is sent.
    pub(super) cut: bool,
    /// Whether the sandbox ends when it is sent.
    pub(super) is_last: bool,
}

impl HttpResponse {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: HeaderMap::new(), body: Bytes::new(), cut: false, is_last: false }
    }

    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.with_header(CONTENT_TYPE, content_type)
    }

    pub(super) fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(body) => Self::text(status, "application/json", body),
            // JSON cannot hold a map whose keys are not text; no body of the sandbox has one.
            Err(_) => Self::empty(500),
        }
    }

    pub(super) fn refusal(refusal: &Refusal, request_id: &str) -> Self {
        let mut response = Self::json(refusal.status, &refusal.body(request_id));
        if let Some(seconds) = refusal.retry_after {
            response = response.with_header(RETRY_AFTER, &seconds.to_string());
        }
        if refusal.status == 401 { response.with_header(WWW_AUTHENTICATE, "Bearer") } else { response }
    }

    /// Sets a header; a value that no header can have is left out.
    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The response as hyper sends it.
    pub(super) fn into_response(self) -> hyper::Response<ResponseBody> {
        let (whole, cut) = (self.body.len(), self.cut);
        let data = if cut { self.body.slice(..whole / 2) } else { self.body };
        let mut response = hyper::Response::new(ResponseBody { data: Some(data), cut, flushed: false });
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        *response.headers_mut() = self.headers;
        if cut {
            response.headers_mut().insert(CONTENT_LENGTH, whole.into());
        }
        response
    }
}

/// A body that is sent in one piece and, if it is `cut`, ends with an error.
#[derive(Debug)]
pub(super) struct ResponseBody {
    data: Option<Bytes>,
    cut: bool,
    flushed: bool,
}

impl Body for ResponseBody {
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
        if self.flushed {
            return Poll::Ready(Some(Err(std::io::Error::other("cut off"))));
        }
        // hyper writes the data out when it is polled once more; with an error at once it would
        // drop the data.
        self.flushed = true;
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
