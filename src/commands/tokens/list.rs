//! `jelou tokens list`: complete or failed; never half a list that parses.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::filters::Selection;
use super::render::{Clock, HEADER, row};
use crate::api::ControlPlane;
use crate::api::wire::{Slug, Token};
use crate::cli::tokens::{List, Sort};
use crate::commands::Context;
use crate::error::Error;
use crate::output::table::Table;
use crate::output::{Format, Line, Outcome, WriteError, sanitise};

/// Lists the tokens of a function.
///
/// # Errors
/// Those of the request, and `INPUT_ERROR` for a wrong filter.
pub async fn run(cx: &Context, args: &List) -> Result<Outcome, Error> {
    let slug = cx.function(args.slug.as_ref()).await?;
    let selection = Selection::compile(&args.filters, cx.now())?;
    let limit = args.limit.unwrap_or(usize::MAX);
    let control = cx.control()?;
    if args.ndjson {
        return stream(cx, &control, &slug, &selection, limit).await;
    }
    let listed = control.tokens(&slug).await?;
    let mut tokens: Vec<Token> = listed.value.into_iter().filter(|token| selection.takes(token)).collect();
    match args.sort {
        Some(Sort::Name) => tokens.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(Sort::Created) => tokens.sort_by_key(|token| token.created_at),
        Some(Sort::LastUsed) => {
            tokens.sort_by_key(|token| (token.last_used_at.is_some(), token.last_used_at, Reverse(token.created_at)));
        }
        None => {}
    }
    tokens.truncate(limit);
    Ok(outcome(cx, &slug, &tokens).request_id(listed.request_id))
}

/// Makes only what the format shows: a list may be long.
fn outcome(cx: &Context, slug: &Slug, tokens: &[Token]) -> Outcome {
    match cx.output.presentation.format {
        Format::Json | Format::Jq => Outcome::read(tokens.iter().map(|token| json!(token)).collect()),
        Format::Quiet => Outcome::read(Value::Null).quiet(tokens.iter().map(|token| token.id.to_string()).collect()),
        Format::Human if tokens.is_empty() => {
            Outcome::read(Value::Null).line(Line::Text(format!("No tokens of {slug} to show")))
        }
        Format::Human => {
            let clock = Clock::new(cx.now(), cx.output.presentation.terminals.stdout);
            let rows = tokens.iter().map(|token| row(token, &clock)).collect();
            Outcome::read(Value::Null).line(Line::Table(Table { header: HEADER.to_vec(), rows }))
        }
    }
}

/// One object a line, page by page, in constant memory. After a failure nothing more goes to stdout.
async fn stream(
    cx: &Context,
    control: &ControlPlane,
    slug: &Slug,
    selection: &Selection,
    limit: usize,
) -> Result<Outcome, Error> {
    let mut pages = control.token_pages(slug);
    let mut left = limit;
    while left > 0
        && let Some(page) = pages.next().await?
    {
        let mut lines = String::new();
        for token in page.value.iter().filter(|token| selection.takes(token)).take(left) {
            lines.push_str(&sanitise::to_json(token, false)?);
            lines.push('\n');
            left -= 1;
        }
        match cx.output.stream(&lines) {
            Ok(()) => {}
            Err(WriteError::NoReader) => break,
            Err(error) => return Err(error.into_error()),
        }
    }
    Ok(Outcome { streamed: true, ..Outcome::default() })
}
