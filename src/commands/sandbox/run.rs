//! `jelou sandbox run`: the platform for as long as a command runs, and nothing left behind.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{FUNCTION, github, interactive_shell, seeded, unfired};
use crate::cli::sandbox::{Played, Run};
use crate::commands::child::{Child, prepended_path};
use crate::commands::{Completion, Context};
use crate::config::env;
use crate::error::Error;
use crate::exit;
use crate::files;
use crate::output::Format;
use crate::sandbox::Sandbox;
use crate::warning::Warning;

/// Starts the platform, runs the command, passes its status on.
pub(crate) async fn run(cx: &Context, args: &Run) -> Result<Completion, Error> {
    let folder = tempfile::Builder::new()
        .prefix("jelou-sandbox-")
        .tempdir()
        .map_err(|cause| Error::input("There is no folder for temporary files").caused_by(cause))?;
    // The umask may have removed bits.
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).map_err(failed)?;
    let path = path_with_this_jelou(cx, folder.path())?;
    let child = Child::find(&args.command, Some(&path))?.env("PATH", path);
    let (sandbox, server) = super::bind(&args.platform, |builder| builder)?;
    let child = surround(cx, child, &sandbox, folder.path())?;
    if is_entered_by_a_person(cx, args) {
        cx.output.say(&format!(
            "The commands of this shell reach the sandbox at {}; `exit` leaves it, and nothing of it stays",
            sandbox.api_url()
        ));
        seeded::describe(&sandbox).iter().for_each(|line| cx.output.say(line));
    }
    if args.played.is_some() && interactive_shell::is_one(&args.command) {
        cx.warn(Warning::new(
            "NO_STDIN",
            "A step has no stdin, as on a runner, so a shell without a script does nothing: name one, as in \
             `-- bash -e ./step.sh`",
        ));
    }
    let mut running = std::pin::pin!(async {
        match args.played {
            None => child.run(&cx.interrupts).await,
            Some(Played::GitHub) => github::run(cx, child, &sandbox, folder.path()).await,
        }
    });
    let ended = tokio::select! {
        ended = &mut running => ended?,
        stopped = server.serve() => match stopped {
            // `jelou sandbox stop`: what the command does without it is its own affair.
            Ok(()) => running.await?,
            Err(cause) => return Err(Error::unknown("The sandbox failed", cause)),
        },
    };
    let unfired = unfired::of(&sandbox);
    let failure = unfired.error().filter(|_| args.strict_faults && ended.status == exit::DONE);
    if failure.is_none() {
        unfired::warn(cx, &unfired);
    }
    Ok(match failure {
        Some(error) => Completion::Printed { failure: Some(error) },
        None => Completion::Child(ended),
    })
}

/// Whether a person at a terminal gets a shell, so that the prompt alone would not tell where it is.
fn is_entered_by_a_person(cx: &Context, args: &Run) -> bool {
    let presentation = &cx.output.presentation;
    args.played.is_none()
        && cx.output.is_watched()
        && presentation.terminals.stdin
        && presentation.format == Format::Human
        && interactive_shell::is_one(&args.command)
}

/// The `PATH` of the command: this program comes first, as `jelou`, whatever its file is called.
#[allow(clippy::disallowed_methods, reason = "this program goes on the PATH of the command")]
fn path_with_this_jelou(cx: &Context, folder: &Path) -> Result<OsString, Error> {
    let bin = folder.join("bin");
    files::make_folder(&bin).map_err(failed)?;
    let this = std::env::current_exe().map_err(failed)?;
    std::os::unix::fs::symlink(this, bin.join("jelou")).map_err(failed)?;
    prepended_path(&bin, cx.env.path("PATH").as_ref().map(|path| path.as_os_str()))
}

fn failed(cause: io::Error) -> Error {
    Error::unknown("The command's surroundings cannot be made", cause)
}

/// Gives the command the sandbox's addresses and tokens, and takes every other `JELOU_*` away.
fn surround(cx: &Context, mut child: Child, sandbox: &Sandbox, folder: &Path) -> Result<Child, Error> {
    for name in cx.env.names_with("JELOU_") {
        child = child.without_env(name);
    }
    let config = folder.join("config");
    files::make_folder(&config).map_err(failed)?;
    child = child
        .env(env::JELOU_API_URL, sandbox.api_url())
        .env(env::JELOU_GATEWAY_URL, sandbox.gateway_url())
        .env(env::JELOU_TOKEN, sandbox.pat())
        .env(env::JELOU_CONFIG_DIR, config);
    if let Some(token) = sandbox.default_token(FUNCTION) {
        child = child.env(env::JELOU_FUNCTION_TOKEN, token);
    }
    Ok(child)
}
