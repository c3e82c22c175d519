//! Exit statuses and error codes: the one table that pipelines rely on.
//!
//! [`ErrorCode`] is the only source. `docs/exit-codes.md`, `jelou help exit-codes`, the man page,
//! the JSON Schemas and the test that provokes each code all iterate [`ErrorCode::ALL`]. The table
//! is append-only: a number, once given, keeps its meaning.

/// Declares the codes; one is a row: its name, its exit status, whether a retry is safe, its cause.
macro_rules! codes {
    ($($code:ident $name:literal, $status:literal, $retryable:literal, $when:literal;)+) => {
        /// What went wrong, as a stable name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $(#[doc = $when] $code,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: [Self; [$($status),+].len()] = [$(Self::$code),+];

            const fn row(self) -> Row {
                match self {
                    $(Self::$code => Row { status: $status, code: $name, when: $when, retryable: $retryable },)+
                }
            }
        }
    };
}

codes! {
    UnknownError "UNKNOWN_ERROR", 1, false, "a bug, or something not covered below";
    InputError "INPUT_ERROR", 2, false,
        "a check made before anything was changed: usage, names, limits, files, no `-y`";
    MissingFunctionsProject "MISSING_FUNCTIONS_PROJECT", 2, false, "no function was named and none was found";
    MissingAuth "MISSING_AUTH", 3, false, "there is no credential";
    AuthError "AUTH_ERROR", 3, false, "the credential was refused (401)";
    Forbidden "FORBIDDEN", 4, false, "the credential does not allow this (403)";
    NotFound "NOT_FOUND", 5, false, "it does not exist (404)";
    ValidationError "VALIDATION_ERROR", 6, false, "the server refused the input (400, 413, 422)";
    Conflict "CONFLICT", 7, false, "the name exists, the last active token, a deployment under way forbids it (409)";
    RateLimited "RATE_LIMITED", 8, true, "still rate limited after all retries (429)";
    ApiError "API_ERROR", 9, false, "an answer that cannot be used, another 4xx, a redirect";
    TransientError "TRANSIENT_ERROR", 9, true, "the server still fails after all retries (5xx)";
    NetworkError "NETWORK_ERROR", 10, true, "DNS, connect, TLS, timeout, or the connection was lost";
    NotLive "NOT_LIVE", 11, false,
        "applied, but the deployment failed or was not live in time; data is delivered";
    PartialFailure "PARTIAL_FAILURE", 12, false, "a bulk verb did some and failed some";
    DeliveryError "DELIVERY_ERROR", 13, false,
        "a new token could not be delivered; it was revoked, or its id is named";
    Cancelled "CANCELLED", 14, false, "declined at a prompt";
}

impl ErrorCode {
    /// The name in `.error.code`.
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    pub const fn exit_status(self) -> u8 {
        self.row().status
    }

    /// Whether the same command again may succeed and cannot double anything, unless the error
    /// itself says otherwise (see [`crate::error::Error::retryable`]).
    pub const fn retryable(self) -> bool {
        self.row().retryable
    }
}

#[cfg(test)]
impl schemars::JsonSchema for ErrorCode {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ErrorCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names = Self::ALL.map(Self::as_str);
        schemars::json_schema!({"type": "string", "enum": names, "description": "What went wrong, as a stable name."})
    }
}

pub(crate) const DONE: u8 = 0;

/// Signals that end the process by that very signal, after cleaning up: the status that a shell
/// reports (128 and the signal's number), and the name.
const SIGNALS: [(u8, &str); 4] = [(129, "SIGHUP"), (130, "SIGINT"), (131, "SIGQUIT"), (143, "SIGTERM")];

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub status: u8,
    /// The code in `.error.code`, empty for success, or a signal's name.
    pub code: &'static str,
    pub when: &'static str,
    pub retryable: bool,
}

/// The whole table: success, every code, every signal.
pub fn table() -> Vec<Row> {
    let done = Row { status: DONE, code: "", when: "done", retryable: false };
    let codes = ErrorCode::ALL.into_iter().map(ErrorCode::row);
    let when = "ended by that signal, after cleaning up";
    let signals = SIGNALS.iter().map(|&(status, code)| Row { status, code, when, retryable: false });
    std::iter::once(done).chain(codes).chain(signals).collect()
}
