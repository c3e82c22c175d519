//! `jelou functions info`: the URLs, and what Brain Studio takes (seed: URL, header name, header value).

use serde_json::{Value, json};

use crate::api::wire::Function;
use crate::cli::functions::Info;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// The header's name as people write it (seed).
const HEADER: &str = "X-Jelou-Token";

/// Shows a function.
///
/// # Errors
/// Those of the request.
pub async fn run(cx: &Context, args: &Info) -> Result<Outcome, Error> {
    let slug = cx.function(args.slug.as_ref()).await?;
    let found = cx.control()?.function(&slug).await?;
    let function = found.value;
    let mcp_url = function.mcp_url.clone();
    if args.mcp_config {
        let config = mcp_config(&function);
        let text = serde_json::to_string_pretty(&config).unwrap_or_default();
        let lines = text.lines().map(|line| Line::Text(line.to_owned()));
        let mut outcome = Outcome::read(config).request_id(found.request_id);
        outcome.human = lines.collect();
        return Ok(outcome);
    }
    let mut data = json!(function);
    data["brain_studio"] = json!({ "url": mcp_url, "header_name": HEADER });
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    Ok(Outcome::read(data)
        .line(Line::Field("Slug         ", function.slug.to_string()))
        .line(Line::Field("Name         ", function.name.clone()))
        .line(Line::Field("Status       ", function.status.as_str().to_owned()))
        .line(Line::Field("URL          ", shown(&function.url)))
        .line(Line::Field("MCP URL      ", shown(&mcp_url)))
        .line(Line::Field("Header name  ", HEADER.to_owned()))
        .quiet(function.url.into_iter().collect())
        .next(format!("jelou functions info {slug} --mcp-config"), "the JSON that an MCP client takes")
        .request_id(found.request_id))
}

/// The value is a reference to the environment: no document ever holds a token.
fn mcp_config(function: &Function) -> Value {
    json!({
        "mcpServers": {
            (function.slug.as_str()): {
                "type": "http",
                "url": function.mcp_url,
                "headers": { (HEADER): "${JELOU_FUNCTION_TOKEN}" },
            }
        }
    })
}
