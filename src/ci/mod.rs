//! CI systems: which one this is, how it masks, and where our output goes in it.
//!
//! The order of a hand-over, and the module that answers each question:
//!
//! 1. [`Detection`]: is this a CI, which one, and do its variables agree? ([`detect`])
//! 2. [`Masker`]: can it mask, and with what? Asked, and where a program masks also tried, before anything is created.
//!    ([`mask`])
//! 3. [`Streams`] and [`Destination`]: would the value reach a reader, would the mask, and is our stdout the job's own log?
//!    ([`streams`], [`guard`]; [`preflight`] turns the answers into a refusal)
//! 4. [`Mask`]: written and flushed before the value. ([`mask`])
//!
//! A mask command that nobody interprets is itself the leak. Hence a mask is only ever made for a system that was
//! positively identified, and everything that decides is a pure function of what was observed.

pub mod azure;
pub mod base64_forms;
pub mod buildkite;
pub mod detect;
pub mod github;
pub mod guard;
pub mod mask;
pub mod preflight;
pub mod streams;
pub mod system;

pub use detect::Detection;
pub use guard::Destination;
pub use mask::{Mask, Masker, write_masks};
pub use preflight::Handover;
pub use streams::{FdKind, Streams};
pub use system::{CiSystem, Dialect};

/// Looks a variable up in an environment.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
