//! What was listed a moment ago, so that one Tab after the other does not ask again:
//! `completions.json` of mode 0600 in the state folder. It holds names and ids, never a value, and
//! is best effort.
//!
//! An entry is found by a digest of the address, the profile and the credential: another login
//! never sees what was listed for this one, and nothing of a credential can be read from it.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::platform::{Item, List};
use crate::config::settings::Identity;
use crate::files;

/// In the state folder.
const FILE_NAME: &str = "completions.json";
/// Long enough for one Tab after the other, too short to miss what was just created.
const VALID: SignedDuration = SignedDuration::from_secs(5);
/// An item takes some 150 bytes, so this is room for 20,000. A wrong file must not fill the memory.
const MAX_FILE: u64 = 4 << 20;

/// Where one list is remembered.
pub(super) struct Cache {
    path: PathBuf,
    key: String,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    at: Timestamp,
    items: Vec<Item>,
}

type Entries = BTreeMap<String, Entry>;

impl Cache {
    #[allow(clippy::disallowed_methods, reason = "it goes into a digest")]
    pub(super) fn of(state_folder: &Path, identity: &Identity, list: &List) -> Self {
        let (origin, profile) = (identity.api_url.origin(), identity.profile.as_deref().unwrap_or_default());
        let asked = format!("{origin}\n{profile}\n{}\n{}", list.key(), identity.token.secret().expose());
        let key = BASE64_URL_SAFE_NO_PAD.encode(digest(&SHA256, asked.as_bytes()));
        Self { path: state_folder.join(FILE_NAME), key }
    }

    /// What was listed a moment ago.
    pub(super) fn fresh(&self) -> Option<Vec<Item>> {
        self.entries().remove(&self.key).map(|entry| entry.items)
    }

    /// Remembers a list. Of two that are remembered at once, one may be lost.
    pub(super) fn store(&self, items: &[Item]) {
        let mut entries = self.entries();
        entries.insert(self.key.clone(), Entry { at: Timestamp::now(), items: items.to_vec() });
        let _ = self.write(&entries);
    }

    fn write(&self, entries: &Entries) -> anyhow::Result<()> {
        let folder = files::folder_of(&self.path);
        files::make_folder(folder)?;
        files::stage_unsynced(folder, &serde_json::to_vec(entries)?)?.persist(&self.path)?;
        Ok(())
    }

    /// The entries that are still valid; none if the file cannot be used.
    fn entries(&self) -> Entries {
        let mut entries = self.read().unwrap_or_default();
        let now = Timestamp::now();
        // A clock that was set back makes an entry one of the future.
        entries.retain(|_, entry| (entry.at..entry.at.saturating_add(VALID).unwrap_or(entry.at)).contains(&now));
        entries
    }

    fn read(&self) -> Option<Entries> {
        let (file, _) = files::open_own(&self.path, OpenOptions::new().read(true)).ok()??;
        let mut text = Vec::new();
        file.take(MAX_FILE).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }
}
