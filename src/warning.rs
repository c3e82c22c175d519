//! Warnings: `.warnings[]` in JSON, `warning: …` on stderr.

use serde::Serialize;

/// A warning: a stable name and a sentence. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Warning {
    /// The stable name, `UPPER_SNAKE_CASE`.
    pub code: &'static str,
    /// One sentence, without a trailing period.
    pub message: String,
    /// Whether people see it behind `⚠`, as the docs show it, instead of `warning:`.
    #[serde(skip)]
    #[cfg_attr(test, schemars(skip))]
    pub(crate) is_marked: bool,
}

impl Warning {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), is_marked: false }
    }

    /// The same, shown behind `⚠`.
    pub(crate) fn marked(self) -> Self {
        Self { is_marked: true, ..self }
    }
}
