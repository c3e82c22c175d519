//! What a runner makes of a step: which lines are commands, what is masked, what the log shows, what
//! the next steps get. `jelou sandbox run --as github` plays one, and the tests of masks rest on it.
//!
//! Written from the sources of actions/runner (2.336): `ProcessInvoker` (streams, lines),
//! `ActionCommand`, `ActionCommandManager` and `OutputManager` (commands), `SecretMasker` and
//! `ValueEncoders` (masks), `FileCommandManager` (files), `GitHubContext` (variables). Not modelled:
//! problem matchers, containers, `post` steps, debug logging. [`Dialect`] turns it into `act`,
//! Forgejo's or Gitea's runner as far as commands and masks go.

mod commands;
mod env_files;
mod job;
mod lines;
mod masker;
mod variables;

pub use commands::{ActionCommand, Dialect, parse};
pub use env_files::{EnvFiles, ForNextSteps};
pub use job::Job;
pub use lines::{Lines, split};
pub use variables::{Surroundings, is_of_a_job};
