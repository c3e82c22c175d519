//! The one writer of stdout, and the one of stderr.

use std::io::{self, Write};

use serde_json::Value;
use zeroize::Zeroizing;

use super::envelope::Envelope;
use super::human::{self, Style};
use super::outcome::Outcome;
use super::presentation::{Format, Presentation};
use super::sanitise;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// Why a result did not reach stdout.
#[derive(Debug)]
pub enum WriteError {
    /// Nobody reads the pipe any more.
    NoReader,
    /// The system refused the bytes (disk full).
    Refused(io::Error),
    /// There was nothing to write: the `--jq` expression failed.
    Unrendered(Error),
    /// The output would not have held the value that it was to hand over.
    WithoutValue,
}

impl WriteError {
    /// The error of a run whose result is lost, where that is one.
    pub fn into_error(self) -> Error {
        match self {
            Self::NoReader => {
                Error::new(ErrorCode::UnknownError, "The result could not be written: nobody reads stdout")
            }
            Self::Refused(cause) => Error::unknown("The result could not be written to stdout", cause),
            Self::Unrendered(error) => error,
            Self::WithoutValue => Error::new(ErrorCode::UnknownError, "The output does not hold the value"),
        }
    }
}

/// Writes what a run has to say, in the format that was asked for.
#[derive(Debug)]
pub struct Output {
    /// How this run shows things.
    pub presentation: Presentation,
}

impl Output {
    /// An output that shows things in one way.
    pub fn new(presentation: Presentation) -> Self {
        Self { presentation }
    }

    /// Writes a result to stdout. `prelude` are mask lines that must reach the same stream first. A signal can end the
    /// waiting for a stdout that takes nothing.
    ///
    /// # Errors
    /// Why stdout did not get it; then nothing may count as handed over.
    #[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
    pub async fn result(&self, command: &str, outcome: &Outcome, prelude: &str) -> Result<(), WriteError> {
        let text = self.render(command, outcome)?;
        if let Some(token) = &outcome.token
            && !text.contains(token.secret().expose())
        {
            return Err(WriteError::WithoutValue);
        }
        let prelude = Zeroizing::new(prelude.to_owned());
        let (done, written) = tokio::sync::oneshot::channel();
        let write = move || {
            let masked = if prelude.is_empty() { Ok(()) } else { write_stdout(&prelude) };
            // Nobody waits for it any more if a signal has ended the run.
            let _ = done.send(masked.and_then(|()| write_stdout(&text)));
        };
        std::thread::Builder::new().name("stdout".to_owned()).spawn(write).map_err(WriteError::Refused)?;
        written.await.unwrap_or_else(|_| Err(WriteError::Refused(io::ErrorKind::Other.into())))
    }

    #[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
    fn render(&self, command: &str, outcome: &Outcome) -> Result<Zeroizing<String>, WriteError> {
        match self.presentation.format {
            Format::Human => Ok(human::render(&outcome.human, self.stdout_style(), outcome.token.as_ref())),
            Format::Quiet => {
                let mut text = Zeroizing::new(String::new());
                if let Some(token) = &outcome.token {
                    text.push_str(token.secret().expose());
                    text.push('\n');
                }
                for line in &outcome.quiet {
                    text.push_str(&sanitise::line_safe(&sanitise::clean(line)));
                    text.push('\n');
                }
                Ok(text)
            }
            Format::Json => self.document(command, outcome),
            Format::Jq => {
                let document = self.document(command, outcome)?;
                match &self.presentation.filter {
                    Some(filter) => {
                        let text = filter.apply(&document).map(Zeroizing::new).map_err(|error| {
                            // What it failed on may be a part of the value.
                            let withheld = Error::new(error.code(), "The `--jq` expression failed on the new token");
                            WriteError::Unrendered(if outcome.token.is_some() { withheld } else { error })
                        })?;
                        let is_obeyed = self.presentation.terminals.stdout || self.presentation.stdout_is_log;
                        Ok(if is_obeyed { cleaned(&text, outcome.token.as_ref()) } else { text })
                    }
                    None => Ok(document),
                }
            }
        }
    }

    #[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
    fn document(&self, command: &str, outcome: &Outcome) -> Result<Zeroizing<String>, WriteError> {
        let mut envelope = Envelope::of(command, outcome);
        if let (Some(token), Value::Object(data)) = (&outcome.token, &mut envelope.data) {
            data.insert("token".to_owned(), Value::String(token.secret().expose().to_owned()));
        }
        let json = sanitise::to_json(&envelope, self.presentation.indent).map_err(WriteError::Unrendered)?;
        let mut text = Zeroizing::new(json);
        text.push('\n');
        Ok(text)
    }

    /// Writes a failure: the envelope to stdout where JSON was asked for, one human line to stderr.
    ///
    /// # Errors
    /// Why stdout did not get the envelope.
    pub fn failure(&self, command: &str, error: &Error, remarks: &[Warning]) -> Result<(), WriteError> {
        self.explain(error);
        if self.presentation.format != Format::Json {
            return Ok(());
        }
        let envelope = Envelope::failure(command, error, remarks);
        let mut text = sanitise::to_json(&envelope, self.presentation.indent).map_err(WriteError::Unrendered)?;
        text.push('\n');
        write_stdout(&text)
    }

    /// Says on stderr why a run fails; not under `--agent`.
    pub fn explain(&self, error: &Error) {
        if !self.presentation.agent {
            write_stderr(&human::failure(error, self.stderr_style()));
        }
    }

    /// Says on stderr why a run fails, under `--agent` too: where nothing else can name what is left behind.
    pub fn insist(&self, error: &Error) {
        write_stderr(&human::failure(error, self.stderr_style()));
    }

    /// Says on stderr, under `--agent` too, what became of a run that a signal ends: by the signal, so without a status.
    pub fn interrupted(&self, error: &Error) {
        write_stderr(&human::interruption(error, self.stderr_style()));
    }

    /// Says a remark on stderr; not under `--agent`.
    pub fn warn(&self, warning: &Warning) {
        if !self.presentation.agent {
            write_stderr(&human::warning(&warning.message, self.stderr_style()));
        }
    }

    /// Says something in passing on stderr; not under `--agent`.
    pub fn say(&self, text: &str) {
        if !self.presentation.agent {
            write_stderr(&format!("{}\n", sanitise::clean(text)));
        }
    }

    /// Writes a line of a stream to stdout.
    ///
    /// # Errors
    /// Why stdout did not get it.
    pub fn stream(&self, text: &str) -> Result<(), WriteError> {
        write_stdout(text)
    }

    /// Whether progress is worth showing: somebody looks at stderr and the output is for people.
    pub fn shows_progress(&self) -> bool {
        self.presentation.terminals.stderr && !self.presentation.agent && !self.presentation.ci
    }

    fn stdout_style(&self) -> Style {
        Style { unicode: self.presentation.unicode, color: self.presentation.color_stdout }
    }

    fn stderr_style(&self) -> Style {
        Style { unicode: self.presentation.unicode, color: self.presentation.color_stderr }
    }
}

/// Lines that a terminal or a log may obey, cleaned around the value that is to be handed over.
#[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
fn cleaned(text: &str, token: Option<&RuntimeToken>) -> Zeroizing<String> {
    let Some(token) = token else { return Zeroizing::new(sanitise::clean_lines(text)) };
    let value = token.secret().expose();
    let around: Vec<String> = text.split(value).map(sanitise::clean_lines).collect();
    Zeroizing::new(around.join(value))
}

/// What stderr does not take is lost: there is nowhere left to say so.
#[allow(clippy::disallowed_methods, reason = "the one writer of stderr")]
fn write_stderr(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes past the standard library's handle, which takes a stdout that cannot be written to (`1<file`) for one that took
/// everything.
#[allow(clippy::disallowed_methods, reason = "the one writer of stdout")]
fn write_stdout(text: &str) -> Result<(), WriteError> {
    let written = rustix::io::dup(rustix::stdio::stdout())
        .map_err(io::Error::from)
        .and_then(|stdout| std::fs::File::from(stdout).write_all(text.as_bytes()));
    written.map_err(|cause| match cause.kind() {
        io::ErrorKind::BrokenPipe => WriteError::NoReader,
        _ => WriteError::Refused(cause),
    })
}
