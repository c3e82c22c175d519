//! Doing the same to many things: a few at a time over one connection pool, every item reported, in input order.

use futures_util::StreamExt;
use serde_json::{Value, json};

use super::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::progress::Progress;
use crate::output::{Line, Outcome};

/// How many are under way at once.
pub const AT_ONCE: usize = 8;
/// From how many on a bar is shown.
const WORTH_A_BAR: usize = 10;

/// What became of one item.
#[derive(Debug)]
pub struct Item {
    /// As it was given.
    pub reference: String,
    /// The id, once known.
    pub id: Option<String>,
    /// The name, once known.
    pub name: Option<String>,
    /// What was done: `revoked`, `missing`, `failed`, …
    pub status: &'static str,
    /// Why it failed.
    pub error: Option<Error>,
}

impl Item {
    /// An item that was done.
    pub fn done(reference: &str, id: Option<&str>, name: Option<&str>, status: &'static str) -> Self {
        let own = |text: &str| text.to_owned();
        Self { reference: own(reference), id: id.map(own), name: name.map(own), status, error: None }
    }

    /// An item that failed.
    pub fn failed(reference: &str, id: Option<&str>, name: Option<&str>, error: Error) -> Self {
        Self { error: Some(error), ..Self::done(reference, id, name, "failed") }
    }

    fn data(&self) -> Value {
        json!({
            "ref": self.reference,
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "error": self.error.as_ref().map(|error| json!({
                "code": error.code().as_str(),
                "message": crate::output::sanitise::scrub(&error.message()),
                "retryable": error.retryable(),
                "http_status": error.http_status(),
            })),
        })
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
pub async fn each<T, F: Future<Output = Item>>(
    cx: &Context,
    title: &str,
    items: Vec<T>,
    deed: impl Fn(T) -> F,
) -> Vec<Item> {
    let total = items.len();
    let shown = total >= WORTH_A_BAR && cx.output.shows_progress();
    let progress = if shown { Progress::bar(total as u64, title.to_owned()) } else { Progress::hidden() };
    let progress = &progress;
    let deed = &deed;
    futures_util::stream::iter(items)
        .map(|item| async move {
            let done = deed(item).await;
            progress.step();
            done
        })
        .buffered(AT_ONCE)
        .collect()
        .await
}

/// How a bulk verb speaks of what it did.
#[derive(Clone, Copy, Debug)]
pub struct Wording {
    /// For one: `Token revoked`.
    pub one: &'static str,
    /// For several, before the name: `Revoked token`.
    pub each: &'static str,
    /// In a sentence about failures: `revoked`.
    pub verb: &'static str,
}

/// The result of a bulk verb. If all failed in the same way, that is the error; if they failed in different ways or only
/// some failed, `PARTIAL_FAILURE`.
///
/// # Errors
/// The common error of all items.
pub fn outcome(items: Vec<Item>, wording: Wording) -> Result<Outcome, Error> {
    let data: Vec<Value> = items.iter().map(Item::data).collect();
    let failed = items.iter().filter(|item| item.error.is_some()).count();
    let quiet = items.iter().filter(|item| item.error.is_none()).filter_map(|item| item.id.clone()).collect();
    let single = items.len() == 1;
    let mut outcome = Outcome::changed(Value::Array(data.clone())).quiet(quiet);
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
        let Some(first) = items.into_iter().find_map(|item| item.error) else { return Ok(outcome) };
        if total == 1 {
            return Err(first);
        }
        let message = format!("None of {total} was {}: {}", wording.verb, first.message());
        return Err(Error::new(first.code(), message).answered_like(&first).with_details(json!({ "items": data })));
    }
    let message = format!("{failed} of {total} could not be {}", wording.verb);
    let all_passing = items.iter().filter_map(|item| item.error.as_ref()).all(Error::retryable);
    let hint = if all_passing {
        "run it again with `--ignore-missing`"
    } else {
        "`--json` says of each one what became of it"
    };
    outcome.error = Some(Error::new(ErrorCode::PartialFailure, message).with_hint(hint));
    Ok(outcome)
}
