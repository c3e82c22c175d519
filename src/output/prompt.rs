//! Whether a person may be asked, and asking.

mod hidden_line;

use dialoguer::console::Term;

use super::presentation::{Format, Presentation};
use crate::error::Error;
use crate::exit::ErrorCode;

/// Whether a person may be asked, decided before the first byte of I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interactivity {
    /// Whether prompting is allowed.
    pub can_prompt: bool,
    /// `-y`.
    pub assume_yes: bool,
}

impl Interactivity {
    /// Prompting is allowed only when stdin and stderr are terminals and the output is for people, and neither
    /// `--no-input`, `JELOU_NO_INPUT` nor a CI system says that nobody is there.
    pub fn decide(presentation: &Presentation, no_input: bool, assume_yes: bool) -> Self {
        let can_prompt = presentation.terminals.stdin
            && presentation.terminals.stderr
            && presentation.format == Format::Human
            && !no_input
            && !presentation.ci;
        Self { can_prompt, assume_yes }
    }

    /// Whether something destructive may go on without asking.
    ///
    /// # Errors
    /// `INPUT_ERROR` naming `-y` if a confirmation is needed and nobody is there to give it.
    pub fn needs_confirmation(self, what: &str) -> Result<bool, Error> {
        match self {
            Self { assume_yes: true, .. } => Ok(false),
            Self { can_prompt: true, .. } => Ok(true),
            _ => Err(Error::input(format!("{what} needs a confirmation, and nobody can be asked here"))
                .with_hint("add `-y` to confirm it in the command")),
        }
    }
}

/// Asks a yes-or-no question on stderr (seed: `? Revoke token jfn_rt_def4... for mi-funcion? (y/N)`); only `y` and `yes` are a yes. A whole line is read, so that `maybe` is a no and
/// what was typed does not go on to the shell. The text has been cleaned by the caller.
///
/// # Errors
/// `CANCELLED` if the answer is no or the prompt was left.
pub fn confirm(question: &str) -> Result<(), Error> {
    let terminal = Term::stderr();
    let mut answer = String::new();
    let asked =
        terminal.write_str(&format!("? {question} (y/N) ")).and_then(|()| std::io::stdin().read_line(&mut answer));
    if !answer.ends_with('\n') {
        let _ = terminal.write_line("");
    }
    match asked.map(|_| answer) {
        Ok(answer) if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") => Ok(()),
        Ok(_) => Err(Error::new(ErrorCode::Cancelled, "Declined; nothing was changed")),
        Err(cause) => {
            Err(Error::new(ErrorCode::Cancelled, "The prompt was left; nothing was changed").caused_by(cause))
        }
    }
}

/// Lets a person pick one of several on stderr; the texts have been cleaned by the caller. Gives the index.
///
/// # Errors
/// `CANCELLED` if the prompt was left.
pub fn pick(question: &str, items: &[String]) -> Result<usize, Error> {
    let left = || Error::new(ErrorCode::Cancelled, "The prompt was left; nothing was changed");
    let picked = dialoguer::Select::new().with_prompt(question).items(items).default(0).interact_opt();
    picked.map_err(|cause| left().caused_by(cause))?.ok_or_else(left)
}

/// Asks for a secret on stderr without showing what is typed.
///
/// # Errors
/// `CANCELLED` if the prompt was left.
pub fn hidden(question: &str) -> Result<String, Error> {
    let left = |cause: std::io::Error| Error::new(ErrorCode::Cancelled, "The prompt was left").caused_by(cause);
    let terminal = Term::stderr();
    let typed = hidden_line::read(|| terminal.write_str(&format!("? {question}: "))).map_err(left);
    let _ = terminal.write_line("");
    typed
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::ci::JobEnvironment;
    use crate::config::Env;
    use crate::output::presentation::{PresentationFlags, Terminals};

    #[test]
    fn asks_only_where_somebody_answers() {
        let everywhere = Terminals { stdin: true, stdout: true, stderr: true };
        let captured = Terminals { stdout: false, ..everywhere };
        let no_stdin = Terminals { stdin: false, ..everywhere };
        let no_stderr = Terminals { stderr: false, ..everywhere };
        let json = PresentationFlags { json: true, ..Default::default() };
        let quiet = PresentationFlags { quiet: true, ..Default::default() };
        let none = PresentationFlags::default();
        for (terminals, flags, ci, no_input, can_prompt) in [
            (everywhere, &none, "", false, true),
            (captured, &none, "", false, true),
            (no_stdin, &none, "", false, false),
            (no_stderr, &none, "", false, false),
            (everywhere, &json, "", false, false),
            (everywhere, &quiet, "", false, false),
            (everywhere, &none, "true", false, false),
            (everywhere, &none, "1", false, false),
            (everywhere, &none, "false", false, true),
            (everywhere, &none, "0", false, true),
            (everywhere, &none, "", true, false),
        ] {
            let env: Env = [("CI", ci)].into_iter().collect();
            let job = JobEnvironment::observe(&|name| env.text(name).map(str::to_owned));
            let shown = Presentation::resolve(flags, &env, terminals, &job).expect("a valid choice");
            let decided = Interactivity::decide(&shown, no_input, false);
            assert_eq!(decided.can_prompt, can_prompt, "{terminals:?} {flags:?} CI={ci} {no_input}");
        }
    }

    #[test]
    fn a_destructive_verb_is_confirmed_or_refused() {
        let table =
            [(true, true, Some(false)), (true, false, Some(true)), (false, true, Some(false)), (false, false, None)];
        for (can_prompt, assume_yes, expected) in table {
            let decided = Interactivity { can_prompt, assume_yes }.needs_confirmation("Revoking");
            assert_eq!(decided.as_ref().ok().copied(), expected);
            if let Err(error) = decided {
                assert_eq!(error.exit_status(), 2);
                assert!(error.hint().is_some_and(|hint| hint.contains("-y")));
            }
        }
    }
}
