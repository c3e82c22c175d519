//! Connections that failed or were lost.

use url::Url;

use super::request_error::RequestError;
use crate::error::Error;
use crate::exit::ErrorCode;

/// Why an attempt brought no complete response.
pub(super) struct Lost {
    /// Whether the server may have seen the request.
    pub(super) sent: bool,
    pub(super) message: String,
}

impl Lost {
    pub(super) fn from_reqwest(error: reqwest::Error, url: &Url) -> Self {
        let sent = !(error.is_connect() || error.is_builder());
        let to = url.origin().ascii_serialization();
        let error = error.without_url();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let message = if sent {
            format!("The connection to {to} was lost before the answer was complete: {cause}")
        } else {
            format!("Could not connect to {to}: {cause}")
        };
        Self { sent, message }
    }

    pub(super) fn into_error(self, after_lost_attempt: bool) -> RequestError {
        let mut error = Error::new(ErrorCode::NetworkError, self.message);
        if error.message().contains("certificate") {
            error = error.with_hint("name the certificate authority with `--ca-cert FILE` or `SSL_CERT_FILE`");
        }
        RequestError::new(error, self.sent || after_lost_attempt, after_lost_attempt)
    }
}
