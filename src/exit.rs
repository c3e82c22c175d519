//! Exit statuses and error codes: the one table that pipelines rely on.
//!
//! [`ErrorCode`] is the only source. The README, `jelou --help`, the man page, the JSON Schemas and
//! the test that provokes each code all iterate [`ErrorCode::ALL`]. The table is append-only: a
//! number, once given, keeps its meaning.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// What went wrong, as a stable name. [`ErrorCode::when`] says what each means.
///
/// Every `match` on it here is exhaustive, so a new variant forces a decision about its status and
/// about whether a retry is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorCode {
    UnknownError,
    InputError,
    MissingFunctionsProject,
    MissingAuth,
    AuthError,
    Forbidden,
    NotFound,
    ValidationError,
    Conflict,
    RateLimited,
    ApiError,
    TransientError,
    NetworkError,
    NotLive,
    PartialFailure,
    DeliveryError,
    Cancelled,
}

impl ErrorCode {
    /// Every code, in the order of the table.
    pub const ALL: [Self; 17] = [
        Self::UnknownError,
        Self::InputError,
        Self::MissingFunctionsProject,
        Self::MissingAuth,
        Self::AuthError,
        Self::Forbidden,
        Self::NotFound,
        Self::ValidationError,
        Self::Conflict,
        Self::RateLimited,
        Self::ApiError,
        Self::TransientError,
        Self::NetworkError,
        Self::NotLive,
        Self::PartialFailure,
        Self::DeliveryError,
        Self::Cancelled,
    ];

    /// The name in `.error.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownError => "UNKNOWN_ERROR",
            Self::InputError => "INPUT_ERROR",
            Self::MissingFunctionsProject => "MISSING_FUNCTIONS_PROJECT",
            Self::MissingAuth => "MISSING_AUTH",
            Self::AuthError => "AUTH_ERROR",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::ValidationError => "VALIDATION_ERROR",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::ApiError => "API_ERROR",
            Self::TransientError => "TRANSIENT_ERROR",
            Self::NetworkError => "NETWORK_ERROR",
            Self::NotLive => "NOT_LIVE",
            Self::PartialFailure => "PARTIAL_FAILURE",
            Self::DeliveryError => "DELIVERY_ERROR",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The exit status of a process that ends with this code.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::UnknownError => 1,
            Self::InputError | Self::MissingFunctionsProject => 2,
            Self::MissingAuth | Self::AuthError => 3,
            Self::Forbidden => 4,
            Self::NotFound => 5,
            Self::ValidationError => 6,
            Self::Conflict => 7,
            Self::RateLimited => 8,
            Self::ApiError | Self::TransientError => 9,
            Self::NetworkError => 10,
            Self::NotLive => 11,
            Self::PartialFailure => 12,
            Self::DeliveryError => 13,
            Self::Cancelled => 14,
        }
    }

    /// Whether the same command again may succeed and cannot double anything, unless the error
    /// itself says otherwise (see [`crate::error::Error::retryable`]).
    pub const fn retryable(self) -> bool {
        match self {
            Self::RateLimited | Self::TransientError | Self::NetworkError => true,
            Self::UnknownError
            | Self::InputError
            | Self::MissingFunctionsProject
            | Self::MissingAuth
            | Self::AuthError
            | Self::Forbidden
            | Self::NotFound
            | Self::ValidationError
            | Self::Conflict
            | Self::ApiError
            | Self::NotLive
            | Self::PartialFailure
            | Self::DeliveryError
            | Self::Cancelled => false,
        }
    }

    /// The cause, as the tables print it.
    const fn when(self) -> &'static str {
        match self {
            Self::UnknownError => "a bug, or something not covered below",
            Self::InputError => "a check made before anything was sent: usage, names, limits, files, no `-y`",
            Self::MissingFunctionsProject => "no function was named and none was found",
            Self::MissingAuth => "there is no credential",
            Self::AuthError => "the credential was refused (401)",
            Self::Forbidden => "the credential does not allow this (403)",
            Self::NotFound => "it does not exist (404)",
            Self::ValidationError => "the server refused the input (400, 413, 422)",
            Self::Conflict => "the name exists, the last active token, a redeploy forbids it (409)",
            Self::RateLimited => "still rate limited after all retries (429)",
            Self::ApiError => "an answer that is not valid or not to the question, another 4xx, a redirect",
            Self::TransientError => "the server still fails after all retries (5xx)",
            Self::NetworkError => "DNS, connect, TLS, timeout, or the connection was lost",
            Self::NotLive => "applied, but the redeploy failed or was not live in time; data is delivered",
            Self::PartialFailure => "a bulk verb did some and failed some",
            Self::DeliveryError => "a new token could not be delivered; it was revoked, or its id is named",
            Self::Cancelled => "declined at a prompt",
        }
    }
}

impl JsonSchema for ErrorCode {
    fn schema_name() -> Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Self::ALL.map(Self::as_str);
        json_schema!({"type": "string", "enum": names, "description": "What went wrong, as a stable name."})
    }
}

pub(crate) const DONE: u8 = 0;

/// Signals that end the process by that very signal, after cleaning up: the status that a shell
/// reports (128 and the signal's number), and the name.
const SIGNALS: [(u8, &str); 3] = [(129, "SIGHUP"), (130, "SIGINT"), (143, "SIGTERM")];

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub status: u8,
    /// The code in `.error.code`, empty for success, or a signal's name.
    pub code: &'static str,
    pub when: &'static str,
    pub(crate) retryable: bool,
}

/// The whole table: success, every code, every signal.
pub fn table() -> Vec<Row> {
    let done = Row { status: DONE, code: "", when: "done", retryable: false };
    let codes = ErrorCode::ALL.iter().map(|code| Row {
        status: code.exit_status(),
        code: code.as_str(),
        when: code.when(),
        retryable: code.retryable(),
    });
    let signals = SIGNALS.iter().map(|&(status, name)| Row {
        status,
        code: name,
        when: "ended by that signal, after cleaning up",
        retryable: false,
    });
    std::iter::once(done).chain(codes).chain(signals).collect()
}

/// The table in Markdown, as the README shows it.
pub fn markdown() -> String {
    let mut text = String::from("| status | code | when | again? |\n| --- | --- | --- | --- |\n");
    for row in table() {
        let code = if row.code.is_empty() { String::new() } else { format!(" `{}`", row.code) };
        let again = if row.retryable { " yes" } else { "" };
        text.push_str(&format!("| {} |{code} | {} |{again} |\n", row.status, row.when));
    }
    text
}
