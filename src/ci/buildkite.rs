//! Buildkite: `buildkite-agent redactor add` takes the value on its stdin and returns once it is
//! masked.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;

use crate::error::Error;
use crate::exit::ErrorCode;
use crate::program::{self, Program};
use crate::secret::Secret;

const AGENT: &str = "buildkite-agent";
/// The value is not among the arguments, where `ps` would show it.
const ARGUMENTS: [&str; 2] = ["redactor", "add"];
/// For one call. The agent talks to a socket on the same machine, which takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where the agent is found on a `PATH`.
pub(super) fn find_agent(path: Option<&OsStr>) -> Result<Program, Error> {
    Program::find(OsStr::new(AGENT), path).map_err(|cause| {
        Error::input(format!("`{AGENT}`, which masks values on Buildkite, cannot be run"))
            .caused_by(cause)
            .with_hint("add the folder of the agent to PATH")
    })
}

/// Has the agent mask a random text, since being on the `PATH` proves little: without its job API,
/// or outside of a job, it fails.
pub(super) async fn probe(agent: &Program) -> Result<(), Error> {
    let text = Secret::new(uuid::Uuid::new_v4().simple().to_string());
    redact(agent, &[text]).await.map_err(|failed| {
        Error::input(failed.message()).with_hint("run it inside of a Buildkite job whose agent offers its job API")
    })
}

/// Has the agent mask each text, one call after another.
///
/// What the agent prints is dropped: its API echoes the value. If it fails, that is a
/// `DELIVERY_ERROR`.
pub(super) async fn redact(agent: &Program, texts: &[Secret]) -> Result<(), Error> {
    for text in texts {
        tokio::time::timeout(TIMEOUT, redact_one(agent, text))
            .await
            .map_err(|_| failure(&format!("did not end within {} s", TIMEOUT.as_secs())))??;
    }
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the mask")]
async fn redact_one(agent: &Program, text: &Secret) -> Result<(), Error> {
    let mut command = agent.command();
    command.args(ARGUMENTS).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    for name in program::WITHHELD_FROM_CHILDREN {
        command.env_remove(name);
    }
    let mut child =
        program::spawn(&mut command).await.map_err(|cause| failure("could not be started").caused_by(cause))?;
    let written = match child.stdin.take() {
        Some(mut stdin) => stdin.write_all(text.expose().as_bytes()).await,
        None => Err(std::io::ErrorKind::BrokenPipe.into()),
    };
    let status = child.wait().await.map_err(|cause| failure("could not be waited for").caused_by(cause))?;
    if !status.success() {
        return Err(failure(&format!("ended with {status}")));
    }
    written.map_err(|cause| failure("did not take the value").caused_by(cause))
}

fn failure(what: &str) -> Error {
    Error::new(ErrorCode::DeliveryError, format!("`{AGENT} redactor add`, which masks the token, {what}"))
}
