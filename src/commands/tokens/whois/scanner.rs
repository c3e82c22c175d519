//! Finds the values of runtime tokens in a text of any length, of which a window is kept.

use std::io::{self, Read};

use memchr::memchr_iter;
use memchr::memmem::Finder;
use zeroize::Zeroizing;

use super::found::{Found, Writing};
use super::reading::{Readings, Text};
use super::view::{View, steps};
use super::{encoded, escaped};
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, WHOLE_VALUE, is_token_byte};

/// How much is looked at in one go, in bytes.
const WINDOW: usize = 256 << 10;
/// How much of a window is looked at again with the next one, in bytes: a value of 4096 characters
/// that are all written as `\u006a` has 24 KiB, with backslashes and colours between more.
const OVERLAP: usize = 64 << 10;

/// Reads a text to its end.
///
/// # Errors
/// Those of reading.
pub(super) fn scan(text: impl Read) -> io::Result<Found> {
    scan_by(text, WINDOW, OVERLAP)
}

/// The same, `window` bytes at a time and `overlap` more.
fn scan_by(mut text: impl Read, window: usize, overlap: usize) -> io::Result<Found> {
    let mut scanner = Scanner::new();
    let mut buffer = Zeroizing::new(vec![0; window + overlap]);
    let mut filled = 0;
    loop {
        let read = text.read(&mut buffer[filled..])?;
        filled += read;
        if read > 0 && filled < buffer.len() {
            continue;
        }
        // What begins in the overlap may go on behind it, and is found with the next window.
        let end = if read == 0 { filled } else { window };
        scanner.look_at(&buffer[..filled], end);
        if read == 0 {
            return Ok(scanner.found);
        }
        buffer.copy_within(end..filled, 0);
        filled -= end;
    }
}

/// So often base64 is decoded that stands in base64.
const DEPTH: usize = 2;

/// So often a text is unescaped, as an escape may stand for the beginning of another one.
const TIMES: usize = 2;

/// What was found at a place of a text.
struct Seen {
    at: usize,
    writing: Writing,
    what: What,
}

enum What {
    Runtime(Readings),
    /// It is not looked up.
    Management,
}

struct Scanner {
    prefix: Finder<'static>,
    /// How much was read before the window.
    before: u64,
    found: Found,
}

impl Scanner {
    fn new() -> Self {
        Self { prefix: Finder::new(PREFIX), before: 0, found: Found::default() }
    }

    /// Takes what begins before `end`.
    fn look_at(&mut self, text: &[u8], end: usize) {
        let mut seen = Seeing { prefix: &self.prefix, end, seen: Vec::new() };
        seen.each_way(View::of(text), Writing::Plain, 0);
        let mut seen = seen.seen;
        seen.sort_by_key(|seen| (seen.at, seen.writing));
        let mut counted = 0;
        for Seen { at, writing, what } in seen {
            self.found.add_lines(lines(&text[counted..at]));
            counted = at;
            match what {
                What::Runtime(readings) => self.found.add(readings, writing, self.before + at as u64),
                What::Management => self.found.add_management_token(),
            }
        }
        self.found.add_lines(lines(&text[counted..end]));
        self.before += end as u64;
        self.found.length = self.before;
    }
}

/// Looks through a window.
struct Seeing<'s> {
    prefix: &'s Finder<'static>,
    end: usize,
    seen: Vec<Seen>,
}

impl Seeing<'_> {
    /// Looks through a text and through what it may be read as.
    fn each_way(&mut self, view: View<'_>, writing: Writing, depth: usize) {
        self.as_it_is(view, writing, false);
        self.in_base64(view, depth);
        let mut times = 0;
        let mut read = escaped::unescaped(view);
        while let Some(escaped::Unescaped { text, has_escapes }) = read {
            self.as_it_is(text.view(), writing.max(Writing::Escaped), true);
            self.in_base64(text.view(), depth);
            times += 1;
            read = if has_escapes && times < TIMES { escaped::unescaped(text.view()) } else { None };
        }
    }

    fn in_base64(&mut self, view: View<'_>, depth: usize) {
        if depth < DEPTH {
            encoded::each(view, |decoded| self.each_way(decoded, Writing::Base64, depth + 1));
        }
    }

    /// Finds the values that stand in a text as they are. Each is looked at up to the next one.
    fn as_it_is(&mut self, view: View<'_>, writing: Writing, is_unescaped: bool) {
        let text = view.bytes;
        steps::take(text.len());
        let mut starts = self.prefix.find_iter(text).filter_map(|at| Some((at, Kind::of(&text[at..])?))).peekable();
        while let Some((at, kind)) = starts.next() {
            let next = starts.peek().map_or(text.len(), |(next, _)| *next);
            let begins = view.origin(at);
            if begins >= self.end {
                continue;
            }
            let what = match kind {
                Kind::Runtime => {
                    let value = Text::of(view, at, next);
                    // What is not escaped was seen before it was unescaped.
                    if is_unescaped && view.has_one_piece(at, at + value.len()) {
                        continue;
                    }
                    What::Runtime(value.readings())
                }
                Kind::Management => {
                    let behind = text[at + MANAGEMENT_PREFIX.len()..].iter().take(WHOLE_VALUE);
                    if behind.filter(|&&byte| is_token_byte(byte)).count() < WHOLE_VALUE {
                        continue;
                    }
                    What::Management
                }
            };
            self.seen.push(Seen { at: begins, writing, what });
        }
    }
}

/// With what both begin.
const PREFIX: &str = "jfn_";

enum Kind {
    Runtime,
    Management,
}

impl Kind {
    fn of(text: &[u8]) -> Option<Self> {
        if text.starts_with(RUNTIME_PREFIX.as_bytes()) {
            return Some(Self::Runtime);
        }
        text.starts_with(MANAGEMENT_PREFIX.as_bytes()).then_some(Self::Management)
    }
}

fn lines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
