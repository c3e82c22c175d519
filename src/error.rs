//! The one error type: a stable [`ErrorCode`], a sentence for a person, and the next step.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::exit::ErrorCode;

/// Why a command failed.
///
/// `message` and `hint` may quote text from the server: they are cleaned when they are printed and
/// not before, so that one place does it. Neither may ever hold a secret.
#[derive(Debug)]
#[must_use]
pub struct Error {
    code: ErrorCode,
    /// Boxed, so that a `Result` that succeeds stays small.
    parts: Box<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    message: String,
    hints: Vec<String>,
    http_status: Option<u16>,
    request_id: Option<String>,
    details: Option<Map<String, Value>>,
    retryable: Option<bool>,
    leaves_token: bool,
    was_not_attempted: bool,
    /// The signal that ends the run.
    signal: Option<i32>,
    source: Option<anyhow::Error>,
}

impl Error {
    /// `message` is one sentence, without a trailing period, that says what was wrong.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, parts: Box::new(Parts { message: message.into(), ..Parts::default() }) }
    }

    /// `INPUT_ERROR`: a check made here failed, before anything was sent.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InputError, message)
    }

    /// `UNKNOWN_ERROR`: something that no other code covers, with its cause.
    pub fn unknown(message: impl Into<String>, cause: impl Into<anyhow::Error>) -> Self {
        Self::new(ErrorCode::UnknownError, message).caused_by(cause)
    }

    /// Something that was not begun, since a signal is ending the run. Bulk verbs report it item by
    /// item.
    pub fn not_attempted() -> Self {
        let mut error = Self::new(ErrorCode::UnknownError, "It was not attempted, since a signal ends the run");
        error.parts.was_not_attempted = true;
        error
    }

    pub fn was_not_attempted(&self) -> bool {
        self.parts.was_not_attempted
    }

    /// Once it is reported, the run ends by this signal.
    pub fn with_signal(mut self, number: i32) -> Self {
        self.parts.signal = Some(number);
        self
    }

    pub fn signal(&self) -> Option<i32> {
        self.parts.signal
    }

    /// Adds a next step, printed on a line of its own behind `hint:`. Earlier hints stay.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.parts.hints.push(hint.into());
        self
    }

    /// Drops the hints so far, for a caller that knows better what to do.
    pub fn without_hints(mut self) -> Self {
        self.parts.hints.clear();
        self
    }

    /// Adds the HTTP status and the header `X-Request-Id` of the response that this error reports.
    pub fn answered_with(mut self, status: u16, request_id: Option<String>) -> Self {
        self.parts.http_status = Some(status);
        self.parts.request_id = request_id;
        self
    }

    /// Takes the hints of the error that led to this one.
    pub fn with_hints_of(mut self, other: &Self) -> Self {
        self.parts.hints.extend_from_slice(&other.parts.hints);
        self
    }

    /// Takes the HTTP status and the request id of the error that led to this one.
    pub fn answered_like(mut self, other: &Self) -> Self {
        self.parts.http_status = other.parts.http_status;
        self.parts.request_id.clone_from(&other.parts.request_id);
        self
    }

    /// Sets `.error.details`. What a server gave and is no object becomes the `value` of one, so that
    /// a program finds one type there.
    pub fn with_details(mut self, details: Option<Value>) -> Self {
        self.parts.details = match details {
            None | Some(Value::Null) => None,
            Some(Value::Object(fields)) => Some(fields),
            Some(other) => Some(Map::from_iter([("value".to_owned(), other)])),
        };
        self
    }

    /// Overrides what the code says.
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.parts.retryable = Some(retryable);
        self
    }

    /// Adds the fields of a struct to `.error.details`.
    pub fn with_fields(mut self, fields: &impl Serialize) -> Self {
        // Plain fields can always be serialised; if they could not, nothing would be added.
        if let Ok(Value::Object(fields)) = serde_json::to_value(fields) {
            self.parts.details.get_or_insert_default().extend(fields);
        }
        self
    }

    /// Appends to the message. The causes become part of it.
    pub fn with_more(mut self, text: &str) -> Self {
        self.parts.message = self.message() + text;
        self.parts.source = None;
        self
    }

    /// Puts a hint before those there are.
    pub fn with_first_hint(mut self, hint: impl Into<String>) -> Self {
        self.parts.hints.insert(0, hint.into());
        self
    }

    /// A new token is left behind, so that this error must reach somebody.
    pub fn with_token_left(mut self) -> Self {
        self.parts.leaves_token = true;
        self
    }

    pub fn leaves_token(&self) -> bool {
        self.parts.leaves_token
    }

    /// Adds the cause, whose chain is appended to the message when it is printed.
    pub fn caused_by(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.parts.source = Some(cause.into());
        self
    }

    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The message followed by the chain of causes, `: ` between them.
    pub fn message(&self) -> String {
        match &self.parts.source {
            None => self.parts.message.clone(),
            Some(source) => format!("{}: {source:#}", self.parts.message),
        }
    }

    pub fn hints(&self) -> &[String] {
        &self.parts.hints
    }

    /// The next steps as one text, `; ` between them: `.error.hint`.
    pub fn hint(&self) -> Option<String> {
        (!self.parts.hints.is_empty()).then(|| self.parts.hints.join("; "))
    }

    pub fn http_status(&self) -> Option<u16> {
        self.parts.http_status
    }

    pub fn request_id(&self) -> Option<&str> {
        self.parts.request_id.as_deref()
    }

    pub fn details(&self) -> Option<&Map<String, Value>> {
        self.parts.details.as_ref()
    }

    pub fn retryable(&self) -> bool {
        self.parts.retryable.unwrap_or_else(|| self.code.retryable())
    }

    /// The status of its code; 128 and the number of the signal that ends the run.
    pub fn exit_status(&self) -> u8 {
        let of_signal = self.parts.signal.and_then(|number| u8::try_from(128 + number).ok());
        of_signal.unwrap_or_else(|| self.code.exit_status())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}
