//! `azure-var:NAME`: a secret variable of the job, by Azure Pipelines' logging commands on standard
//! error.
//!
//! The command that masks the value comes first: if setting the variable fails, the agent prints
//! the whole command (azure-pipelines-agent checks for read-only variables before it masks). The
//! agent reads commands from standard error as well as from standard output, which is kept for the
//! result. The sink is refused where the log is not known to be Azure's: there, the command would
//! be a line of text with the value in it.

use std::io::Write;

use anyhow::{Context, anyhow};
use zeroize::Zeroizing;

use super::sink::{BoxFuture, Sink, ready, unusable};
use super::target::Target;
use super::variable_name::is_identifier;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// Beginnings of names that Azure Pipelines reserves: tasks do not see a variable of such a name
/// (learn.microsoft.com, “Define variables”), or the agent sets it itself.
const REFUSED_PREFIXES: [&str; 9] =
    ["agent.", "build.", "endpoint", "input", "path", "release.", "secret", "securefile", "system."];

pub(super) struct AzureVariable {
    name: String,
    /// See [`super::sink::SinkContext::azure_log`].
    azure_log: bool,
    stderr: Box<dyn Write>,
    written: bool,
}

impl AzureVariable {
    /// Writes its commands to standard error.
    #[allow(clippy::disallowed_methods, reason = "the sink takes the value by a line on stderr")]
    pub(super) fn on_stderr(name: &str, azure_log: bool) -> Result<Self, String> {
        Self::parse(name, azure_log, Box::new(crate::std_streams::stderr()))
    }

    pub(super) fn parse(name: &str, azure_log: bool, stderr: Box<dyn Write>) -> Result<Self, String> {
        if !is_identifier(name, |byte| matches!(byte, b'_' | b'.')) {
            return Err("the name is not `[A-Za-z_][A-Za-z0-9_.]*`".to_owned());
        }
        let lower = name.to_ascii_lowercase();
        if let Some(refused) = REFUSED_PREFIXES.iter().find(|refused| lower.starts_with(**refused)) {
            return Err(format!("Azure Pipelines reserves names that begin with `{refused}`"));
        }
        Ok(Self { name: name.to_owned(), azure_log, stderr, written: false })
    }

    /// The line that sets the variable.
    fn command(&self, value: &str) -> String {
        format!("##vso[task.setvariable variable={};issecret=true]{value}\n", self.name)
    }

    fn emit(&mut self, line: &str) -> anyhow::Result<()> {
        let stderr = &mut self.stderr;
        stderr.write_all(line.as_bytes()).and_then(|()| stderr.flush()).context("standard error cannot be written")
    }
}

impl Sink for AzureVariable {
    fn label(&self) -> String {
        format!("azure-var:{}", self.name)
    }

    /// Names that differ only in case are one variable.
    fn target(&self) -> Target {
        Target::named("azure-var", self.name.to_ascii_lowercase())
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        if self.azure_log {
            return ready(Ok(Vec::new()));
        }
        let cause = anyhow!(
            "standard error is not known to reach the log of Azure Pipelines, and elsewhere it would print the value"
        );
        ready(Err(unusable(&self.label(), cause)
            .with_hint("run it as a step of Azure Pipelines, with standard error not redirected")))
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let value = token.secret().expose();
            let mask = Zeroizing::new(format!("##vso[task.setsecret]{value}\n"));
            self.emit(&mask)?;
            self.written = true;
            self.emit(&Zeroizing::new(self.command(value)))
        })
    }

    /// Sets the variable to nothing: a job cannot remove one.
    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        if !std::mem::take(&mut self.written) {
            return ready(Ok(()));
        }
        let command = self.command("");
        ready(self.emit(&command))
    }
}
