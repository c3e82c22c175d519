//! What every sink can do, and what sinks are constructed with.

use std::fs::File;
use std::future::Future;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;

use super::target::Target;
use crate::api::RequestError;
use crate::api::wire::{SecretName, Slug};
use crate::error::Error;
use crate::secret::{RuntimeToken, Secret};
use crate::warning::Warning;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Takes the value of a new token, and can undo that.
pub(crate) trait Sink {
    /// How the sink is named in `delivered_to` and in messages. It holds no secret.
    fn label(&self) -> String;

    fn target(&self) -> Target;

    /// Tries everything that can be tried without a value, and leaves no trace. Fails with
    /// `INPUT_ERROR` or what the platform answered.
    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>>;

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>>;

    /// Whether what it writes cannot be taken back, so that it is written when the others are.
    fn is_final(&self) -> bool {
        false
    }

    /// Takes back what was written, if anything was. The error is why the target may still hold the
    /// value.
    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>>;

    /// Drops what undoing would have needed.
    fn commit(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
}

type LookUp = dyn Fn(&str) -> Option<String>;

/// What sinks are constructed with.
pub(crate) struct SinkContext {
    /// Looks an environment variable up. Returns nothing for an empty one.
    pub(crate) env: Rc<LookUp>,
    /// Whether standard error certainly reaches the log of Azure Pipelines and nothing else.
    /// Anywhere else, the commands that set a variable would print the value.
    pub(crate) azure_log: bool,
    pub(crate) secrets: Rc<dyn SecretStore>,
}

/// The secrets of functions, for `secret:SLUG/KEY`.
pub(crate) trait SecretStore {
    /// Whether the function has a secret of that key. Success also proves that the function exists
    /// and that the credential may see its secrets.
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<bool, RequestError>>;

    fn put<'a>(
        &'a self,
        slug: &'a Slug,
        key: &'a SecretName,
        value: &'a Secret,
    ) -> BoxFuture<'a, Result<(), RequestError>>;

    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> BoxFuture<'a, Result<(), RequestError>>;
}

/// `stdout`: named among the sinks, but written by `output::Output`, the one writer of standard
/// output.
pub(super) struct Stdout;

impl Stdout {
    pub(super) const LABEL: &'static str = "stdout";
}

impl Sink for Stdout {
    fn label(&self) -> String {
        Self::LABEL.to_owned()
    }

    /// If standard output was redirected to a file, that file.
    #[allow(clippy::disallowed_methods, reason = "standard output is looked at, not written to")]
    fn target(&self) -> Target {
        let file = std::io::stdout().as_fd().try_clone_to_owned().map(File::from);
        match file.and_then(|file| file.metadata()) {
            Ok(metadata) if metadata.is_file() => Target::open_file(&metadata),
            _ => Target::named(Self::LABEL, ""),
        }
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        ready(Ok(Vec::new()))
    }

    fn write<'a>(&'a mut self, _: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        ready(Ok(()))
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(Ok(()))
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
