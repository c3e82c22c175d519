//! Doing the same to many things: a few at a time over one connection pool, every item reported, in input order.

use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::Serialize;

use super::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::progress::Progress;
use crate::output::{Line, Outcome, sanitise};

/// How many requests are under way at once (contract: 8): enough to hide the network's latency, few enough for one
/// platform's rate limit.
const AT_ONCE: usize = 8;
/// From how many items on a bar is shown: fewer are done before anybody has read it.
const WORTH_A_BAR: usize = 10;

/// What became of one item.
pub(crate) struct Item {
    /// As it was given.
    reference: String,
    id: Option<String>,
    name: Option<String>,
    /// What was done: `revoked`, `missing`, `failed`, …
    status: &'static str,
    /// Why it failed.
    error: Option<Error>,
}

/// What became of one item.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Item", deny_unknown_fields)]
pub(crate) struct ItemData {
    /// As it was given.
    #[serde(rename = "ref")]
    reference: String,
    /// The id, once known.
    id: Option<String>,
    /// The name, once known.
    name: Option<String>,
    /// What was done.
    #[schemars(with = "String")]
    status: &'static str,
    /// Why it failed.
    error: Option<ItemError>,
}

/// Why an item failed.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ItemError {
    /// The stable name.
    #[schemars(with = "ErrorCode")]
    code: &'static str,
    /// One sentence for a person.
    message: String,
    /// Whether trying again is safe and may succeed.
    retryable: bool,
    /// The status of the HTTP answer behind it.
    http_status: Option<u16>,
}

/// The fields that a bulk verb adds to `.error.details` when every item failed.
#[derive(Serialize)]
struct FailedItems {
    items: Vec<ItemData>,
}

impl Item {
    /// An item that was done.
    pub(crate) fn done(reference: &str, id: Option<&str>, name: Option<&str>, status: &'static str) -> Self {
        let own = |text: &str| text.to_owned();
        Self { reference: own(reference), id: id.map(own), name: name.map(own), status, error: None }
    }

    /// An item that failed.
    pub(crate) fn failed(reference: &str, id: Option<&str>, name: Option<&str>, error: impl Into<Error>) -> Self {
        Self { error: Some(error.into()), ..Self::done(reference, id, name, "failed") }
    }

    fn data(&self) -> ItemData {
        ItemData {
            reference: self.reference.clone(),
            id: self.id.clone(),
            name: self.name.clone(),
            status: self.status,
            error: self.error.as_ref().map(|error| ItemError {
                code: error.code().as_str(),
                message: sanitise::scrub(&error.message()),
                retryable: error.retryable(),
                http_status: error.http_status(),
            }),
        }
    }

    fn label(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), Some(id)) => format!("\"{name}\" ({id})"),
            (_, Some(id)) => id.clone(),
            (Some(name), None) => format!("\"{name}\""),
            (None, None) => self.reference.clone(),
        }
    }
}

/// Does something to every item, [`AT_ONCE`] at a time; the results come in input order.
pub(crate) async fn each<T, F: Future<Output = Item>>(
    cx: &Context,
    title: &str,
    items: Vec<T>,
    action: impl Fn(T) -> F,
) -> Vec<Item> {
    let total = items.len();
    let shown = total >= WORTH_A_BAR && cx.output.shows_progress();
    let progress = if shown { Progress::bar(total as u64, title.to_owned()) } else { Progress::hidden() };
    let progress = &progress;
    let action = &action;
    futures_util::stream::iter(items)
        .map(|item| async move {
            let done = action(item).await;
            progress.step();
            done
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// How a bulk verb speaks of what it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording {
    /// For one: `Token revoked`.
    pub(crate) one: &'static str,
    /// For several, before the name: `Revoked token`.
    pub(crate) each: &'static str,
    /// In a sentence about failures: `revoked`.
    pub(crate) verb: &'static str,
}

/// The result of a bulk verb. If all failed in the same way, that is the error; if they failed in different ways or only
/// some failed, `PARTIAL_FAILURE`.
///
/// # Errors
/// The common error of all items.
pub(crate) fn outcome(items: Vec<Item>, wording: Wording) -> Result<Outcome, Error> {
    let failed = items.iter().filter(|item| item.error.is_some()).count();
    let quiet = items.iter().filter(|item| item.error.is_none()).filter_map(|item| item.id.clone()).collect();
    let single = items.len() == 1;
    let mut outcome = Outcome::changed(items.iter().map(Item::data).collect::<Vec<_>>()).quiet(quiet);
    for item in &items {
        let line = match &item.error {
            Some(error) => Line::Note(format!("Not {}: {}: {}", wording.verb, item.label(), error.message())),
            None if item.status == "missing" => Line::Done(format!("Nothing to do: {} does not exist", item.label())),
            None if single => Line::Done(wording.one.to_owned()),
            None => Line::Done(format!("{} {}", wording.each, item.label())),
        };
        outcome = outcome.line(line);
    }
    if failed == 0 {
        return Ok(outcome);
    }
    let codes: Vec<ErrorCode> = items.iter().filter_map(|item| item.error.as_ref().map(Error::code)).collect();
    let same = codes.iter().all(|code| *code == codes[0]);
    let total = items.len();
    if failed == total && same {
        let data = items.iter().map(Item::data).collect();
        let Some(first) = items.into_iter().find_map(|item| item.error) else { return Ok(outcome) };
        if total == 1 {
            return Err(first);
        }
        let message = format!("None of {total} was {}: {}", wording.verb, first.message());
        return Err(Error::new(first.code(), message).answered_like(&first).with_fields(&FailedItems { items: data }));
    }
    let message = format!("{failed} of {total} could not be {}", wording.verb);
    let all_passing = items.iter().filter_map(|item| item.error.as_ref()).all(Error::retryable);
    let hint = if all_passing {
        "run it again with `--ignore-missing`"
    } else {
        "`--json` says of each one what became of it"
    };
    outcome.failure = Some(Error::new(ErrorCode::PartialFailure, message).with_hint(hint));
    Ok(outcome)
}
