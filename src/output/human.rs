//! Human output: the marks and the layout of the docs.

use std::borrow::Cow;

use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::outcome::Line;
use super::rendered::Rendered;
use super::sanitise::{self, clean};
use super::table::{Drawn, Room};
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

const GREEN: &str = "\u{1b}[32m";
const YELLOW: &str = "\u{1b}[33m";
const RED: &str = "\u{1b}[31m";
const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

/// How lines are drawn on one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// `✓ ▸ ⚠` or their stand-ins.
    pub(super) unicode: bool,
    pub(super) color: bool,
    /// The columns of the terminal; nothing where nothing is cut.
    pub(super) width: Option<usize>,
    /// Whether sentences break between words. Not in a CI system, which may take the beginning of a
    /// line for a command.
    pub(super) wraps: bool,
}

/// The columns of a terminal that nobody made wider or narrower. From here on it breaks sentences
/// itself, so that what is searched in a transcript or copied is one line, as of other programs.
const USUAL: usize = 80;

/// How far a sentence goes on from the margin.
const INDENT: &str = "  ";

impl Style {
    fn mark(self, unicode: &str, ascii: &str, color: &str) -> String {
        self.paint(if self.unicode { unicode } else { ascii }, color)
    }

    fn paint(self, text: &str, color: &str) -> String {
        if self.color { format!("{color}{text}{RESET}") } else { text.to_owned() }
    }

    pub(super) fn room(self) -> Room {
        Room { width: self.width, ellipsis: if self.unicode { "…" } else { "..." } }
    }

    /// Breaks a sentence between words where a narrow terminal would break it inside of one.
    /// `before` is how many columns stand in front of it. What is between backticks stays whole: a
    /// terminal copies it as one line, however it shows it. Only for sentences: data is copied as
    /// it is.
    pub(super) fn wrapped(self, before: usize, text: &str) -> Cow<'_, str> {
        let is_narrow = |width: &usize| self.wraps && *width < USUAL && before + text.width() > *width;
        let Some(width) = self.width.filter(is_narrow) else {
            return text.into();
        };
        let mut wrapped = String::with_capacity(text.len() + INDENT.len());
        let (mut column, mut is_begun, mut is_quoted) = (before, false, false);
        let has_pairs = text.matches('`').count().is_multiple_of(2);
        for unit in text.split(|c: char| {
            is_quoted ^= has_pairs && c == '`';
            c == ' ' && !is_quoted
        }) {
            let taken = unit.width();
            if !is_begun {
                column += taken;
            } else if column + 1 + taken <= width {
                wrapped.push(' ');
                column += 1 + taken;
            } else {
                wrapped.extend(["\n", INDENT]);
                column = INDENT.len() + taken;
            }
            is_begun = true;
            wrapped.push_str(unit);
        }
        wrapped.into()
    }

    /// Replaces the two characters of our own sentences that are not ASCII.
    fn spell(self, text: &str) -> String {
        if self.unicode { text.to_owned() } else { text.replace('—', "-").replace('…', "...") }
    }
}

/// Draws lines. Everything in them is cleaned here; the value of a new token is put in as it is.
pub(super) fn render(lines: &[Line], style: Style, token: Option<&RuntimeToken>) -> Rendered {
    let text = draw(lines, style, token);
    let may_hold_a_value = lines.iter().any(|line| matches!(line, Line::Token | Line::Own(_)));
    if may_hold_a_value { Zeroizing::new(text).into() } else { Rendered::Open(text) }
}

#[allow(clippy::disallowed_methods, reason = "the sink is stdout")]
fn draw(lines: &[Line], style: Style, token: Option<&RuntimeToken>) -> String {
    let (done, field) = (style.mark("✓", "+", GREEN), style.mark("▸", ">", DIM));
    let note = style.mark("⚠", "!", YELLOW);
    let text_of = |text: &str| style.spell(&clean(text));
    // Behind a mark and a blank.
    let sentence = |text: &str| style.wrapped(2, &text_of(text)).into_owned();
    let mut text = String::new();
    for line in lines {
        match line {
            Line::Done(words) => text.push_str(&format!("{done} {}\n", sentence(words))),
            Line::Field(label, value) => text.push_str(&format!("{field} {label} {}\n", clean(value))),
            Line::Item(words) => text.push_str(&format!("{field} {}\n", sentence(words))),
            Line::Token => {
                if let Some(token) = token {
                    text.push_str(&format!("{field} Token    "));
                    text.push_str(token.secret().expose());
                    text.push('\n');
                }
            }
            Line::Note(words) => text.push_str(&format!("{note} {}\n", sentence(words))),
            Line::NoteContinued(words) => text.push_str(&format!("  {}\n", style.wrapped(2, &style.spell(words)))),
            Line::Table(table) => {
                // As wide, so that the columns stay.
                let spell = |row: &str| row.replace('✓', "+");
                table.draw(style.room(), |row| {
                    let (before, row, is_dim) = match row {
                        Drawn::Header(row) => (field.as_str(), row, true),
                        Drawn::HeaderContinued(row) => (" ", row, true),
                        Drawn::Row(row) => (field.as_str(), row, false),
                        Drawn::RowContinued(row) => (" ", row, false),
                    };
                    let row: Cow<'_, str> = if style.unicode { row.into() } else { spell(row).into() };
                    let row = if is_dim { style.paint(&row, DIM).into() } else { row };
                    text.extend([before, " ", &row, "\n"]);
                });
            }
            Line::Own(words) => text.push_str(&format!("{words}\n")),
            Line::Text(words) => text.push_str(&format!("{}\n", sanitise::line_safe(&text_of(words)))),
        }
    }
    text
}

/// A failure, as stderr shows it: what was wrong, its code and exit status, and the next steps.
pub(super) fn failure(error: &Error, style: Style) -> String {
    problem("error:", error, &format!(" ({}, exit {})", error.code().as_str(), error.exit_status()), style)
}

/// What became of a run that a signal ends.
pub(super) fn interruption(error: &Error, style: Style) -> String {
    problem("interrupted:", error, "", style)
}

fn problem(kind: &str, error: &Error, end: &str, style: Style) -> String {
    let message = style.spell(&sanitise::message(&error.message()));
    let message = format!("{message}{end}");
    let mut text = format!("{} {}\n", style.paint(kind, RED), style.wrapped(kind.len() + 1, &message));
    for hint in error.hints() {
        let hint = style.spell(&clean(hint));
        text.push_str(&format!("{} {}\n", style.paint("hint:", YELLOW), style.wrapped("hint: ".len(), &hint)));
    }
    text
}

/// A warning, as stderr shows it.
pub(super) fn warning(warning: &Warning, style: Style) -> String {
    let (mark, before) = if warning.is_marked {
        (style.mark("⚠", "!", YELLOW), "! ".len())
    } else {
        (style.paint("warning:", YELLOW), "warning: ".len())
    };
    format!("{mark} {}\n", style.wrapped(before, &style.spell(&clean(&warning.message))))
}
