//! What the platform keeps. The other files of this folder say what requests and time do to it.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::hash::{Hasher, Tag};
use crate::api::wire::{self, FileContent, Id, SecretName, Slug};
use crate::sandbox::handler::Handler;
use crate::sandbox::value_source::ValueSource;

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(super) settings: PlatformSettings,
    pub(super) values: ValueSource,
    pub(super) stored: Stored,
}

/// What does not change while the sandbox runs.
#[derive(Clone, Debug)]
pub(crate) struct PlatformSettings {
    /// From a change until it is live: the first quarter in the queue, the rest building.
    pub(crate) redeploy_delay: SignedDuration,
    /// Functions answer at `{base_url}/fn/SLUG`.
    pub(crate) base_url: String,
}

/// What a state file holds: hashes of credentials, never their values.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    pub(super) hasher: Hasher,
    pub(super) management_tokens: Vec<ManagementToken>,
    pub(super) functions: BTreeMap<Slug, StoredFunction>,
    pub(super) keys: Keys,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ManagementToken {
    pub(super) owner: Caller,
    pub(super) tag: Tag,
}

/// The owner of a request's credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caller {
    /// `usr_…`.
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
}

/// The idempotency keys that were used, by the hash of the caller and the key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Keys {
    pub(super) used: HashMap<Tag, UsedKey>,
    /// Keys of requests that have no answer yet, with the request's fingerprint. A restart ends
    /// those requests.
    #[serde(skip)]
    pub(super) running: HashMap<Tag, Tag>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct UsedKey {
    /// The hash of the path and the body.
    pub(super) fingerprint: Tag,
    pub(super) at: Timestamp,
    /// `None` after a restart.
    #[serde(skip)]
    pub(super) answer: Option<Recorded>,
}

/// A success as it was first answered.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    /// It may hold a value.
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// A function with everything that belongs to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredFunction {
    pub(super) slug: Slug,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// In the order of their creation.
    pub(super) tokens: Vec<StoredToken>,
    /// How many tokens were ever issued: the ordinal of the next one.
    pub(super) tokens_issued: usize,
    pub(super) secrets: BTreeMap<SecretName, StoredSecret>,
    /// In the order of their creation.
    pub(super) redeploys: Vec<Redeploy>,
    /// Uploaded files, by the id of the upload.
    pub(super) uploads: BTreeMap<Id, Vec<FileContent>>,
    /// The upload that the next redeploy runs.
    pub(super) code: Option<Id>,
    /// What the last live redeploy carried.
    pub(super) effective: Effective,
    /// What the gateway uses instead while it lags behind.
    pub(super) lagging: Option<Lagging>,
    pub(super) invocations: u64,
    #[serde(default)]
    pub(super) opening: Opening,
}

/// How a function is reached (the keys `public` and `mcp` of the vendor's settings), and what it
/// answers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opening {
    /// Whether no token is needed.
    pub(crate) public: bool,
    /// Whether there is no MCP endpoint.
    pub(crate) without_mcp: bool,
    #[serde(default)]
    pub(crate) handler: Handler,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredToken {
    /// As it is listed, but `status` is `active` or `disabled` also once it has expired.
    pub(super) info: wire::Token,
    /// Its number among all tokens that its function ever had, from 0.
    pub(super) ordinal: usize,
    pub(super) tag: Tag,
    pub(super) grace: Option<Grace>,
}

/// A grace period that a rotation gave a token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Grace {
    /// What `expires_at` was before.
    pub(super) before: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct StoredSecret {
    pub(super) updated_at: Timestamp,
    pub(super) tag: Tag,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Redeploy {
    /// As it is listed, but without its files.
    pub(super) info: wire::Deployment,
    /// When it leaves the queue, to the millisecond.
    pub(super) builds_at: Timestamp,
    /// When the build ends, to the millisecond.
    pub(super) ends_at: Timestamp,
    pub(super) result: BuildResult,
    pub(super) lag: Option<Lag>,
    /// The upload that it runs.
    pub(super) code: Option<Id>,
    /// What it makes effective; `None` once it has ended.
    pub(super) carries: Option<Effective>,
}

/// How a redeploy ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BuildResult {
    Live,
    Fails,
    /// It builds until the next change supersedes it.
    Hangs,
}

/// How long the gateway lags behind a redeploy that is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lag {
    /// For this many more requests to the function.
    Requests(u32),
    Time(SignedDuration),
}

/// What a redeploy makes effective at the gateway.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Effective {
    pub(super) deployment: Option<Id>,
    /// The upload that answers.
    pub(super) code: Option<Id>,
    pub(super) tokens: HashMap<Tag, AcceptedToken>,
}

/// A token as it was when the redeploy was made.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct AcceptedToken {
    pub(super) ordinal: usize,
    pub(super) disabled: bool,
    pub(super) expires_at: Option<Timestamp>,
}

/// What was effective before a redeploy that the gateway has not seen yet (fault `lag`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Lagging {
    pub(super) before: Effective,
    pub(super) requests_left: Option<u32>,
    pub(super) until: Option<Timestamp>,
}
