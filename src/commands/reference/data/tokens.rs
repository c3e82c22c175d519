//! `.data` of the commands on tokens, and of every bulk verb.

use jiff::Timestamp;
use schemars::JsonSchema;

use crate::api::wire::{DeploymentStatus, Id, TokenStatus};
use crate::exit::ErrorCode;

/// A new token.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IssuedToken {
    /// `tok_…`.
    pub id: Id,
    /// Unique among the tokens that nothing replaces.
    pub name: String,
    /// The value, this once; null if it went to another place than stdout.
    pub token: Option<String>,
    /// The type prefix and the 4 characters behind it.
    pub prefix: String,
    /// The slug of the function it opens.
    pub function: String,
    /// Whether the gateway accepts it.
    pub status: TokenStatus,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When the gateway last accepted it.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_used_at: Option<Timestamp>,
    /// When it stops being accepted by itself.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// The redeploy that makes it count.
    pub deployment: DeploymentBrief,
    /// The proof at the gateway; null if there was none.
    pub live: Option<Live>,
    /// Where the value went.
    pub delivered_to: Vec<String>,
    /// The token it takes over from; only after a rotation.
    #[schemars(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaced>,
}

/// A deployment in the data of another command.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DeploymentBrief {
    /// `dep_…`.
    pub id: Id,
    /// How far it is.
    pub status: DeploymentStatus,
}

/// The proof that the gateway accepts a token.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Live {
    /// How long it took, in milliseconds.
    pub accepted_after_ms: u64,
}

/// The token that a rotation replaces.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Replaced {
    /// Its id.
    pub id: Id,
    /// When it stops being accepted, if it was given a grace.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// Whether it was revoked; null if that is tried after this is printed.
    pub revoked: Option<bool>,
}

/// What became of one item.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Item {
    /// As it was given.
    #[schemars(rename = "ref")]
    pub reference: String,
    /// The id, once known.
    pub id: Option<String>,
    /// The name, once known.
    pub name: Option<String>,
    /// What was done.
    pub status: String,
    /// Why it failed.
    pub error: Option<ItemError>,
}

/// Why an item failed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemError {
    /// The stable name.
    pub code: ErrorCode,
    /// One sentence for a person.
    pub message: String,
    /// Whether trying again is safe and may succeed.
    pub retryable: bool,
    /// The status of the HTTP answer behind it.
    pub http_status: Option<u16>,
}

/// A token that the gateway accepts.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Verified {
    /// The slug.
    pub function: String,
    /// Always true: a token that is refused is an `AUTH_ERROR`.
    pub accepted: bool,
    /// Whether a random token is accepted as well.
    pub public: bool,
}
