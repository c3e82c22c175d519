//! Tokens as rows of a table, and as people are asked about them.

use crate::api::wire::{Token, TokenStatus};
use crate::output::table::{Column, Table};
use crate::output::times::TimeStyle;

/// The columns: those of the docs, then what `revoke` needs.
const HEADER: [Column; 7] = [
    Column::text("Name", 0),
    Column::whole("Prefix", 1),
    Column::whole("Last Used", 3),
    Column::whole("Created", 4),
    Column::whole("Expires", 2),
    Column::whole("Status", 0),
    Column::whole("ID", 5),
];
/// Where the end of a token stands.
const EXPIRES: usize = 4;

/// Tokens as a table.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<Vec<String>>,
    any_expires: bool,
}

impl Rows {
    pub(super) fn add(&mut self, token: &Token, times: &TimeStyle) {
        self.any_expires |= token.expires_at.is_some();
        self.rows.push(row(token, times));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table; it has no column for the end if no token has one.
    pub(super) fn table(self) -> Table {
        let mut table = Table { header: HEADER.to_vec(), rows: self.rows };
        if !self.any_expires {
            table.header.remove(EXPIRES);
            table.rows.iter_mut().for_each(|row| drop(row.remove(EXPIRES)));
        }
        table
    }
}

/// A row under [`HEADER`].
fn row(token: &Token, times: &TimeStyle) -> Vec<String> {
    let status = match token.replaced_by {
        Some(_) => format!("{} (replaced)", token.status.as_str()),
        None => token.status.as_str().to_owned(),
    };
    vec![
        token.name.clone(),
        format!("{}..", token.prefix),
        times.show_or_never(token.last_used_at),
        times.show(token.created_at),
        times.show_or_never(token.expires_at),
        status,
        token.id.to_string(),
    ]
}

/// `last used 2 minutes ago`, and the status if it is not the usual one.
pub(super) fn about(token: &Token, times: &TimeStyle) -> String {
    let used = token.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("last used {}", times.age(at)));
    let status = match (&token.replaced_by, &token.status) {
        (Some(_), _) => ", replaced".to_owned(),
        (None, TokenStatus::Active) => String::new(),
        (None, status) => format!(", {}", status.as_str()),
    };
    used + &status
}
