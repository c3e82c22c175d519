//! `jelou functions info --mcp-config`: what an MCP client takes.
//!
//! No document ever holds a token: each client has a form of its own for a value that is elsewhere.
//! Claude Code expands `${NAME}` (code.claude.com/docs/en/mcp, “Environment variable expansion in
//! .mcp.json”), Cursor `${env:NAME}` (cursor.com/docs/mcp, “Config interpolation”), and VS Code asks
//! for an `${input:ID}` (code.visualstudio.com, “MCP configuration reference”). Brain Studio has a
//! form with three fields (docs, MCP: URL, header name, header value).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::api::wire::Function;
use crate::cli::functions::McpClient;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// The header's name as people write it (docs).
pub(super) const HEADER: &str = "X-Jelou-Token";

/// What to enter in Brain Studio; the header's value is a runtime token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct BrainStudio {
    /// The URL of the MCP endpoint.
    url: Option<String>,
    /// The header that carries the token.
    #[cfg_attr(test, schemars(with = "String"))]
    header_name: &'static str,
}

impl BrainStudio {
    pub(super) fn of(function: &Function) -> Self {
        Self { url: function.mcp_url.clone(), header_name: HEADER }
    }
}

/// What Claude Code and Cursor take (`--mcp-config`).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct McpConfig {
    /// A server by the function's slug.
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, McpServer>,
}

/// What VS Code takes (`--mcp-config=vscode`).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct VsCodeConfig {
    /// What it asks for.
    inputs: Vec<VsCodeInput>,
    /// A server by the function's slug.
    servers: BTreeMap<String, McpServer>,
}

/// A value that VS Code asks for when it is first needed.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct VsCodeInput {
    /// Always `promptString`.
    #[serde(rename = "type")]
    #[cfg_attr(test, schemars(with = "String"))]
    kind: &'static str,
    /// What `${input:…}` names.
    id: String,
    /// What is shown to the person.
    description: String,
    /// Whether what is typed is hidden.
    password: bool,
}

/// A server of an MCP client.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct McpServer {
    /// Always `http`; Cursor takes it from the URL.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "String"))]
    kind: Option<&'static str>,
    /// The URL of the MCP endpoint.
    url: String,
    /// The header; its value says where the token is.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>"))]
    headers: BTreeMap<&'static str, String>,
}

/// Makes the configuration of a client.
///
/// # Errors
/// `INPUT_ERROR` if the function has no MCP endpoint.
pub(super) fn outcome(cx: &Context, client: McpClient, function: &Function) -> Result<Outcome, Error> {
    let slug = &function.slug;
    let Some(url) = function.mcp_url.clone() else {
        return Err(Error::input(format!("Function `{slug}` has no MCP endpoint"))
            .with_hint(format!("`jelou functions info {slug}` shows its addresses")));
    };
    let servers = |kind, value: String| {
        let headers = BTreeMap::from([(HEADER, value)]);
        BTreeMap::from([(slug.to_string(), McpServer { kind, url: url.clone(), headers })])
    };
    let (outcome, note) = match client {
        McpClient::Claude => (
            document(McpConfig { servers: servers(Some("http"), "${JELOU_FUNCTION_TOKEN}".to_owned()) })?,
            "Claude Code expands `${JELOU_FUNCTION_TOKEN}` from its environment; other clients do not: \
             `--mcp-config=vscode|cursor|brain-studio`",
        ),
        McpClient::Cursor => (
            document(McpConfig { servers: servers(None, "${env:JELOU_FUNCTION_TOKEN}".to_owned()) })?,
            "Cursor expands `${env:JELOU_FUNCTION_TOKEN}` from its environment",
        ),
        McpClient::VsCode => {
            let id = format!("jelou-{slug}");
            let servers = servers(Some("http"), format!("${{input:{id}}}"));
            let description = format!("Runtime token of {slug}");
            let input = VsCodeInput { kind: "promptString", id, description, password: true };
            let config = VsCodeConfig { inputs: vec![input], servers };
            (document(config)?, "VS Code asks for the token when it starts the server, and keeps it")
        }
        McpClient::BrainStudio => {
            let fields = [
                Line::Field("URL           ", url.clone()),
                Line::Field("Header name   ", HEADER.to_owned()),
                Line::Field("Header value  ", "a runtime token of this function".to_owned()),
            ];
            let outcome = fields.into_iter().fold(Outcome::read(BrainStudio::of(function)), Outcome::line);
            (outcome.quiet(vec![url.clone()]), "Brain Studio expands nothing: it takes the token itself")
        }
    };
    cx.output.explain_at_length(&format!("{note}\n"));
    Ok(outcome.next(format!("jelou tokens create {slug} --name mcp"), "a token for the client"))
}

/// A result that people, too, get as JSON, for a file.
fn document(config: impl Serialize + 'static) -> Result<Outcome, Error> {
    let text = serde_json::to_string_pretty(&config)
        .map_err(|cause| Error::unknown("The configuration cannot be written as JSON", cause))?;
    let mut outcome = Outcome::read(config);
    outcome.human = text.lines().map(|line| Line::Text(line.to_owned())).collect();
    Ok(outcome.quiet(text.lines().map(str::to_owned).collect()))
}
