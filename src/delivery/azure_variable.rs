//! `azure-var:NAME`: a secret variable of the job, by Azure Pipelines' logging commands on standard error.
//!
//! The value goes through the log's own reader, so the command that masks it comes first (where setting a variable fails,
//! the agent prints the whole command; azure-pipelines-agent checks for read-only variables before it masks). The agent
//! reads commands from standard error as well as from standard output, which stays pure. Refused where the log is not
//! known to be Azure's: there, the command is a line of text with the value in it.

use std::io::Write;

use anyhow::{Context, anyhow};
use zeroize::Zeroizing;

use super::sink::unusable;
use super::spec::Place;
use super::variable::is_identifier;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// Beginnings of names that Azure Pipelines keeps to itself: a variable named so is not available to tasks
/// (learn.microsoft.com, “Define variables”), or is one of the agent's own.
const REFUSED_PREFIXES: [&str; 9] =
    ["agent.", "build.", "endpoint", "input", "path", "release.", "secret", "securefile", "system."];

pub(super) struct AzureVariable {
    name: String,
    written: bool,
}

impl AzureVariable {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        if !is_identifier(name, |byte| matches!(byte, b'_' | b'.')) {
            return Err("the name is not `[A-Za-z_][A-Za-z0-9_.]*`".to_owned());
        }
        let lower = name.to_ascii_lowercase();
        if let Some(refused) = REFUSED_PREFIXES.iter().find(|refused| lower.starts_with(**refused)) {
            return Err(format!("Azure Pipelines reserves names that begin with `{refused}`"));
        }
        Ok(Self { name: name.to_owned(), written: false })
    }

    pub(super) fn label(&self) -> String {
        format!("azure-var:{}", self.name)
    }

    /// Names that differ in case only are one variable.
    pub(super) fn place(&self) -> Place {
        Place::entry_of("azure-var", self.name.to_ascii_lowercase())
    }

    pub(super) fn check(&self, azure_log: bool) -> Result<Vec<Warning>, Error> {
        if azure_log {
            return Ok(Vec::new());
        }
        let cause = anyhow!(
            "standard error is not known to reach the log of Azure Pipelines, and elsewhere it would print the value"
        );
        Err(unusable(&self.label(), cause)
            .with_hint("run it as a step of Azure Pipelines, with standard error not redirected"))
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) fn write(&mut self, token: &RuntimeToken, stderr: &mut dyn Write) -> anyhow::Result<()> {
        let value = token.secret().expose();
        let mask = Zeroizing::new(format!("##vso[task.setsecret]{value}\n"));
        emit(stderr, &mask)?;
        self.written = true;
        emit(stderr, &Zeroizing::new(self.command(value)))
    }

    /// Sets the variable to nothing: a job cannot take one back.
    pub(super) fn undo(&mut self, stderr: &mut dyn Write) -> anyhow::Result<()> {
        if !std::mem::take(&mut self.written) {
            return Ok(());
        }
        emit(stderr, &self.command(""))
    }

    fn command(&self, value: &str) -> String {
        format!("##vso[task.setvariable variable={};issecret=true]{value}\n", self.name)
    }
}

fn emit(stderr: &mut dyn Write, line: &str) -> anyhow::Result<()> {
    stderr.write_all(line.as_bytes()).and_then(|()| stderr.flush()).context("standard error cannot be written")
}
