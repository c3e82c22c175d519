//! Warnings: `.warnings[]` in JSON, `warning: …` on stderr.

use schemars::JsonSchema;
use serde::Serialize;

/// A warning: a stable name and a sentence. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Warning {
    /// The stable name, `UPPER_SNAKE_CASE`.
    pub code: &'static str,
    /// One sentence, without a trailing period.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
