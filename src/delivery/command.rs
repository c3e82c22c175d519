//! `command:CMD`: runs a program with the value, without a newline, on its standard input.
//!
//! CMD is split into words as a shell would do it, and they are passed on without a shell and
//! without expansion. The program is looked up before the token exists. What it prints goes to our
//! standard error, because our standard output holds the result. Labels and messages name the
//! program alone: its arguments may hold a secret.
//!
//! The whole value is in the pipe before the program starts: no token is longer than 4096 bytes,
//! and an empty pipe takes 64 KiB (Linux, `pipe(7)`) or 16 KiB (macOS) without blocking. When the
//! program has ended, the bytes left in the pipe are those that it has not read. A program that
//! ends with 0 and has not read everything has not stored the token, so that is a failure. (A
//! program that leaves the reading to a child and ends before the child has read looks the same.)

use std::ffi::OsStr;
use std::io::Write;
use std::os::fd::AsFd;
use std::process::Stdio;

use anyhow::{Context, bail};

use super::sink::{BoxFuture, Sink, SinkContext, ready, unusable};
use super::target::Target;
use crate::error::Error;
use crate::program::{self, Program, WITHHELD_FROM_CHILDREN};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct Command {
    program: String,
    arguments: Vec<String>,
    /// `PATH`.
    search_path: Option<String>,
    started: bool,
}

impl Command {
    pub(super) fn parse(line: &str, context: &SinkContext) -> Result<Self, String> {
        let Some(words) = shlex::split(line) else { return Err("a quote is not closed".to_owned()) };
        let mut words = words.into_iter();
        let Some(program) = words.next().filter(|program| !program.is_empty()) else {
            return Err("a program is expected".to_owned());
        };
        Ok(Self { program, arguments: words.collect(), search_path: (context.env)("PATH"), started: false })
    }

    fn find(&self) -> Result<Program, Error> {
        Program::find(OsStr::new(&self.program), self.search_path.as_deref().map(OsStr::new))
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value, and what it prints is no result of ours")]
    async fn run(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        let program = self.find()?;
        let (reader, mut writer) = std::io::pipe().context("no pipe could be made")?;
        writer.write_all(token.secret().expose().as_bytes()).context("the pipe cannot be written")?;
        drop(writer);
        let our_stderr = std::io::stderr().as_fd().try_clone_to_owned();
        let mut command = program.command();
        command
            .args(&self.arguments)
            .stdin(reader.try_clone().context("no pipe could be made")?)
            .stdout(our_stderr.map_or_else(|_| Stdio::null(), Stdio::from))
            .kill_on_drop(true);
        for variable in WITHHELD_FROM_CHILDREN {
            command.env_remove(variable);
        }
        let mut child = program::spawn(&mut command).await.context("it could not be started")?;
        // It holds copies of descriptors.
        drop(command);
        self.started = true;
        let status = child.wait().await.context("it could not be waited for")?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        let unread = rustix::io::ioctl_fionread(&reader).context("its input cannot be examined")?;
        if unread > 0 {
            bail!("it ended well, but left {unread} bytes of its input unread");
        }
        Ok(())
    }
}

impl Sink for Command {
    fn label(&self) -> String {
        format!("command:{}", self.program)
    }

    /// The same words are one target: a command given twice is a mistake.
    fn target(&self) -> Target {
        Target::named("command", format!("{}\0{}", self.program, self.arguments.join("\0")))
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        ready(self.find().map(|_| Vec::new()).map_err(|cause| unusable(&self.label(), cause)))
    }

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(self.run(token))
    }

    fn is_final(&self) -> bool {
        true
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        if std::mem::take(&mut self.started) {
            return ready(Err(anyhow::anyhow!("what a program has done cannot be undone")));
        }
        ready(Ok(()))
    }
}
