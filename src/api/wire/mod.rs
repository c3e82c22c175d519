//! The wire: the type of every request and answer body. Shared by the client and the sandbox.
//!
//! The platform publishes no REST reference, so this dialect is ours. Another one would be a change
//! in this module and in [`super::routes`] only. Answers tolerate unknown fields and
//! unknown enum values; requests refuse unknown fields (the sandbox parses them). Types that carry
//! a secret value are generic over it: the client reads it as a [`crate::secret::Secret`], which
//! cannot be written; only the sandbox has a type that can.

mod deploy;
mod deployment;
mod error;
mod function;
mod listed;
mod names;
mod open_enum;
mod reported_url;
mod seconds;
mod secret;
mod text;
pub(crate) mod times;
mod token;

pub use deploy::{Artifact, ArtifactFile, Deploy, Deployed, FileContent, limits};
pub use deployment::{Deployment, DeploymentStatus, FileSize};
pub use error::ErrorBody;
pub use function::{CreateFunction, CredentialType, CronTriggered, Function, FunctionStatus, Me};
pub use listed::{ListedId, ListedToken, page_of};
pub use names::{Id, SecretName, Slug, TokenName};
pub use secret::{PutSecrets, SecretDeleted, SecretKey, SecretsPut};
pub use token::{
    CreateToken, CreatedToken, Identified, Replaces, RevokedToken, RotateToken, RotatedToken, Token, TokenStatus,
    UpdateToken, UpdatedToken,
};

use serde::{Deserialize, Serialize};

/// The largest page a list may be asked for.
pub const MAX_PAGE: usize = 1000;
/// Carries the runtime token to the gateway (docs, Authentication Tokens: “not `Authorization:
/// Bearer`”).
pub const TOKEN_HEADER: &str = "x-jelou-token";
/// Carries the key under which a POST can be sent again (IETF draft `idempotency-key-header`: a
/// quoted string).
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// `true` on an answer that an earlier request with the same key has got.
pub const REPLAYED_HEADER: &str = "idempotent-replayed";
/// Carries the server's id of a request.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins, or null on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
}
