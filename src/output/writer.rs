//! The one writer of stdout, and the one of stderr.

use std::io::{self, Write};

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::envelope::{self, Tail};
use super::human;
use super::json::ToJson;
use super::outcome::{Line, Outcome};
use super::presentation::{Format, Presentation, ProgressKind};
use super::progress;
use super::rendered::Rendered;
use super::sanitise;
use super::stdout_thread::StdoutThread;
use super::table::Room;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::std_streams;
use crate::warning::Warning;

/// Why a result did not reach stdout.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// Nobody reads the pipe any more.
    NoReader,
    /// The system refused the bytes (disk full).
    Refused(io::Error),
    /// There was nothing to write: the `--jq` expression failed, or dropped the new value.
    Unrendered(Error),
}

impl From<Error> for WriteError {
    fn from(unrendered: Error) -> Self {
        Self::Unrendered(unrendered)
    }
}

impl WriteError {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::NoReader => {
                Error::new(ErrorCode::UnknownError, "The result could not be written: nobody reads stdout")
            }
            Self::Refused(cause) => Error::unknown("The result could not be written to stdout", cause),
            Self::Unrendered(error) => error,
        }
    }
}

/// A new token that stdout delivers.
pub(crate) struct PrintedToken {
    pub(crate) value: RuntimeToken,
    /// Mask commands that must reach the same stream before the value.
    pub(crate) masks: Zeroizing<String>,
}

/// The value as it stands in `.data.token`: the only form of a token that can be serialised. It is
/// made from a token that is being printed, so that no other place can write one.
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(transparent))]
pub(crate) struct ShownValue(#[cfg_attr(test, schemars(with = "String"))] RuntimeToken);

impl PrintedToken {
    pub(crate) fn shown(&self) -> ShownValue {
        ShownValue(self.value.clone())
    }
}

impl Serialize for ShownValue {
    #[allow(clippy::disallowed_methods, reason = "stdout is a sink")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.secret().expose())
    }
}

/// Writes what a run has to say, in the format that was asked for.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) presentation: Presentation,
}

impl Output {
    pub(crate) fn new(presentation: Presentation) -> Self {
        Self { presentation }
    }

    /// Writes a result to stdout. A signal can end the waiting for a stdout that takes nothing.
    /// After an error nothing counts as delivered.
    #[allow(clippy::disallowed_methods, reason = "stdout is a sink")]
    pub(crate) async fn result(
        &self,
        command: &str,
        outcome: &mut Outcome,
        warnings: &[Warning],
        printed: Option<&PrintedToken>,
    ) -> Result<(), WriteError> {
        let mut parts = self.render(command, outcome, warnings, printed).await?;
        if let Some(printed) = printed {
            let value = printed.value.secret().expose();
            if !parts.iter().any(|part: &Rendered| part.contains(value)) {
                let lost = Error::new(ErrorCode::UnknownError, "The output does not hold the new token's value");
                return Err(match self.presentation.format {
                    Format::Jq => lost.with_hint("keep `.data.token` in the `--jq` expression").into(),
                    _ => lost.into(),
                });
            }
            // Flushed by a write of its own before the value.
            if !printed.masks.is_empty() {
                parts.insert(0, printed.masks.clone().into());
            }
        }
        if std_streams::stdout().has_room_for(parts.iter().map(|part| part.len()).sum()) {
            // Nothing is waited for, so no signal needs to end the waiting.
            parts.iter().try_for_each(|part| Self::stream(part))?;
        } else {
            StdoutThread::start()?.write(parts).await?;
        }
        if printed.is_some() && self.value_stands_alone(outcome) {
            let lines: Vec<Line> = outcome.human.iter().filter(|line| !matches!(line, Line::Token)).cloned().collect();
            write_stderr(&human::render(&lines, self.presentation.stderr, None));
        }
        Ok(())
    }

    #[allow(clippy::disallowed_methods, reason = "stdout is a sink")]
    async fn render(
        &self,
        command: &str,
        outcome: &mut Outcome,
        warnings: &[Warning],
        printed: Option<&PrintedToken>,
    ) -> Result<Vec<Rendered>, WriteError> {
        let token = printed.map(|printed| &printed.value);
        match self.presentation.format {
            Format::Human => Ok(vec![match token.filter(|_| self.value_stands_alone(outcome)) {
                Some(token) => alone(token).into(),
                None => human::render(&outcome.human, self.presentation.stdout, token),
            }]),
            Format::Quiet => {
                let lines = std::mem::take(&mut outcome.quiet).into_text();
                Ok(token.map(|token| alone(token).into()).into_iter().chain([Rendered::Open(lines)]).collect())
            }
            Format::Json => self.envelope(command, outcome, warnings),
            Format::Jq => {
                let parts = self.envelope(command, outcome, warnings)?;
                let Some(filter) = &self.presentation.filter else { return Ok(parts) };
                let document = envelope::joined(&parts);
                let text = filter.apply(&document).await.map_err(|error| {
                    // What it failed on may be a part of the value.
                    let withheld = Error::new(error.code(), "The `--jq` expression failed on the new token");
                    if token.is_some() { withheld } else { error }
                })?;
                let is_obeyed = self.presentation.terminals.stdout || self.presentation.stdout_is_log;
                Ok(vec![if is_obeyed { cleaned(&text, token) } else { text }.into()])
            }
        }
    }

    /// Whether stdout gets the value of a new token and nothing else, though the output is for
    /// people.
    fn value_stands_alone(&self, outcome: &Outcome) -> bool {
        outcome.value_stands_alone && self.presentation.format == Format::Human && !self.presentation.terminals.stdout
    }

    fn envelope(
        &self,
        command: &str,
        outcome: &mut Outcome,
        warnings: &[Warning],
    ) -> Result<Vec<Rendered>, WriteError> {
        let data = outcome.data.data(self.presentation.layout)?;
        let request_id = outcome.request_id.as_deref();
        let tail = Tail::new(outcome.failure.as_ref(), warnings, &outcome.breadcrumbs, request_id);
        Ok(envelope::render(command, data, &tail, self.presentation.layout)?)
    }

    /// Writes a failure: the envelope to stdout where JSON was asked for, one human line to stderr.
    pub(crate) fn failure(&self, command: &str, error: &Error, warnings: &[Warning]) -> Result<(), WriteError> {
        self.explain(error);
        if self.presentation.format != Format::Json {
            return Ok(());
        }
        let layout = self.presentation.layout;
        let tail = Tail::new(Some(error), warnings, &[], error.request_id());
        envelope::render(command, false.data(layout)?, &tail, layout)?.iter().try_for_each(|part| Self::stream(part))
    }

    /// Says on stderr why a run fails; not under `--agent`.
    pub(crate) fn explain(&self, error: &Error) {
        if !self.presentation.agent {
            self.insist(error);
        }
    }

    /// Says on stderr why a run fails, under `--agent` too: where nothing else can name what is
    /// left behind.
    pub(crate) fn insist(&self, error: &Error) {
        write_stderr(&human::failure(error, self.presentation.stderr));
    }

    /// Says on stderr, under `--agent` too, what became of a run that a signal ends: by the signal,
    /// so without a status.
    pub(crate) fn interrupted(&self, error: &Error) {
        write_stderr(&human::interruption(error, self.presentation.stderr));
    }

    /// Says a warning on stderr; not under `--agent`.
    pub(crate) fn warn(&self, warning: &Warning) {
        if !self.presentation.agent {
            self.insist_on(warning);
        }
    }

    /// Says a warning on stderr, under `--agent` too, as [`Output::insist`].
    pub(crate) fn insist_on(&self, warning: &Warning) {
        write_stderr(&human::warning(warning, self.presentation.stderr));
    }

    /// Writes a line about what happens to stderr; not under `--agent`.
    pub(crate) fn say(&self, text: &str) {
        if !self.presentation.agent {
            write_stderr(&format!("{}\n", self.presentation.stderr.wrapped(0, &sanitise::clean(text))));
        }
    }

    /// Writes a text of our own to stderr, where people read: not in a mode for programs.
    pub(crate) fn explain_at_length(&self, text: &str) {
        if matches!(self.presentation.format, Format::Human | Format::Quiet) {
            write_stderr(text);
        }
    }

    /// Shows people on stderr what a command is about to do.
    pub(crate) fn preview(&self, lines: &[Line]) {
        if self.presentation.format == Format::Human {
            write_stderr(&human::render(lines, self.presentation.stderr, None));
        }
    }

    /// Writes past the standard library's handle, which takes a stdout that cannot be written to
    /// (`1<file`) for one that took everything.
    pub(crate) fn stream(text: &str) -> Result<(), WriteError> {
        Self::bytes(text.as_bytes())
    }

    /// The same for what need not be text.
    #[allow(clippy::disallowed_methods, reason = "the one writer")]
    pub(super) fn bytes(bytes: &[u8]) -> Result<(), WriteError> {
        std_streams::stdout().write_all(bytes).map_err(|cause| match cause.kind() {
            io::ErrorKind::BrokenPipe => WriteError::NoReader,
            _ => WriteError::Refused(cause),
        })
    }

    /// The room for what a person picks from.
    pub(crate) fn room_of_prompts(&self) -> Room {
        self.presentation.stderr.room()
    }

    /// Whether a person looks at stderr.
    pub(crate) fn is_watched(&self) -> bool {
        self.presentation.terminals.stderr && !self.presentation.agent && !self.presentation.ci
    }

    /// Whether spinners and bars are shown.
    pub(crate) fn shows_progress(&self) -> bool {
        self.is_watched() && self.presentation.progress == ProgressKind::Moving
    }

    /// Whether a line says what is waited for, since nothing can move.
    pub(crate) fn tells_progress(&self) -> bool {
        self.is_watched() && self.presentation.progress == ProgressKind::Lines
    }
}

/// A value on a line.
#[allow(clippy::disallowed_methods, reason = "stdout is a sink")]
fn alone(token: &RuntimeToken) -> Zeroizing<String> {
    Zeroizing::new(format!("{}\n", token.secret().expose()))
}

/// Lines that a terminal or a log may obey, cleaned around the new value.
#[allow(clippy::disallowed_methods, reason = "stdout is a sink")]
fn cleaned(text: &str, token: Option<&RuntimeToken>) -> Zeroizing<String> {
    let Some(token) = token else { return Zeroizing::new(sanitise::clean_lines(text)) };
    let value = token.secret().expose();
    let around: Vec<String> = text.split(value).map(sanitise::clean_lines).collect();
    Zeroizing::new(around.join(value))
}

/// What stderr does not take is lost: there is nowhere left to say so.
#[allow(clippy::disallowed_methods, reason = "the one writer")]
pub(super) fn write_stderr(text: &str) {
    progress::set_aside(|| {
        let _ = std_streams::stderr().write_all(text.as_bytes());
    });
}
