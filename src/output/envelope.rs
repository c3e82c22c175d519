//! The envelope of every JSON output: the same keys always, null where empty.
//!
//! On failure `data` is `false`, on purpose: `jq -r .data.token` then prints nothing and exits 5, so that
//! `TOKEN=$(jelou … --json | jq -r .data.token)` stops even in a shell without `pipefail`; `null` would print `null` and go
//! on. Failures where something did happen keep their data.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::outcome::{Breadcrumb, Outcome};
use super::sanitise;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::warning::Warning;

/// The version of the envelope. Keys are only ever added.
pub const SCHEMA_VERSION: u32 = 1;

/// The document on stdout.
#[derive(Debug, Serialize)]
pub struct Envelope<'a> {
    /// Whether it worked.
    pub ok: bool,
    /// The command, without flags and arguments.
    pub command: &'a str,
    /// The result, or `false`.
    pub data: Value,
    /// What went wrong; only on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorView>,
    /// Remarks.
    pub warnings: Vec<Warning>,
    /// What may come next.
    pub breadcrumbs: Vec<BreadcrumbView<'a>>,
    /// The document's own facts.
    pub meta: Meta,
}

/// What went wrong.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Error", deny_unknown_fields)]
pub struct ErrorView {
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
pub struct BreadcrumbView<'a> {
    /// The command line.
    command: &'a str,
    /// What it would do.
    description: &'a str,
}

/// The document's own facts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Meta {
    /// The version of the envelope.
    schema_version: u32,
    /// The server's id of the request that decided.
    request_id: Option<String>,
}

impl<'a> Envelope<'a> {
    /// The envelope of a result, which may be a failure that kept its data. `.data.token` is left as it is.
    pub fn of(command: &'a str, outcome: &'a Outcome) -> Self {
        Self {
            ok: outcome.error.is_none(),
            command,
            data: outcome.data.clone(),
            error: outcome.error.as_ref().map(error_view),
            warnings: scrubbed_warnings(&outcome.warnings),
            breadcrumbs: breadcrumbs(&outcome.breadcrumbs),
            meta: meta(outcome.request_id.as_deref()),
        }
    }

    /// The envelope of a failure.
    pub fn failure(command: &'a str, error: &Error, remarks: &'a [Warning]) -> Self {
        Self {
            ok: false,
            command,
            data: Value::Bool(false),
            error: Some(error_view(error)),
            warnings: scrubbed_warnings(remarks),
            breadcrumbs: Vec::new(),
            meta: meta(error.request_id()),
        }
    }
}

fn breadcrumbs(suggestions: &[Breadcrumb]) -> Vec<BreadcrumbView<'_>> {
    suggestions.iter().map(|next| BreadcrumbView { command: &next.command, description: next.description }).collect()
}

/// `.error` of the envelope.
pub fn error_view(error: &Error) -> ErrorView {
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

/// Remarks may quote the server.
fn scrubbed_warnings(remarks: &[Warning]) -> Vec<Warning> {
    remarks.iter().map(|remark| Warning::new(remark.code, sanitise::scrub(&remark.message))).collect()
}

fn meta(request_id: Option<&str>) -> Meta {
    Meta { schema_version: SCHEMA_VERSION, request_id: request_id.map(|id| sanitise::scrub(id).into_owned()) }
}
