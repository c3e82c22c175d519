//! `Retry-After` in every form that a client must understand.

use std::time::Duration;

use jiff::Timestamp;

use crate::sandbox::clock::{later, signed};

/// A `Retry-After` in one of its forms: seconds, or a date in one of three formats (RFC 9110,
/// sections 10.2.3 and 5.6.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// `120`.
    Seconds(u64),
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, this long after the response.
    ImfFixdate(Duration),
    /// `Sunday, 06-Nov-94 08:49:37 GMT`, this long after the response.
    Rfc850(Duration),
    /// `Sun Nov  6 08:49:37 1994`, this long after the response.
    Asctime(Duration),
    /// Anything else, as it is.
    Text(String),
}

impl RetryAfter {
    /// The header's value at `now`.
    pub(in crate::sandbox) fn render(&self, now: Timestamp) -> String {
        let date = |format: &str, ahead: Duration| later(now, signed(ahead)).strftime(format).to_string();
        match self {
            Self::Seconds(seconds) => seconds.to_string(),
            Self::ImfFixdate(ahead) => date("%a, %d %b %Y %H:%M:%S GMT", *ahead),
            Self::Rfc850(ahead) => date("%A, %d-%b-%y %H:%M:%S GMT", *ahead),
            Self::Asctime(ahead) => date("%a %b %e %H:%M:%S %Y", *ahead),
            Self::Text(text) => text.clone(),
        }
    }
}
