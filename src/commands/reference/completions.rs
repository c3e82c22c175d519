//! `jelou completions`

use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::reference::Completions;
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
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::tree(), "jelou", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let shell = args.shell.to_string();
    let lines = script.lines().map(str::to_owned).collect();
    let own = Line::Own(script.trim_end().to_owned());
    Outcome::read(CompletionScript { shell, script }).quiet(lines).line(own)
}
