//! CI systems: which one this is, how it masks values, and where our output goes in it.
//!
//! The steps of a delivery, and the module that answers each question:
//!
//! 1. [`Detection`]: is this a CI, which one, and do its variables agree? ([`detect`])
//! 2. [`Masker`]: can it mask, and with what? A program that masks is tried before a token is
//!    created. ([`mask`])
//! 3. [`streams::Streams`] and [`Destination`]: would the value reach a reader, would the mask, and
//!    is our stdout the job's own log? ([`streams`], [`guard`]; [`delivery_check`] turns the
//!    answers into a refusal)
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
mod mask;
mod streams;
mod system;

use std::cell::OnceCell;

pub(crate) use delivery_check::DeliveryCheck;
pub use detect::Detection;
pub use guard::Destination;
pub use mask::Masker;
use streams::Streams;
pub use system::Lookup;
#[cfg(test)]
pub(crate) use system::markdown as systems_markdown;

/// The CI job around this process, observed once a run.
#[derive(Debug)]
pub(crate) struct JobEnvironment {
    pub(crate) detection: Detection,
    pub(crate) streams: Streams,
    destination: OnceCell<Destination>,
    stderr_is_read_by_step: OnceCell<bool>,
}

impl JobEnvironment {
    /// Reads the environment and looks at stdout and stderr. `env` gives the value of a variable;
    /// an empty one counts as unset.
    pub(crate) fn observe(env: Lookup) -> Self {
        Self {
            detection: Detection::from_env(env),
            streams: Streams::observe(),
            destination: OnceCell::new(),
            stderr_is_read_by_step: OnceCell::new(),
        }
    }

    /// Where our stdout leads. Found at the first call, since it reads the process tree.
    pub(crate) fn destination(&self) -> Destination {
        *self.destination.get_or_init(|| guard::observe(&self.detection))
    }

    /// Whether a program of the step reads our stderr, where masks go. Found at the first call,
    /// since it reads all processes; no without a mask that goes there.
    pub(crate) fn stderr_is_read_by_step(&self, masker: &Masker) -> bool {
        let look = || guard::stderr_is_read_by_step(&self.detection);
        masker.needs_stderr() && *self.stderr_is_read_by_step.get_or_init(look)
    }
}
