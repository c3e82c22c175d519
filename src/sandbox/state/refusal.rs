//! Refusals: the answers that are not a success.

use crate::api::wire::ErrorBody;

/// The status and the body of a refusal, without the request id.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Such as `NOT_FOUND`.
    pub(crate) code: &'static str,
    /// For a person.
    pub(crate) message: String,
    /// In seconds.
    pub(crate) retry_after: Option<u64>,
    /// Whether no correct client sends such a request.
    pub(crate) is_violation: bool,
}

impl Refusal {
    /// A refusal with the usual code of its status.
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, code: usual_code(status), message: message.into(), retry_after: None, is_violation: false }
    }

    /// A refusal of what no correct client sends.
    pub(crate) fn violation(status: u16, message: impl Into<String>) -> Self {
        Self { is_violation: true, ..Self::new(status, message) }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, message)
    }

    #[must_use]
    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = code;
        self
    }

    #[must_use]
    pub(crate) fn with_retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    pub(crate) fn body(&self, request_id: &str) -> ErrorBody {
        ErrorBody {
            error: camel(usual_code(self.status)),
            code: self.code.to_owned(),
            message: self.message.clone(),
            request_id: Some(request_id.to_owned()),
            details: None,
        }
    }
}

/// The code of a status for which there is no more exact one.
pub(crate) fn usual_code(status: u16) -> &'static str {
    match status {
        400 => "BAD_REQUEST",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        421 => "MISDIRECTED_REQUEST",
        422 => "VALIDATION_ERROR",
        429 => "RATE_LIMITED",
        502 => "BAD_GATEWAY",
        503 => "UNAVAILABLE",
        504 => "GATEWAY_TIMEOUT",
        500.. => "INTERNAL_ERROR",
        _ => "ERROR",
    }
}

/// `NOT_FOUND` as `NotFound`.
fn camel(code: &str) -> String {
    code.split('_').map(|word| word[..1].to_owned() + &word[1..].to_ascii_lowercase()).collect()
}
