//! `command:CMD`: runs a program with the value, and no newline, on its standard input.
//!
//! The words are split as a shell would split them and go to the program as they are: no shell, no expansion. The program
//! is looked up before the token exists. What it prints goes to our standard error, for our standard output is the
//! result's. Its name alone appears in labels and messages, for its arguments may hold a secret.
//!
//! The value is in the pipe before the program starts, whole, since no token is longer than a pipe takes at once. That
//! makes the outcome certain: when the program has ended, either it has taken every byte or the rest is still there. A
//! program that ends well without reading its input has not stored the token, so that is a failure too. (A program that
//! leaves the reading to a child and ends before that child has read looks the same.)

use std::ffi::OsStr;
use std::io::{PipeReader, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};

use super::sink::unusable;
use super::spec::Place;
use crate::error::Error;
use crate::program::{self, WITHHELD_FROM_CHILDREN};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct Command {
    program: String,
    arguments: Vec<String>,
    started: bool,
}

impl Command {
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let Some(words) = shlex::split(line) else { return Err("a quote is not closed".to_owned()) };
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => Ok(Self { program, arguments: words.collect(), started: false }),
            _ => Err("a program is expected".to_owned()),
        }
    }

    pub(super) fn label(&self) -> String {
        format!("command:{}", self.program)
    }

    pub(super) fn place(&self) -> Place {
        Place::entry_of(format!("command:{}", self.program), self.arguments.join("\0"))
    }

    pub(super) fn check(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Warning>, Error> {
        self.find(env).map_err(|cause| unusable(&self.label(), cause))?;
        Ok(Vec::new())
    }

    fn find(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, Error> {
        program::lookup(OsStr::new(&self.program), env("PATH").as_deref().map(OsStr::new))
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) async fn write(
        &mut self,
        token: &RuntimeToken,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> anyhow::Result<()> {
        let path = self.find(env)?;
        let (reader, mut writer) = std::io::pipe().context("no pipe could be made")?;
        writer.write_all(token.secret().expose().as_bytes()).context("the pipe cannot be written")?;
        drop(writer);
        let mut child = {
            let command = self.build(&path, &reader)?;
            let mut command = tokio::process::Command::from(command);
            command.kill_on_drop(true).spawn().context("it could not be started")?
        };
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

    #[allow(clippy::disallowed_methods, reason = "the output of the command goes to stderr")]
    pub(super) fn build(&self, path: &Path, input: &PipeReader) -> anyhow::Result<std::process::Command> {
        use std::os::unix::process::CommandExt;

        let our_stderr = std::io::stderr().as_fd().try_clone_to_owned();
        let mut command = std::process::Command::new(path);
        command
            .arg0(&self.program)
            .args(&self.arguments)
            .stdin(input.try_clone().context("no pipe could be made")?)
            .stdout(our_stderr.map_or_else(|_| Stdio::null(), Stdio::from));
        for variable in WITHHELD_FROM_CHILDREN {
            command.env_remove(variable);
        }
        Ok(command)
    }

    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        if std::mem::take(&mut self.started) {
            bail!("what a program has done cannot be undone");
        }
        Ok(())
    }
}
