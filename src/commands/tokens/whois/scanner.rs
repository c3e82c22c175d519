//! Finds the values of runtime tokens in a text of any length, of which a window is kept.

use std::io::{self, Read};

use memchr::memmem::Finder;
use memchr::{memchr_iter, memchr3_iter};
use zeroize::Zeroizing;

use super::encoded::{self, Needle};
use super::escaped;
use super::found::{Found, Writing};
use super::reading::Text;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, WHOLE_VALUE, is_token_byte};

/// How much is looked at in one go, in bytes.
const WINDOW: usize = 1 << 20;
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

/// What begins at a place of a text.
#[derive(Clone, Copy)]
enum Start<'n> {
    /// The type prefix as it is.
    Plain,
    /// The type prefix, a part of which is escaped.
    Escaped,
    Encoded(&'n Needle),
    /// A management token, which is not looked up.
    Management,
}

struct Scanner {
    plain: Finder<'static>,
    management: Finder<'static>,
    needles: Vec<(Finder<'static>, Needle)>,
    found: Found,
}

impl Scanner {
    fn new() -> Self {
        Self {
            plain: Finder::new(RUNTIME_PREFIX),
            management: Finder::new(MANAGEMENT_PREFIX),
            needles: encoded::needles()
                .into_iter()
                .map(|needle| (Finder::new(&needle.text).into_owned(), needle))
                .collect(),
            found: Found::default(),
        }
    }

    /// Takes what begins before `end`.
    fn look_at(&mut self, text: &[u8], end: usize) {
        let mut starts: Vec<(usize, Start<'_>)> = Vec::new();
        starts.extend(self.plain.find_iter(text).map(|at| (at, Start::Plain)));
        starts.extend(self.management.find_iter(text).map(|at| (at, Start::Management)));
        for (finder, needle) in &self.needles {
            starts.extend(finder.find_iter(text).map(|at| (at, Start::Encoded(needle))));
        }
        let escapes = memchr3_iter(b'%', b'\\', 0x1b, text).chain(memchr_iter(0, text));
        starts.extend(escapes.filter_map(|at| escaped_start(text, at)).map(|at| (at, Start::Escaped)));
        starts.retain(|(at, _)| *at < end);
        starts.sort_by_key(|(at, _)| *at);

        let mut counted = 0;
        for (at, start) in starts {
            self.found.add_lines(lines(&text[counted..at]));
            counted = at;
            let here = &text[at..];
            match start {
                Start::Plain => {
                    let (plain, length) = as_it_is(here);
                    let mut readings = plain.readings();
                    let goes_on = here.get(length).is_some_and(|&byte| escaped::is_special(byte));
                    let writing = if readings.is_empty() { Writing::Escaped } else { Writing::Plain };
                    if goes_on {
                        readings.extend(unescaped(here).readings());
                    }
                    self.found.add(readings, writing);
                }
                Start::Escaped => self.found.add(unescaped(here).readings(), Writing::Escaped),
                Start::Encoded(needle) => self.found.add(needle.readings(here), Writing::Base64),
                Start::Management => {
                    let behind = here[MANAGEMENT_PREFIX.len()..].iter().take(WHOLE_VALUE);
                    if behind.filter(|&&byte| is_token_byte(byte)).count() == WHOLE_VALUE {
                        self.found.add_management_token();
                    }
                }
            }
        }
        self.found.add_lines(lines(&text[counted..end]));
    }
}

fn lines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}

/// The characters of a token at the beginning of a text, and how many there are.
fn as_it_is(text: &[u8]) -> (Text, usize) {
    let mut taken = Text::default();
    let mut length = 0;
    while let Some(&byte) = text.get(length)
        && taken.has_room()
        && taken.push(byte)
    {
        length += 1;
    }
    (taken, length)
}

/// The same, of what is read behind escapes.
fn unescaped(text: &[u8]) -> Text {
    let mut taken = Text::default();
    let (mut at, mut form) = (0, None);
    while taken.has_room()
        && let Some(next) = escaped::character(text, at)
    {
        if form.is_some_and(|form: escaped::Form| form.is_seam(next.form)) {
            taken.seam();
        }
        if !taken.push(next.byte) {
            break;
        }
        (at, form) = (next.end, Some(next.form));
    }
    taken
}

/// Where a type prefix begins whose first character that is not there as it is stands at `at`.
fn escaped_start(text: &[u8], at: usize) -> Option<usize> {
    let prefix = RUNTIME_PREFIX.as_bytes();
    // No two beginnings of the prefix end alike, so there is one at the most.
    let may_begin = at > 0 && prefix.contains(&text[at - 1]);
    let before = (1..prefix.len()).find(|&count| may_begin && text[..at].ends_with(&prefix[..count]));
    // What is not shown before a value is no part of it.
    let here = matches!(text[at], b'%' | b'\\').then_some(0);
    before.into_iter().chain(here).map(|count| at - count).find(|&begins| is_prefix(&text[begins..]))
}

/// Whether a text begins with the type prefix, read behind escapes.
fn is_prefix(text: &[u8]) -> bool {
    let mut here = 0;
    RUNTIME_PREFIX.bytes().all(|wanted| {
        let next = escaped::character(text, here);
        here = next.map_or(here, |next| next.end);
        next.is_some_and(|next| next.byte == wanted)
    })
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
