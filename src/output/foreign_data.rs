//! Foreign data that goes to stdout as it arrives: byte for byte, or cleaned where a terminal or a
//! log would obey it.
//!
//! Cleaning looks at words: a token, a command of a log and a control sequence have no blank in
//! them. So what is complete up to its last blank is cleaned and written at once, and the rest
//! waits for what follows.

use std::borrow::Cow;

use super::sanitise::hostile::is_line_end;
use super::sanitise::{clean, line_safe};
use super::writer::{Output, WriteError};

/// How much of a word without a blank is held back, in bytes. A token has at most 4096.
const LONGEST_WORD: usize = 64 * 1024;

/// Passes foreign data on to stdout.
#[derive(Default)]
pub(crate) struct ForeignData {
    /// Nothing where the bytes are passed on as they are.
    cleaner: Option<Cleaner>,
}

impl ForeignData {
    /// `is_obeyed`: stdout is a terminal or a log.
    pub(crate) fn new(is_obeyed: bool) -> Self {
        Self { cleaner: is_obeyed.then(Cleaner::default) }
    }

    /// Writes a piece, or what of it and of the earlier ones is ready.
    pub(crate) fn write(&mut self, piece: &[u8]) -> Result<(), WriteError> {
        match &mut self.cleaner {
            None => Output::bytes(piece),
            Some(cleaner) => Output::stream(&cleaner.take(piece)),
        }
    }

    /// Writes what was held back.
    pub(crate) fn end(self) -> Result<(), WriteError> {
        self.cleaner.map_or(Ok(()), |cleaner| Output::stream(&cleaner.end()))
    }
}

/// Cleans text that comes in pieces as it would be cleaned whole, and ends its last line.
#[derive(Default)]
struct Cleaner {
    held: Vec<u8>,
    line: Line,
}

/// The line that was written last.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    #[default]
    Ended,
    /// It has blanks alone.
    Blank,
    Begun,
}

impl Cleaner {
    /// Adds a piece; gives what is ready.
    fn take(&mut self, piece: &[u8]) -> String {
        self.held.extend_from_slice(piece);
        let ready: Vec<u8> = self.held.drain(..ready(&self.held)).collect();
        self.clean(&ready)
    }

    fn end(mut self) -> String {
        let rest = std::mem::take(&mut self.held);
        let mut cleaned = self.clean(&rest);
        // The next line may be a command of the job, which counts at the start of a line alone.
        if self.line != Line::Ended {
            cleaned.push('\n');
        }
        cleaned
    }

    fn clean(&mut self, bytes: &[u8]) -> String {
        let mut cleaned = String::with_capacity(bytes.len());
        for line in String::from_utf8_lossy(bytes).replace("\r\n", "\n").split_inclusive(is_line_end) {
            let part = clean(line);
            let is_begun = self.line == Line::Begun;
            cleaned.push_str(&if is_begun { Cow::Borrowed(&*part) } else { line_safe(&part) });
            self.line = if is_begun || !part.trim().is_empty() { Line::Begun } else { Line::Blank };
            if line.ends_with(is_line_end) {
                cleaned.push('\n');
                self.line = Line::Ended;
            }
        }
        cleaned
    }
}

/// How many of the bytes can be cleaned without what follows them.
fn ready(held: &[u8]) -> usize {
    // A line feed may follow a carriage return.
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() && *byte != b'\r';
    let blank = held.iter().rposition(is_blank).map_or(0, |at| at + 1);
    if held.len() - blank < LONGEST_WORD { blank } else { within_a_word(held) }
}

/// Where a word that has no end can be cut: between two characters, behind one that is part of
/// neither a token nor a command of a log. In a run of nothing else it is cut before what may begin
/// a token.
fn within_a_word(held: &[u8]) -> usize {
    let ends_tokens = |byte: u8| !byte.is_ascii_alphanumeric() && !b"_.-#\r".contains(&byte);
    let begins_character = |at: usize| match held.get(at) {
        Some(byte) => byte & 0b1100_0000 != 0b1000_0000,
        None => held[at - 1].is_ascii(),
    };
    if let Some(end) = (1..=held.len()).rev().find(|&at| ends_tokens(held[at - 1]) && begins_character(at)) {
        return end;
    }
    let begin = b"jfn_";
    let last = held.windows(begin.len()).rposition(|window| window == begin).filter(|at| *at > 0);
    last.unwrap_or(held.len() - (begin.len() - 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::output::sanitise::clean_lines;
    use crate::properties;

    fn in_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut cleaner = Cleaner::default();
        let mut text: String = pieces.into_iter().map(|piece| cleaner.take(piece)).collect();
        text.push_str(&cleaner.end());
        assert!(text.is_empty() || text.ends_with('\n'), "the line is ended: {text:?}");
        text
    }

    #[test]
    fn what_is_complete_is_given_at_once() {
        let mut cleaner = Cleaner::default();
        for (piece, given) in [
            ("data: one\n", "data: one\n"),
            ("\n", "\n"),
            ("half a wo", "half a "),
            ("rd ", "word "),
            ("é", ""),
            ("\r", ""),
            ("\n", "é\n"),
            ("  ", "  "),
            ("::set-env x", "| ::set-env "),
            ("::y ", "x::y "),
        ] {
            assert_eq!(cleaner.take(piece.as_bytes()), given, "{piece:?}");
        }
        assert_eq!(cleaner.end(), "\n");
        assert_eq!(in_pieces([&b"one\n"[..], b"two"]), "one\ntwo\n");
        assert_eq!(in_pieces([&b""[..], b""]), "");
    }

    #[test]
    fn a_word_without_an_end_is_not_held_for_ever() {
        let long = "x".repeat(LONGEST_WORD);
        for (before, after) in [
            ("\"", "jfn_rt_sbx_abcdefghijklmnop\""),
            ("", "jfn_rt_sbx_abcdefghijklmnop"),
            ("日本", "##vso[task]"),
            ("日本語", "日本語"),
        ] {
            let text = format!("{before}{long}{before}{after}");
            for cut in 1..after.len() {
                let (first, second) = text.as_bytes().split_at(text.len() - cut);
                let cleaned = in_pieces([first, second]);
                assert!(cleaned == clean_lines(&text) + "\n", "{before} {after} {cut}");
            }
        }
        let mut cleaner = Cleaner::default();
        for _ in 0..40 {
            cleaner.take("日本語".repeat(1000).as_bytes());
        }
        assert!(cleaner.held.len() < LONGEST_WORD + 10_000);
    }

    proptest! {
        #![proptest_config(properties::config(500))]

        #[test]
        fn pieces_are_cleaned_as_the_whole(
            text in "(::|##|vso|\\[|section_|start|:|---|jfn_|rt_|abcdefgh|é|\u{85}|\u{1b}| |\r|\n|\t){0,30}",
            cuts in proptest::collection::vec(0usize..200, 0..6),
        ) {
            let mut ends: Vec<usize> = cuts.into_iter().filter(|cut| *cut < text.len()).collect();
            ends.sort_unstable();
            ends.push(text.len());
            let mut begin = 0;
            let pieces: Vec<&[u8]> = ends.iter().map(|&end| {
                let piece = &text.as_bytes()[begin..end];
                begin = end;
                piece
            }).collect();
            let cleaned = in_pieces(pieces);
            // Where a line begins with blanks, the mark stands behind them.
            prop_assert_eq!(cleaned.trim_end_matches('\n').replace("| ", ""), clean_lines(&text).trim_end_matches('\n').replace("| ", ""));
            for line in cleaned.lines() {
                prop_assert!(!line.trim_start().starts_with("::"), "{:?}", cleaned);
            }
        }
    }
}
