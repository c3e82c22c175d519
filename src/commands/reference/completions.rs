//! `jelou completions`

use clap_complete::Shell;
use clap_complete::env::{EnvCompleter, Shells};
use serde::Serialize;

use crate::cli::reference::Completions;
use crate::config::env;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// bash takes `:` and `=` for ends of words, which the script of `clap_complete` does not undo.
const BASH: &str = include_str!("completions/bash.sh");
/// That of `clap_complete` offers nothing the first time if it lies in `fpath`.
const ZSH: &str = include_str!("completions/zsh.zsh");

/// The completions of a shell.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct CompletionScript {
    /// The shell.
    shell: String,
    /// The script.
    script: String,
}

/// Prints the script that makes a shell ask `jelou` what can be typed. It holds nothing of this
/// machine.
///
/// # Errors
/// `UNKNOWN_ERROR` for a shell that has no script.
pub(crate) fn run(args: &Completions) -> Result<Outcome, Error> {
    let shell = args.shell.to_string();
    let script = match args.shell {
        Shell::Bash => BASH.to_owned(),
        Shell::Zsh => ZSH.to_owned(),
        _ => of_clap(&shell).map_err(|cause| Error::unknown(format!("There are no completions for {shell}"), cause))?,
    };
    let lines = script.lines().map(str::to_owned).collect();
    let own = Line::Own(script.trim_end().to_owned());
    Ok(Outcome::read(CompletionScript { shell, script }).quiet(lines).line(own))
}

fn of_clap(shell: &str) -> anyhow::Result<String> {
    let shells = Shells::builtins();
    let completer = shells.completer(shell).ok_or_else(|| anyhow::anyhow!("clap does not know it"))?;
    let mut script = Vec::new();
    EnvCompleter::write_registration(completer, env::JELOU_COMPLETE, "jelou", "jelou", "jelou", &mut script)?;
    Ok(format!("{}\n", String::from_utf8(script)?.trim()))
}
