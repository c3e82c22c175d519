//! The state as a file holds it: hashes and plain facts, never a value.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::function::StoredFunction;
use super::management_tokens::ManagementToken;
use super::{Hasher, Keys, PlatformSettings, State};
use crate::api::wire::Slug;
use crate::sandbox::value_source::ValueSource;
use crate::strict_json;

/// The version of the form below; another one is refused. 2: no answers of earlier requests.
const VERSION: u32 = 2;

/// What is written: [`Saved`], borrowed from the state.
#[derive(Serialize)]
struct SavedRef<'a> {
    version: u32,
    seeded_rest: Option<u64>,
    clock_ahead: SignedDuration,
    hasher: &'a Hasher,
    management_tokens: &'a [ManagementToken],
    functions: &'a BTreeMap<Slug, StoredFunction>,
    keys: &'a Keys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    #[serde(rename = "version")]
    _version: u32,
    /// See [`ValueSource::rest`].
    seeded_rest: Option<u64>,
    /// How far the clock had been moved on.
    clock_ahead: SignedDuration,
    hasher: Hasher,
    management_tokens: Vec<ManagementToken>,
    functions: BTreeMap<Slug, StoredFunction>,
    keys: Keys,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl State {
    /// The state as JSON, with how far its clock has been moved on.
    pub(crate) fn save(&self, clock_ahead: SignedDuration) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&SavedRef {
            version: VERSION,
            seeded_rest: self.values.rest(),
            clock_ahead,
            hasher: &self.hasher,
            management_tokens: &self.management_tokens,
            functions: &self.functions,
            keys: &self.keys,
        })
    }

    /// The state that [`State::save`] wrote, and how far the clock is to be moved on for it.
    ///
    /// # Errors
    /// If the text is not one that this version writes.
    pub(crate) fn load(
        saved: &[u8],
        settings: PlatformSettings,
        mut values: ValueSource,
    ) -> anyhow::Result<(Self, SignedDuration)> {
        let Version { version } = strict_json::from_slice(saved)?;
        anyhow::ensure!(version == VERSION, "its version is {version}, not {VERSION}");
        let saved: Saved = strict_json::from_slice(saved)?;
        values.resume(saved.seeded_rest);
        let state = Self {
            settings,
            hasher: saved.hasher,
            values,
            management_tokens: saved.management_tokens,
            functions: saved.functions,
            keys: saved.keys,
        };
        Ok((state, saved.clock_ahead))
    }
}
