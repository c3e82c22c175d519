//! Why a request failed, and what is known of its effect.

use crate::error::Error;
use crate::exit::ErrorCode;

/// An error of a request to one of the planes.
#[derive(Debug)]
pub struct RequestError {
    error: Error,
    /// Whether the server may have done what was asked, although it did not say so.
    pub(crate) may_have_been_applied: bool,
    /// Whether an earlier attempt of the same request may have been applied: its response was lost,
    /// or was a 5xx.
    pub(crate) after_lost_attempt: bool,
    /// Whether the response has not the form of this API, as the 404 of a proxy or a web server.
    is_foreign: bool,
}

impl RequestError {
    pub(super) fn new(error: Error, may_have_been_applied: bool, after_lost_attempt: bool) -> Self {
        Self { error, may_have_been_applied, after_lost_attempt, is_foreign: false }
    }

    /// A failure whose effect nobody knows.
    pub(crate) fn maybe_applied(error: Error) -> Self {
        Self::new(error, true, false)
    }

    /// The same, for a response that has or has not the form of this API.
    pub(super) fn foreign(self, is_foreign: bool) -> Self {
        Self { is_foreign, ..self }
    }

    /// Whether what was asked for is not there, by the word of the API itself.
    pub(crate) fn is_absent(&self) -> bool {
        const GONE: u16 = 410;
        (self.code() == ErrorCode::NotFound || self.error.http_status() == Some(GONE)) && !self.is_foreign
    }

    /// Appends to the message.
    pub(crate) fn with_more(self, text: &str) -> Self {
        Self { error: self.error.with_more(text), ..self }
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.error.code()
    }

    pub(crate) fn into_error(self) -> Error {
        self.error
    }

    /// Whether a repeat of the same request is pointless: what it would change is taken already, or
    /// what it is about is gone.
    pub(crate) fn is_refused_for_good(&self) -> bool {
        !self.may_have_been_applied && (self.code() == ErrorCode::Conflict || self.is_absent())
    }

    /// Whether the same request may succeed later.
    pub(crate) fn is_retryable(&self) -> bool {
        self.error.retryable()
    }
}

/// A failure before anything was sent: nothing was applied.
impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::new(error, false, false)
    }
}

impl From<RequestError> for Error {
    fn from(failed: RequestError) -> Self {
        failed.error
    }
}

impl std::fmt::Display for RequestError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for RequestError {}
