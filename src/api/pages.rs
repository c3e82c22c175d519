//! The pages of a list.

use std::collections::HashSet;
use std::fmt::Display;
use std::pin::pin;

use futures_util::future::{Either, select};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::client::Client;
use super::question::{Answers, OfFunction, token_in};
use super::request_error::RequestError;
use super::response::{Reply, ReplyResult, Response};
use super::routes::Route;
use super::wire::{Page, Slug};
use crate::error::Error;
use crate::exit::ErrorCode;

/// Ten million items in pages of 1000: a longer list is taken for one that never ends.
const MAX_PAGES: usize = 10_000;

/// How many turns of the runtime a request has to be written before the work beside it begins. On a
/// connection that is kept it takes two: in the first one the connection comes back from the answer
/// before, in the second one it writes.
const TURNS: usize = 4;

/// Asks for one page after the other.
struct Requests<'c> {
    client: &'c Client,
    route: Route<'c>,
    /// Every cursor that was followed.
    seen: HashSet<String>,
}

impl<'c> Requests<'c> {
    fn new(client: &'c Client, route: Route<'c>) -> Self {
        Self { client, route, seen: HashSet::new() }
    }

    /// The page of a cursor; the first one without.
    ///
    /// # Errors
    /// Those of the request, and `API_ERROR` if the list never ends: a page names an earlier one as
    /// the next, or there are more than [`MAX_PAGES`].
    async fn page(&mut self, cursor: Option<&str>) -> Result<Response, RequestError> {
        self.refuse_endless(cursor)?;
        self.client.page(&self.route, cursor).await
    }

    fn refuse_endless(&mut self, cursor: Option<&str>) -> Result<(), Error> {
        let problem = if cursor.is_some_and(|cursor| !self.seen.insert(cursor.to_owned())) {
            "The server's list never ends: a page names an earlier one as the next".to_owned()
        } else if self.seen.len() >= MAX_PAGES {
            format!("The server's list has more than {MAX_PAGES} pages")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorCode::ApiError, problem))
    }
}

/// A `next_cursor` of null, absent or empty ends a list.
fn following(next_cursor: Option<String>) -> Option<String> {
    next_cursor.filter(|cursor| !cursor.is_empty())
}

/// Reads a list page by page, all of each item.
pub struct Pages<'c, T> {
    requests: Requests<'c>,
    /// Of the next page; none for the first.
    cursor: Option<String>,
    has_ended: bool,
    /// Whether an item belongs to the list that was asked for.
    answers: Box<dyn Fn(&T) -> Answers + 'c>,
}

impl<'c, T: DeserializeOwned> Pages<'c, T> {
    pub(super) fn new(client: &'c Client, route: Route<'c>, answers: impl Fn(&T) -> Answers + 'c) -> Self {
        let (requests, answers) = (Requests::new(client, route), Box::new(answers));
        Self { requests, cursor: None, has_ended: false, answers }
    }

    /// The next page; nothing after the last one.
    ///
    /// # Errors
    /// Those of [`Requests::page`].
    pub(crate) async fn next(&mut self) -> Result<Option<Reply<Vec<T>>>, RequestError> {
        if self.has_ended {
            return Ok(None);
        }
        let response = self.requests.page(self.cursor.as_deref()).await?;
        let mut page = response.reply(|page: &Page<T>| page.items.iter().try_for_each(&self.answers))?;
        self.cursor = following(page.value.next_cursor.take());
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
}

/// Reads the tokens of a function page by page, as much of each as is wanted.
pub(crate) struct TokenPages<'c> {
    requests: Requests<'c>,
    slug: &'c Slug,
}

/// A page of tokens as it has arrived: nothing of it is decoded.
pub(crate) struct TokenPage<'c> {
    response: Response,
    slug: &'c Slug,
}

/// The tokens of a page that are selected, and where the next page begins.
pub(crate) struct Selected<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Cursor>,
}

/// Where a page begins.
pub(crate) struct Cursor(String);

impl<'c> TokenPages<'c> {
    pub(super) fn new(client: &'c Client, slug: &'c Slug) -> Self {
        Self { requests: Requests::new(client, Route::Tokens(slug.into())), slug }
    }

    /// # Errors
    /// Those of the request.
    pub(crate) async fn first(&mut self) -> Result<TokenPage<'c>, RequestError> {
        Ok(TokenPage { response: self.requests.page(None).await?, slug: self.slug })
    }

    /// The page at a cursor, if there is one. It is asked for before the work on the page before it
    /// begins, which ends in any case, unless it fails.
    ///
    /// # Errors
    /// That of the work, or those of the request and of a list that never ends.
    pub(crate) async fn after<E: From<RequestError>>(
        &mut self,
        next: Option<&Cursor>,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<Option<TokenPage<'c>>, E> {
        let Some(Cursor(cursor)) = next else {
            work.await?;
            return Ok(None);
        };
        let slug = self.slug;
        let request = pin!(self.requests.page(Some(cursor)));
        let work = pin!(async {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            work.await
        });
        let response = match select(request, work).await {
            Either::Left((response, work)) => {
                work.await?;
                response
            }
            Either::Right((worked, request)) => {
                worked?;
                request.await
            }
        };
        Ok(Some(TokenPage { response: response?, slug }))
    }
}

impl TokenPage<'_> {
    /// Decodes the page, and keeps what is wanted of each token, or nothing of it.
    ///
    /// # Errors
    /// `API_ERROR` if the answer is not such a page, or a token is of another function.
    pub(crate) fn select<'p, T: Deserialize<'p> + OfFunction, U, E: Display>(
        &'p self,
        wanted: impl FnMut(T) -> Result<Option<U>, E>,
    ) -> Result<Selected<U>, RequestError> {
        let (items, next) = self.response.page(token_in(self.slug), wanted)?;
        Ok(Selected { items, next: following(next).map(Cursor) })
    }

    /// In bytes.
    pub(crate) fn size(&self) -> usize {
        self.response.body.len()
    }

    /// The server's id of the request.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.response.request_id.clone()
    }
}
