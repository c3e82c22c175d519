//! `jelou tokens list`: complete or failed; never half a list that parses.

use std::cmp::Reverse;
use std::num::NonZeroUsize;

use super::filters::Selection;
use super::rows::Rows;
use crate::api::ControlPlane;
use crate::api::wire::{Slug, Token};
use crate::cli::tokens::{List, Sort};
use crate::commands::{Completion, Context};
use crate::error::Error;
use crate::output::json::{JsonList, Layout, RenderedList, to_json};
use crate::output::{Format, Line, Outcome, Output, WriteError};

/// Lists the tokens of a function.
pub(crate) async fn run(cx: &Context, args: &List) -> Result<Completion, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let selection = Selection::compile(&args.filters)?;
    let limit = args.limit.map_or(usize::MAX, NonZeroUsize::get);
    let control = cx.control()?;
    if args.ndjson {
        return stream(&control, &slug, &selection, limit).await;
    }
    let mut shown = Shown::new(cx);
    let mut request_id = None;
    let mut to_sort = Vec::new();
    let (mut left, mut total) = (limit, 0);
    let mut pages = control.token_pages(&slug);
    while let Some(page) = pages.next().await? {
        request_id = page.request_id;
        let selection = selection.at(control.server_time());
        let selected = page.value.into_iter().filter(|token| selection.takes(token));
        if args.sort.is_some() {
            to_sort.extend(selected);
            continue;
        }
        // The pages behind the limit are read too: a list that breaks off is not complete.
        for token in selected {
            total += 1;
            if left > 0 {
                left -= 1;
                shown.add(&token)?;
            }
        }
    }
    total += to_sort.len();
    sort(&mut to_sort, args.sort);
    to_sort.iter().take(limit).try_for_each(|token| shown.add(token))?;
    let outcome = shown.outcome(&slug)?.request_id(request_id);
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

fn sort(tokens: &mut [Token], by: Option<Sort>) {
    match by {
        Some(Sort::Name) => tokens.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(Sort::Created) => tokens.sort_by_key(|token| token.created_at),
        Some(Sort::LastUsed) => {
            tokens.sort_by_key(|token| (token.last_used_at.is_some(), token.last_used_at, Reverse(token.created_at)));
        }
        None => {}
    }
}

/// What the format needs of each token, and no more: a list may be long.
enum Shown<'a> {
    Json(JsonList),
    Ids(Vec<String>),
    Rows(&'a Context, Rows),
}

impl<'a> Shown<'a> {
    fn new(cx: &'a Context) -> Self {
        match cx.output.presentation.format {
            Format::Json | Format::Jq => Self::Json(JsonList::new(cx.output.presentation.layout)),
            Format::Quiet => Self::Ids(Vec::new()),
            Format::Human => Self::Rows(cx, Rows::default()),
        }
    }

    fn add(&mut self, token: &Token) -> Result<(), Error> {
        match self {
            Self::Json(list) => list.push(token)?,
            Self::Ids(ids) => ids.push(token.id.to_string()),
            Self::Rows(cx, rows) => rows.add(token, &cx.times),
        }
        Ok(())
    }

    fn outcome(self, slug: &Slug) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Json(list) => Outcome::read(list.finish()?),
            Self::Ids(ids) => Outcome::read(RenderedList::default()).quiet(ids),
            Self::Rows(_, rows) if rows.is_empty() => {
                Outcome::read(RenderedList::default()).line(Line::Text(format!("No tokens of {slug} to show")))
            }
            Self::Rows(_, rows) => Outcome::read(RenderedList::default()).line(Line::Table(rows.table())),
        })
    }
}

/// One object a line, page by page, in constant memory. After a failure nothing more goes to
/// stdout.
async fn stream(control: &ControlPlane, slug: &Slug, selection: &Selection, limit: usize) -> Result<Completion, Error> {
    let mut pages = control.token_pages(slug);
    let mut left = limit;
    while left > 0
        && let Some(page) = pages.next().await?
    {
        let selection = selection.at(control.server_time());
        let mut lines = String::new();
        for token in page.value.iter().filter(|token| selection.takes(token)).take(left) {
            lines.push_str(&to_json(token, Layout::OneLine)?);
            lines.push('\n');
            left -= 1;
        }
        match Output::stream(&lines) {
            Ok(()) => {}
            Err(WriteError::NoReader) => break,
            Err(error) => return Err(error.into_error()),
        }
    }
    Ok(Completion::Printed { failure: None })
}
