//! Tokens as rows of a table.

use crate::api::wire::Token;
use crate::output::times::TimeStyle;

/// The columns: those of the docs, then what `revoke` needs.
pub(super) const HEADER: [&str; 6] = ["Name", "Prefix", "Last Used", "Created", "Status", "ID"];

/// A row under [`HEADER`].
pub(super) fn row(token: &Token, times: &TimeStyle) -> Vec<String> {
    let status = match token.replaced_by {
        Some(_) => format!("{} (replaced)", token.status.as_str()),
        None => token.status.as_str().to_owned(),
    };
    vec![
        token.name.clone(),
        format!("{}..", token.prefix),
        times.show_or_never(token.last_used_at),
        times.show(token.created_at),
        status,
        token.id.to_string(),
    ]
}
