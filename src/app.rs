//! One run: flags → parse → settings → dispatch → print.

mod arguments;
mod completing;
mod dispatch;
mod panics;
mod supervise;
mod usage;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use crate::api::Traffic;
use crate::ci::JobEnvironment;
use crate::cli::{self, Cli};
use crate::commands::issuance::ledger::Ledger;
use crate::commands::{Context, Interrupts, SoFar};
use crate::config::{Env, Settings, env};
use crate::error::Error;
use crate::exit;
use crate::output::jq;
use crate::output::json::to_json;
use crate::output::times::TimeStyle;
use crate::output::{Format, Interactivity, Output, Presentation, PresentationFlags, Terminals, WriteError};

pub use supervise::Ended;

/// Runs a command line. A panic ends with the status of a bug.
pub fn run(line: &[OsString]) -> Ended {
    panics::record_instead_of_printing();
    let _ = writes_beyond_the_limit_fail();
    if let Some(expression) = jq::asked_for(line) {
        return Ended::Status(jq::evaluate_for_parent(expression));
    }
    let ended = std::panic::catch_unwind(AssertUnwindSafe(|| run_line(line)));
    ended.unwrap_or_else(|_| {
        let env = Env::of_process();
        let (flags, job) = (arguments::early_flags(line), job_around(&env));
        let output = Output::new(Presentation::fallback(&flags, &env, Terminals::of_process(), &job));
        fail(&output, "", &panics::bug())
    })
}

fn run_line(line: &[OsString]) -> Ended {
    // Nothing of the environment matters, and the parser says the same if the write fails.
    if cli::asks_for_version(line) && Output::stream(cli::VERSION).is_ok() {
        return Ended::Status(exit::DONE);
    }
    let env = Env::of_process();
    if let Some(asked) = completing::Asked::of(&env, line) {
        return Ended::Status(completing::answer(asked, env));
    }
    let terminals = Terminals::of_process();
    let job = job_around(&env);
    let fallback = |flags: &PresentationFlags| Output::new(Presentation::fallback(flags, &env, terminals, &job));
    if let Some(text) = cli::fault_help::of_line(line) {
        let output = fallback(&arguments::early_flags(line));
        let text = cli::help::text(&text.into(), output.presentation.of_help().0);
        return Ended::Status(arguments::print(&output, text));
    }
    if let Some(words) = cli::help::asked_for(line) {
        return Ended::Status(arguments::help(&fallback(&arguments::early_flags(line)), &words));
    }
    if cli::help::may_be_asked_for(line) {
        let output = fallback(&arguments::early_flags(line));
        if let Some(text) = cli::help::of_line(line, output.presentation.of_help().0) {
            return Ended::Status(arguments::print(&output, text));
        }
    }
    let parsed = match cli::parse(line) {
        Ok(parsed) => parsed,
        Err(error) => {
            let output = fallback(&arguments::early_flags(line));
            return Ended::Status(match arguments::described_command(&error, line) {
                Some(command) => describe(&output, &command),
                None => arguments::end(&output, &error, line),
            });
        }
    };
    let command = parsed.command().to_owned();
    let cli::Parsed { spelled, cli } = parsed;
    let flags = arguments::presentation_flags(&cli.global);
    if cli.global.describe {
        return Ended::Status(describe(&fallback(&flags), &spelled));
    }
    let checked = arguments::check(&cli).and_then(|()| Presentation::resolve(&flags, &env, terminals, &job));
    let presentation = match checked {
        Ok(presentation) => presentation,
        Err(error) => return fail(&fallback(&flags), &command, &error),
    };
    let output = Rc::new(Output::new(presentation));
    let prepared = prepare(&command, &cli, env, terminals, job, &output).and_then(|cx| Ok((cx, runtime()?)));
    match prepared {
        Ok((cx, runtime)) => {
            let ended = runtime.block_on(supervise::supervise(&cx, dispatch::dispatch(&cx, &cli.command)));
            // A look-up of a name that hangs must not hold the process back.
            runtime.shutdown_background();
            ended
        }
        Err(error) => fail(&output, &command, &error),
    }
}

/// Everything that a command works with.
fn prepare(
    command: &str,
    cli: &Cli,
    env: Env,
    terminals: Terminals,
    job: JobEnvironment,
    output: &Rc<Output>,
) -> Result<Context, Error> {
    let no_input = cli.global.no_input || cli.global.agent || env.switch(env::JELOU_NO_INPUT);
    let interactivity = Interactivity::decide(&output.presentation, no_input, cli.global.yes);
    let settings = Settings::resolve(&arguments::settings_flags(&cli.global), &env)?;
    Ok(Context {
        command: command.to_owned(),
        times: TimeStyle::new(Timestamp::now(), terminals.stdout),
        env,
        settings,
        job,
        output: Rc::clone(output),
        interactivity,
        print_token: cli.global.print_token,
        folder: working_directory(),
        ledger: Ledger::default(),
        interrupts: Interrupts::of_process(),
        traffic: Traffic::default(),
        so_far: SoFar::default(),
    })
}

/// A write beyond `ulimit -f` is an error of that write (`EFBIG`) once `SIGXFSZ` is received
/// (setrlimit(2)). Its default effect would end the run before it has cleaned up.
fn writes_beyond_the_limit_fail() -> std::io::Result<()> {
    let nobody_asks = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(rustix::process::Signal::XFSZ.as_raw(), nobody_asks).map(|_| ())
}

fn job_around(env: &Env) -> JobEnvironment {
    JobEnvironment::observe(&|name| env.text(name).map(str::to_owned))
}

#[allow(clippy::disallowed_methods, reason = "the one reader of the working directory")]
fn working_directory() -> std::path::PathBuf {
    std::env::current_dir().unwrap_or_default()
}

fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::unknown("The run could not be set up", cause))
}

/// `--describe`: the signature of a command, alone on stdout.
fn describe(output: &Output, spelled: &str) -> u8 {
    let described = match cli::describe(spelled) {
        _ if output.presentation.format == Format::Jq => {
            Err(Error::input("`--describe` prints its object as it is, so `--jq` has nothing to work on")
                .with_hint("for example `jelou --describe | jq .subcommands`"))
        }
        Some(description) => to_json(&description, output.presentation.layout),
        None => Err(Error::input(format!("There is no command `{spelled}`"))),
    };
    let printed = described.and_then(|text| match Output::stream(&format!("{text}\n")) {
        Ok(()) | Err(WriteError::NoReader) => Ok(()),
        Err(lost) => Err(lost.into_error()),
    });
    match printed {
        Ok(()) => exit::DONE,
        Err(error) => {
            output.explain(&error);
            error.exit_status()
        }
    }
}

fn fail(output: &Output, command: &str, error: &Error) -> Ended {
    let _ = output.failure(command, error, &[]);
    Ended::Status(error.exit_status())
}

#[cfg(test)]
mod tests;
