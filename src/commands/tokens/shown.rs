//! A list of tokens as each format shows it, and what it needs of each token: a list may be long.

use serde::Deserialize;

use super::filters::Described;
use super::rows::{Row, Rows};
use crate::api::OfFunction;
use crate::api::wire::{ListedId, ListedToken, Slug};
use crate::error::Error;
use crate::output::json::{JsonItem, JsonList, Layout, RenderedList};
use crate::output::times::TimeStyle;
use crate::output::{CleanLines, Line, Outcome};

/// A format that shows a list as a whole.
pub(super) trait Shown {
    /// What is decoded of a token.
    type Token<'t>: Deserialize<'t> + OfFunction + Described;
    /// What is kept of a token whose place is not known yet.
    type Item;

    /// Puts a token at the end of the list.
    ///
    /// # Errors
    /// Those of writing JSON.
    fn add(&mut self, token: &Self::Token<'_>) -> Result<(), Error>;

    /// # Errors
    /// Those of writing JSON.
    fn item(&self, token: &Self::Token<'_>) -> Result<Self::Item, Error>;

    /// Puts an item at the end of the list.
    ///
    /// # Errors
    /// Those of writing JSON.
    fn add_item(&mut self, item: Self::Item) -> Result<(), Error>;

    /// # Errors
    /// Those of writing JSON.
    fn outcome(self, slug: &Slug) -> Result<Outcome, Error>;
}

/// The array of the envelope.
pub(super) struct Json(JsonList);

impl Json {
    pub(super) fn new(layout: Layout) -> Self {
        Self(JsonList::new(layout))
    }
}

impl Shown for Json {
    type Token<'t> = ListedToken<'t>;
    type Item = JsonItem;

    fn add(&mut self, token: &ListedToken<'_>) -> Result<(), Error> {
        self.0.push(token)
    }

    fn item(&self, token: &ListedToken<'_>) -> Result<JsonItem, Error> {
        self.0.item(token)
    }

    fn add_item(&mut self, item: JsonItem) -> Result<(), Error> {
        self.0.push_item(&item)
    }

    fn outcome(self, _: &Slug) -> Result<Outcome, Error> {
        self.0.finish().map(Outcome::read)
    }
}

/// The ids, a line each.
#[derive(Default)]
pub(super) struct Ids(CleanLines);

impl Shown for Ids {
    type Token<'t> = ListedId<'t>;
    type Item = Box<str>;

    fn add(&mut self, token: &ListedId<'_>) -> Result<(), Error> {
        self.0.push(token.id.as_str());
        Ok(())
    }

    fn item(&self, token: &ListedId<'_>) -> Result<Box<str>, Error> {
        Ok(token.id.as_str().into())
    }

    fn add_item(&mut self, id: Box<str>) -> Result<(), Error> {
        self.0.push(&id);
        Ok(())
    }

    fn outcome(self, _: &Slug) -> Result<Outcome, Error> {
        Ok(Outcome::read(RenderedList::default()).quiet_lines(self.0))
    }
}

/// The table for people.
pub(super) struct Table<'a> {
    rows: Rows,
    times: &'a TimeStyle,
}

impl<'a> Table<'a> {
    pub(super) fn new(times: &'a TimeStyle) -> Self {
        Self { rows: Rows::default(), times }
    }
}

impl Shown for Table<'_> {
    type Token<'t> = ListedToken<'t>;
    type Item = Row;

    fn add(&mut self, token: &ListedToken<'_>) -> Result<(), Error> {
        self.rows.push(Row::of(token, self.times));
        Ok(())
    }

    fn item(&self, token: &ListedToken<'_>) -> Result<Row, Error> {
        Ok(Row::of(token, self.times))
    }

    fn add_item(&mut self, row: Row) -> Result<(), Error> {
        self.rows.push(row);
        Ok(())
    }

    fn outcome(self, slug: &Slug) -> Result<Outcome, Error> {
        let outcome = Outcome::read(RenderedList::default());
        Ok(match self.rows.table() {
            Some(table) => outcome.line(Line::Table(table)),
            None => outcome.line(Line::Text(format!("No tokens of {slug} to show"))),
        })
    }
}
