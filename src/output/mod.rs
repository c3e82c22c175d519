//! What is printed, and the contract of the two streams.
//!
//! - stdout carries the result alone: a table, the block of a new token, one raw value, or one JSON
//!   document and one line feed; of `jelou call`, the function's answer. [`Output`] is its only
//!   writer.
//! - stderr carries progress, warnings, prompts, masks, and one human line per failure.
//! - JSON comes only on request, on a terminal or not. The format never changes an exit status.
//! - No banner, no update check, no telemetry.
//!
//! Text that came from a server is cleaned here, when it is printed ([`sanitise`]).

pub(crate) mod envelope;
mod foreign_data;
pub(crate) mod human;
pub(crate) mod jq;
pub(crate) mod json;
pub(crate) mod outcome;
pub(crate) mod presentation;
pub(crate) mod progress;
pub(crate) mod prompt;
mod rendered;
pub(crate) mod sanitise;
pub(crate) mod size;
mod stdout_thread;
pub(crate) mod table;
pub(crate) mod times;
mod writer;

pub(crate) use foreign_data::ForeignData;
pub use outcome::Outcome;
pub(crate) use outcome::{CleanLines, Effect, Line};
pub(crate) use presentation::{Format, Presentation, PresentationFlags, Terminals};
pub(crate) use prompt::Interactivity;
pub(crate) use stdout_thread::StdoutThread;
pub(crate) use writer::{Output, PrintedToken, ShownValue, WriteError};
