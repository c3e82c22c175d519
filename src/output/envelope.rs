//! The envelope of every JSON output: the same keys always, null where empty.
//!
//! On failure `data` is `false`, on purpose: `jq -r .data.token` then prints nothing and exits 5,
//! so that `TOKEN=$(jelou … --json | jq -r .data.token)` stops even in a shell without `pipefail`;
//! `null` would print `null` and go on. Failures where something did happen keep their data.
//!
//! A document is rendered in parts, so that a long list in `data` is never copied: what stands
//! before the data, the data, and what stands behind it.

use serde::Serialize;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::json::{Layout, to_json};
use super::outcome::Breadcrumb;
use super::rendered::Rendered;
use super::sanitise::scrub;
use crate::error::Error;
use crate::warning::Warning;

/// The version of the envelope. Keys are only ever added.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The keys behind `data`.
#[derive(Serialize)]
pub(super) struct Tail<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorView>,
    warnings: Vec<Warning>,
    breadcrumbs: &'a [Breadcrumb],
    meta: Meta,
}

/// What went wrong.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Error", deny_unknown_fields))]
pub(crate) struct ErrorView {
    /// The stable name.
    #[cfg_attr(test, schemars(with = "crate::exit::ErrorCode"))]
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
    details: Option<Map<String, Value>>,
}

/// The document's own facts.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Meta {
    /// The version of the envelope.
    schema_version: u32,
    /// The server's id of the request that decided.
    request_id: Option<String>,
}

/// Renders the envelope of a command, without flags and arguments, around its data, which may hold
/// the value of a new token. Gives the parts, each for one write.
pub(super) fn render(
    command: &str,
    data: Vec<Rendered>,
    tail: &Tail<'_>,
    layout: Layout,
) -> Result<Vec<Rendered>, Error> {
    /// A pipe takes this much at once (pipe(7)): a reader that reads once gets a whole small
    /// document.
    const ONE_WRITE: usize = 64 * 1024;
    #[derive(Serialize)]
    struct Head<'a> {
        ok: bool,
        command: &'a str,
    }
    let mut head = to_json(&Head { ok: tail.error.is_none(), command }, layout)?;
    // Both are objects of their own: the first loses its end, the second its beginning.
    head.truncate(head.trim_end_matches('}').trim_end().len());
    head.push_str(match layout {
        Layout::OneLine => r#","data":"#,
        Layout::Indented => ",\n  \"data\": ",
    });
    let mut tail = to_json(tail, layout)?;
    tail.replace_range(..1, ",");
    tail.push('\n');
    let parts: Vec<Rendered> = [Rendered::Open(head)].into_iter().chain(data).chain([Rendered::Open(tail)]).collect();
    if parts.iter().map(|part| part.len()).sum::<usize>() <= ONE_WRITE {
        return Ok(vec![joined(&parts).into()]);
    }
    Ok(parts)
}

/// The parts as one text, in a buffer that does not grow: what it would leave behind could hold a
/// value.
pub(super) fn joined(parts: &[Rendered]) -> Zeroizing<String> {
    let mut whole = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| whole.push_str(part));
    whole
}

impl<'a> Tail<'a> {
    /// Errors, warnings and request ids may quote the server, so secrets are removed from them.
    pub(super) fn new(
        error: Option<&Error>,
        warnings: &[Warning],
        breadcrumbs: &'a [Breadcrumb],
        request_id: Option<&str>,
    ) -> Self {
        Self {
            error: error.map(|error| ErrorView {
                code: error.code().as_str(),
                message: scrub(&error.message()).into_owned(),
                hint: error.hint().map(|hint| scrub(&hint).into_owned()),
                retryable: error.retryable(),
                exit_code: error.exit_status(),
                http_status: error.http_status(),
                details: error.details().cloned().map(scrubbed_fields),
            }),
            warnings: warnings.iter().map(|warning| Warning::new(warning.code, scrub(&warning.message))).collect(),
            breadcrumbs,
            meta: Meta { schema_version: SCHEMA_VERSION, request_id: request_id.map(|id| scrub(id).into_owned()) },
        }
    }
}

fn scrubbed(details: Value) -> Value {
    match details {
        Value::String(text) => Value::String(scrub(&text).into_owned()),
        Value::Array(items) => items.into_iter().map(scrubbed).collect(),
        Value::Object(fields) => Value::Object(scrubbed_fields(fields)),
        other => other,
    }
}

fn scrubbed_fields(fields: Map<String, Value>) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (scrub(&key).into_owned(), scrubbed(value))).collect()
}
