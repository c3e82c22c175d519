//! The process that applies an expression: this program again, with a command line of its own.
//!
//! It gets the document on its stdin, behind its length, and answers on its stdout: with the lines
//! and status 0, or with what went wrong and status 1. Its stdin stays open behind the document, so
//! that it sees when nobody waits for it any more.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::mpsc;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

use super::program;
use crate::config::Env;
use crate::error::Error;
use crate::exit;
use crate::output::sanitise;
use crate::program::{WITHHELD_FROM_CHILDREN, this_program};

/// The first argument of such a process. No command begins so.
const MARK: &str = "--apply-jq-to-stdin";

/// How deep an expression may recurse and a document may nest. It is memory that nobody uses until
/// the depth is reached. The smaller ones are for where the larger one is refused (`ulimit -v`).
const STACKS: [usize; 3] = [256 << 20, 64 << 20, 8 << 20];
/// What an expression may use beside its stack: this much, and for a byte of the document
/// [`MEMORY_PER_BYTE`].
const MEMORY: u64 = 512 << 20;
const MEMORY_PER_BYTE: u64 = 64;

/// How a process of this kind is started.
#[derive(Debug)]
pub(super) struct Evaluator {
    this_program: PathBuf,
    /// Variables with credentials.
    withheld: Vec<OsString>,
}

impl Evaluator {
    /// Looks for this program, and for the variables that it must not see.
    ///
    /// # Errors
    /// `INPUT_ERROR` where a program cannot find itself.
    pub(super) fn prepare(env: &Env) -> Result<Self, Error> {
        let this_program = this_program().map_err(|cause| {
            Error::input("`--jq` needs to start this program again, which is not found")
                .with_hint("`--json` prints the whole document for a `jq` of your own")
                .caused_by(cause)
        })?;
        Ok(Self { this_program, withheld: env.names_where(|name, value| holds_credential(env, name, value)) })
    }

    /// Applies an expression to a document. The process is killed if the future is dropped.
    ///
    /// # Errors
    /// What went wrong: the rest of a sentence.
    pub(super) async fn apply(&self, expression: &str, document: &str) -> Result<Zeroizing<String>, String> {
        let mut command = tokio::process::Command::new(&self.this_program);
        command
            .args([OsStr::new(MARK), OsStr::new(expression)])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // What a crash prints there is of no use to anybody.
            .stderr(Stdio::null())
            // A signal of the terminal is for this process, which undoes the token first.
            .process_group(0)
            .kill_on_drop(true);
        for name in &self.withheld {
            command.env_remove(name);
        }
        let not_applied = |cause: std::io::Error| format!("could not be applied: {cause}");
        let mut child = command.spawn().map_err(not_applied)?;
        let (Some(mut stdin), Some(mut stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("could not be applied".to_owned());
        };
        let mut lines = Zeroizing::new(Vec::new());
        let exchange = async {
            stdin.write_all(format!("{}\n", document.len()).as_bytes()).await?;
            stdin.write_all(document.as_bytes()).await?;
            stdin.flush().await?;
            stdout.read_to_end(&mut lines).await
        };
        let exchanged = exchange.await;
        let status = child.wait().await.map_err(not_applied)?;
        drop(stdin);
        let text = Zeroizing::new(String::from_utf8_lossy(&lines).into_owned());
        match status.code() {
            Some(0) => exchanged.map(|_| text).map_err(not_applied),
            Some(1) => Err(format!("failed: {}", text.as_str())),
            _ => Err("recursed without end, or took too much memory".to_owned()),
        }
    }
}

/// Whether a variable holds a credential: one that is there for it, another with the same value,
/// any with a text that looks like a token, and a proxy with a password.
fn holds_credential(env: &Env, name: &str, value: &str) -> bool {
    let of_ours = || WITHHELD_FROM_CHILDREN.iter().filter_map(|name| env.text(name));
    WITHHELD_FROM_CHILDREN.contains(&name)
        || of_ours().any(|credential| value.contains(credential))
        || sanitise::scrub(value) != value
        || name.to_ascii_lowercase().ends_with("_proxy") && value.contains('@')
}

/// The expression that a command line of this kind asks to apply.
pub(crate) fn asked_for(line: &[OsString]) -> Option<&str> {
    match line {
        [_, mark, expression] if mark == MARK => expression.to_str(),
        _ => None,
    }
}

/// Applies an expression for the process that waits for it. Gives the exit status.
#[allow(clippy::disallowed_methods, reason = "stdout is read by this program alone")]
pub(crate) fn evaluate_for_parent(expression: &str) -> u8 {
    keep_out_of_core_files();
    let Some(document) = document() else { return 2 };
    limit_memory(document.len());
    let program = expression.to_owned();
    let env = Env::of_process();
    let (answer, answered) = mpsc::channel();
    let gone = answer.clone();
    let work = move || {
        // Nobody waits any more if the parent has gone.
        let _ = answer.send(Some(program::evaluate(&program, &document, env.into_texts())));
    };
    let watch = move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = gone.send(None);
    };
    let watching = std::thread::Builder::new().name("parent".to_owned()).spawn(watch);
    if watching.is_err() || spawn_with_deep_stack(work).is_none() {
        return 2;
    }
    let (lines, status) = match answered.recv() {
        Ok(Some(Ok(lines))) => (lines, exit::DONE),
        Ok(Some(Err(message))) => (message.into_bytes(), 1),
        Ok(None) | Err(_) => return 2,
    };
    let mut stdout = std::io::stdout().lock();
    if stdout.write_all(&lines).and_then(|()| stdout.flush()).is_err() { 2 } else { status }
}

/// The document on stdin: its length on a line, then as many bytes.
fn document() -> Option<Zeroizing<Vec<u8>>> {
    let mut stdin = std::io::stdin().lock();
    let mut length = String::new();
    stdin.read_line(&mut length).ok()?;
    let length = length.trim_end().parse().ok()?;
    // All of it at once, for a vector that grows leaves copies behind; and only if it is to be had.
    let mut document = Zeroizing::new(Vec::new());
    document.try_reserve_exact(length).ok()?;
    stdin.take(u64::try_from(length).ok()?).read_to_end(&mut document).ok()?;
    (document.len() == length).then_some(document)
}

/// A process that crashes must not leave the document in a file. Best effort, as all limits here.
fn keep_out_of_core_files() {
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // If the memory of the machine runs out before the limit is reached, this process is the one
    // to end, and not the one that has a token to undo (proc(5), `oom_score_adj`).
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    // A limit of 0 does not stop the handlers of `core_pattern` (core(5)).
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

fn limit_memory(document: usize) {
    let wanted = MEMORY + STACKS[0] as u64 + MEMORY_PER_BYTE * document as u64;
    let before = getrlimit(Resource::As);
    let current = before.current.map_or(wanted, |limit| limit.min(wanted));
    let _ = setrlimit(Resource::As, Rlimit { current: Some(current), ..before });
}

/// Runs a function where it may recurse deeply. Nothing if that is impossible.
pub(super) fn with_deep_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    spawn_with_deep_stack(move || {
        let _ = answer.send(work());
    })?;
    answered.recv().ok()
}

/// Starts a thread with the largest stack that is to be had.
fn spawn_with_deep_stack(work: impl FnOnce() + Send + 'static) -> Option<()> {
    // A thread that is refused takes its closure with it, so the work is fetched by the one that
    // runs.
    let (give, take) = mpsc::sync_channel(1);
    give.send(work).ok()?;
    let take = std::sync::Arc::new(std::sync::Mutex::new(take));
    STACKS.into_iter().find_map(|size| {
        let take = std::sync::Arc::clone(&take);
        let run = move || {
            let work = take.lock().ok().and_then(|take| take.recv().ok());
            work.into_iter().for_each(|work| work());
        };
        std::thread::Builder::new().name("jq".to_owned()).stack_size(size).spawn(run).ok().map(drop)
    })
}
