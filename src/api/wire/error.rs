//! The body of an error.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of every answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ErrorBody {
    /// The kind, such as `NotFound`.
    #[serde(default)]
    pub error: String,
    /// The kind as a constant, such as `NOT_FOUND`.
    #[serde(default)]
    pub code: String,
    /// What was wrong, for a person.
    #[serde(default)]
    pub message: String,
    /// The same as the header `X-Request-Id`.
    #[serde(default)]
    pub request_id: Option<String>,
    /// More, for a program.
    #[serde(default)]
    pub details: Option<Value>,
}

impl ErrorBody {
    /// Whether it says what is wrong, as no page of a proxy or a web server does.
    pub(crate) fn is_of_this_api(&self) -> bool {
        !self.code.is_empty() || !self.error.is_empty()
    }
}
