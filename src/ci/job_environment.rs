//! The CI job around this process, observed once a run.

use std::cell::OnceCell;

use super::detect::Detection;
use super::guard::Destination;
use super::streams::Streams;
use super::{Lookup, guard};

/// What presentation, guard and delivery know of the job.
#[derive(Debug)]
pub struct JobEnvironment {
    pub(crate) detection: Detection,
    pub(crate) streams: Streams,
    destination: OnceCell<Destination>,
}

impl JobEnvironment {
    /// Reads the environment and looks at stdout and stderr. `env` gives the value of a variable;
    /// an empty one counts as unset.
    pub(crate) fn observe(env: Lookup) -> Self {
        Self { detection: Detection::from_env(env), streams: Streams::observe(), destination: OnceCell::new() }
    }

    /// Where our stdout leads. Found at the first call, since it reads the process tree.
    pub(crate) fn destination(&self) -> Destination {
        *self.destination.get_or_init(|| guard::observe(&self.detection))
    }
}
