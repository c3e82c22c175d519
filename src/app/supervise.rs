//! How a run ends. After an error, a signal or a panic, a token that was asked for and not
//! delivered is undone first. A signal ends the process by that same signal, after cleaning up, so
//! that a shell stops its loops.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::Instant;

use super::panics::bug;
use crate::commands::issuance::ledger::{UNDO_TIMEOUT, UNDO_TIMEOUT_WITHOUT_SIGNAL};
use crate::commands::issuance::undo_report::UndoReport;
use crate::commands::{ChildEnd, Completion, Context};
use crate::error::Error;
use crate::exit::{self, ErrorCode};
use crate::output::{Effect, Outcome, WriteError};
use crate::std_streams;
use crate::warning::Warning;

/// How long a request that may change something is waited for after a signal, before it is undone:
/// what is dropped under way may be carried out after that.
const WRITES_END_WITHIN: Duration = Duration::from_secs(1);

/// A signal that has come is told by then: the system has it already.
const SIGNAL_ARRIVES_WITHIN: Duration = Duration::from_millis(100);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an exit status.
    Status(u8),
    /// By a signal, which the caller raises again.
    Signal(i32),
}

/// A signal that ends the run.
#[derive(Clone, Copy)]
struct Came {
    signal: i32,
    at: Instant,
}

impl Came {
    fn now(signal: i32) -> Self {
        Self { signal, at: Instant::now() }
    }
}

/// Runs a command until it ends by itself or by a signal, then undoes what the ledger holds.
pub(super) async fn supervise(cx: &Context, work: impl Future<Output = Result<Completion, Error>>) -> Ended {
    let ended = run_and_clean_up(cx, work).await;
    // What a stream that nobody reads was given up for.
    if ended != Ended::Status(exit::DONE)
        && std_streams::have_given_up()
        && let Ok(signal) = tokio::time::timeout(SIGNAL_ARRIVES_WITHIN, cx.interrupts.next()).await
    {
        return Ended::Signal(signal);
    }
    ended
}

async fn run_and_clean_up(cx: &Context, work: impl Future<Output = Result<Completion, Error>>) -> Ended {
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    let result = tokio::select! {
        biased;
        signal = cx.interrupts.next() => {
            let came = Came::now(signal);
            cx.traffic.hold();
            let ended = tokio::select! {
                biased;
                result = &mut work => Some(result),
                () = cx.traffic.writes_end() => None,
                () = tokio::time::sleep(WRITES_END_WITHIN) => None,
            };
            drop(work);
            cx.traffic.release();
            return match ended {
                Some(result) => ended_before(cx, result.unwrap_or_else(|_| Err(bug())), came).await,
                None => interrupted(cx, came).await,
            };
        }
        result = &mut work => result,
    };
    drop(work);
    match result.unwrap_or_else(|_| Err(bug())) {
        Err(error) if cx.ledger.is_open() => {
            let (report, signal) = undo(cx, None, UNDO_TIMEOUT_WITHOUT_SIGNAL).await;
            fail_by(cx, report.explain(error), signal)
        }
        Err(error) => Ended::Status(fail(cx, &error)),
        Ok(Completion::Child(end)) => after_child(cx, end).await,
        // A verb that dropped its token: what it says is not believed.
        Ok(_) if cx.ledger.is_open() => {
            let (report, signal) = undo(cx, None, UNDO_TIMEOUT_WITHOUT_SIGNAL).await;
            fail_by(cx, report.explain(bug()), signal)
        }
        Ok(Completion::Printed { failure }) => Ended::Status(after_printing(cx, failure.as_ref())),
        Ok(Completion::Print(outcome)) => {
            let changed = outcome.effect.what().to_vec();
            tokio::select! {
            biased;
            signal = cx.interrupts.next() => {
                say_what_was_changed(cx, &changed);
                Ended::Signal(signal)
            }
            ended = print(cx, outcome) => ended,
            }
        }
    }
}

/// Names what was changed by a run whose result a signal has cut off.
fn say_what_was_changed(cx: &Context, changed: &[String]) {
    if !changed.is_empty() {
        let message = format!("The result could not be printed; the change was made: {}", changed.join(", "));
        cx.output.insist_on(&Warning::new("INTERRUPTED", message));
    }
}

/// Ends a run that came to its end after a signal, with what was under way then.
async fn ended_before(cx: &Context, result: Result<Completion, Error>, came: Came) -> Ended {
    match result {
        _ if cx.ledger.is_open() => return interrupted(cx, came).await,
        Err(error) => return fail_by(cx, error, Some(came.signal)),
        Ok(Completion::Print(outcome)) => _ = print(cx, outcome).await,
        Ok(Completion::Printed { failure }) => _ = after_printing(cx, failure.as_ref()),
        Ok(Completion::Child(_)) => {}
    }
    Ended::Signal(came.signal)
}

/// Cleans up after a signal.
async fn interrupted(cx: &Context, came: Came) -> Ended {
    if cx.ledger.is_open() {
        let why = Error::new(ErrorCode::DeliveryError, "The new token was not delivered");
        let (report, _) = undo(cx, Some(came), UNDO_TIMEOUT).await;
        cx.output.interrupted(&report.explain(why));
    }
    if let Some(message) = cx.ledger.interruption() {
        cx.output.insist_on(&Warning::new("INTERRUPTED", message));
    }
    Ended::Signal(came.signal)
}

/// Revokes the token of a child that has ended. The child's status is passed on; only a success
/// turns into a failure if the token could not be revoked.
async fn after_child(cx: &Context, ChildEnd { status, was_signalled }: ChildEnd) -> Ended {
    let timeout = if was_signalled { UNDO_TIMEOUT } else { UNDO_TIMEOUT_WITHOUT_SIGNAL };
    let (report, signal) = undo(cx, None, timeout).await;
    let mut failure = None;
    if report.left_behind() {
        let error = report.explain(Error::new(ErrorCode::PartialFailure, "The command has ended"));
        cx.output.insist(&error);
        failure = Some(error);
    }
    match (signal, failure) {
        (Some(signal), _) => Ended::Signal(signal),
        (None, Some(error)) if status == exit::DONE => Ended::Status(error.exit_status()),
        _ => Ended::Status(status),
    }
}

/// Undoes what the ledger holds, within a time from now, or from the signal that came. A signal
/// leaves it [`UNDO_TIMEOUT`]; one that comes after another ends it at once. Returns the number of
/// the signal that came.
async fn undo(cx: &Context, came: Option<Came>, timeout: Duration) -> (UndoReport, Option<i32>) {
    let mut undoing = Box::pin(cx.ledger.undo_all());
    let mut signal = came.map(|came| came.signal);
    let mut deadline = came.map_or_else(Instant::now, |came| came.at) + timeout;
    loop {
        tokio::select! {
            report = &mut undoing => return (report, signal),
            () = tokio::time::sleep_until(deadline) => return (cx.ledger.cut_short(), signal),
            came = cx.interrupts.next() => {
                if signal.is_some() {
                    return (cx.ledger.cut_short(), signal);
                }
                signal = Some(came);
                deadline = Instant::now() + UNDO_TIMEOUT;
            }
        }
    }
}

/// Prints a result. Losing it is an error, unless the command only read and nobody reads any more.
async fn print(cx: &Context, mut outcome: Outcome) -> Ended {
    let signal = outcome.failure.as_ref().and_then(Error::signal);
    let status = print_outcome(cx, &mut outcome).await;
    signal.map_or(Ended::Status(status), Ended::Signal)
}

async fn print_outcome(cx: &Context, outcome: &mut Outcome) -> u8 {
    match cx.output.result(&cx.command, outcome, &cx.warnings(), None).await {
        Ok(()) => {}
        Err(WriteError::NoReader) if outcome.effect == Effect::Read && outcome.failure.is_none() => return exit::DONE,
        Err(lost) => return fail(cx, &unreported(lost.into_error(), &outcome.effect)),
    }
    if let Some(error) = &outcome.failure {
        cx.output.explain(error);
    }
    outcome.failure.as_ref().map_or(exit::DONE, Error::exit_status)
}

/// Says what failed after stdout had its result.
fn after_printing(cx: &Context, failure: Option<&Error>) -> u8 {
    match failure {
        // What was printed before does not name what is left behind.
        Some(error) if error.code() == ErrorCode::PartialFailure => cx.output.insist(error),
        Some(error) => cx.output.explain(error),
        None => {}
    }
    failure.map_or(exit::DONE, Error::exit_status)
}

/// The error of a change whose output is lost names what was made.
fn unreported(lost: Error, effect: &Effect) -> Error {
    match effect {
        Effect::Changed { what } if !what.is_empty() => {
            let hints = lost.hints().to_vec();
            let named =
                Error::new(lost.code(), format!("{}; the change was made: {}", lost.message(), what.join(", ")));
            hints.into_iter().fold(named, Error::with_hint)
        }
        _ => lost,
    }
}

/// Fails by a signal if one came while the token was undone.
fn fail_by(cx: &Context, error: Error, signal: Option<i32>) -> Ended {
    let error = signal.into_iter().fold(error, Error::with_signal);
    let status = fail(cx, &error);
    signal.map_or(Ended::Status(status), Ended::Signal)
}

fn fail(cx: &Context, error: &Error) -> u8 {
    let lost = cx.output.failure(&cx.command, error, &cx.warnings()).is_err();
    if lost && error.leaves_token() && cx.output.presentation.agent {
        cx.output.insist(error);
    }
    error.exit_status()
}
