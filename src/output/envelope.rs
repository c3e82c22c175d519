//! The envelope of every JSON output: the same keys always, null where empty.
//!
//! On failure `data` is `false`, on purpose: `jq -r .data.token` then prints nothing and exits 5, so that
//! `TOKEN=$(jelou … --json | jq -r .data.token)` stops even in a shell without `pipefail`; `null` would print
//! `null` and go on. Failures where something did happen keep their data.
//!
//! A document is rendered in three parts, so that a long list in `data` is never copied: what stands before the
//! data, the data, and what stands behind it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::json::{Layout, ToJson, to_json};
use super::outcome::{Breadcrumb, Outcome};
use super::sanitise;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::warning::Warning;

/// The version of the envelope. Keys are only ever added.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// A rendered envelope. The data may hold the value of a new token.
pub(super) struct Document {
    head: String,
    data: Zeroizing<String>,
    tail: String,
}

/// The keys before `data`.
#[derive(Serialize)]
struct Head<'a> {
    /// Whether it worked.
    ok: bool,
    /// The command, without flags and arguments.
    command: &'a str,
}

/// The keys behind `data`.
#[derive(Serialize)]
struct Tail<'a> {
    /// Only on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorView>,
    warnings: Vec<Warning>,
    breadcrumbs: Vec<BreadcrumbView<'a>>,
    meta: Meta,
}

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error", deny_unknown_fields)]
pub(crate) struct ErrorView {
    /// The stable name.
    #[schemars(with = "ErrorCode")]
    code: &'static str,
    /// One sentence for a person.
    message: String,
    /// The next step, if one is known.
    hint: Option<String>,
    /// Whether the same command again may succeed and cannot double anything.
    retryable: bool,
    /// The exit status of the process.
    exit_code: u8,
    /// The status of the HTTP answer behind it.
    http_status: Option<u16>,
    /// More, for a program.
    details: Option<Value>,
}

/// A command that may come next. It never holds a secret.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Breadcrumb", deny_unknown_fields)]
pub(crate) struct BreadcrumbView<'a> {
    /// The command line.
    command: &'a str,
    /// What it would do.
    description: &'a str,
}

/// The document's own facts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Meta {
    /// The version of the envelope.
    schema_version: u32,
    /// The server's id of the request that decided.
    request_id: Option<String>,
}

impl Document {
    /// The envelope of a result, which may be a failure that kept its data.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if something in it cannot be written as JSON.
    pub(super) fn of(
        command: &str,
        outcome: &mut Outcome,
        warnings: &[Warning],
        layout: Layout,
    ) -> Result<Self, Error> {
        let tail = Tail {
            error: outcome.failure.as_ref().map(error_view),
            warnings: scrubbed_warnings(warnings),
            breadcrumbs: breadcrumbs(&outcome.breadcrumbs),
            meta: meta(outcome.request_id.as_deref()),
        };
        Self::compose(&Head { ok: outcome.failure.is_none(), command }, outcome.data.data(layout)?, &tail, layout)
    }

    /// The envelope of a failure.
    ///
    /// # Errors
    /// As [`Document::of`].
    pub(super) fn failure(command: &str, error: &Error, warnings: &[Warning], layout: Layout) -> Result<Self, Error> {
        let tail = Tail {
            error: Some(error_view(error)),
            warnings: scrubbed_warnings(warnings),
            breadcrumbs: Vec::new(),
            meta: meta(error.request_id()),
        };
        Self::compose(&Head { ok: false, command }, false.data(layout)?, &tail, layout)
    }

    fn compose(head: &Head<'_>, data: Zeroizing<String>, tail: &Tail<'_>, layout: Layout) -> Result<Self, Error> {
        let mut head = to_json(head, layout)?;
        // Both are objects of their own: the first loses its end, the second its beginning.
        head.truncate(head.trim_end_matches('}').trim_end().len());
        head.push_str(match layout {
            Layout::OneLine => r#","data":"#,
            Layout::Indented => ",\n  \"data\": ",
        });
        let mut tail = to_json(tail, layout)?;
        tail.replace_range(..1, ",");
        tail.push('\n');
        Ok(Self { head, data, tail })
    }

    /// The parts, each for one write.
    pub(super) fn into_parts(self) -> Vec<Zeroizing<String>> {
        // A pipe takes this much at once (pipe(7)): a reader that reads once gets a whole small document.
        const ONE_WRITE: usize = 64 * 1024;
        if self.data.len() < ONE_WRITE {
            return vec![self.text()];
        }
        vec![Zeroizing::new(self.head), self.data, Zeroizing::new(self.tail)]
    }

    /// The whole text.
    pub(super) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new([self.head.as_str(), &self.data, &self.tail].concat())
    }
}

fn breadcrumbs(suggestions: &[Breadcrumb]) -> Vec<BreadcrumbView<'_>> {
    suggestions.iter().map(|next| BreadcrumbView { command: &next.command, description: next.description }).collect()
}

fn error_view(error: &Error) -> ErrorView {
    ErrorView {
        code: error.code().as_str(),
        message: sanitise::scrub(&error.message()).into_owned(),
        hint: error.hint().map(|hint| sanitise::scrub(&hint).into_owned()),
        retryable: error.retryable(),
        exit_code: error.exit_status(),
        http_status: error.http_status(),
        details: error.details().cloned().map(scrubbed),
    }
}

/// Details come from the server as they are, so a secret in any of their texts is removed.
fn scrubbed(details: Value) -> Value {
    match details {
        Value::String(text) => Value::String(sanitise::scrub(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(scrubbed).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, scrubbed(value))).collect(),
        other => other,
    }
}

/// Warnings may quote the server.
fn scrubbed_warnings(warnings: &[Warning]) -> Vec<Warning> {
    warnings.iter().map(|warning| Warning::new(warning.code, sanitise::scrub(&warning.message))).collect()
}

fn meta(request_id: Option<&str>) -> Meta {
    Meta { schema_version: SCHEMA_VERSION, request_id: request_id.map(|id| sanitise::scrub(id).into_owned()) }
}
