//! Deployments on the wire.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::times::whole_seconds;
use super::{Id, Slug, Token};

/// What one deploy may hold (docs, Deploy and Limits).
pub mod limits {
    /// The most files.
    pub const MAX_FILES: usize = 20;
    /// The largest file, in bytes.
    pub const MAX_FILE_BYTES: usize = 256 * 1024;
    /// All files together, in bytes.
    pub const MAX_TOTAL_BYTES: usize = 1024 * 1024;
    /// The file endings that are uploaded.
    pub const EXTENSIONS: [&str; 5] = ["ts", "js", "json", "md", "txt"];
    /// The file that is started unless another is named.
    pub const DEFAULT_ENTRYPOINT: &str = "index.ts";
}

open_enum! {
    /// How far a deployment is.
    DeploymentStatus {
        /// Not begun.
        Queued = "queued",
        /// Under way.
        Building = "building",
        /// The gateway serves it: what it changed counts now.
        Live = "live",
        /// It ended without becoming live.
        Failed = "failed",
        /// A later one took its place and carries its changes.
        Superseded = "superseded",
    }
}

/// A deployment, of new code or of a change of tokens or secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// `dep_…`.
    pub id: Id,
    /// The slug of its function.
    pub function: Slug,
    /// How far it is.
    pub status: DeploymentStatus,
    /// What started it.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was started.
    #[serde(deserialize_with = "whole_seconds")]
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When it became live.
    #[serde(default, deserialize_with = "whole_seconds")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub live_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// The files it runs.
    #[serde(default)]
    pub files: Vec<FileSize>,
    /// The deployment that took its place.
    #[serde(default)]
    pub superseded_by: Option<Id>,
}

/// A file of a deployment, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSize {
    /// Its path, `/` between the parts.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A file with its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileContent {
    /// Its path, `/` between the parts.
    pub path: String,
    /// Its bytes in base64.
    pub content: String,
}

/// `POST /functions/{slug}/deployments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// The file that is started.
    pub entrypoint: String,
    /// Every file, at most [`limits::MAX_FILES`].
    pub files: Vec<FileContent>,
}

/// The answer to [`Deploy`].
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Deployed<V> {
    /// The deployment.
    #[serde(flatten)]
    pub deployment: Deployment,
    /// Where the function will answer.
    #[serde(default)]
    pub url: Option<String>,
    /// The value of the `default` token on the first deploy, else null.
    pub token: Option<V>,
    /// The `default` token on the first deploy, else null.
    #[serde(default)]
    pub token_info: Option<Token>,
}

/// The answer to `GET …/deployments/{id}/artifact`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// Every file, as it was uploaded.
    pub files: Vec<FileContent>,
}
