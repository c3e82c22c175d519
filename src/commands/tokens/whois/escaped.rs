//! Text as a person would read it: what stands for a character is read as that character, and what
//! is not shown is passed over.
//!
//! - percent-encoding (`%6A`, and `%256A` where a text was encoded twice)
//! - escapes of JSON and of shells (`\u006a`, `\x6a`), with any number of backslashes
//! - sequences that colour a terminal (ECMA-48, section 5.4; ECMA-35, section 13), as they are or with an escaped ESC
//! - the NUL bytes of UTF-16, which Windows PowerShell writes into files

/// Begins a control sequence.
const ESC: u8 = 0x1b;
/// Ends an operating system command (xterm, “OSC”).
const BEL: u8 = 0x07;
/// So many bytes that are not shown may stand in a row: UTF-32 has three for each character, and a
/// sequence of colours is short. What has more is no text.
const UNSHOWN: usize = 256;
/// As many backslashes stand before an escape that was escaped again three times.
const BACKSLASHES: usize = 16;

/// What stood in the text for a character, or before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
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
    pub(super) fn is_seam(self, next: Self) -> bool {
        next.follows == Unshown::Sequence || self != next
    }
}

/// A character, and where the next one begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Character {
    pub(super) byte: u8,
    pub(super) form: Form,
    pub(super) end: usize,
}

/// Whether a byte may begin something else than itself.
pub(super) fn is_special(byte: u8) -> bool {
    matches!(byte, b'%' | b'\\' | ESC | 0)
}

/// The character at a place of a text, or behind what is not shown there; nothing at its end.
pub(super) fn character(text: &[u8], at: usize) -> Option<Character> {
    let (mut here, mut follows) = (at, Unshown::Nothing);
    loop {
        if here - at > UNSHOWN {
            return None;
        }
        match *text.get(here)? {
            0 => {
                here += 1;
                follows = if follows == Unshown::Sequence { follows } else { Unshown::Nul };
            }
            ESC => (here, follows) = (end_of_sequence(text, here + 1), Unshown::Sequence),
            byte => match escape(&text[here..]) {
                Some((ESC, length)) => {
                    (here, follows) = (end_of_sequence(text, here + length), Unshown::Sequence);
                }
                Some((byte, length)) => {
                    return Some(Character { byte, form: Form { is_escaped: true, follows }, end: here + length });
                }
                None => return Some(Character { byte, form: Form { is_escaped: false, follows }, end: here + 1 }),
            },
        }
    }
}

/// The byte that an escape at the beginning of a text stands for, and its length.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', b'2', b'5', high, low, ..] if hexadecimal(*high, *low).is_some() => Some((hexadecimal(*high, *low)?, 5)),
        [b'%', high, low, ..] => Some((hexadecimal(*high, *low)?, 3)),
        [b'\\', ..] => {
            let slashes = text.iter().take(BACKSLASHES).take_while(|&&byte| byte == b'\\').count();
            match &text[slashes..] {
                [b'u', b'0', b'0', high, low, ..] => Some((hexadecimal(*high, *low)?, slashes + 5)),
                [b'x', high, low, ..] => Some((hexadecimal(*high, *low)?, slashes + 3)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

/// Where a sequence ends whose ESC stands before `at`; there, if it is none that is known.
fn end_of_sequence(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let rest = &rest[..rest.len().min(UNSHOWN)];
    let length = match rest.first() {
        Some(b'[') => rest[1..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map(|last| last + 2),
        Some(b']') => rest.iter().position(|byte| matches!(*byte, BEL | ESC)).map(|last| match rest[last] {
            // ESC and a backslash.
            ESC => (last + 2).min(rest.len()),
            _ => last + 1,
        }),
        // Such as the one that chooses a set of characters, with which `tput sgr0` begins.
        _ => rest.iter().position(|byte| !(0x20..=0x2f).contains(byte)).and_then(|last| match rest[last] {
            0x30..=0x7e => Some(last + 1),
            _ => None,
        }),
    };
    at + length.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> String {
        let (mut at, mut read) = (0, String::new());
        while let Some(next) = character(text, at) {
            read.push(char::from(next.byte));
            at = next.end;
        }
        read
    }

    #[test]
    fn each_way_of_writing_is_read() {
        for (text, expected) in [
            (&b"jfn"[..], "jfn"),
            (b"%6Afn%5f", "jfn_"),
            (b"%256Afn%255F", "jfn_"),
            (br"\u006afn\u005F", "jfn_"),
            (br"\\u006afn\\\\x5f", "jfn_"),
            (b"j\x1b[0mf\x1b[1;31;48:5:9mn", "jfn"),
            (br"j\u001b[0mfn%1B[1mx", "jfnx"),
            (b"j\x1b]8;;https://x\x07f\x1b]8;;\x1b\\n", "jfn"),
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
        assert_eq!(read(&[0; 10_000]), "");
        assert_eq!(read(&[b"j".as_slice(), &[0; 1000], b"f"].concat()), "j");
        assert_eq!(read(&b"\x1b[".repeat(5000)), "");
        assert!(read(&[b"\x1b]".as_slice(), &[b'x'; 1000]].concat()).len() > 990);
        assert_eq!(read(&[b'\\'; 100]).len(), 100);
    }
}
