//! What progress looks like.

use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthChar;

const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// The narrowest bar that shows something.
const NARROWEST_BAR: usize = 4;

pub(super) struct Picture {
    pub(super) message: String,
    kind: Kind,
}

enum Kind {
    /// `| 12s Waiting …`
    Turning { turns: usize, since: Instant },
    /// `Revoking [=====>    ] 5/10`
    Counting { done: u64, total: u64 },
}

impl Picture {
    pub(super) fn turning(message: String) -> Self {
        Self { message, kind: Kind::Turning { turns: 0, since: Instant::now() } }
    }

    pub(super) fn counting(message: String, total: u64) -> Self {
        Self { message, kind: Kind::Counting { done: 0, total } }
    }

    /// Turns a spinner.
    pub(super) fn turn(&mut self) {
        if let Kind::Turning { turns, .. } = &mut self.kind {
            *turns += 1;
        }
    }

    /// Counts one more.
    pub(super) fn count(&mut self) {
        if let Kind::Counting { done, .. } = &mut self.kind {
            *done += 1;
        }
    }

    /// The line, cut at its last column.
    pub(super) fn line(&self, columns: usize) -> String {
        let message = &self.message;
        match self.kind {
            Kind::Turning { turns, since } => {
                let spinner = SPINNER[turns % SPINNER.len()];
                cut(&format!("{spinner} {} {message}", rounded(since.elapsed())), columns)
            }
            Kind::Counting { done, total } => {
                let counted = format!("{done}/{total}");
                let beside = width(message) + " [] ".len() + counted.len();
                match columns.checked_sub(beside).filter(|room| *room >= NARROWEST_BAR) {
                    Some(room) => format!("{message} [{}] {counted}", bar(done, total, room)),
                    None => cut(&format!("{message} {counted}"), columns),
                }
            }
        }
    }
}

fn bar(done: u64, total: u64, room: usize) -> String {
    let part = done.min(total).checked_mul(room as u64).and_then(|part| part.checked_div(total));
    let filled = part.and_then(|part| usize::try_from(part).ok()).unwrap_or(0).min(room);
    let head = if filled < room { ">" } else { "" };
    format!("{:room$}", "=".repeat(filled) + head)
}

/// In its largest whole unit.
fn rounded(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

fn cut(text: &str, columns: usize) -> String {
    let mut left = columns;
    let fits = |c: &char| {
        left.checked_sub(c.width().unwrap_or(0)).is_some_and(|rest| {
            left = rest;
            true
        })
    };
    text.chars().take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_fills_the_line() {
        let mut picture = Picture::counting("Revoking".to_owned(), 4);
        for line in ["Revoking [>         ] 0/4", "Revoking [==>       ] 1/4", "Revoking [=====>    ] 2/4"] {
            assert_eq!(picture.line(25), line);
            picture.count();
        }
        picture.count();
        assert_eq!(picture.line(25), "Revoking [==========] 4/4");
        picture.count();
        assert_eq!(picture.line(25), "Revoking [==========] 5/4");
        assert_eq!(picture.line(17), "Revoking 5/4");
        assert_eq!(picture.line(10), "Revoking 5");
        assert_eq!(Picture::counting(String::new(), 0).line(12), " [>    ] 0/0");
    }

    #[test]
    fn a_spinner_turns_and_is_cut_at_a_whole_character() {
        let mut picture = Picture::turning("関数 waits".to_owned());
        assert_eq!(picture.line(80), "| 0s 関数 waits");
        picture.turn();
        assert_eq!(picture.line(8), "/ 0s 関");
        assert_eq!(picture.line(0), "");
    }

    #[test]
    fn a_time_has_one_unit() {
        for (seconds, text) in [(0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (7300, "2h")] {
            assert_eq!(rounded(Duration::from_secs(seconds)), text);
        }
    }
}
