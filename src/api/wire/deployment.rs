//! Deployments on the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::times::{whole_seconds, whole_seconds_or_null};
use super::{Id, Slug};
use crate::strict_json;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub created_at: Timestamp,
    /// When it became live.
    #[serde(default, deserialize_with = "whole_seconds_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub live_at: Option<Timestamp>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<String>,
    /// The files it runs.
    #[serde(default, deserialize_with = "strict_json::nested")]
    #[cfg_attr(test, schemars(with = "Vec<FileSize>"))]
    pub files: Vec<FileSize>,
    /// The deployment that took its place.
    #[serde(default)]
    pub superseded_by: Option<Id>,
}

impl Deployment {
    /// Whether it, or what took its place, may still become live.
    pub(crate) fn is_under_way(&self) -> bool {
        !matches!(self.status, DeploymentStatus::Live | DeploymentStatus::Failed)
    }
}

/// A file of a deployment, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FileSize {
    /// Its path, `/` between the parts.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
}
