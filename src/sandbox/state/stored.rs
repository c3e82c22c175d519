//! What the platform keeps. The other files of this folder say what requests and time do to it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::hash::{Hasher, Tag};
use super::redeploys::Redeploys;
use super::tokens::Tokens;
use super::tracked::Tracked;
use crate::api::wire::{self, FileContent, Id, SecretName, Slug};
use crate::sandbox::handler::Handler;
use crate::sandbox::value_source::ValueSource;

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(super) settings: PlatformSettings,
    pub(super) values: ValueSource,
    pub(super) stored: Stored,
    /// The functions that time moves, by when it does next.
    pub(super) due: BTreeSet<(Timestamp, Slug)>,
    /// What callers changed: it is written without the whole of the token or function.
    pub(super) calls: Calls,
    /// Whether no line of the state file is about it yet.
    pub(super) is_new: bool,
}

/// What callers of functions changed since the last line of the state file.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// The tokens that were used, by their function and ordinal.
    pub(super) used: BTreeSet<(Slug, usize)>,
    /// Whether a function counted one.
    pub(super) counted: bool,
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
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) hasher: Hasher,
    /// The owners of management tokens, by the hash of the value.
    pub(super) management_tokens: Tracked<Tag, Caller>,
    pub(super) functions: Tracked<Slug, StoredFunction>,
    pub(super) keys: Keys,
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
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    pub(super) used: Tracked<Tag, UsedKey>,
    /// The same, the oldest first.
    pub(super) by_age: BTreeSet<(Timestamp, Tag)>,
    /// The lists of files that their answers share.
    pub(super) files: HashSet<Arc<[u8]>>,
    /// Keys of requests that have no answer yet, with the request's fingerprint. A restart ends
    /// those requests.
    pub(super) running: HashMap<Tag, Tag>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UsedKey {
    /// The hash of the path and the body.
    pub(super) fingerprint: Tag,
    pub(super) at: Timestamp,
    /// `None` after a restart.
    #[serde(skip)]
    pub(super) answer: Option<Recorded>,
}

/// A success as it was first answered, in three parts.
///
/// The part in the middle may be long, and is in memory once.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    pub(crate) status: u16,
    /// It may hold a value.
    pub(super) begin: Zeroizing<Box<[u8]>>,
    pub(super) middle: Option<Shared>,
    pub(super) end: Zeroizing<Box<[u8]>>,
}

/// A part of an answer that others hold as well.
#[derive(Clone, Debug)]
pub(super) enum Shared {
    /// The files of a function as JSON, which each answer about one of its deployments has.
    Files(Arc<[u8]>),
    /// The description of a function, which the function itself has.
    Description(Arc<str>),
}

/// A function with everything that belongs to it. A state file has a line of its own for each token,
/// redeploy, secret and upload, so that a change is written without the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredFunction {
    pub(super) slug: Slug,
    pub(super) name: String,
    pub(super) description: Option<Arc<str>>,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) tokens: Tokens,
    #[serde(skip)]
    pub(super) secrets: Tracked<SecretName, StoredSecret>,
    #[serde(skip)]
    pub(super) redeploys: Redeploys,
    /// Uploaded files, by the id of the upload.
    #[serde(skip)]
    pub(super) uploads: Tracked<Id, Vec<FileContent>>,
    /// The upload that the next redeploy runs.
    pub(super) code: Option<Id>,
    /// What the last live redeploy carried.
    pub(super) effective: Effective,
    /// What the gateway uses instead while it lags behind.
    pub(super) lagging: Option<Lagging>,
    pub(super) invocations: u64,
    #[serde(default)]
    pub(super) opening: Opening,
    /// When time moves it next, as [`State::due`] says too.
    #[serde(skip)]
    pub(super) due: Option<Timestamp>,
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
#[serde(deny_unknown_fields)]
pub(super) struct StoredToken {
    /// As it is listed, but `status` is `active` or `disabled` also once it has expired.
    pub(super) info: wire::Token,
    /// Its number among all tokens that its function ever had, from 0.
    pub(super) ordinal: usize,
    pub(super) tag: Tag,
    pub(super) grace: Option<Grace>,
    /// The revision from which on it is as it is.
    pub(super) since: u64,
    /// What it was before, as far as a redeploy in use carries it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Version>,
}

/// What the gateway knows of a token, from a revision on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub(super) since: u64,
    pub(super) disabled: bool,
    pub(super) expires_at: Option<Timestamp>,
}

/// A token that was revoked and is still carried by a redeploy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoneToken {
    pub(super) ordinal: usize,
    pub(super) tag: Tag,
    /// The first revision without it.
    pub(super) until: u64,
    pub(super) earlier: Vec<Version>,
}

/// A grace period that a rotation gave a token.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Grace {
    /// What `expires_at` was before.
    pub(super) before: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSecret {
    pub(super) updated_at: Timestamp,
    pub(super) tag: Tag,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The revision of the tokens that are accepted.
    pub(super) tokens: u64,
}

/// What was effective before a redeploy that the gateway has not seen yet (fault `lag`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lagging {
    pub(super) before: Effective,
    pub(super) requests_left: Option<u32>,
    pub(super) until: Option<Timestamp>,
}
