//! Masks: telling the CI system to replace a value wherever it occurs in the log.
//!
//! In two steps, so that a system that cannot mask is noticed before there is a token:
//! [`Masker::prepare`] and [`Masker::probe`] before it is created, [`Masker::mask`] afterwards. The
//! texts in a [`Mask`] are secrets until the system has them; they leave through [`write_masks`] or
//! [`Mask::apply`].

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::base64_forms::constant_base64_forms;
use super::detect::Detection;
use super::system::Dialect;
use super::{azure, buildkite, github};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::{RuntimeToken, Secret};

/// How values are masked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Masker {
    /// Not at all: no CI, one that cannot, or two that disagree.
    Nothing,
    /// By workflow commands on a stream that the runner reads.
    WorkflowCommands,
    /// By logging commands on a stream that the agent reads.
    LoggingCommands,
    /// By this program.
    Redactor(PathBuf),
}

impl Masker {
    /// Decides how to mask; `path` is the variable `PATH`.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the system masks by a program that is not there.
    pub(crate) fn prepare(detection: &Detection, path: Option<&OsStr>) -> Result<Self, Error> {
        Ok(match detection.dialect() {
            Dialect::Unmaskable => Self::Nothing,
            Dialect::WorkflowCommand => Self::WorkflowCommands,
            Dialect::LoggingCommand => Self::LoggingCommands,
            Dialect::Redactor => Self::Redactor(buildkite::find_agent(path)?),
        })
    }

    /// Tries a program that masks with a random text. Commands on a stream cannot be tried: no
    /// system answers them.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the program does not do it: a token must not be created that cannot be
    /// masked.
    pub(crate) async fn probe(&self) -> Result<(), Error> {
        match self {
            Self::Redactor(program) => buildkite::probe(program).await,
            Self::Nothing | Self::WorkflowCommands | Self::LoggingCommands => Ok(()),
        }
    }

    /// Whether masking takes a stderr that the CI system reads.
    pub(super) fn needs_stderr(&self) -> bool {
        matches!(self, Self::WorkflowCommands | Self::LoggingCommands)
    }

    /// The mask of one token: of its value, and of the parts of base64 that give it away. Never of
    /// its name, its id or its prefix, which are no secrets and occur in other text.
    pub fn mask(&self, token: &RuntimeToken) -> Mask {
        let value = token.secret();
        let texts = || std::iter::once(value.clone()).chain(constant_base64_forms(value));
        match self {
            Self::Nothing => Mask::Nothing,
            Self::WorkflowCommands => {
                Mask::Lines { from_column_0: true, lines: texts().map(|text| github::mask_command(&text)).collect() }
            }
            Self::LoggingCommands => {
                Mask::Lines { from_column_0: false, lines: texts().map(|text| azure::mask_command(&text)).collect() }
            }
            Self::Redactor(program) => Mask::Program { program: program.clone(), texts: texts().collect() },
        }
    }
}

/// What makes a CI system mask one token.
#[derive(Clone, Debug)]
pub enum Mask {
    /// Nothing to do.
    Nothing,
    /// Lines to write to a stream that the system reads.
    Lines {
        /// Whether the system takes a command only at the beginning of a line.
        from_column_0: bool,
        /// The commands, without line ends.
        lines: Vec<Secret>,
    },
    /// A program to run once for each text, with the text on its stdin.
    Program {
        /// The program; its arguments are [`buildkite::ARGUMENTS`].
        program: PathBuf,
        /// The texts to mask.
        texts: Vec<Secret>,
    },
}

impl Mask {
    /// Makes the system mask the token: writes the lines to `stream` and flushes it, or runs the
    /// program. The value may be written only after this has succeeded.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`: the token cannot be handed over safely.
    pub(crate) async fn apply(&self, stream: &mut dyn Write) -> Result<(), Error> {
        if let Self::Program { program, texts } = self {
            return buildkite::redact(program, texts).await;
        }
        write_masks(self, stream).map_err(|cause| {
            Error::new(ErrorCode::DeliveryError, "The command that masks the token could not be written")
                .caused_by(cause)
        })
    }
}

/// Writes the lines of a mask in one piece and flushes them; a mask without lines writes nothing.
///
/// Where a command counts only at column 0, an empty line goes first: another program may have left
/// the stream in the middle of a line (`printf 'Creating… ' >&2`), and then the command would be
/// ordinary text, with the value in it.
///
/// # Errors
/// Those of the stream.
#[allow(clippy::disallowed_methods, reason = "the mask")]
pub fn write_masks(mask: &Mask, stream: &mut dyn Write) -> io::Result<()> {
    let Mask::Lines { from_column_0, lines } = mask else { return Ok(()) };
    let length = lines.iter().map(|line| line.expose().len() + 1).sum::<usize>() + 1;
    let mut text = Zeroizing::new(String::with_capacity(length));
    if *from_column_0 {
        text.push('\n');
    }
    for line in lines {
        text.push_str(line.expose());
        text.push('\n');
    }
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
