//! The pages of a list.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::client::Client;
use super::question::Answers;
use super::request_error::RequestError;
use super::response::{Reply, ReplyResult};
use super::routes::Route;
use crate::error::Error;
use crate::exit::ErrorCode;

/// Ten million items in pages of 1000: a longer list is taken for one that never ends.
const MAX_PAGES: usize = 10_000;

/// Reads a list page by page.
pub struct Pages<'c, T> {
    client: &'c Client,
    route: Route<'c>,
    /// Of the next page; none for the first.
    cursor: Option<String>,
    has_ended: bool,
    /// Every cursor that was followed.
    seen: HashSet<String>,
    /// Whether an item belongs to the list that was asked for.
    answers: Box<dyn Fn(&T) -> Answers + 'c>,
}

impl<'c, T: DeserializeOwned> Pages<'c, T> {
    pub(super) fn new(client: &'c Client, route: Route<'c>, answers: impl Fn(&T) -> Answers + 'c) -> Self {
        let answers = Box::new(answers);
        Self { client, route, cursor: None, has_ended: false, seen: HashSet::new(), answers }
    }

    /// The next page; nothing after the last one.
    ///
    /// # Errors
    /// Those of the request, and `API_ERROR` if the list never ends: a page names an earlier one as
    /// the next, or there are more than [`MAX_PAGES`].
    pub(crate) async fn next(&mut self) -> Result<Option<Reply<Vec<T>>>, RequestError> {
        if self.has_ended {
            return Ok(None);
        }
        self.refuse_endless()?;
        let mut page = self.client.page::<T>(&self.route, self.cursor.as_deref(), &self.answers).await?;
        // A `next_cursor` of null, absent or empty ends the list.
        self.cursor = page.value.next_cursor.take().filter(|cursor| !cursor.is_empty());
        self.has_ended = self.cursor.is_none();
        Ok(Some(page.map(|page| page.items)))
    }

    /// All items that are left, with the id of the last request.
    pub(super) async fn all(mut self) -> ReplyResult<Vec<T>> {
        let mut items = Vec::new();
        let mut last = None;
        while let Some(mut page) = self.next().await? {
            items.append(&mut page.value);
            last = Some(page);
        }
        let last = last.ok_or_else(|| Error::new(ErrorCode::ApiError, "The server's list has no page"))?;
        Ok(last.map(|_| items))
    }

    fn refuse_endless(&mut self) -> Result<(), Error> {
        let problem = if self.cursor.clone().is_some_and(|cursor| !self.seen.insert(cursor)) {
            "The server's list never ends: a page names an earlier one as the next".to_owned()
        } else if self.seen.len() >= MAX_PAGES {
            format!("The server's list has more than {MAX_PAGES} pages")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorCode::ApiError, problem))
    }
}
