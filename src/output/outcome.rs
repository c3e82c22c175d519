//! What a command gives back: one value that every format renders.

use serde_json::Value;

use super::table::Table;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// A command that may come next. It never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breadcrumb {
    /// The command line.
    pub command: String,
    /// What it would do.
    pub description: &'static str,
}

impl Breadcrumb {
    /// A suggestion.
    pub fn new(command: impl Into<String>, description: &'static str) -> Self {
        Self { command: command.into(), description }
    }
}

/// A piece of human output.
#[derive(Clone, Debug)]
pub enum Line {
    /// `✓ …`: it is done.
    Done(String),
    /// `▸ label value`. An empty separator puts the seeds' spaces between the two.
    Field(&'static str, String),
    /// `▸ Token    …`: the value that is shown once.
    Token,
    /// `⚠ …`, on one line whatever a server put into it.
    Note(String),
    /// A further line of the note above, in words of our own.
    NoteContinued(&'static str),
    /// A table.
    Table(Table),
    /// Text.
    Text(String),
    /// Text of our own, which needs no cleaning and may hold a value of the sandbox.
    Own(String),
}

/// What a command gives back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// `.data`; `.data.token` is filled in from `token` when it is written.
    pub data: Value,
    /// What a person sees.
    pub human: Vec<Line>,
    /// What `--quiet` prints, one line each.
    pub quiet: Vec<String>,
    /// Remarks, on stderr and in the envelope.
    pub warnings: Vec<Warning>,
    /// What may come next.
    pub breadcrumbs: Vec<Breadcrumb>,
    /// The server's id of the request that decided.
    pub request_id: Option<String>,
    /// A new token that stdout is to hand over.
    pub token: Option<RuntimeToken>,
    /// Why this is a failure although something happened (`NOT_LIVE`, `PARTIAL_FAILURE`).
    pub error: Option<Error>,
    /// Whether the command changed something, so that losing its output is an error.
    pub changed: bool,
    /// Ends the process with the status of a child, verbatim, and prints nothing.
    pub child_status: Option<u8>,
    /// Whether stdout has already been written, by a stream.
    pub streamed: bool,
}

impl Outcome {
    /// A result that only read.
    pub fn read(data: Value) -> Self {
        Self { data, ..Self::default() }
    }

    /// A result that changed something.
    pub fn changed(data: Value) -> Self {
        Self { data, changed: true, ..Self::default() }
    }

    /// Adds a piece of human output.
    #[must_use]
    pub fn line(mut self, line: Line) -> Self {
        self.human.push(line);
        self
    }

    /// Says what `--quiet` prints.
    #[must_use]
    pub fn quiet(mut self, lines: Vec<String>) -> Self {
        self.quiet = lines;
        self
    }

    /// Adds a remark.
    pub fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
    }

    /// Adds a suggestion.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>, description: &'static str) -> Self {
        self.breadcrumbs.push(Breadcrumb::new(command, description));
        self
    }

    /// Names the request that decided.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }
}
