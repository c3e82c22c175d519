//! Text as a person would read it: what stands for a character is read as that character, and what
//! is not shown is passed over.
//!
//! - percent-encoding (`%6A`, and `%256A` where a text was encoded twice, and so on)
//! - escapes of JSON and of shells (`\u006a`, `\x6a`), with any number of backslashes
//! - sequences that colour a terminal (ECMA-48, section 5.4; ECMA-35, section 13), as they are or with an escaped ESC
//! - the NUL bytes of UTF-16, which Windows PowerShell writes into files

use std::ops::Range;

use memchr::{memchr, memchr3};

use super::view::{Draft, View, steps};

/// Begins a control sequence.
const ESC: u8 = 0x1b;
/// Ends an operating system command (xterm, “OSC”).
const BEL: u8 = 0x07;
/// So many bytes that are not shown may stand in a row: UTF-32 has three for each character, and a
/// sequence of colours is short. What has more is no text.
const UNSHOWN: usize = 256;
/// As many backslashes stand before an escape that was escaped again three times.
pub(super) const BACKSLASHES: usize = 16;

/// So many times a text may have been percent-encoded again.
const AGAIN: usize = 4;
/// Stands where nothing is shown for too long; no value has it, nor does base64.
const BREAK: u8 = 0xff;

/// What stood in the text for a character, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    is_escaped: bool,
    follows: Unshown,
}

/// What is not shown and stands before a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unshown {
    Nothing,
    Nul,
    Sequence,
}

impl Form {
    /// Whether a text may end between two characters of these forms: a colour ends there, or what
    /// stands behind was written in another way.
    fn is_seam(self, next: Self) -> bool {
        next.follows == Unshown::Sequence || self != next
    }
}

/// What stands at a place, and where the next begins.
enum Next {
    Unshown(Unshown, usize),
    Shown { byte: u8, is_escaped: bool, end: usize },
}

/// A text without escapes.
pub(super) struct Unescaped {
    pub(super) text: Draft,
    /// Whether it may have escapes again, as one was written by an escape.
    pub(super) has_escapes: bool,
}

/// The text as it is shown; nothing if that is the text itself.
pub(super) fn unescaped(of: View<'_>) -> Option<Unescaped> {
    let text = of.bytes;
    steps::take(text.len());
    memchr3(b'%', b'\\', ESC, text).or_else(|| memchr(0, text))?;
    let mut reader = Reader { of, text, no_end_before: 0, slashes_end: 0, commands: Vec::new(), makes_escapes: false };
    // A break before each command, which is longer than that.
    let mut read = Draft::of(2 * text.len());
    reader.read(0..text.len(), &mut read);
    // What is not shown may hold a value all the same, such as the address of a link.
    for command in std::mem::take(&mut reader.commands) {
        read.push(BREAK, of.origin(command.start));
        (reader.no_end_before, reader.slashes_end) = (text.len(), 0);
        reader.read(command, &mut read);
    }
    Some(Unescaped { text: read, has_escapes: reader.makes_escapes })
}

struct Reader<'t> {
    of: View<'t>,
    text: &'t [u8],
    /// No operating system command ends before, so that many that do not end are not looked through
    /// for each.
    no_end_before: usize,
    /// Where the last backslashes in a row end.
    slashes_end: usize,
    /// The operating system commands that were passed over.
    commands: Vec<Range<usize>>,
    /// Whether an escape stands for what may begin another one.
    makes_escapes: bool,
}

impl Reader<'_> {
    fn read(&mut self, range: Range<usize>, read: &mut Draft) {
        let of = self.of;
        steps::take(range.len());
        let mut seams = of.seams_between(range.start, range.end).iter().peekable();
        let (mut at, mut form, mut follows, mut shown) = (range.start, None::<Form>, Unshown::Nothing, range.start);
        while at < range.end {
            while seams.next_if(|&&seam| seam <= at).is_some() {
                read.seam();
            }
            match self.next(at) {
                Next::Unshown(what, end) => {
                    follows = if follows == Unshown::Sequence { follows } else { what };
                    if end - shown > UNSHOWN {
                        read.push(BREAK, of.origin(at));
                        shown = end;
                    }
                    at = end;
                }
                Next::Shown { byte, is_escaped, end } => {
                    let this = Form { is_escaped, follows };
                    if form.is_some_and(|form| form.is_seam(this)) {
                        read.seam();
                    }
                    read.push(byte, of.origin(at));
                    self.makes_escapes |= is_escaped && matches!(byte, b'%' | b'\\' | ESC | 0);
                    (at, shown, form, follows) = (end, end, Some(this), Unshown::Nothing);
                }
            }
        }
    }

    fn next(&mut self, at: usize) -> Next {
        let slashes = self.slashes(at);
        match self.text[at] {
            0 => Next::Unshown(Unshown::Nul, at + 1),
            ESC => Next::Unshown(Unshown::Sequence, self.end_of_sequence(at + 1)),
            byte => match escape(&self.text[at..], slashes) {
                Some((ESC, length)) => match self.end_of_sequence(at + length) {
                    // The rest of the sequence may be escaped too, which is read next time.
                    end if end == at + length => Next::Shown { byte: ESC, is_escaped: true, end },
                    end => Next::Unshown(Unshown::Sequence, end),
                },
                Some((byte, length)) => Next::Shown { byte, is_escaped: true, end: at + length },
                None => Next::Shown { byte, is_escaped: false, end: at + 1 },
            },
        }
    }

    /// How many backslashes stand at a place in a row.
    fn slashes(&mut self, at: usize) -> usize {
        if self.slashes_end <= at {
            self.slashes_end = at + position(&self.text[at..], |byte| byte != b'\\').unwrap_or(self.text.len() - at);
        }
        self.slashes_end - at
    }

    /// Where a sequence ends whose ESC stands before `at`; there, if it is none that is known.
    fn end_of_sequence(&mut self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let rest = &rest[..rest.len().min(UNSHOWN)];
        let is_part = |byte: u8| (0x20..=0x3f).contains(&byte) && byte != b'%';
        // A value may begin here. No terminal has a use for a sequence that ends with `j`.
        let is_shown = |here: usize| rest[here] == b'j' || escape(&rest[here..], 1).is_some();
        let length = match rest.first() {
            Some(b'[') => position(&rest[1..], |byte| !is_part(byte))
                .filter(|last| matches!(rest[1 + last], 0x40..=0x7e) && !is_shown(1 + last))
                .map(|last| last + 2),
            Some(b']') => {
                let known = self.no_end_before.saturating_sub(at).min(rest.len());
                let last = position(&rest[known..], |byte| matches!(byte, BEL | ESC)).map(|last| last + known);
                match last {
                    Some(last) => self.commands.push(at..at + last),
                    None => self.no_end_before = self.no_end_before.max(at + rest.len()),
                }
                last.map(|last| match &rest[last..] {
                    [BEL, ..] => last + 1,
                    [_, b'\\', ..] if !is_shown(last + 1) => last + 2,
                    _ => last,
                })
            }
            // Such as the one that chooses a set of characters, with which `tput sgr0` begins.
            _ => position(rest, |byte| !(0x20..=0x2f).contains(&byte) || byte == b'%')
                .filter(|last| matches!(rest[*last], 0x30..=0x7e) && !is_shown(*last))
                .map(|last| last + 1),
        };
        at + length.unwrap_or(0)
    }
}

fn position(text: &[u8], is: impl Fn(u8) -> bool) -> Option<usize> {
    let found = text.iter().position(|&byte| is(byte));
    steps::take(found.map_or(text.len(), |last| last + 1));
    found
}

/// The byte that an escape at the beginning of a text stands for, behind so many backslashes, and
/// its length.
fn escape(text: &[u8], slashes: usize) -> Option<(u8, usize)> {
    match text {
        [b'%', rest @ ..] => {
            // That a text was encoded again turns `%` into `%25`.
            let again = rest.chunks_exact(2).take(AGAIN).take_while(|pair| *pair == b"25").count();
            steps::take(2 * again);
            let ends = (0..=2 * again).rev().step_by(2);
            let mut read = ends.filter_map(|at| Some((hexadecimal(*rest.get(at)?, *rest.get(at + 1)?)?, at + 3)));
            read.next()
        }
        [b'\\', ..] if slashes <= BACKSLASHES => match &text[slashes..] {
            [b'u', b'0', b'0', high, low, ..] => Some((hexadecimal(*high, *low)?, slashes + 5)),
            [b'x', high, low, ..] => Some((hexadecimal(*high, *low)?, slashes + 3)),
            _ => None,
        },
        _ => None,
    }
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> String {
        let shown = |view: View<'_>| view.bytes.iter().map(|&byte| char::from(byte)).collect();
        unescaped(View::of(text)).map_or_else(|| shown(View::of(text)), |read| shown(read.text.view()))
    }

    #[test]
    fn each_way_of_writing_is_read() {
        for (text, expected) in [
            (&b"jfn"[..], "jfn"),
            (b"%6Afn%5f", "jfn_"),
            (b"%256Afn%255F", "jfn_"),
            (b"%2525256A%25", "j%"),
            (br"\u006afn\u005F", "jfn_"),
            (br"\\u006afn\\\\x5f", "jfn_"),
            (b"j\x1b[0mf\x1b[1;31;48:5:9mn", "jfn"),
            (br"j\u001b[0mfn%1B[1mx", "jfnx"),
            (b"j\x1b]8;;https://x\x07f\x1b]8;;\x1b\\n", "jfn\u{ff}]8;;https://x\u{ff}]8;;"),
            (b"\x1b[%6a \x1b j \x1b\\u006a \x1b[1j \x1b]0\x1b%6a", "[j  j j [1j j\u{ff}]0"),
            (b"j\x1b(B\x1b[mf\x1b7n\x1b\n", "jfn\n"),
            (b"\xff\xfej\0f\0n\0", "\u{ff}\u{fe}jfn"),
            // What is no escape stands for itself.
            (b"100%, 5%2 %zz %", "100%, 5%2 %zz %"),
            (br"a\nb \q \", r"a\nb \q \"),
        ] {
            assert_eq!(read(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let is_broken = |text: &[u8]| read(text).contains('\u{ff}');
        assert!(is_broken(&[b"j".as_slice(), &[0; 1000], b"f"].concat()));
        assert!(!is_broken(&[b"j".as_slice(), &[0; 200], b"f"].concat()));
        assert!(is_broken(&b"\x1b".repeat(5000)));
        assert!(read(&[b"\x1b]".as_slice(), &[b'x'; 1000]].concat()).len() > 990);
        assert_eq!(read(&[b'\\'; 100]).len(), 100);
    }
}
