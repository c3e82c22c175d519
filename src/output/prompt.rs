//! Whether a person may be asked, and asking.

mod hidden_line;
mod kept_terminal;
mod shown_line;

use super::presentation::{Format, Presentation};
use super::sanitise::clean;
use super::writer::write_stderr;
use crate::error::Error;
use crate::exit::ErrorCode;
use kept_terminal::{Cursor, KeptTerminal};

pub(crate) use kept_terminal::leave_ending_signals_to_the_run;
pub(crate) use shown_line::forget_what_was_typed;

/// Whether a person may be asked, decided before the first byte of I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interactivity {
    pub(crate) can_prompt: bool,
    /// `-y`.
    pub(crate) assume_yes: bool,
}

impl Interactivity {
    /// Prompting is allowed only when stdin and stderr are terminals and the output is for people,
    /// and neither `--no-input`, `JELOU_NO_INPUT` nor a CI system says that nobody is there.
    pub(crate) fn decide(presentation: &Presentation, no_input: bool, assume_yes: bool) -> Self {
        let can_prompt = presentation.terminals.stdin
            && presentation.terminals.stderr
            && presentation.format == Format::Human
            && !no_input
            && !presentation.ci;
        Self { can_prompt, assume_yes }
    }

    /// Whether something destructive needs a question first.
    ///
    /// # Errors
    /// `INPUT_ERROR` naming `-y` if a confirmation is needed and nobody is there to give it.
    pub(crate) fn needs_confirmation(self, what: &str) -> Result<bool, Error> {
        if !self.assume_yes && !self.can_prompt {
            return Err(Error::input(format!("{what} needs a confirmation, and nobody can be asked here"))
                .with_hint("add `-y` to confirm it in the command"));
        }
        Ok(!self.assume_yes)
    }
}

fn left() -> Error {
    Error::new(ErrorCode::Cancelled, "The prompt was left; nothing was changed")
}

/// What an empty line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Usual {
    /// `(y/N)`
    No,
    /// `(Y/n)`
    Yes,
}

/// Asks a yes-or-no question on stderr, as the docs show it (`? Revoke token jfn_rt_def4... for
/// mi-funcion? (y/N)`); besides an empty line only `y` and `yes` are a yes. A whole line is read, so
/// that `maybe` is a no and what was typed does not go on to the shell. The text has been cleaned by
/// the caller.
///
/// # Errors
/// `CANCELLED` if the answer is no or the prompt was left.
pub(crate) fn confirm(question: &str, usual: Usual) -> Result<(), Error> {
    let choice = if usual == Usual::Yes { "Y/n" } else { "y/N" };
    match shown(&format!("{question} ({choice})"))?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        "" if usual == Usual::Yes => Ok(()),
        _ => Err(Error::new(ErrorCode::Cancelled, "Declined; nothing was changed")),
    }
}

/// Lets a person pick one of several on stderr; the texts have been cleaned by the caller. Gives
/// the index.
///
/// # Errors
/// `CANCELLED` if the prompt was left.
pub(crate) fn pick(question: &str, items: &[String]) -> Result<usize, Error> {
    pick_beginning_at(0, question, items)
}

/// As [`pick`], with the cursor at one of them.
///
/// # Errors
/// `CANCELLED` if the prompt was left.
pub(crate) fn pick_beginning_at(first: usize, question: &str, items: &[String]) -> Result<usize, Error> {
    let kept = KeptTerminal::keep(Cursor::Hidden, || {}).map_err(|cause| left().caused_by(cause))?;
    let picked =
        dialoguer::Select::with_theme(&AsAsked).with_prompt(question).items(items).default(first).interact_opt();
    // After Ctrl-C the process ends here.
    drop(kept);
    picked.map_err(|cause| left().caused_by(cause))?.ok_or_else(left)
}

/// A menu that asks as the docs show it: `? Create new or link existing? Create new`.
struct AsAsked;

impl dialoguer::theme::Theme for AsAsked {
    fn format_select_prompt(&self, f: &mut dyn std::fmt::Write, prompt: &str) -> std::fmt::Result {
        write!(f, "? {prompt}?")
    }

    fn format_select_prompt_selection(
        &self,
        f: &mut dyn std::fmt::Write,
        prompt: &str,
        selected: &str,
    ) -> std::fmt::Result {
        write!(f, "? {prompt}? {selected}")
    }
}

/// Asks for a line on stderr, which the terminal shows as it is typed. It is given without the
/// blanks around it. The text has been cleaned by the caller.
///
/// # Errors
/// `CANCELLED` if the prompt was left, also in the middle of the line.
pub(crate) fn shown(question: &str) -> Result<String, Error> {
    write_stderr(&format!("? {question} "));
    if let Some(line) = shown_line::read().map_err(|cause| left().caused_by(cause))? {
        return Ok(line.trim().to_owned());
    }
    write_stderr("\n");
    Err(left())
}

/// As [`shown`], with what an empty line means; nothing comes back if that is nothing.
///
/// # Errors
/// As [`shown`].
pub(crate) fn line(question: &str, usual: Option<&str>) -> Result<Option<String>, Error> {
    let meant = usual.map(|usual| format!(" ({})", clean(usual))).unwrap_or_default();
    let answer = shown(&format!("{question}{meant}:"))?;
    Ok(if answer.is_empty() { usual.map(str::to_owned) } else { Some(answer) })
}

/// Asks for a secret on stderr without showing what is typed: asterisks stand for it, as many
/// whatever its length is.
///
/// # Errors
/// `CANCELLED` if the prompt was left.
pub(crate) fn hidden(question: &str) -> Result<String, Error> {
    let question = format!("? {question}: ");
    let typed = hidden_line::read(move || write_stderr(&question));
    write_stderr(if typed.as_ref().is_ok_and(|typed| !typed.is_empty()) { "****\n" } else { "\n" });
    typed.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::InvalidData => Error::input("What was typed is no text in UTF-8; nothing was changed"),
        _ => left().caused_by(cause),
    })
}
