//! Functions, cron triggers and the caller itself on the wire.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::open_enum::open_enum;
use super::reported_url::url_or_null;
use super::times::{whole_seconds, whole_seconds_or_null};
use super::{Id, Slug};

open_enum! {
    /// Whether a function answers.
    FunctionStatus {
        /// Never deployed.
        Created = "created",
        /// A deployment is under way.
        Deploying = "deploying",
        /// It answers.
        Live = "live",
        /// Its last deployment failed.
        Failed = "failed",
    }
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Function {
    /// Its name in URLs.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Where it answers; shown, never called.
    #[serde(default, deserialize_with = "url_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub url: Option<String>,
    /// Where its MCP endpoint answers; shown, never called.
    #[serde(default, deserialize_with = "url_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub mcp_url: Option<String>,
    /// Whether it answers.
    pub status: FunctionStatus,
    /// When it was made.
    #[serde(deserialize_with = "whole_seconds")]
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(default, deserialize_with = "whole_seconds_or_null")]
    #[cfg_attr(test, schemars(with = "Option<String>", extend("format" = "date-time")))]
    pub updated_at: Option<Timestamp>,
    /// The deployment that serves it.
    #[serde(default)]
    pub active_deployment_id: Option<Id>,
}

/// A function to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateFunction {
    /// Its name in URLs.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl CreateFunction {
    /// A function whose name for people is its slug unless it has one.
    pub(crate) fn new(slug: &Slug, name: Option<&str>, description: Option<&str>) -> Self {
        Self {
            slug: slug.clone(),
            name: name.unwrap_or(slug.as_str()).to_owned(),
            description: description.map(str::to_owned),
        }
    }
}

open_enum! {
    /// A kind of credential for the control plane.
    CredentialType {
        PersonalAccessToken = "pat",
        ApiKey = "api_key",
    }
}

/// Whom the credential belongs to and what it allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Me {
    /// The owner's id.
    pub id: Id,
    /// The owner's name.
    pub name: String,
    /// What kind of credential it is.
    #[serde(rename = "type")]
    pub kind: CredentialType,
    /// What it allows, such as `tokens:write`.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// A run of a cron trigger that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CronTriggered {
    /// The id of the invocation.
    pub invocation_id: Id,
    /// How far it is.
    pub status: String,
}
