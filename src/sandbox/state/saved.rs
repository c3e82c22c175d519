//! The state as text for a file.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::stored::{PlatformSettings, State, Stored};
use crate::sandbox::value_source::ValueSource;
use crate::strict_json;

/// The version of the form below; another one is refused. 3: tokens and deployments as they are
/// listed.
const VERSION: u32 = 3;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved<S> {
    version: u32,
    /// See [`ValueSource::rest`].
    seeded_rest: Option<u64>,
    /// How far the clock had been moved on.
    clock_ahead: SignedDuration,
    state: S,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl State {
    /// The state as JSON, with how far its clock has been moved on.
    pub(crate) fn save(&self, clock_ahead: SignedDuration) -> serde_json::Result<Vec<u8>> {
        let (seeded_rest, state) = (self.values.rest(), &self.stored);
        serde_json::to_vec(&Saved { version: VERSION, seeded_rest, clock_ahead, state })
    }

    /// The state that [`State::save`] wrote, and how far the clock is to be moved on for it.
    pub(crate) fn load(
        saved: &[u8],
        settings: PlatformSettings,
        mut values: ValueSource,
    ) -> anyhow::Result<(Self, SignedDuration)> {
        let Version { version } = strict_json::from_slice(saved)?;
        anyhow::ensure!(version == VERSION, "its version is {version}, not {VERSION}");
        let Saved::<Stored> { seeded_rest, clock_ahead, state: stored, .. } = strict_json::from_slice(saved)?;
        values.resume(seeded_rest);
        Ok((Self { settings, values, stored }, clock_ahead))
    }
}
