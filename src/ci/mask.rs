//! Masks: telling the CI system to replace a value wherever it occurs in the log.
//!
//! In two steps, so that a system that cannot mask is noticed before there is a token:
//! [`Masker::prepare`] and [`Masker::probe`] before it is created, [`Masker::mask`] afterwards.

use std::ffi::OsStr;
use std::io::Write;

use zeroize::Zeroizing;

use super::base64_forms::constant_base64_forms;
use super::buildkite;
use super::detect::Detection;
use super::system::Dialect;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::program::Program;
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
    Redactor(Program),
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

    /// Makes the system mask the token: writes the commands to `stream` and flushes it, or runs the
    /// program. The value may be written only after this has succeeded.
    ///
    /// # Errors
    /// `DELIVERY_ERROR`: the token cannot be delivered safely.
    pub(crate) async fn mask(&self, token: &RuntimeToken, stream: &mut dyn Write) -> Result<(), Error> {
        if let Self::Redactor(program) = self {
            return buildkite::redact(program, &masked_texts(token)).await;
        }
        // In one piece, so that no other program writes between two lines.
        stream.write_all(self.commands(token).as_bytes()).and_then(|()| stream.flush()).map_err(|cause| {
            Error::new(ErrorCode::DeliveryError, "The command that masks the token could not be written")
                .caused_by(cause)
        })
    }

    /// The commands that mask a token on a stream, each on a line; empty if the system takes none.
    #[allow(clippy::disallowed_methods, reason = "the mask holds the value")]
    pub fn commands(&self, token: &RuntimeToken) -> Zeroizing<String> {
        let (before, command) = match self {
            // Forgejo, Gitea and `act` match `^::add-mask::` exactly. The empty line goes first
            // because another program may have left the stream in the middle of a line
            // (`printf 'Creating… ' >&2`): there, the command would be text with the value in it.
            Self::WorkflowCommands => ("\n", "::add-mask::"),
            Self::LoggingCommands => ("", "##vso[task.setsecret]"),
            Self::Nothing | Self::Redactor(_) => return Zeroizing::default(),
        };
        let texts = masked_texts(token);
        // All of it at once: a string that grows leaves copies of the value in memory.
        let length = texts.iter().map(|text| command.len() + text.expose().len() + 1).sum::<usize>() + before.len();
        let mut lines = Zeroizing::new(String::with_capacity(length));
        lines.push_str(before);
        // Neither a token's alphabet nor base64 has anything to encode, and Forgejo and Gitea do
        // not decode `%25`.
        for part in texts.iter().flat_map(|text| [command, text.expose(), "\n"]) {
            lines.push_str(part);
        }
        lines
    }
}

/// The value, and the parts of base64 that give it away. Never the name, the id or the prefix of a
/// token, which are no secrets and occur in other text.
fn masked_texts(token: &RuntimeToken) -> Vec<Secret> {
    let value = token.secret();
    std::iter::once(value.clone()).chain(constant_base64_forms(value)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
