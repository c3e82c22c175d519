//! What every sink can do.

use std::future::Future;
use std::pin::Pin;

use super::target::Target;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Takes the value of a new token, and can undo that.
pub(crate) trait Sink {
    /// How the sink is named in `delivered_to` and in messages. It holds no secret.
    fn label(&self) -> String;

    /// What the sink writes to.
    fn target(&self) -> Target;

    /// Tries everything that can be tried without a value, and leaves no trace.
    ///
    /// # Errors
    /// `INPUT_ERROR`, or what the platform answered.
    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>>;

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Takes back what was written, if anything was.
    ///
    /// # Errors
    /// Why the target may still hold the value.
    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Drops what undoing would have needed.
    fn commit(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

/// The result of a step that did not wait for anything.
pub(super) fn ready<'a, T: 'a>(result: T) -> BoxFuture<'a, T> {
    Box::pin(std::future::ready(result))
}

/// The error of a check: the sink would fail.
pub(super) fn unusable(label: &str, cause: impl Into<anyhow::Error>) -> Error {
    Error::input(format!("`--to {label}` cannot take a token")).caused_by(cause)
}
