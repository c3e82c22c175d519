//! Bulk verbs: the same action for many items, a few at a time over one connection pool, each item
//! reported in input order.
//!
//! A signal does not end such a run at once, since something has been destroyed already. Nothing
//! new is begun, no retry either; what is under way has [`FINISHES_WITHIN`]. Then every item is
//! reported, and the run ends by the signal.

mod item;

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use rustix::process::Signal;
use serde::Serialize;
use tokio::time::Instant;

use super::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::progress::Progress;
use crate::output::{Effect, Line, Outcome};
#[cfg(test)]
pub(crate) use item::ItemError;
pub(crate) use item::{Item, item_error};

/// How many requests are under way at once: enough to hide the network's latency, few enough for
/// one platform's rate limit.
pub(crate) const AT_ONCE: usize = 8;
/// From how many items on a bar is shown: fewer are done before anybody has read it.
const WORTH_A_BAR: usize = 10;
/// How many hints of single items a failure repeats: more hide each other.
const HINTS: usize = 3;
/// How long requests that are under way may take after a signal.
const FINISHES_WITHIN: Duration = Duration::from_secs(5);

/// The status of an item that had expired, so that nothing was left to do.
pub(crate) const EXPIRED: &str = "expired";

/// Something that a bulk verb takes.
pub(crate) trait Subject {
    /// What is known of it before it is begun.
    fn item(&self) -> Item;
}

/// What a bulk verb did.
pub(crate) struct Done {
    items: Vec<Item>,
    signal: Option<Signal>,
}

impl From<Vec<Item>> for Done {
    fn from(items: Vec<Item>) -> Self {
        Self { items, signal: None }
    }
}

impl Done {
    /// What became of each, and the signal that ended it.
    pub(crate) fn into_parts(self) -> (Vec<Item>, Option<Signal>) {
        (self.items, self.signal)
    }
}

/// The field that a bulk verb adds to `.error.details` when every item failed.
#[derive(Serialize)]
struct FailedItems<'a> {
    items: &'a [&'a Item],
}

/// Runs an action for every item, [`AT_ONCE`] at a time.
///
/// # Errors
/// `UNKNOWN_ERROR` if signals cannot be received; nothing was begun.
pub(crate) async fn each<T: Subject, F: Future<Output = Item>>(
    cx: &Context,
    title: &str,
    items: Vec<T>,
    action: impl Fn(T) -> F,
) -> Result<Done, Error> {
    let signals = cx.interrupts.take()?;
    let total = items.len();
    let shown = total >= WORTH_A_BAR && cx.output.shows_progress();
    let progress = if shown { Progress::bar(total as u64, title.to_owned()) } else { Progress::hidden() };
    let mut results: Vec<Item> = items.iter().map(|target| target.item().not_attempted()).collect();
    let begun = RefCell::new(HashSet::new());
    let signal = Cell::new(None);
    let (action, begun) = (&action, &begun);
    let ended = futures_util::stream::iter(items.into_iter().enumerate())
        .take_while(|_| std::future::ready(signal.get().is_none()))
        .map(|(index, target)| async move {
            begun.borrow_mut().insert(index);
            (index, action(target).await)
        })
        .buffer_unordered(AT_ONCE);
    let mut ended = pin!(ended);
    let mut deadline = None;
    loop {
        let too_late = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            next = ended.next() => match next {
                Some((index, item)) => {
                    begun.borrow_mut().remove(&index);
                    results[index] = item;
                    progress.step();
                }
                None => break,
            },
            came = signals.next() => {
                if signal.get().is_some() {
                    break;
                }
                signal.set(Some(came));
                deadline = Some(Instant::now() + FINISHES_WITHIN);
                cx.traffic.end();
            }
            () = too_late => break,
        }
    }
    let begun = begun.borrow();
    let known = results.into_iter().enumerate();
    let items = known.map(|(index, item)| if begun.contains(&index) { item.unknown() } else { item }).collect();
    Ok(Done { items, signal: signal.get() })
}

/// The words of a bulk verb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wording {
    /// Before the name of each: `Token revoked`.
    pub(crate) done: &'static str,
    /// What they are, one of them: `token`.
    pub(crate) noun: &'static str,
    /// In sentences about failures: `revoked`.
    pub(crate) verb: &'static str,
    /// Behind the number of those that are done: `revoked`, `would be revoked`.
    pub(crate) all_done: &'static str,
    /// How to do the rest.
    pub(crate) again: &'static str,
}

/// The result of a bulk verb. If all failed in the same way, that is the error; if they failed in
/// different ways, only some failed, or a signal came, `PARTIAL_FAILURE`.
pub(crate) fn outcome(done: impl Into<Done>, wording: Wording) -> Result<Outcome, Error> {
    let Done { mut items, signal } = done.into();
    let total = items.len();
    if total == 1
        && signal.is_none()
        && let Some(error) = items[0].error.take()
    {
        return Err(naming(error, &items[0], wording));
    }
    let all: Vec<&Item> = items.iter().collect();
    let failure = match signal {
        Some(signal) => Some(interrupted(&all, signal, wording)),
        None => failure(&all, wording)?,
    };
    let (quiet, lines) = (ids(&all), lines(&all, wording));
    let what: Vec<String> = items.iter().filter(|item| item.is_done()).map(Item::label).collect();
    let outcome = lines.into_iter().fold(Outcome::changed(items).quiet(quiet), Outcome::line);
    Ok(Outcome { failure, effect: Effect::Changed { what }, ..outcome })
}

/// The error of the only item, with a hint that says which one it was: the message may be the
/// platform's, which does not. What was looked for and not found is named already.
fn naming(error: Error, item: &Item, wording: Wording) -> Error {
    let label = item.label();
    if item.id.is_none() || error.message().contains(&label) {
        return error;
    }
    let (noun, verb) = (wording.noun, wording.verb);
    match error.code() {
        // The platform may have done it and failed then.
        ErrorCode::NetworkError | ErrorCode::TransientError | ErrorCode::ApiError => {
            error.with_hint(format!("whether the {noun} {label} was {verb} is not known"))
        }
        _ => error.with_hint(format!("the {noun} {label} was not {verb}")),
    }
}

/// The ids of those that are done.
pub(crate) fn ids(items: &[&Item]) -> Vec<String> {
    items.iter().filter(|item| item.is_done()).filter_map(|item| item.id.clone()).collect()
}

/// What became of each, and of how many, for people.
pub(crate) fn lines(items: &[&Item], wording: Wording) -> Vec<Line> {
    let mut lines: Vec<Line> = items.iter().map(|item| line(item, wording)).collect();
    if items.len() > 1 {
        lines.push(summary(items, wording));
    }
    lines
}

/// What is wrong although some items are done.
///
/// # Errors
/// The error that all items have.
pub(crate) fn failure(items: &[&Item], wording: Wording) -> Result<Option<Error>, Error> {
    let total = items.len();
    let errors: Vec<&Error> = items.iter().filter_map(|item| item.error.as_ref()).collect();
    let Some(first) = errors.first() else { return Ok(None) };
    if errors.len() == total && errors.iter().all(|error| error.code() == first.code()) {
        let message = format!("None of {total} was {}: {}", wording.verb, first.message());
        let error = Error::new(first.code(), message).answered_like(first).with_hints_of(first);
        return Err(error.with_fields(&FailedItems { items }));
    }
    Ok(in_part(items, wording))
}

/// The failure of some, if there is any.
pub(crate) fn in_part(items: &[&Item], wording: Wording) -> Option<Error> {
    let errors: Vec<&Error> = items.iter().filter_map(|item| item.error.as_ref()).collect();
    if errors.is_empty() {
        return None;
    }
    let hint = if errors.iter().all(|error| error.retryable()) {
        wording.again
    } else {
        "`--json` says of each one what became of it"
    };
    let message = format!("{} of {} could not be {}", errors.len(), items.len(), wording.verb);
    let mut failure = Error::new(ErrorCode::PartialFailure, message);
    let mut said = HashSet::new();
    for own in errors.iter().flat_map(|error| error.hints()).filter(|own| said.insert(own.as_str())).take(HINTS) {
        failure = failure.with_hint(own);
    }
    Some(failure.with_hint(hint))
}

/// Why a run was left before its end.
pub(crate) fn interrupted(items: &[&Item], signal: Signal, wording: Wording) -> Error {
    let count = |is: fn(&Item) -> bool| items.iter().filter(|item| is(item)).count();
    let mut message = format!("Interrupted: {} of {} were {}", count(Item::is_done), items.len(), wording.verb);
    for (number, what) in [
        (count(|item| item.error.is_some()), "failed"),
        (count(Item::is_unknown), "unknown"),
        (count(|item| !item.was_attempted()), "not attempted"),
    ] {
        if number > 0 {
            message.push_str(&format!(", {number} {what}"));
        }
    }
    Error::new(ErrorCode::PartialFailure, message).with_hint(wording.again).with_signal(signal.as_raw())
}

/// How many of how many are done, and what became of the others.
fn summary(items: &[&Item], wording: Wording) -> Line {
    let count = |is: fn(&Item) -> bool| items.iter().filter(|item| is(item)).count();
    let others = [
        (count(|item| item.is_done() && item.status == "missing"), "did not exist"),
        (count(|item| item.is_done() && item.status == EXPIRED), "had expired"),
        (count(|item| item.error.is_some()), "failed"),
        (count(Item::is_unknown), "unknown"),
        (count(|item| !item.was_attempted()), "not attempted"),
    ];
    let total = items.len();
    let done = total - others.iter().map(|(number, _)| number).sum::<usize>();
    let of = if done == total { String::new() } else { format!("{done} of ") };
    let plural = if let Some(stem) = wording.noun.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        format!("{}s", wording.noun)
    };
    let mut text = format!("{of}{total} {plural} {}", wording.all_done);
    for (number, what) in others.iter().filter(|(number, _)| *number > 0) {
        text.push_str(&format!(", {number} {what}"));
    }
    if items.iter().all(|item| item.is_done()) { Line::Done(text) } else { Line::Note(text) }
}

fn line(item: &Item, wording: Wording) -> Line {
    match &item.error {
        Some(error) => Line::Note(format!("Not {}: {}: {}", wording.verb, item.label(), error.message())),
        None if item.is_unknown() => Line::Note(format!("Maybe {}: {}", wording.verb, item.label())),
        None if !item.was_attempted() => Line::Note(format!("Not attempted: {}", item.label())),
        None if item.status == "missing" => Line::Done(format!("Nothing to do: {} does not exist", item.label())),
        None if item.status == EXPIRED => Line::Done(format!("Nothing to do: {} has expired", item.label())),
        None => Line::Done(format!("{}: {}", wording.done, item.label())),
    }
}
