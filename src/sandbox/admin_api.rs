//! The bodies of the admin plane, shared with the commands that ask it.
//!
//! The answers are `.data` of `jelou sandbox faults|journal|advance`: their descriptions and the
//! names of their types stand in the committed schemas.

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
    pub faults: Vec<FaultLeft>,
}

/// A fault that waits for its requests.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultLeft {
    /// Its name.
    pub name: String,
    /// For how many more requests; null without end.
    pub left: Option<u64>,
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
