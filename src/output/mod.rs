//! What is printed, and the contract of the two streams.
//!
//! - stdout carries the result and nothing else: a table, the block of a new token, one raw value, or one JSON document
//!   and one line feed. [`Output`] is its only writer.
//! - stderr carries everything else: progress, warnings, prompts, masks, and one human line per failure.
//! - Human output is the default, on a terminal or not; JSON comes only on request. The format never changes an exit
//!   status.
//! - No banner, no update check, no telemetry, ever.
//!
//! Text that came from a server is cleaned here, when it is printed ([`sanitise`]), so that there is one place for it.

pub mod envelope;
pub mod human;
pub mod jq;
pub mod outcome;
pub mod presentation;
pub mod progress;
pub mod prompt;
pub mod sanitise;
pub mod table;
pub mod times;
mod writer;

pub use outcome::{Breadcrumb, Line, Outcome};
pub use presentation::{Format, Presentation, PresentationFlags, Terminals};
pub use prompt::Interactivity;
pub use writer::{Output, WriteError};
