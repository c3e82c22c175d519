//! `jelou sandbox start`: the platform until a signal ends it, or a request.

use std::collections::BTreeMap;

use serde::Serialize;

use super::detach::{self, Detached};
use super::ready_file::ReadyFile;
use super::{FUNCTION, bind, seeded, unfired};
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
    /// The number of its process.
    pid: u32,
}

/// Prints where the platform is, then serves; under `--detach` in another process.
pub(crate) async fn run(cx: &Context, args: &Start) -> Result<Completion, Error> {
    let detached = if args.detach {
        match Detached::of_process(cx)? {
            None => return detach::start_again(cx).await,
            detached => detached,
        }
    } else {
        None
    };
    let (sandbox, server) = bind(&args.platform, |builder| {
        let builder = builder.port(args.port);
        match &args.state {
            Some(path) => builder.state_file(path),
            None => builder,
        }
    })?;
    let mut variables = vec![
        (env::JELOU_API_URL, sandbox.api_url()),
        (env::JELOU_GATEWAY_URL, sandbox.gateway_url()),
        (env::JELOU_TOKEN, sandbox.pat().to_owned()),
    ];
    let function_token = sandbox.default_token(FUNCTION);
    // One of another sandbox must not stay: it would be refused here.
    let unset = function_token.is_none().then(|| format!("unset {}", env::JELOU_FUNCTION_TOKEN));
    variables.extend(function_token.map(|token| (env::JELOU_FUNCTION_TOKEN, token)));
    let mut exports = variables.iter().map(|(name, value)| exported(name, value)).collect::<Result<Vec<_>, _>>()?;
    exports.extend(unset);

    // Dropped at the latest with this future, so that it is removed also when a signal ends the run.
    let ready_file = match &args.ready_file {
        Some(path) => {
            cx.interrupts.receive()?;
            Some(ReadyFile::write(path, &exports)?)
        }
        None => None,
    };
    let started = SandboxStarted {
        api_url: sandbox.api_url(),
        gateway_url: sandbox.gateway_url(),
        environment: variables.into_iter().collect(),
        pid: std::process::id(),
    };
    let outcome = Outcome::changed(started).quiet(vec![sandbox.api_url()]);
    cx.print(&mut exports.into_iter().map(Line::Own).fold(outcome, Outcome::line)).await?;
    let how_it_ends = if detached.is_some() {
        format!("in the background as process {}; `jelou sandbox stop` ends it", std::process::id())
    } else {
        "and Ctrl-C ends it".to_owned()
    };
    cx.output.say(&format!("The sandbox runs at {} {how_it_ends}", sandbox.api_url()));
    if let Some(path) = args.state.as_ref().filter(|_| sandbox.is_resumed()) {
        let unused = if args.platform.seed_file.is_some() { "; `--seed-file` counts for a new file" } else { "" };
        cx.output.say(&format!("It goes on with the functions in `{}`{unused}", path.display()));
    }
    seeded::describe(&sandbox).iter().for_each(|line| cx.output.say(line));
    NOT_MODELLED.lines().for_each(|line| cx.output.say(line));
    if let Some(detached) = detached {
        detached.leave_the_caller()?;
    }
    server.serve_then(|| drop(ready_file)).await.map_err(|cause| Error::unknown("The sandbox failed", cause))?;
    unfired::warn(cx, &unfired::of(&sandbox));
    Ok(Completion::Printed { failure: None })
}

/// A line for `eval`.
fn exported(name: &str, value: &str) -> Result<String, Error> {
    let value = shlex::try_quote(value).map_err(|cause| Error::unknown("A variable cannot be quoted", cause))?;
    Ok(format!("export {name}={value}"))
}
