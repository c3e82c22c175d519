//! `jelou functions info`: the URLs, and what Brain Studio takes (docs: URL,
//! header name, header value).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::api::wire::Function;
use crate::cli::functions::Info;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// The header's name as people write it (docs).
const HEADER: &str = "X-Jelou-Token";

/// A function and what Brain Studio takes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FunctionInfo {
    /// The function.
    #[serde(flatten)]
    function: Function,
    /// What to enter in Brain Studio.
    brain_studio: BrainStudio,
}

/// What to enter in Brain Studio; the header's value is a runtime token.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct BrainStudio {
    /// The URL of the MCP endpoint.
    url: Option<String>,
    /// The header that carries the token.
    #[cfg_attr(test, schemars(with = "String"))]
    header_name: &'static str,
}

/// What an MCP client takes (`--mcp-config`).
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct McpConfig {
    /// A server by the function's slug.
    #[serde(rename = "mcpServers")]
    servers: BTreeMap<String, McpServer>,
}

/// A server of an MCP client.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct McpServer {
    /// Always `http`.
    #[serde(rename = "type")]
    #[cfg_attr(test, schemars(with = "String"))]
    kind: &'static str,
    /// The URL of the MCP endpoint.
    url: Option<String>,
    /// The header; its value refers to the environment.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>"))]
    headers: BTreeMap<&'static str, &'static str>,
}

/// Shows a function.
pub(crate) async fn run(cx: &Context, args: &Info) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let found = cx.control()?.function(&slug).await?;
    let function = found.value;
    if args.mcp_config {
        let config = mcp_config(&function);
        let text = serde_json::to_string_pretty(&config)
            .map_err(|cause| Error::unknown("The configuration cannot be written as JSON", cause))?;
        let mut outcome = Outcome::read(config).request_id(found.request_id);
        outcome.human = text.lines().map(|line| Line::Text(line.to_owned())).collect();
        return Ok(outcome);
    }
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let lines = [
        Line::Field("Slug         ", function.slug.to_string()),
        Line::Field("Name         ", function.name.clone()),
        Line::Field("Status       ", function.status.as_str().to_owned()),
        Line::Field("URL          ", shown(&function.url)),
        Line::Field("MCP URL      ", shown(&function.mcp_url)),
        Line::Field("Header name  ", HEADER.to_owned()),
    ];
    let quiet = function.url.clone().into_iter().collect();
    let brain_studio = BrainStudio { url: function.mcp_url.clone(), header_name: HEADER };
    let outcome = lines.into_iter().fold(Outcome::read(FunctionInfo { function, brain_studio }), Outcome::line);
    Ok(outcome
        .quiet(quiet)
        .next(format!("jelou functions info {slug} --mcp-config"), "the JSON that an MCP client takes")
        .request_id(found.request_id))
}

/// The value is a reference to the environment: no document ever holds a token.
fn mcp_config(function: &Function) -> McpConfig {
    let headers = BTreeMap::from([(HEADER, "${JELOU_FUNCTION_TOKEN}")]);
    let server = McpServer { kind: "http", url: function.mcp_url.clone(), headers };
    McpConfig { servers: BTreeMap::from([(function.slug.to_string(), server)]) }
}
