//! Pages in a browser: any may call a function, none reaches the other planes.
//!
//! The vendor's functions allow every origin (docs, Configuration: CORS `origin` `"*"`, all standard
//! methods, the common headers, no credentials, a day). At the control plane and the sandbox's own,
//! a page could do what its reader may.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ALLOW, HOST, HeaderName, ORIGIN,
};

use super::http_message::{HttpRequest, HttpResponse};
use super::state::Refusal;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What a page may send beside the headers that need no permission; those of MCP are sent by its
/// clients in a browser.
const HEADERS: &str = "Accept, Authorization, Content-Type, X-Jelou-Token, X-Requested-With, \
     MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id, Last-Event-ID";

/// The answer of the gateway to `OPTIONS`, which a function never sees.
pub(super) fn preflight(methods: &str) -> HttpResponse {
    HttpResponse::empty(204)
        .with_header(ALLOW, methods)
        .with_header(ACCESS_CONTROL_ALLOW_METHODS, methods)
        .with_header(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
        .with_header(ACCESS_CONTROL_MAX_AGE, "86400")
}

/// Lets any page read a response.
pub(super) fn readable_by_any(response: HttpResponse) -> HttpResponse {
    response.with_header(ACCESS_CONTROL_ALLOW_ORIGIN, "*")
}

/// Refuses what a page of another origin asks. Browsers say so with `Sec-Fetch-Site` (W3C, Fetch
/// Metadata) and `Origin`, which no script can change, and other clients send neither.
pub(super) fn refuse_other_pages(request: &HttpRequest) -> Result<(), Refusal> {
    let from_elsewhere = request.headers.contains_key(FETCH_SITE)
        && !matches!(request.header(&FETCH_SITE), Some("same-origin" | "none"));
    let own = request.header(&HOST).map(|host| format!("http://{host}"));
    let other_origin = request.headers.contains_key(ORIGIN) && request.header(&ORIGIN) != own.as_deref();
    if from_elsewhere || other_origin {
        return Err(Refusal::new(403, "Not for a page in a browser"));
    }
    Ok(())
}
