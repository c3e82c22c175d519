//! `jelou sandbox start`: the platform until a signal ends it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{FUNCTION, bind, unfired};
use crate::cli::sandbox::Start;
use crate::commands::{Completion, Context};
use crate::config::env;
use crate::error::Error;
use crate::output::{Line, Outcome};
use crate::sandbox::NOT_MODELLED;

/// A sandbox that runs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct SandboxStarted {
    /// Its control plane.
    api_url: String,
    /// Its gateway.
    gateway_url: String,
    /// The variables that lead there.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, String>"))]
    environment: BTreeMap<&'static str, String>,
}

/// Prints where the platform is, then serves.
pub(crate) async fn run(cx: &Context, args: &Start) -> Result<Completion, Error> {
    let (sandbox, server) = bind(&args.platform, |builder| {
        let builder = builder.port(args.port);
        match &args.state {
            Some(path) => builder.state_file(path),
            None => builder,
        }
    })?;
    let function_token = sandbox.default_token(FUNCTION);
    let mut variables = vec![
        (env::JELOU_API_URL, sandbox.api_url()),
        (env::JELOU_GATEWAY_URL, sandbox.gateway_url()),
        (env::JELOU_TOKEN, sandbox.pat().to_owned()),
    ];
    variables.extend(function_token.map(|token| (env::JELOU_FUNCTION_TOKEN, token)));
    let exports: Vec<Line> =
        variables.iter().map(|(name, value)| Line::Own(format!("export {name}={value}"))).collect();
    let started = SandboxStarted {
        api_url: sandbox.api_url(),
        gateway_url: sandbox.gateway_url(),
        environment: variables.into_iter().collect(),
    };
    let outcome = Outcome::changed(started)
        .quiet(vec![sandbox.api_url()])
        .line(Line::Done("The sandbox runs; Ctrl-C ends it".to_owned()));
    cx.print(&mut exports.into_iter().fold(outcome, Outcome::line)).await?;
    NOT_MODELLED.lines().for_each(|line| cx.output.say(line));
    server.serve().await.map_err(|cause| Error::unknown("The sandbox failed", cause))?;
    unfired::warn(cx, &sandbox);
    Ok(Completion::Printed { failure: None })
}
