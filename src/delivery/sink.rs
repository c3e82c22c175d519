//! One sink of any kind, and what happens to it in each step.

use super::Surroundings;
use super::azure_variable::AzureVariable;
use super::bash_env::BashEnv;
use super::command::Command;
use super::dotenv::Dotenv;
use super::file::FileSink;
use super::function_secret::FunctionSecret;
use super::github_file::GithubFile;
use super::spec::Place;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// A place for the value.
pub(super) enum Sink {
    /// Our standard output, which the one writer of it takes care of.
    Stdout,
    File(FileSink),
    GithubFile(GithubFile),
    Dotenv(Dotenv),
    BashEnv(BashEnv),
    AzureVariable(AzureVariable),
    FunctionSecret(FunctionSecret),
    Command(Command),
}

impl Sink {
    /// How the sink is called in `delivered_to` and in messages.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Stdout => "stdout".to_owned(),
            Self::File(sink) => sink.label(),
            Self::GithubFile(sink) => sink.label(),
            Self::Dotenv(sink) => sink.label(),
            Self::BashEnv(sink) => sink.label(),
            Self::AzureVariable(sink) => sink.label(),
            Self::FunctionSecret(sink) => sink.label(),
            Self::Command(sink) => sink.label(),
        }
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Self::Stdout => Place::entry_of("stdout", ""),
            Self::File(sink) => sink.place(),
            Self::GithubFile(sink) => sink.place(),
            Self::Dotenv(sink) => sink.place(),
            Self::BashEnv(sink) => sink.place(),
            Self::AzureVariable(sink) => sink.place(),
            Self::FunctionSecret(sink) => sink.place(),
            Self::Command(sink) => sink.place(),
        }
    }

    /// Tries everything that can be tried without a value, and leaves no trace.
    pub(super) async fn check(&mut self, around: &mut Surroundings<'_>) -> Result<Vec<Warning>, Error> {
        match self {
            Self::Stdout => Ok(Vec::new()),
            Self::File(sink) => sink.check(),
            Self::GithubFile(sink) => sink.check(around.env),
            Self::Dotenv(sink) => sink.check(),
            Self::BashEnv(sink) => sink.check(around.env),
            Self::AzureVariable(sink) => sink.check(around.azure_log),
            Self::FunctionSecret(sink) => sink.check(around.secrets).await,
            Self::Command(sink) => sink.check(around.env),
        }
    }

    pub(super) async fn write(&mut self, token: &RuntimeToken, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(sink) => sink.write(token),
            Self::GithubFile(sink) => sink.write(token, around.env),
            Self::Dotenv(sink) => sink.write(token).await,
            Self::BashEnv(sink) => sink.write(token, around.env),
            Self::AzureVariable(sink) => sink.write(token, around.stderr),
            Self::FunctionSecret(sink) => sink.write(token, around.secrets).await,
            Self::Command(sink) => sink.write(token, around.env).await,
        }
    }

    /// Takes back what was written, if anything was. Says why where that is not possible.
    pub(super) async fn undo(&mut self, around: &mut Surroundings<'_>) -> anyhow::Result<()> {
        match self {
            Self::Stdout => Ok(()),
            Self::File(sink) => sink.undo(),
            Self::GithubFile(sink) => sink.undo(),
            Self::Dotenv(sink) => sink.undo().await,
            Self::BashEnv(sink) => sink.undo(),
            Self::AzureVariable(sink) => sink.undo(around.stderr),
            Self::FunctionSecret(sink) => sink.undo(around.secrets).await,
            Self::Command(sink) => sink.undo(),
        }
    }

    /// Throws away what undoing would have needed.
    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        match self {
            Self::File(sink) => sink.settle(),
            Self::Dotenv(sink) => {
                sink.settle();
                Ok(())
            }
            Self::Stdout
            | Self::GithubFile(_)
            | Self::BashEnv(_)
            | Self::AzureVariable(_)
            | Self::FunctionSecret(_)
            | Self::Command(_) => Ok(()),
        }
    }
}

/// The error of a check: nothing has happened yet, and this sink would fail.
pub(super) fn unusable(label: &str, cause: impl Into<anyhow::Error>) -> Error {
    Error::input(format!("`--to {label}` cannot take a token")).caused_by(cause)
}
