//! Bulk verbs: the same action for many items, a few at a time over one
//! connection pool, each item reported in input order.

use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::progress::Progress;
use crate::output::{Line, Outcome, sanitise};

/// How many requests are under way at once: enough to hide the network's latency, few enough for
/// one platform's rate limit.
const AT_ONCE: usize = 8;
/// From how many items on a bar is shown: fewer are done before anybody has read it.
const WORTH_A_BAR: usize = 10;

/// What became of one item.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct Item {
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
    #[serde(serialize_with = "item_error")]
    #[schemars(with = "Option<ItemError>")]
    error: Option<Error>,
}

/// Why an item failed.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ItemError {
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

#[allow(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn item_error<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    let error = error.as_ref().map(|error| ItemError {
        code: error.code().as_str(),
        message: sanitise::scrub(&error.message()),
        retryable: error.retryable(),
        http_status: error.http_status(),
    });
    error.serialize(serializer)
}

/// The field that a bulk verb adds to `.error.details` when every item failed.
#[derive(Serialize)]
struct FailedItems<'a> {
    items: &'a [Item],
}

impl Item {
    pub(crate) fn done(reference: &str, id: Option<&str>, name: Option<&str>, status: &'static str) -> Self {
        let own = |text: &str| text.to_owned();
        Self { reference: own(reference), id: id.map(own), name: name.map(own), status, error: None }
    }

    pub(crate) fn failed(reference: &str, id: Option<&str>, name: Option<&str>, error: impl Into<Error>) -> Self {
        Self { error: Some(error.into()), ..Self::done(reference, id, name, "failed") }
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

/// Runs an action for every item, [`AT_ONCE`] at a time.
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

/// The words of a bulk verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording {
    /// For a single item: `Token revoked`.
    pub(crate) one: &'static str,
    /// Before the name of each of several: `Revoked token`.
    pub(crate) each: &'static str,
    /// In sentences about failures: `revoked`.
    pub(crate) verb: &'static str,
}

/// The result of a bulk verb. If all failed in the same way, that is the error; if they failed in
/// different ways or only some failed, `PARTIAL_FAILURE`.
pub(crate) fn outcome(mut items: Vec<Item>, wording: Wording) -> Result<Outcome, Error> {
    let total = items.len();
    if total == 1
        && let Some(error) = items[0].error.take()
    {
        return Err(error);
    }
    let errors: Vec<&Error> = items.iter().filter_map(|item| item.error.as_ref()).collect();
    if let Some(first) = errors.first().filter(|_| errors.len() == total)
        && errors.iter().all(|error| error.code() == first.code())
    {
        let message = format!("None of {total} was {}: {}", wording.verb, first.message());
        let error = Error::new(first.code(), message).answered_like(first);
        return Err(error.with_fields(&FailedItems { items: &items }));
    }
    let failure = (!errors.is_empty()).then(|| {
        let hint = if errors.iter().all(|error| error.retryable()) {
            "run it again with `--ignore-missing`"
        } else {
            "`--json` says of each one what became of it"
        };
        let message = format!("{} of {total} could not be {}", errors.len(), wording.verb);
        Error::new(ErrorCode::PartialFailure, message).with_hint(hint)
    });
    let quiet = items.iter().filter(|item| item.error.is_none()).filter_map(|item| item.id.clone()).collect();
    let lines: Vec<Line> = items.iter().map(|item| line(item, total == 1, wording)).collect();
    let outcome = lines.into_iter().fold(Outcome::changed(items).quiet(quiet), Outcome::line);
    Ok(Outcome { failure, ..outcome })
}

fn line(item: &Item, is_only: bool, wording: Wording) -> Line {
    match &item.error {
        Some(error) => Line::Note(format!("Not {}: {}: {}", wording.verb, item.label(), error.message())),
        None if item.status == "missing" => Line::Done(format!("Nothing to do: {} does not exist", item.label())),
        None if is_only => Line::Done(wording.one.to_owned()),
        None => Line::Done(format!("{} {}", wording.each, item.label())),
    }
}
