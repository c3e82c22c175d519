//! The state as a file holds it: hashes, sealed answers and plain facts, never a value.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::function::Function;
use super::{Hasher, Keys, Settings, State};
use crate::api::wire::Slug;
use crate::sandbox::value::Mint;

/// The version of the form below; another one is refused.
const VERSION: u32 = 1;

/// What is written, borrowed from the state.
#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    /// Where a seeded sequence of ids and values goes on.
    position: u64,
    clock_ahead: SignedDuration,
    hasher: &'a Hasher,
    callers: &'a [Access],
    functions: &'a BTreeMap<Slug, Function>,
    keys: &'a Keys,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    version: u32,
    position: u64,
    /// How far the clock had been moved on.
    clock_ahead: SignedDuration,
    hasher: Hasher,
    callers: Vec<Access>,
    functions: BTreeMap<Slug, Function>,
    keys: Keys,
}

impl State {
    /// The state as JSON, with how far the clock that it goes by has been moved on.
    pub fn save(&self, clock_ahead: SignedDuration) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&Written {
            version: VERSION,
            position: self.mint.position(),
            clock_ahead,
            hasher: &self.hasher,
            callers: &self.callers,
            functions: &self.functions,
            keys: &self.keys,
        })
    }

    /// The state that [`State::save`] wrote, and how far the clock is to be moved on for it.
    ///
    /// # Errors
    /// Fails if the text is not one that this version writes.
    pub fn load(saved: &[u8], settings: Settings, mut mint: Mint) -> anyhow::Result<(Self, SignedDuration)> {
        let mut read: Read = serde_json::from_slice(saved)?;
        anyhow::ensure!(read.version == VERSION, "its version is {}, not {VERSION}", read.version);
        mint.resume_at(read.position);
        read.keys.forget_unsealed();
        let state = Self {
            settings,
            hasher: read.hasher,
            mint,
            callers: read.callers,
            functions: read.functions,
            keys: read.keys,
        };
        Ok((state, read.clock_ahead))
    }
}
