//! `.data` of the commands on functions and deployments.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::Live;
use crate::api::wire::{Deployment, Function, Token};

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
