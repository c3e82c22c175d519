//! `jelou tokens list`: complete or failed; never half a list that parses.

use std::cmp::Reverse;
use std::convert::Infallible;
use std::fmt::Display;
use std::num::NonZeroUsize;

use jiff::Timestamp;

use super::filters::{Described, Selection};
use super::shown::{Ids, Json, Shown, Table};
use crate::api::wire::{ListedToken, Slug};
use crate::api::{ControlPlane, RequestError, Selected};
use crate::cli::tokens::{List, Sort};
use crate::commands::{Completion, Context};
use crate::error::Error;
use crate::output::json::JsonLines;
use crate::output::{Format, Line, Outcome, StdoutThread, WriteError};

/// Lists the tokens of a function.
pub(crate) async fn run(cx: &Context, args: &List) -> Result<Completion, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let selection = Selection::compile(&args.filters)?;
    let limit = args.limit.map_or(usize::MAX, NonZeroUsize::get);
    let list = Listing { control: &cx.control()?, slug: &slug, selection, limit, sort: args.sort };
    if args.ndjson {
        return list.stream().await;
    }
    let presentation = &cx.output.presentation;
    let (outcome, total) = match presentation.format {
        Format::Json | Format::Jq => list.whole(Json::new(presentation.layout)).await?,
        Format::Quiet => list.whole(Ids::default()).await?,
        Format::Human => list.whole(Table::new(&cx.times)).await?,
    };
    Ok(if limit < total { say_of_how_many(cx, outcome, limit, total) } else { outcome }.into())
}

/// Says to people that there are more: below the table at a terminal, else on stderr, since programs
/// read the table.
fn say_of_how_many(cx: &Context, outcome: Outcome, limit: usize, total: usize) -> Outcome {
    let message = format!("{limit} of {total} tokens");
    let presentation = &cx.output.presentation;
    if presentation.format != Format::Human {
        return outcome;
    }
    if presentation.terminals.stdout {
        return outcome.line(Line::Item(message));
    }
    cx.output.say(&message);
    outcome
}

/// Tokens stand in its order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Name(String),
    Created(Timestamp),
    /// Those that were never used come first, the newest first.
    LastUsed(bool, Option<Timestamp>, Reverse<Timestamp>),
}

impl Key {
    fn of<T: Described>(token: &T, by: Sort) -> Result<Self, T::Malformed> {
        Ok(match by {
            Sort::Name => Self::Name(token.name()?.into_owned()),
            Sort::Created => Self::Created(token.created_at()?),
            Sort::LastUsed => {
                let used = token.last_used_at()?;
                Self::LastUsed(used.is_some(), used, Reverse(token.created_at()?))
            }
        })
    }
}

/// What is listed.
struct Listing<'a> {
    control: &'a ControlPlane,
    slug: &'a Slug,
    selection: Selection,
    limit: usize,
    sort: Option<Sort>,
}

impl Listing<'_> {
    /// The list as the format shows it, and how many tokens are selected.
    async fn whole<S: Shown>(&self, mut shown: S) -> Result<(Outcome, usize), Error>
    where
        for<'t> <S::Token<'t> as Described>::Malformed: Display,
    {
        let mut to_sort = Vec::new();
        let (mut left, mut total) = (self.limit, 0);
        let mut pages = self.control.listed_tokens(self.slug);
        let mut page = pages.first().await?;
        let request_id = loop {
            let selection = self.selection.at(self.control.server_time());
            let Selected { items, next } = page.select(|token: S::Token<'_>| {
                if !selection.takes(&token)? {
                    return Ok(None);
                }
                let key = self.sort.map(|by| Key::of(&token, by)).transpose()?;
                Ok::<_, <S::Token<'_> as Described>::Malformed>(Some((key, token)))
            })?;
            // The pages behind the limit are read too: a list that breaks off is not complete.
            total += items.len();
            let show = async {
                for (key, token) in items {
                    match key {
                        Some(key) => to_sort.push((key, shown.item(&token)?)),
                        None if left > 0 => {
                            left -= 1;
                            shown.add(&token)?;
                        }
                        None => {}
                    }
                }
                Ok::<(), Error>(())
            };
            match pages.after(next.as_ref(), show).await? {
                Some(next) => page = next,
                None => break page.request_id(),
            }
        };
        to_sort.sort_by(|(one, _), (other, _)| one.cmp(other));
        to_sort.into_iter().take(self.limit).try_for_each(|(_, item)| shown.add_item(item))?;
        Ok((shown.outcome(self.slug)?.request_id(request_id), total))
    }

    /// One object a line, page by page, in constant memory: of a page only its lines are kept while
    /// the next one arrives. After a failure nothing more goes to stdout.
    async fn stream(&self) -> Result<Completion, Error> {
        let stdout = StdoutThread::start().map_err(WriteError::into_error)?;
        let mut pages = self.control.listed_tokens(self.slug);
        let mut page = pages.first().await?;
        let mut left = self.limit;
        loop {
            let selection = self.selection.at(self.control.server_time());
            let mut lines = JsonLines::with_capacity(page.size());
            let mut written = Ok(());
            let line = |token: ListedToken<'_>| {
                if left > 0 && written.is_ok() && selection.takes(&token)? {
                    left -= 1;
                    written = lines.push(&token);
                }
                // It stands in its line and need not be kept.
                Ok::<Option<Infallible>, Infallible>(None)
            };
            let next = page.select(line)?.next;
            written?;
            drop(page);
            let lines = lines.finish()?;
            let write = async {
                stdout.write(vec![lines]).await.map_err(|error| match error {
                    WriteError::NoReader => Stop::Unread,
                    error => Stop::Failed(error.into_error()),
                })
            };
            // Nothing is asked for that nobody wants.
            match pages.after(next.filter(|_| left > 0).as_ref(), write).await {
                Ok(Some(next)) => page = next,
                Ok(None) | Err(Stop::Unread) => return Ok(Completion::Printed { failure: None }),
                Err(Stop::Failed(error)) => return Err(error),
            }
        }
    }
}

/// Why a stream stops before its end.
enum Stop {
    /// Nobody reads it any more.
    Unread,
    Failed(Error),
}

impl From<RequestError> for Stop {
    fn from(error: RequestError) -> Self {
        Self::Failed(error.into_error())
    }
}
