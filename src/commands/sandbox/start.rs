//! `jelou sandbox start`: the platform until a signal ends it.

use serde_json::json;

use crate::cli::sandbox::Start;
use crate::commands::Context;
use crate::config::env;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::sandbox::NOT_MODELLED;

/// Says where the platform is, then serves.
///
/// # Errors
/// `INPUT_ERROR` if the port is taken or a flag makes no sense.
pub async fn run(cx: &Context, args: &Start) -> Result<Outcome, Error> {
    let (sandbox, server) = super::bind(&args.platform, |builder| {
        let builder = builder.port(args.port);
        match &args.state {
            Some(path) => builder.state_file(path),
            None => builder,
        }
    })?;
    let function_token = sandbox.default_token("my-function");
    let mut variables = vec![
        (env::JELOU_API_URL, sandbox.api_url()),
        (env::JELOU_GATEWAY_URL, sandbox.gateway_url()),
        (env::JELOU_TOKEN, sandbox.pat().to_owned()),
    ];
    variables.extend(function_token.map(|token| (env::JELOU_FUNCTION_TOKEN, token)));
    let mut outcome = Outcome::changed(json!({
        "api_url": sandbox.api_url(),
        "gateway_url": sandbox.gateway_url(),
        "environment": variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect::<serde_json::Map<_, _>>(),
    }));
    outcome = outcome.line(Line::Done("The sandbox runs; Ctrl-C ends it".to_owned()));
    outcome.quiet = vec![sandbox.api_url()];
    for (name, value) in &variables {
        outcome = outcome.line(Line::Own(format!("export {name}={value}")));
    }
    if let Err(lost) = cx.output.result("sandbox start", &outcome, "").await {
        return Err(lost.into_error());
    }
    for line in NOT_MODELLED.lines() {
        cx.output.say(line);
    }
    server.serve().await.map_err(|cause| Error::unknown("The sandbox failed", cause))?;
    outcome.streamed = true;
    Ok(outcome)
}
