//! The bodies of the admin plane, shared with the commands that ask it.
//!
//! The answers are `.data` of `jelou sandbox faults|journal|advance|status|reset|stop`: their
//! descriptions and the names of their types stand in the committed schemas.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request_log::LoggedRequest;

/// `POST /__sandbox/faults`.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewFaults {
    /// As they are written for `--fault`.
    pub faults: Vec<String>,
}

/// The answer to each request to `/__sandbox/faults`.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingFaults {
    /// Those that are not used up, in order.
    pub faults: Vec<PendingFault>,
}

/// A fault that waits for its requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "FaultLeft"))]
#[serde(deny_unknown_fields)]
pub(crate) struct PendingFault {
    /// Its name.
    pub name: String,
    /// For how many more requests; null without end.
    pub left: Option<u64>,
    /// As it was written; null if a program made it.
    pub spec: Option<String>,
    /// How many requests it was used for.
    pub fired: u64,
}

impl PendingFault {
    /// As it was written, or its name.
    pub(crate) fn shown(&self) -> &str {
        self.spec.as_deref().unwrap_or(&self.name)
    }
}

/// What a sandbox was asked.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, schemars(rename = "Journal"))]
pub(crate) struct LoggedRequests {
    /// The requests, in order.
    pub entries: Vec<LoggedRequest>,
    /// What no correct client does.
    pub violations: Vec<String>,
}

/// `POST /__sandbox/clock/advance`.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    /// A duration such as `10m`.
    pub by: String,
}

/// The time in a sandbox.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxTime {
    /// The time.
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub now: Timestamp,
}

/// What a sandbox is and has.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxStatus {
    /// Its control plane.
    pub api_url: String,
    /// Its gateway.
    pub gateway_url: String,
    /// The time there.
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub now: Timestamp,
    /// Its functions, by slug.
    pub functions: Vec<FunctionInShort>,
    /// How many tokens they have together.
    pub tokens: u64,
    /// The faults that are not used up, in order.
    pub faults: Vec<PendingFault>,
    /// How many requests came since it began or was reset.
    pub requests: u64,
    /// What no correct client does, of those requests.
    pub violations: Vec<String>,
}

/// A function of a sandbox.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct FunctionInShort {
    /// Its slug.
    pub slug: String,
    /// `created`, `deploying`, `live` or `failed`.
    pub status: String,
    /// How many tokens it has.
    pub tokens: u64,
}

/// A sandbox that ends.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SandboxStopped {
    /// Its control plane, where nothing listens any more.
    pub api_url: String,
    /// The faults that were pending.
    pub faults: Vec<PendingFault>,
    /// How many requests came since it began or was reset.
    pub requests: u64,
}
