//! Handing a new token over: sinks that are checked before it exists, written after, and undone on failure.
//!
//! A token's value is shown once, so the way to its place is proved before it is asked for. A [`Plan`] goes through these
//! steps, and the caller does what stands in brackets:
//!
//! 1. [`Plan::parse`] reads the `--to` options: known kinds, valid names, no place named twice.
//! 2. [`Plan::check`] tries every sink as far as that is possible without a value: folders are written to, files opened,
//!    programs looked up, functions asked for. A failure here has changed nothing.
//! 3. (The token is created, and masked where the CI system can.)
//! 4. [`Plan::hand_over`] writes every sink but standard output, in the order given. If one fails, those before it are
//!    undone and the error names what could not be. (The token is revoked.)
//! 5. (Waiting, proving, printing. If one of these fails or a signal arrives: [`Plan::undo`], and the token is revoked.)
//! 6. [`Plan::settle`] throws away what undoing would have needed.
//!
//! Every sink remembers what it has done so far, so that [`Plan::undo`] is right at any moment, also after the future of
//! [`Plan::hand_over`] was dropped half-way.
//!
//! The value is exposed inside a sink's `write` and nowhere else in this module. No error, label or path holds it, and an
//! error of somebody else's that repeats it is withheld.

mod append;
mod azure_variable;
mod bash_env;
mod command;
mod dotenv;
mod dotenv_text;
mod file;
mod function_secret;
mod github_file;
mod place;
mod plan;
mod sink;
mod spec;
mod variable;

#[cfg(test)]
mod tests;

use std::future::Future;
use std::io::Write;
use std::pin::Pin;

pub use plan::{NotUndone, Plan};
pub use spec::KINDS;

use crate::api::RequestError;
use crate::api::wire::{SecretName, Slug};
use crate::secret::Secret;

/// What sinks reach for outside of this module. Made anew for each step; it owns nothing.
pub struct Surroundings<'a> {
    /// Looks an environment variable up; an empty one counts as unset.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Whether this runs on Azure Pipelines without doubt and standard error reaches its log. Anywhere else the commands
    /// that set a variable would print the value for everybody.
    pub azure_log: bool,
    /// The secrets of other functions.
    pub secrets: &'a dyn SecretStore,
    /// Our standard error.
    pub stderr: &'a mut dyn Write,
}

/// An answer that is on its way.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, RequestError>> + 'a>>;

/// The secrets of functions, as `secret:SLUG/KEY` needs them.
pub trait SecretStore {
    /// Asks whether the function has a secret of that key, which also proves that the function exists and that the
    /// credential may see its secrets. Changes nothing.
    fn has<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, bool>;

    /// Sets the secret.
    fn put<'a>(&'a self, slug: &'a Slug, key: &'a SecretName, value: &'a Secret) -> Answer<'a, ()>;

    /// Deletes the secret.
    fn delete<'a>(&'a self, slug: &'a Slug, key: &'a SecretName) -> Answer<'a, ()>;
}
