//! CI systems: which one this is, how it masks values, and where our output goes in it.
//!
//! The steps of a delivery, and the module that answers each question:
//!
//! 1. [`Detection`]: is this a CI, which one, and do its variables agree? ([`detect`])
//! 2. [`Masker`]: can it mask, and with what? A program that masks is tried before a token is
//!    created. ([`mask`])
//! 3. [`streams::Streams`] and [`Destination`]: would the value reach a reader, would the mask, and is our
//!    stdout the job's own log? ([`streams`], [`guard`]; [`delivery_check`] turns the answers into
//!    a refusal)
//! 4. [`Masker::mask`]: written and flushed before the value. ([`mask`])
//!
//! A mask command that nobody interprets shows the value itself. So a mask is only ever made for a
//! system that was positively identified, and everything that decides is a pure function of what
//! was observed. [`JobEnvironment`] holds the observations of a run.

mod base64_forms;
mod buildkite;
mod delivery_check;
mod detect;
pub mod guard;
mod job_environment;
mod mask;
mod streams;
mod system;

pub(crate) use delivery_check::DeliveryCheck;
pub use detect::Detection;
pub use guard::Destination;
pub(crate) use job_environment::JobEnvironment;
pub use mask::Masker;

/// Gives the value of an environment variable.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;
