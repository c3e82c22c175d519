//! What a command gives back: one value that every format renders.

use serde::Serialize;

use super::json::ToJson;
use super::sanitise;
use super::table::Table;
use crate::error::Error;

/// A command that may come next. It never holds a secret.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct Breadcrumb {
    /// The command line.
    pub(crate) command: String,
    /// What it would do.
    pub(crate) description: &'static str,
}

/// A piece of human output.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    /// `✓ …`: it is done.
    Done(String),
    /// `▸ label value`. An empty label leaves the docs' spaces between mark and value.
    Field(&'static str, String),
    /// `▸ …`: something that is talked about.
    Item(String),
    /// `▸ Token    …`: the value that is shown once.
    Token,
    /// `⚠ …`, on one line whatever a server put into it.
    Note(String),
    /// A further line of the note above, in words of our own.
    NoteContinued(&'static str),
    Table(Table),
    /// Text that may quote the server.
    Text(String),
    /// Text of our own, which needs no cleaning and may hold a value of the sandbox.
    Own(String),
}

/// What a command did to the platform or to this machine.
#[derive(PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only read. Nobody needs to know that its output was lost.
    Read,
    /// It changed something, so that losing its output is an error, which names what was changed.
    Changed {
        /// Ids, names.
        what: Vec<String>,
    },
}

impl Effect {
    /// The names of what was changed.
    pub(crate) fn what(&self) -> &[String] {
        match self {
            Self::Read => &[],
            Self::Changed { what } => what,
        }
    }
}

/// What `--quiet` prints.
pub(crate) enum QuietLines {
    /// Lines that may quote the server; they are cleaned when they are printed.
    Foreign(Vec<String>),
    Clean(CleanLines),
}

impl QuietLines {
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Foreign(lines) => {
                let mut clean = CleanLines::default();
                lines.iter().for_each(|line| clean.push(line));
                clean.0
            }
            Self::Clean(lines) => lines.0,
        }
    }
}

impl Default for QuietLines {
    fn default() -> Self {
        Self::Foreign(Vec::new())
    }
}

impl From<Vec<String>> for QuietLines {
    fn from(lines: Vec<String>) -> Self {
        Self::Foreign(lines)
    }
}

/// Lines that are cleaned when they are added, for a long list: nothing else is kept of it.
#[derive(Default)]
pub(crate) struct CleanLines(String);

impl CleanLines {
    pub(crate) fn push(&mut self, line: &str) {
        self.0.push_str(&sanitise::line_safe(&sanitise::clean(line)));
        self.0.push('\n');
    }
}

/// What a command gives back.
pub struct Outcome {
    /// `.data` of the envelope.
    pub(crate) data: Box<dyn ToJson>,
    pub(crate) human: Vec<Line>,
    /// Whether people get a new token's value alone where stdout is no terminal, so that
    /// `TOKEN=$(…)` holds it; the lines then go to stderr.
    pub(crate) value_stands_alone: bool,
    /// What `--quiet` prints.
    pub(crate) quiet: QuietLines,
    pub(crate) breadcrumbs: Vec<Breadcrumb>,
    /// The server's id of the request that decided.
    pub(crate) request_id: Option<String>,
    /// Why this is a failure although something happened (`NOT_LIVE`, `PARTIAL_FAILURE`).
    pub(crate) failure: Option<Error>,
    pub(crate) effect: Effect,
}

impl Outcome {
    /// A result that only read.
    pub(crate) fn read(data: impl ToJson + 'static) -> Self {
        Self {
            data: Box::new(data),
            human: Vec::new(),
            value_stands_alone: false,
            quiet: QuietLines::default(),
            breadcrumbs: Vec::new(),
            request_id: None,
            failure: None,
            effect: Effect::Read,
        }
    }

    /// A result that changed something.
    pub(crate) fn changed(data: impl ToJson + 'static) -> Self {
        Self { effect: Effect::Changed { what: Vec::new() }, ..Self::read(data) }
    }

    /// The same, with the names that an error says if the result cannot be printed.
    pub(crate) fn changed_by(data: impl ToJson + 'static, what: Vec<String>) -> Self {
        Self { effect: Effect::Changed { what }, ..Self::read(data) }
    }

    #[must_use]
    pub(crate) fn line(mut self, line: Line) -> Self {
        self.human.push(line);
        self
    }

    #[must_use]
    pub(crate) fn quiet(mut self, lines: Vec<String>) -> Self {
        self.quiet = QuietLines::Foreign(lines);
        self
    }

    /// The same, of a long list.
    #[must_use]
    pub(crate) fn quiet_lines(mut self, lines: CleanLines) -> Self {
        self.quiet = QuietLines::Clean(lines);
        self
    }

    /// Adds a command that may come next.
    #[must_use]
    pub(crate) fn next(mut self, command: impl Into<String>, description: &'static str) -> Self {
        self.breadcrumbs.push(Breadcrumb { command: command.into(), description });
        self
    }

    #[must_use]
    pub(crate) fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }
}
