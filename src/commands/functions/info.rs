//! `jelou functions info`: the URLs, and what Brain Studio takes (docs: URL,
//! header name, header value).

use serde::Serialize;

use super::mcp_config::{self, BrainStudio, HEADER};
use crate::api::wire::Function;
use crate::cli::functions::Info;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// A function and what Brain Studio takes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct FunctionInfo {
    /// The function.
    #[serde(flatten)]
    function: Function,
    // Its type says what it is: a description here would be a second type to generators.
    brain_studio: BrainStudio,
}

/// Shows a function.
pub(crate) async fn run(cx: &Context, args: &Info) -> Result<Outcome, Error> {
    let slug = cx.function(args.of.chosen()).await?;
    let found = cx.control()?.function(&slug).await?;
    let function = found.value;
    if let Some(client) = args.mcp_config {
        return Ok(mcp_config::outcome(cx, client, &function)?.request_id(found.request_id));
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
    let brain_studio = BrainStudio::of(&function);
    let outcome = lines.into_iter().fold(Outcome::read(FunctionInfo { function, brain_studio }), Outcome::line);
    Ok(outcome
        .quiet(quiet)
        .next(format!("jelou functions info {slug} --mcp-config"), "the JSON that an MCP client takes")
        .request_id(found.request_id))
}
