//! `.data` of each command, as types for the schemas. What the platform sends is described by the wire types themselves.
//!
//! The objects of our own are closed: a key that is not declared here fails the tests, which hold real output against it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;

use crate::api::wire::{Deployment, DeploymentStatus, Function, Id, Token, TokenStatus};
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
    /// Whether it was revoked.
    pub revoked: bool,
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

/// A deploy: the deployment, and the default token on the first one.
#[derive(JsonSchema)]
pub struct Deployed {
    /// The deployment.
    #[schemars(flatten)]
    pub deployment: Deployment,
    /// Where the function will answer.
    pub url: Option<String>,
    /// The value of the default token on the first deploy, if it went to stdout.
    pub token: Option<String>,
    /// The default token on the first deploy.
    pub token_info: Option<Token>,
    /// The proof at the gateway; null if there was none.
    pub live: Option<Live>,
    /// Where the value went.
    pub delivered_to: Vec<String>,
}

/// A function and what Brain Studio takes.
#[derive(JsonSchema)]
pub struct FunctionInfo {
    /// The function.
    #[schemars(flatten)]
    pub function: Function,
    /// What to enter in Brain Studio.
    pub brain_studio: BrainStudio,
}

/// What to enter in Brain Studio; the header's value is a runtime token.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct BrainStudio {
    /// The URL of the MCP endpoint.
    pub url: Option<String>,
    /// The header that carries the token.
    pub header_name: String,
}

/// What an MCP client takes (`--mcp-config`).
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct McpConfig {
    /// A server by the function's slug.
    #[schemars(rename = "mcpServers")]
    pub servers: BTreeMap<String, McpServer>,
}

/// A server of an MCP client.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct McpServer {
    /// Always `http`.
    #[schemars(rename = "type")]
    pub kind: String,
    /// The URL of the MCP endpoint.
    pub url: Option<String>,
    /// The header; its value refers to the environment.
    pub headers: BTreeMap<String, String>,
}

/// A function that is gone.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct FunctionDeleted {
    /// Its slug.
    pub slug: String,
    /// False if it did not exist.
    pub deleted: bool,
}

/// Whose token was stored.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoggedIn {
    /// The profile, now the active one.
    pub profile: String,
    /// The owner's id.
    pub id: Id,
    /// The owner's name.
    pub name: String,
    /// The control plane it was checked against.
    pub api_url: String,
}

/// Profiles that are forgotten.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProfilesRemoved {
    /// Their names.
    pub removed: Vec<String>,
}

/// Whose credential is used.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Whoami {
    /// The owner's id.
    pub id: Id,
    /// The owner's name.
    pub name: String,
    /// `pat` or `api_key`.
    #[schemars(rename = "type")]
    pub kind: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// The stored profile, if it is from one.
    pub profile: Option<String>,
    /// Where the credential comes from.
    pub source: String,
    /// The control plane.
    pub api_url: String,
}

/// A stored profile.
#[derive(JsonSchema)]
#[schemars(rename = "Profile", deny_unknown_fields)]
pub struct StoredProfile {
    /// Its name.
    pub name: String,
    /// Whether it is used when none is named.
    pub active: bool,
    /// The owner's name.
    pub user: Option<String>,
    /// The control plane it was checked against.
    pub api_url: String,
}

/// The profile that is used when none is named.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProfileSwitched {
    /// Its name.
    pub active: String,
}

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
    /// Its query, if there is one and it holds no credential.
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

/// The completions of a shell.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CompletionScript {
    /// The shell.
    pub shell: String,
    /// The script.
    pub script: String,
}

/// Man pages that were written.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PagesWritten {
    /// The folder, as it was given.
    pub dir: String,
    /// The files.
    pub pages: Vec<String>,
}
