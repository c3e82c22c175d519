//! Tokens as rows of a table, and as people are asked about them.

use crate::api::wire::times::Written;
use crate::api::wire::{ListedToken, Token, TokenStatus};
use crate::output::table::{Column, Table};
use crate::output::times::TimeStyle;

/// The columns: those of the docs, then what `revoke` takes. While a rotation's grace lasts two
/// tokens have one name, so the id outlasts the times.
const HEADER: [Column; 7] = [
    Column::name("Name", 0),
    Column::whole("Prefix", 1),
    Column::whole("Last Used", 4),
    Column::whole("Created", 5),
    Column::whole("Expires", 3),
    Column::whole("Status", 0),
    Column::whole("ID", 2),
];
/// Where the end of a token stands.
const EXPIRES: usize = 4;

/// Tokens as a table.
#[derive(Default)]
pub(super) struct Rows {
    rows: Vec<Vec<String>>,
    any_expires: bool,
}

/// A token as a row under [`HEADER`].
pub(super) struct Row {
    cells: Vec<String>,
    expires: bool,
}

impl Row {
    pub(super) fn of(token: &ListedToken<'_>, times: &TimeStyle) -> Self {
        let status = status(token.status.as_str(), token.replaced_by.is_some());
        let cells = vec![
            token.name.to_string(),
            [&*token.prefix, ".."].concat(),
            times.show_or_never(token.last_used_at.as_ref().map(Written::at)),
            times.show(token.created_at.at()),
            times.show_or_never(token.expires_at.as_ref().map(Written::at)),
            status,
            token.id.to_string(),
        ];
        Self { cells, expires: token.expires_at.is_some() }
    }
}

/// `active (replaced)`: what a table shows of the status of a token.
pub(super) fn status(status: &str, is_replaced: bool) -> String {
    format!("{status}{}", if is_replaced { " (replaced)" } else { "" })
}

impl Rows {
    pub(super) fn push(&mut self, row: Row) {
        self.any_expires |= row.expires;
        self.rows.push(row.cells);
    }

    /// The table, if it has a row; it has no column for the end if no token has one.
    pub(super) fn table(self) -> Option<Table> {
        let mut table = Table { header: HEADER.to_vec(), rows: self.rows };
        if !self.any_expires {
            table.header.remove(EXPIRES);
            table.rows.iter_mut().for_each(|row| drop(row.remove(EXPIRES)));
        }
        (!table.rows.is_empty()).then_some(table)
    }
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
