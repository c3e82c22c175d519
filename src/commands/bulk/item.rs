//! What became of one item of a bulk verb.

use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::output::sanitise;

/// A signal came before this item was begun.
const NOT_ATTEMPTED: &str = "not_attempted";
/// A signal came while this item was under way, and no answer in time.
const UNKNOWN: &str = "unknown";

/// What became of one item.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Item {
    /// As it was given.
    #[serde(rename = "ref")]
    pub(super) reference: String,
    /// The id, once known.
    pub(super) id: Option<String>,
    /// The name, once known.
    name: Option<String>,
    /// What was done.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) status: &'static str,
    /// Why it failed.
    #[serde(serialize_with = "item_error")]
    #[cfg_attr(test, schemars(with = "Option<ItemError>"))]
    pub(super) error: Option<Error>,
}

/// Why an item failed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ItemError {
    /// The stable name.
    #[cfg_attr(test, schemars(with = "crate::exit::ErrorCode"))]
    code: &'static str,
    /// One sentence for a person.
    message: String,
    /// Whether trying again is safe and may succeed.
    retryable: bool,
    /// The status of the HTTP answer behind it.
    http_status: Option<u16>,
}

#[allow(clippy::ref_option, reason = "serde calls it with a reference to the field")]
pub(crate) fn item_error<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    let error = error.as_ref().map(|error| ItemError {
        code: error.code().as_str(),
        message: sanitise::scrub(&error.message()).into_owned(),
        retryable: error.retryable(),
        http_status: error.http_status(),
    });
    error.serialize(serializer)
}

impl Item {
    pub(crate) fn done(reference: &str, id: Option<&str>, name: Option<&str>, status: &'static str) -> Self {
        let own = |text: &str| text.to_owned();
        Self { reference: own(reference), id: id.map(own), name: name.map(own), status, error: None }
    }

    pub(crate) fn failed(reference: &str, id: Option<&str>, name: Option<&str>, error: impl Into<Error>) -> Self {
        let error = error.into();
        if error.was_not_attempted() {
            return Self::done(reference, id, name, NOT_ATTEMPTED);
        }
        Self { error: Some(error), ..Self::done(reference, id, name, "failed") }
    }

    pub(crate) fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// What was done, and why it failed.
    pub(crate) fn into_parts(self) -> (&'static str, Option<Error>) {
        (self.status, self.error)
    }

    pub(super) fn not_attempted(self) -> Self {
        Self { status: NOT_ATTEMPTED, ..self }
    }

    pub(super) fn unknown(self) -> Self {
        Self { status: UNKNOWN, ..self }
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.status == UNKNOWN
    }

    pub(super) fn was_attempted(&self) -> bool {
        self.status != NOT_ATTEMPTED
    }

    /// Whether it is as it was to be.
    pub(crate) fn is_done(&self) -> bool {
        self.error.is_none() && self.was_attempted() && !self.is_unknown()
    }

    pub(crate) fn label(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), Some(id)) => format!("\"{name}\" ({id})"),
            (_, Some(id)) => id.clone(),
            (Some(name), None) => format!("\"{name}\""),
            (None, None) => self.reference.clone(),
        }
    }
}
