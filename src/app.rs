//! One run: early flags → parse → settings → dispatch → render.
//!
//! This is the only place that decides how a run ends. Whatever ends a command (an error, a signal, a panic), a token that
//! was asked for and not delivered is undone first. A signal ends the process by that same signal, after cleaning up, so
//! that a shell stops its loops.

mod arguments;
mod dispatch;
mod panics;
mod usage;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::ci::{Destination, JobEnvironment};
use crate::cli;
use crate::commands::issuance::ledger::{Ledger, UNDO_TIMEOUT, UNDO_TIMEOUT_WITHOUT_SIGNAL};
use crate::commands::issuance::undo_report::UndoReport;
use crate::commands::{Completion, Context, Interrupts, SoFar};
use crate::config::{Env, Settings};
use crate::error::Error;
use crate::exit::{self, ErrorCode};
use crate::output::times::TimeStyle;
use crate::output::{Effect, Format, Interactivity, Outcome, Output, Presentation, Terminals, WriteError};
use crate::warning::Warning;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With an exit status.
    Status(u8),
    /// By a signal, which the caller raises again.
    Signal(i32),
}

/// Runs a command line. Whatever panics ends with the status of a bug.
pub fn run(line: &[OsString]) -> Ended {
    panics::record_instead_of_printing();
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run_line(line)));
    ended.unwrap_or_else(|_| {
        let env = Env::of_process();
        let presentation =
            Presentation::fallback(&arguments::early_flags(line), &env, Terminals::of_process(), &job_around(&env));
        Ended::Status(fail(&Output::new(presentation), "", &bug()))
    })
}

fn bug() -> Error {
    let location = panics::location().map(|location| format!(" ({location})")).unwrap_or_default();
    Error::new(ErrorCode::UnknownError, format!("This is a bug in `jelou`{location}"))
        .with_hint("please report what you ran")
}

#[allow(clippy::disallowed_methods, reason = "the one reader of the working directory")]
fn run_line(line: &[OsString]) -> Ended {
    let env = Env::of_process();
    let terminals = Terminals::of_process();
    let job = job_around(&env);
    let (command, cli) = match cli::parse(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            let output = Output::new(Presentation::fallback(&arguments::early_flags(line), &env, terminals, &job));
            return Ended::Status(arguments::end(&output, &error, line));
        }
    };
    let flags = arguments::presentation_flags(&cli.global);
    let presentation = match arguments::check(&cli).and_then(|()| Presentation::resolve(&flags, &env, terminals, &job))
    {
        Ok(mut presentation) => {
            presentation.stdout_is_log = presentation.format == Format::Jq && job.destination() == Destination::JobLog;
            presentation
        }
        Err(error) => {
            let output = Output::new(Presentation::fallback(&flags, &env, terminals, &job));
            return Ended::Status(fail(&output, &command, &error));
        }
    };
    let no_input = cli.global.no_input || cli.global.agent || env.switch(crate::config::env::JELOU_NO_INPUT);
    let interactivity = Interactivity::decide(&presentation, no_input, cli.global.yes);
    let output = Rc::new(Output::new(presentation));
    let print_token = cli.global.print_token;
    let prepared = Settings::resolve(&arguments::settings_flags(&cli.global), &env)
        .map(|settings| {
            let (output, folder) = (Rc::clone(&output), std::env::current_dir().unwrap_or_default());
            Context {
                command: command.clone(),
                times: TimeStyle::new(Timestamp::now(), terminals.stdout),
                env,
                settings,
                job,
                output,
                interactivity,
                print_token,
                folder,
                ledger: Ledger::default(),
                interrupts: Interrupts::default(),
                so_far: SoFar::default(),
            }
        })
        .and_then(|cx| Ok((cx, runtime()?)));
    match prepared {
        Ok((cx, runtime)) => {
            let ended = runtime.block_on(supervise(&cx, dispatch::dispatch(&cx, &cli.command)));
            // A look-up of a name that hangs must not hold the process back.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Ended::Status(fail(&output, &command, &error)),
    }
}

fn job_around(env: &Env) -> JobEnvironment {
    JobEnvironment::observe(&|name| env.text(name).map(str::to_owned))
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::unknown("The run could not be set up", cause))
}

/// Runs a command until it ends by itself or by a signal, then undoes what the ledger holds.
async fn supervise(cx: &Context, work: impl Future<Output = Result<Completion, Error>>) -> Ended {
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    let result = tokio::select! {
        biased;
        signal = cx.interrupts.next() => {
            drop(work);
            return interrupted(cx, signal).await;
        }
        result = &mut work => result,
    };
    drop(work);
    match result.unwrap_or_else(|_| Err(bug())) {
        Err(error) if cx.ledger.is_open() => {
            let (report, signal) = undo(cx, None).await;
            let status = fail_with(cx, &report.explain(error));
            signal.map_or(Ended::Status(status), Ended::Signal)
        }
        Err(error) => Ended::Status(fail_with(cx, &error)),
        Ok(Completion::ChildStatus(status)) => after_child(cx, status).await,
        Ok(Completion::Printed { failure }) => Ended::Status(after_printing(cx, failure.as_ref())),
        Ok(Completion::Print(outcome)) => tokio::select! {
            status = print(cx, outcome) => Ended::Status(status),
            signal = cx.interrupts.next() => Ended::Signal(signal),
        },
    }
}

/// Cleans up after a signal.
async fn interrupted(cx: &Context, signal: i32) -> Ended {
    if cx.ledger.is_open() {
        let why = Error::new(ErrorCode::DeliveryError, "The new token was not delivered");
        let (report, _) = undo(cx, Some(signal)).await;
        cx.output.interrupted(&report.explain(why));
    }
    if let Some(message) = cx.ledger.interruption() {
        cx.output.warn(&Warning::new("INTERRUPTED", message));
    }
    Ended::Signal(signal)
}

/// Revokes the token of a child that has ended. The child's status is passed on; only a success turns into a failure if
/// the token could not be revoked.
async fn after_child(cx: &Context, status: u8) -> Ended {
    let (report, signal) = undo(cx, None).await;
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

/// Undoes what the ledger holds. After a signal that may take [`UNDO_TIMEOUT`]; a second signal ends it at once. Returns
/// the signal that came, too.
async fn undo(cx: &Context, mut signal: Option<i32>) -> (UndoReport, Option<i32>) {
    let mut undoing = Box::pin(cx.ledger.undo_all());
    let timeout = if signal.is_some() { UNDO_TIMEOUT } else { UNDO_TIMEOUT_WITHOUT_SIGNAL };
    let mut deadline = Instant::now() + timeout;
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
async fn print(cx: &Context, mut outcome: Outcome) -> u8 {
    match cx.output.result(&cx.command, &mut outcome, &cx.warnings(), None).await {
        Ok(()) => {}
        Err(WriteError::NoReader) if outcome.effect == Effect::Read && outcome.failure.is_none() => return exit::DONE,
        Err(lost) => return fail_with(cx, &unreported(lost.into_error(), &outcome.effect)),
    }
    if let Some(error) = &outcome.failure {
        cx.output.explain(error);
    }
    outcome.failure.map_or(exit::DONE, |error| error.exit_status())
}

/// Says what failed after stdout had its result.
fn after_printing(cx: &Context, failure: Option<&Error>) -> u8 {
    match failure {
        // What was printed before does not name what is left.
        Some(error) if error.code() == ErrorCode::PartialFailure => cx.output.insist(error),
        Some(error) => cx.output.explain(error),
        None => {}
    }
    failure.map_or(exit::DONE, Error::exit_status)
}

/// A change whose report is lost names at least what it made.
fn unreported(lost: Error, effect: &Effect) -> Error {
    match effect {
        Effect::Changed { id: Some(id) } => {
            Error::new(lost.code(), format!("{}; the change was made: {id}", lost.message()))
        }
        _ => lost,
    }
}

fn fail_with(cx: &Context, error: &Error) -> u8 {
    let lost = cx.output.failure(&cx.command, error, &cx.warnings()).is_err();
    if lost && error.leaves_token() && cx.output.presentation.agent {
        cx.output.insist(error);
    }
    error.exit_status()
}

fn fail(output: &Output, command: &str, error: &Error) -> u8 {
    let _ = output.failure(command, error, &[]);
    error.exit_status()
}

#[cfg(test)]
mod tests;
