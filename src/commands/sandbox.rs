//! `jelou sandbox …`

pub(crate) mod admin;
mod ask;
mod detach;
mod github;
mod interactive_shell;
mod ready_file;
pub(crate) mod run;
mod seeded;
pub(crate) mod start;
mod unfired;

pub(crate) use crate::sandbox::{fault_kinds, scenarios};

use std::io;
use std::path::Path;

use crate::cli::sandbox::Platform;
use crate::error::Error;
use crate::sandbox::{Builder, Fault, Fixture, Sandbox, Scenario, Server};
use crate::typed_word;

/// The function that the sandbox begins with, whose token is handed out.
const FUNCTION: &str = "my-function";

/// A platform that behaves as the flags say, listening but not yet serving. A flag beats the
/// scenario.
fn bind(flags: &Platform, complete: impl FnOnce(Builder) -> Builder) -> Result<(Sandbox, Server), Error> {
    let mut builder = Sandbox::builder();
    builder = match &flags.seed_file {
        Some(path) => builder.fixture(Fixture::read(path)?),
        None => builder.example_fixture(),
    };
    builder = builder.redeploy_delay(DEFAULT_REDEPLOY_DELAY);
    if let Some(path) = &flags.scenario {
        builder = builder.scenario(scenario(path)?);
    }
    if let Some(delay) = flags.redeploy_delay {
        builder = builder.redeploy_delay(delay);
    }
    if let Some(seed) = flags.seed {
        builder = builder.seed(seed);
    }
    if let Some(limit) = flags.rate_limit {
        builder = builder.rate_limit(limit);
    }
    for spec in &flags.fault {
        builder = builder.fault(Fault::parse(spec)?);
    }
    complete(builder).bind().map_err(not_started)
}

fn not_started(cause: anyhow::Error) -> Error {
    let is_taken = cause
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::AddrInUse);
    let error = Error::input("The sandbox cannot be started").caused_by(cause);
    if is_taken {
        error.with_hint(
            "without `--port` a free port is taken; `jelou sandbox stop` ends the sandbox that `JELOU_API_URL` names",
        )
    } else {
        error
    }
}

/// The scenario of a name that comes with the program, else of a file. A file of such a name is
/// meant by `./NAME`.
fn scenario(path: &Path) -> Result<Scenario, Error> {
    let name = path.to_str().unwrap_or_default();
    if let Some(named) = Scenario::named(name) {
        return named;
    }
    let is_word = !name.is_empty() && !name.contains(['/', '.']);
    if is_word && !path.exists() {
        let known = scenarios().map(|(name, _)| name).collect::<Vec<_>>();
        let error = Error::input(format!("There is no scenario `{name}`, and no file of that name"));
        let near = typed_word::similar("scenario", name, known.iter().copied());
        return Err(near
            .into_iter()
            .fold(error, Error::with_hint)
            .with_hint(format!("those that come with the program are {}", known.join(", "))));
    }
    Scenario::read(path)
}

/// Long enough that a script which forgets `--wait` fails, short enough not to slow tests down.
const DEFAULT_REDEPLOY_DELAY: std::time::Duration = std::time::Duration::from_millis(200);
