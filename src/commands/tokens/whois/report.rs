//! What `tokens whois` prints: which tokens were found and where, never a value.

use serde::Serialize;

use super::found::Finding;
use super::resolved::Resolved;
use crate::api::wire::{Id, Slug};
use crate::commands::bulk::item_error;
use crate::commands::tokens::rows;
use crate::error::Error;
use crate::output::table::{Column, Table};
use crate::output::times::TimeStyle;

/// A token whose value stands in the text, or a value of which no list has the prefix. If several
/// tokens have the prefix and the gateway cannot tell them apart, each of them is listed.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct FoundToken {
    /// The slug; null if no token that the credential may list has the prefix: it was revoked or
    /// rotated, or is another account's. Then all but `prefix` is null.
    function: Option<Slug>,
    /// `tok_…`.
    pub(super) id: Option<Id>,
    /// The name.
    pub(super) name: Option<String>,
    /// The type prefix and the 4 characters behind it, which lists show.
    pub(super) prefix: String,
    /// `active`, `disabled` or `expired`; with `--revoke`, what became of it, if it was to be revoked:
    /// `revoked`, `missing`, `failed`, `unknown`, `not_attempted`.
    pub(super) status: Option<String>,
    /// Whether a rotation gave it a successor. The status of a table says so.
    #[serde(skip)]
    pub(super) is_replaced: bool,
    /// When the gateway last accepted it.
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub(super) last_used_at: Option<jiff::Timestamp>,
    /// Whether the gateway accepts the value; null if it was not asked, or nothing is proved. Of an
    /// active token a refusal proves nothing: it may be too new, or the value be found in part.
    pub(super) accepted: Option<bool>,
    /// Why it was not revoked.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "item_error")]
    #[cfg_attr(test, schemars(with = "Option<crate::commands::bulk::ItemError>"))]
    pub(super) error: Option<Error>,
}

impl FoundToken {
    pub(super) fn of(found: &Resolved) -> Self {
        let token = &found.token;
        Self {
            function: Some(token.function.clone()),
            id: Some(token.id.clone()),
            name: Some(token.name.clone()),
            prefix: token.prefix.clone(),
            status: Some(token.status.as_str().to_owned()),
            is_replaced: token.is_replaced,
            last_used_at: token.last_used_at,
            accepted: found.accepted,
            error: None,
        }
    }

    /// A value of which no list has the prefix.
    pub(super) fn unknown(finding: &Finding) -> Self {
        Self {
            function: None,
            id: None,
            name: None,
            prefix: finding.shown_prefix().to_owned(),
            status: None,
            is_replaced: false,
            last_used_at: None,
            accepted: None,
            error: None,
        }
    }

    /// Whether it may still open its function.
    pub(super) fn may_be_accepted(&self) -> bool {
        self.function.is_some() && self.accepted != Some(false)
    }

    /// `"ci" (tok_1) of my-function`; nothing if the token is not known.
    pub(super) fn label(&self) -> Option<String> {
        let (function, id, name) = (self.function.as_ref()?, self.id.as_ref()?, self.name.as_ref()?);
        Some(format!("\"{name}\" ({id}) of {function}"))
    }

    pub(super) fn function(&self) -> Option<&Slug> {
        self.function.as_ref()
    }
}

/// In place of a name; so short that it is never cut as one.
const UNKNOWN: &str = "gone or unknown";

const HEADER: [Column; 8] = [
    Column::name("Function", 0),
    Column::name("Name", 0),
    Column::whole("Prefix", 1),
    Column::whole("Accepted", 0),
    Column::whole("Status", 2),
    Column::whole("Last Used", 5),
    Column::whole("Line", 3),
    Column::whole("ID", 4),
];

/// A row for each, with where its value stood first.
pub(super) fn table<'r>(rows: impl Iterator<Item = (&'r FoundToken, &'r Finding)>, times: &TimeStyle) -> Table {
    let row = |(found, finding): (&FoundToken, &Finding)| {
        let is_known = found.function.is_some();
        let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        vec![
            or_dash(found.function.as_ref().map(Slug::as_str)),
            found.name.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            format!("{}..", found.prefix),
            match found.accepted {
                Some(true) => "yes",
                Some(false) => "no",
                None if is_known => "not known",
                None => "-",
            }
            .to_owned(),
            found.status.as_deref().map_or_else(|| "-".to_owned(), |text| rows::status(text, found.is_replaced)),
            if is_known { times.show_or_never(found.last_used_at) } else { "-".to_owned() },
            place(finding),
            or_dash(found.id.as_ref().map(Id::as_str)),
        ]
    };
    Table { header: HEADER.to_vec(), rows: rows.map(row).collect() }
}

/// `12 (base64), 3 times`
fn place(finding: &Finding) -> String {
    let often = if finding.times == 1 { String::new() } else { format!(", {} times", finding.times) };
    format!("{}{}{often}", finding.line, finding.writing.about())
}
