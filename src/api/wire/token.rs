//! Runtime tokens on the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::seconds::{whole_or_clear, whole_or_null};
use super::times::{given, present, whole_seconds, whole_seconds_or_null};
use super::{Deployment, Id, Slug, TokenName};

open_enum! {
    /// Whether the gateway accepts a token.
    TokenStatus {
        /// Accepted.
        Active = "active",
        /// Listed, but refused until it is enabled again.
        Disabled = "disabled",
        /// Past its `expires_at`.
        Expired = "expired",
    }
}

/// A runtime token as it is listed: everything but its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Token {
    /// `tok_…`.
    pub id: Id,
    /// Unique among the tokens that nothing replaces.
    pub name: String,
    /// The type prefix and the 4 characters behind it (`jfn_rt_abc1`): enough to recognise, too little to use.
    pub prefix: String,
    /// The slug of the function it opens.
    pub function: Slug,
    /// Whether the gateway accepts it.
    pub status: TokenStatus,
    /// When it was made.
    #[serde(deserialize_with = "whole_seconds")]
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub created_at: Timestamp,
    /// When the gateway last accepted it.
    #[serde(default, deserialize_with = "whole_seconds_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub last_used_at: Option<Timestamp>,
    /// When it stops being accepted by itself.
    #[serde(default, deserialize_with = "whole_seconds_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub expires_at: Option<Timestamp>,
    /// The id of the token that a rotation put in its place.
    #[serde(default)]
    pub replaced_by: Option<Id>,
}

/// What must be known of a token to undo it, whatever else its answer holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identified {
    /// `tok_…`.
    pub id: Id,
    /// What the answer says it is about, well-formed or not.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub function: Option<String>,
    /// Of a rotation.
    #[serde(default)]
    pub replaces: Option<Replaces>,
}

/// A token to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// 1 to 64 of `[A-Za-z0-9._-]`.
    pub name: TokenName,
    /// After how many seconds it stops being accepted by itself, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole_or_null")]
    pub expires_in_seconds: Option<u64>,
}

/// A new token, its value (this once) and the deployment that makes it count.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CreatedToken<V> {
    /// What is listed from now on.
    #[serde(flatten)]
    pub info: Token,
    /// The value, shown once.
    #[serde(rename = "token")]
    pub value: V,
    /// The deployment.
    pub deployment: Deployment,
}

/// A change of a token: its status, its expiry, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateToken {
    /// `active` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub status: Option<TokenStatus>,
    /// A new expiry; null clears it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub expires_at: Option<Option<Timestamp>>,
    /// A new expiry after so many seconds, by the platform's clock; null clears it; not together with `expires_at`.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole_or_clear")]
    #[cfg_attr(test, schemars(with = "Option<u64>"))]
    pub expires_in_seconds: Option<Option<u64>>,
}

/// A token that was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UpdatedToken {
    /// The token as it is now.
    #[serde(flatten)]
    pub info: Token,
    /// The deployment that makes it count.
    pub deployment: Deployment,
}

/// A token that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RevokedToken {
    /// The id of the token that is gone.
    pub id: Id,
    /// The name it had.
    pub name: String,
    /// Always true.
    pub revoked: bool,
    /// The deployment that makes it count.
    pub deployment: Deployment,
}

/// How a token is rotated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RotateToken {
    /// How long the old value stays accepted, in seconds; null until it is deleted.
    #[serde(deserialize_with = "whole_or_null")]
    pub grace_seconds: Option<u64>,
    /// After how many seconds the new token stops being accepted by itself, by the platform's clock; left out, it lives
    /// as long as the old one was to live.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "whole_or_null")]
    pub expires_in_seconds: Option<u64>,
}

/// The new token of a rotation, and the one it replaces.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RotatedToken<V> {
    /// The new token as it is listed from now on.
    #[serde(flatten)]
    pub info: Token,
    /// The new value, shown once.
    #[serde(rename = "token")]
    pub value: V,
    /// The deployment that makes it count.
    pub deployment: Deployment,
    /// The token it replaces.
    pub replaces: Replaces,
}

/// The token that a rotation replaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Replaces {
    /// Its id.
    pub id: Id,
    /// When it stops being accepted by itself, or null if it stays until it is deleted.
    #[serde(default, deserialize_with = "whole_seconds_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub expires_at: Option<Timestamp>,
}
