//! `jelou completions`

use serde_json::json;

use crate::cli::reference::{Completions, Shell};
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Prints the script that teaches a shell to complete `jelou`. It is made of the argument definitions and holds nothing
/// of this machine.
///
/// # Errors
/// None.
pub fn run(_: &Context, args: &Completions) -> Result<Outcome, Error> {
    let script = script(args.shell);
    let shell = format!("{:?}", args.shell).to_ascii_lowercase();
    Ok(Outcome::read(json!({ "shell": shell, "script": script }))
        .quiet(script.lines().map(str::to_owned).collect())
        .line(Line::Own(script.trim_end().to_owned())))
}

/// The script.
pub fn script(shell: Shell) -> String {
    let shell = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut crate::cli::tree(), "jelou", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}
