//! `.data` of `sandbox …`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;

/// A sandbox that runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SandboxStarted {
    /// Its control plane.
    pub api_url: String,
    /// Its gateway.
    pub gateway_url: String,
    /// The variables that lead there.
    pub environment: BTreeMap<String, String>,
}

/// A fault that waits for its requests.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FaultLeft {
    /// Its name.
    pub name: String,
    /// For how many more requests; null without end.
    pub left: Option<u64>,
}

/// What a sandbox was asked.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Journal {
    /// The requests, in order.
    pub entries: Vec<JournalEntry>,
    /// What no correct client does.
    pub violations: Vec<String>,
}

/// A request to a sandbox; credentials by kind, never by value.
#[derive(JsonSchema)]
pub struct JournalEntry {
    /// Its number, from 1.
    pub number: u64,
    /// When it arrived.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// `control`, `gateway` or `sandbox`.
    pub plane: String,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its query, if there is one; credentials in it are blanked out.
    pub query: Option<String>,
    /// The kind of its credential: `none`, `pat`, `runtime` or `other`.
    pub credential: String,
    /// Its `Idempotency-Key`, as sent.
    pub idempotency_key: Option<String>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The status it was answered with; null if no answer was sent.
    pub status: Option<u16>,
    /// The names of the faults that applied.
    pub faults: Vec<String>,
    /// What no correct client does, if it did that.
    pub violations: Vec<String>,
}

/// The time in a sandbox.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SandboxTime {
    /// The time.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub now: Timestamp,
}
