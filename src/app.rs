//! One run: early flags → parse → settings → dispatch → render.
//!
//! This is the only place that decides how a run ends. Whatever ends a command (an error, a signal, a panic), a token that
//! was asked for and not handed over is undone first. A signal ends the process by that same signal, after cleaning up, so
//! that a shell stops its loops.

mod arguments;
mod dispatch;
mod panics;
mod usage;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures_util::FutureExt;
use tokio::time::Instant;

use crate::ci::{Destination, JobEnvironment};
use crate::cli;
use crate::commands::Context;
use crate::commands::pending::{self, UNDO_PATIENCE, Undone};
use crate::config::{Env, Settings};
use crate::delivery::NotUndone;
use crate::error::Error;
use crate::exit::{self, ErrorCode};
use crate::output::{Format, Interactivity, Outcome, Output, Presentation, Terminals, WriteError};

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
        let presentation =
            Presentation::fallback(&arguments::early_flags(line), &Env::of_process(), Terminals::of_process());
        Ended::Status(fail(&Output::new(presentation), "", &bug()))
    })
}

fn bug() -> Error {
    let location = panics::location().map(|location| format!(" ({location})")).unwrap_or_default();
    Error::new(ErrorCode::UnknownError, format!("This is a bug in `jelou`{location}"))
        .with_hint("please report what you ran")
}

fn run_line(line: &[OsString]) -> Ended {
    let env = Env::of_process();
    let terminals = Terminals::of_process();
    let (command, cli) = match cli::parse(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            let output = Output::new(Presentation::fallback(&arguments::early_flags(line), &env, terminals));
            return Ended::Status(arguments::end(&output, &error, line));
        }
    };
    let flags = arguments::presentation_flags(&cli.global);
    let presentation = match arguments::check(&cli).and_then(|()| Presentation::resolve(&flags, &env, terminals)) {
        Ok(mut presentation) => {
            presentation.stdout_is_log = presentation.format == Format::Jq && is_job_log(&env);
            presentation
        }
        Err(error) => {
            let output = Output::new(Presentation::fallback(&flags, &env, terminals));
            return Ended::Status(fail(&output, &command, &error));
        }
    };
    let no_input = cli.global.no_input || cli.global.agent || env.switch(crate::config::env::JELOU_NO_INPUT);
    let interactivity = Interactivity::decide(&presentation, no_input, cli.global.yes);
    let output = Rc::new(Output::new(presentation));
    let prepared = Settings::resolve(&arguments::settings_flags(&cli.global), &env)
        .map(|settings| {
            let folder = std::env::current_dir().unwrap_or_default();
            Context::new(env, settings, Rc::clone(&output), interactivity, cli.global.print_token, folder)
        })
        .and_then(|cx| Ok((cx, runtime()?)));
    match prepared {
        Ok((cx, runtime)) => {
            let ended = runtime.block_on(supervise(&cx, &command, dispatch::dispatch(&cx, &cli.command)));
            // A look-up of a name that hangs must not hold the process back.
            runtime.shutdown_background();
            ended
        }
        Err(error) => Ended::Status(fail(&output, &command, &error)),
    }
}

fn is_job_log(env: &Env) -> bool {
    let job = JobEnvironment::observe(&|name| env.text(name).map(str::to_owned));
    job.destination() == Destination::JobLog
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::unknown("The run could not be set up", cause))
}

/// Runs a command until it ends by itself or by a signal, then sees to what is owed.
async fn supervise(cx: &Context, name: &str, work: impl Future<Output = Result<Outcome, Error>>) -> Ended {
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    let result = loop {
        tokio::select! {
            biased;
            signal = cx.interrupts.next() => {
                if cx.child_runs() {
                    continue;
                }
                drop(work);
                return interrupted(cx, signal).await;
            }
            result = &mut work => break result,
        }
    };
    drop(work);
    let result = result.unwrap_or_else(|_| Err(bug()));
    match result {
        Err(error) if cx.pending.is_owed() => {
            let (undone, left, signal) = clean_up(cx, None).await;
            let status = fail_with(cx, name, &pending::after_undo(error, &undone, &left));
            signal.map_or(Ended::Status(status), Ended::Signal)
        }
        Err(error) => Ended::Status(fail_with(cx, name, &error)),
        Ok(outcome) if cx.pending.is_owed() => after_child(cx, &outcome).await,
        Ok(outcome) => tokio::select! {
            status = finish(cx, name, outcome) => Ended::Status(status),
            signal = cx.interrupts.next() => Ended::Signal(signal),
        },
    }
}

/// Cleans up after a signal.
async fn interrupted(cx: &Context, signal: i32) -> Ended {
    if cx.pending.is_owed() {
        let why = Error::new(ErrorCode::DeliveryError, "The new token was not handed over");
        let (undone, left, _) = clean_up(cx, Some(signal)).await;
        cx.output.interrupted(&pending::after_undo(why, &undone, &left));
    }
    cx.say_what_remains();
    Ended::Signal(signal)
}

/// Revokes the token of a child that has ended. The child's status is passed on; only a success turns into a failure if
/// the token could not be revoked.
async fn after_child(cx: &Context, outcome: &Outcome) -> Ended {
    let status = outcome.child_status.unwrap_or(exit::DONE);
    let (undone, left, signal) = clean_up(cx, None).await;
    let mut failure = None;
    if matches!(undone, Undone::Left { .. }) {
        let why = Error::new(ErrorCode::PartialFailure, "The command has ended");
        let error = pending::after_undo(why, &undone, &left);
        cx.output.insist(&error);
        failure = Some(error);
    }
    match (signal, failure) {
        (Some(signal), _) => Ended::Signal(signal),
        (None, Some(error)) if status == exit::DONE => Ended::Status(error.exit_status()),
        _ => Ended::Status(status),
    }
}

/// Undoes what is owed. After a signal it may take [`UNDO_PATIENCE`]; a second signal ends it at once. Returns what became
/// of the token, the sinks that may still hold it, and the signal that came.
async fn clean_up(cx: &Context, mut signal: Option<i32>) -> (Undone, Vec<NotUndone>, Option<i32>) {
    let mut undo = Box::pin(cx.pending.undo());
    let mut deadline = Instant::now() + if signal.is_some() { UNDO_PATIENCE } else { UNDO_PATIENCE * 12 };
    let cut_short = || cx.pending.left("may still exist, for cleaning up was cut short".to_owned());
    loop {
        tokio::select! {
            (undone, left) = &mut undo => return (undone, left, signal),
            () = tokio::time::sleep_until(deadline) => return (cut_short(), Vec::new(), signal),
            came = cx.interrupts.next() => {
                if signal.is_some() {
                    return (cut_short(), Vec::new(), signal);
                }
                signal = Some(came);
                deadline = Instant::now() + UNDO_PATIENCE;
            }
        }
    }
}

/// Writes a result. Losing it is an error, unless the command only read and nobody reads any more.
async fn finish(cx: &Context, command: &str, mut outcome: Outcome) -> u8 {
    if outcome.warnings.is_empty() {
        outcome.warnings = cx.warnings();
    }
    if let Some(status) = outcome.child_status {
        return status;
    }
    if !outcome.streamed {
        match cx.output.result(command, &outcome, "").await {
            Ok(()) => {}
            Err(WriteError::NoReader) if !outcome.changed && outcome.error.is_none() => return exit::DONE,
            Err(lost) => return fail_with(cx, command, &unreported(lost.into_error(), &outcome)),
        }
    }
    match &outcome.error {
        Some(error) => {
            // What was printed before says nothing of it.
            if outcome.streamed && error.code() == ErrorCode::PartialFailure {
                cx.output.insist(error);
            } else {
                cx.output.explain(error);
            }
            error.exit_status()
        }
        None => exit::DONE,
    }
}

/// A change whose report is lost names at least what it made.
fn unreported(lost: Error, outcome: &Outcome) -> Error {
    match outcome.data["id"].as_str().filter(|_| outcome.changed) {
        Some(id) => Error::new(lost.code(), format!("{}; it was done all the same: {id}", lost.message())),
        None => lost,
    }
}

fn fail_with(cx: &Context, command: &str, error: &Error) -> u8 {
    let names_what_is_left = error.details().is_some_and(|details| details["revoked"] == false);
    let lost = cx.output.failure(command, error, &cx.warnings()).is_err();
    if lost && names_what_is_left && cx.output.presentation.agent {
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
