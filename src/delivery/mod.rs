//! Delivery of a new token to the sinks of `--to`: checked before the token exists, written
//! afterwards, undone on failure.
//!
//! A token's value is shown once, so everything that could prevent its delivery is found out before
//! it is asked for:
//!
//! 1. `SinkSet::parse` reads the `--to` options, and `SinkSet::check` tries every sink as far as
//!    that is possible without a value. If this fails, nothing has changed.
//! 2. The caller creates the token, and masks it where the CI system can.
//! 3. `SinkSet::deliver` writes every sink but standard output, in the order given, but commands
//!    last: they cannot be undone. If one fails, those before it are undone, and the error names
//!    those that could not be.
//! 4. The caller waits, proves and prints. If that fails or a signal arrives, it calls
//!    `SinkSet::undo`; else `SinkSet::commit` drops what undoing would have needed.
//!
//! Every sink remembers what it has done so far, so `SinkSet::undo` is right at any moment, also
//! after the future of `SinkSet::deliver` was dropped before its end.
//!
//! A sink exposes the value inside of its `write` and nowhere else. No error, label or path holds
//! it; the text of a foreign error that does is replaced.
//!
//! To add a sink: a file with a type that implements `sink::Sink`, and a row in `kinds::KINDS`.

mod azure_variable;
mod command;
mod dotenv;
mod environment_file;
mod file;
mod function_secret;
mod kinds;
mod sink;
mod sink_set;
mod target;
#[cfg(test)]
mod tests;
mod variable_name;

pub use kinds::markdown;
pub(crate) use kinds::{forms_and_meanings, help, long_help};
pub(crate) use sink::{BoxFuture, SecretStore, SinkContext};
pub(crate) use sink_set::{NotUndone, SinkSet};
