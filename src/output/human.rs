//! Human output: the marks and the layout of the seeds.

use zeroize::Zeroizing;

use super::outcome::Line;
use super::sanitise;
use crate::error::Error;
use crate::secret::RuntimeToken;

/// How lines are drawn on one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// `✓ ▸ ⚠` or their stand-ins.
    pub unicode: bool,
    /// Colours.
    pub color: bool,
}

const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const RED: &str = "\u{1b}[31m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

impl Style {
    fn mark(self, unicode: &'static str, ascii: &'static str, color: &'static str) -> String {
        self.paint(if self.unicode { unicode } else { ascii }, color)
    }

    fn paint(self, text: &str, color: &'static str) -> String {
        if self.color { format!("{color}{text}{RESET}") } else { text.to_owned() }
    }

    fn done(self) -> String {
        self.mark("✓", "+", GREEN)
    }

    fn field(self) -> String {
        self.mark("▸", ">", DIM)
    }

    fn note(self) -> String {
        self.mark("⚠", "!", YELLOW)
    }

    /// Replaces the one character of our own sentences that is not ASCII.
    fn spell(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('—', "-").replace('…', "...") }
    }
}

/// Draws lines. Everything in them is cleaned here; the value of a new token is put in as it is.
#[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
pub fn render(lines: &[Line], style: Style, token: Option<&RuntimeToken>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for line in lines {
        match line {
            Line::Done(sentence) => push(&mut text, &style.done(), &style.spell(&sanitise::clean(sentence))),
            Line::Field(label, value) => {
                push(&mut text, &style.field(), &format!("{label} {}", sanitise::clean(value)));
            }
            Line::Token => {
                if let Some(token) = token {
                    push(&mut text, &style.field(), "Token    ");
                    text.pop();
                    text.push_str(token.secret().expose());
                    text.push('\n');
                }
            }
            Line::Note(sentence) => push(&mut text, &style.note(), &style.spell(&sanitise::clean(sentence))),
            Line::NoteContinued(sentence) => push(&mut text, " ", &style.spell(sentence)),
            Line::Table(table) => {
                let mut clean = table.clone();
                for cell in clean.rows.iter_mut().flatten() {
                    *cell = sanitise::clean(cell);
                }
                for (index, row) in clean.lines().iter().enumerate() {
                    let row = if index == 0 { style.paint(row, DIM) } else { row.clone() };
                    push(&mut text, &style.field(), &row);
                }
            }
            Line::Own(words) => {
                text.push_str(words);
                text.push('\n');
            }
            Line::Text(words) => {
                text.push_str(&sanitise::line_safe(&style.spell(&sanitise::clean(words))));
                text.push('\n');
            }
        }
    }
    text
}

/// A failure, as stderr shows it: what was wrong, its code and exit status, and the next step on a line of its own.
pub fn failure(error: &Error, style: Style) -> String {
    let message = style.spell(&sanitise::message(&error.message()));
    let (code, status) = (error.code().as_str(), error.exit_status());
    format!("{} {message} ({code}, exit {status})\n{}", style.paint("error:", RED), hint(error, style))
}

/// What became of a run that a signal ends.
pub fn interruption(error: &Error, style: Style) -> String {
    let message = style.spell(&sanitise::message(&error.message()));
    format!("{} {message}\n{}", style.paint("interrupted:", RED), hint(error, style))
}

fn hint(error: &Error, style: Style) -> String {
    let line = |hint: &String| format!("{} {}\n", style.paint("hint:", YELLOW), style.spell(&sanitise::clean(hint)));
    error.hints().iter().map(line).collect()
}

/// A remark, as stderr shows it.
pub fn warning(message: &str, style: Style) -> String {
    format!("{} {}\n", style.paint("warning:", YELLOW), style.spell(&sanitise::clean(message)))
}

fn push(text: &mut String, mark: &str, line: &str) {
    text.push_str(mark);
    text.push(' ');
    text.push_str(line);
    text.push('\n');
}
