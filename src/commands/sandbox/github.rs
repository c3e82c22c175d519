//! `sandbox run --as github`: the command is a step, and this process its runner.
//!
//! Both streams of the step are pipes that are read apart. What was written to stderr before
//! something was written to stdout is logged before it, as the runner intends.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::time::{Instant, sleep_until};

use super::FUNCTION;
use crate::commands::child::Child;
use crate::commands::{ChildEnd, Context};
use crate::config::env;
use crate::error::Error;
use crate::exit::{self, ErrorCode};
use crate::output::{Output, WriteError};
use crate::runner::{Dialect, EnvFiles, ForNextSteps, Job, Lines, Surroundings, is_of_a_job};
use crate::sandbox::Sandbox;

/// How long the streams are read after the step has ended, where a process that it left behind holds
/// them (`ProcessInvoker` of actions/runner).
const STREAMS_END_WITHIN: Duration = Duration::from_secs(5);

/// How much is read of one stream before the other has its turn: as much as a pipe may hold
/// (`/proc/sys/fs/pipe-max-size`), so that all that was there is read.
const AT_ONCE: usize = 1024 * 1024;

/// Runs the step, writes its log to stdout, and says what the next steps would get.
///
/// # Errors
/// As [`Child::run`]; `UNKNOWN_ERROR` if stdout does not take the log.
pub(super) async fn run(cx: &Context, child: Child, sandbox: &Sandbox, folder: &Path) -> Result<ChildEnd, Error> {
    let temporary = folder.join("_temp");
    let around = Surroundings { workspace: &cx.folder, temporary: &temporary };
    let files =
        around.create().and_then(|()| EnvFiles::create(&around.file_commands(), &uuid::Uuid::new_v4().to_string()));
    let files = files.map_err(failed)?;
    let mut job = Job::new(Dialect::GitHub);
    // A workflow has both from secrets of its repository.
    job.mask(sandbox.pat());
    sandbox.default_token(FUNCTION).iter().for_each(|value| job.mask(value));

    let (stdout, into_stdout) = std::io::pipe().map_err(failed)?;
    let (stderr, into_stderr) = std::io::pipe().map_err(failed)?;
    let mut log = Log { stdout: Stream::of(stdout)?, stderr: Stream::of(stderr)?, job, lost: None };
    let ended = {
        let child = surround(cx, child, around, &files);
        let mut running = Box::pin(child.run_into(&cx.interrupts, into_stdout.into(), into_stderr.into()));
        let ended = loop {
            tokio::select! {
                biased;
                () = log.comes() => log.take_in(),
                ended = &mut running => break ended?,
            }
        };
        log.take_in_until(Instant::now() + STREAMS_END_WITHIN).await;
        ended
    };
    let mut job = log.job;
    if ended.status != exit::DONE {
        job.fail(&format!("Process completed with exit code {}.", ended.status));
    }
    let next = files.take_in(&mut job);
    let lost = print(&mut job, log.lost);
    tell(cx, &job, &next);
    match lost {
        None | Some(WriteError::NoReader) => {}
        Some(lost) => return Err(lost.into_error()),
    }
    let is_failed_by_command = ended.status == exit::DONE && job.has_failed();
    Ok(if is_failed_by_command { ChildEnd { status: FAILED, ..ended } } else { ended })
}

/// The status of a step that failed although its program did not.
const FAILED: u8 = 1;

/// Gives the step the variables of a job, and takes those away that tell of another one.
fn surround(cx: &Context, mut child: Child, around: Surroundings, files: &EnvFiles) -> Child {
    for name in cx.env.names_where(|name, _| is_of_a_job(name)) {
        child = child.without_env(name);
    }
    // As the runner, which leaves an empty one and `false` alone.
    if cx.env.names_where(|name, _| name == env::CI).is_empty() {
        child = child.env(env::CI, "true");
    }
    let of_files = files.variables().map(|(name, path)| (name, OsString::from(path)));
    around.variables().into_iter().chain(of_files).fold(child, |child, (name, value)| child.env(name, value))
}

/// A stream of the step.
struct Stream {
    pipe: Receiver,
    lines: Lines,
    has_ended: bool,
}

impl Stream {
    fn of(pipe: std::io::PipeReader) -> Result<Self, Error> {
        let pipe = Receiver::from_owned_fd(pipe.into()).map_err(failed)?;
        Ok(Self { pipe, lines: Lines::default(), has_ended: false })
    }

    /// Waits until it has something, or has ended. Never returns after that.
    async fn comes(&self) {
        if self.has_ended || self.pipe.readable().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The lines that are there.
    fn read(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        let mut piece = [0; 16 * 1024];
        let mut left = AT_ONCE;
        while !self.has_ended && left > 0 {
            match self.pipe.try_read(&mut piece) {
                Ok(0) => {
                    self.has_ended = true;
                    found.extend(self.lines.finish());
                }
                Ok(count) => {
                    left = left.saturating_sub(count);
                    found.extend(self.lines.push(&piece[..count]));
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => self.has_ended = true,
            }
        }
        found
    }
}

/// The log of the step while it runs.
struct Log {
    stdout: Stream,
    stderr: Stream,
    job: Job,
    /// Why stdout takes no more of it.
    lost: Option<WriteError>,
}

impl Log {
    async fn comes(&self) {
        tokio::select! {
            () = self.stdout.comes() => {}
            () = self.stderr.comes() => {}
        }
    }

    fn take_in(&mut self) {
        // stderr is read last, so that it has all that was written before what stdout has.
        let of_stdout = self.stdout.read();
        let of_stderr = self.stderr.read();
        self.process(of_stderr.into_iter().chain(of_stdout));
    }

    /// Takes in what comes until both streams have ended, or until then.
    async fn take_in_until(&mut self, deadline: Instant) {
        while !(self.stdout.has_ended && self.stderr.has_ended) {
            tokio::select! {
                biased;
                () = self.comes() => self.take_in(),
                () = sleep_until(deadline) => break,
            }
        }
        let unfinished = [self.stderr.lines.finish(), self.stdout.lines.finish()];
        self.process(unfinished.into_iter().flatten());
    }

    fn process(&mut self, lines: impl Iterator<Item = String>) {
        lines.for_each(|line| self.job.process_line(&line));
        self.lost = print(&mut self.job, self.lost.take());
    }
}

/// Prints what the log has got, unless stdout has failed already; the step goes on all the same.
fn print(job: &mut Job, lost: Option<WriteError>) -> Option<WriteError> {
    job.commands.clear();
    let log = std::mem::take(&mut job.log);
    lost.or_else(|| if log.is_empty() { None } else { Output::stream(&log).err() })
}

/// Says what the steps after this one would get, masked as the log is.
fn tell(cx: &Context, job: &Job, next: &ForNextSteps) {
    let pair = |(name, value): (&String, &String)| format!("{name}={value}");
    let env = next.env.iter().map(|(name, value)| pair((name, value)));
    let state = next.state.iter().map(|(name, value)| pair((name, value)));
    let kinds: [(&str, Vec<String>); 5] = [
        ("variable", env.collect()),
        ("folder on PATH", next.path.clone()),
        ("output of this step", job.outputs().iter().map(pair).collect()),
        ("state of its `post` part", state.collect()),
        ("summary", next.summary.lines().map(str::to_owned).collect()),
    ];
    let lines = kinds.into_iter().flat_map(|(kind, of_kind)| of_kind.into_iter().map(move |text| (kind, text)));
    let lines: Vec<String> =
        lines.map(|(kind, text)| format!("- {kind}: {}", job.masked(&text).replace('\n', "\\n"))).collect();
    if lines.is_empty() {
        return cx.output.say("The next steps get nothing from this one");
    }
    cx.output.say("The next steps get from this one:");
    lines.iter().for_each(|line| cx.output.say(line));
}

fn failed(cause: std::io::Error) -> Error {
    Error::new(ErrorCode::UnknownError, "The step's surroundings cannot be made").caused_by(cause)
}
