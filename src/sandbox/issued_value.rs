//! The value of a credential that the sandbox issues.

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::secret::SANDBOX_RUNTIME_PREFIX;

/// How many characters of a value stand behind its type prefix in lists; the docs show 4.
const SHOWN: usize = 4;

/// A value that can be written as JSON, for the one answer that shows it.
///
/// The client's own types cannot be serialised, so this is the only type of the crate through which
/// a value can reach JSON.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub(super) struct IssuedValue(Zeroizing<String>);

impl From<String> for IssuedValue {
    fn from(value: String) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl IssuedValue {
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// What lists show of a runtime token: the type prefix and 4 characters.
    pub(super) fn shown_prefix(&self) -> String {
        self.0.chars().take(SANDBOX_RUNTIME_PREFIX.len() + SHOWN).collect()
    }
}

impl std::fmt::Debug for IssuedValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IssuedValue([redacted])")
    }
}

impl Serialize for IssuedValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for IssuedValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "IssuedValue".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_.-]{8,4096}$", "description": "The value, shown this once."})
    }
}
