//! `jelou completions`

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::reference::{Completions, Shell};
use crate::output::{Line, Outcome};

/// The completions of a shell.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct CompletionScript {
    /// The shell.
    shell: String,
    /// The script.
    script: String,
}

/// Prints the script that teaches a shell to complete `jelou`. It is made of the argument
/// definitions and holds nothing of this machine.
pub(crate) fn run(args: &Completions) -> Outcome {
    let script = script(args.shell);
    let shell = format!("{:?}", args.shell).to_ascii_lowercase();
    let lines = script.lines().map(str::to_owned).collect();
    let own = Line::Own(script.trim_end().to_owned());
    Outcome::read(CompletionScript { shell, script }).quiet(lines).line(own)
}

fn script(shell: Shell) -> String {
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
