//! A value inside of base64, of either alphabet, wherever it stands in what was encoded.
//!
//! Base64 makes four characters of three bytes, so the beginning of a value looks in three ways,
//! by how many bytes precede it in its group. The bytes of a value are ASCII, of which base64 makes
//! letters and digits alone. The two characters that differ between the alphabets come of the byte
//! behind it, or stand behind the base64, where they make bytes that no value has. Base64 of base64, as in the settings of Docker that
//! Kubernetes keeps as a secret, is decoded twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use zeroize::Zeroizing;

use super::reading::Text;
use crate::secret::{RUNTIME_PREFIX, RuntimeToken};

/// In bytes: base64 of the longest value has fewer, with ends of lines.
const LONGEST: usize = 8 << 10;
/// So many places are tried at which base64 inside of base64 may have ended.
const ENDS: usize = 4;

/// How the beginning of something encoded looks.
pub(super) struct Needle {
    pub(super) text: Vec<u8>,
    /// The first byte of what it is the beginning of.
    begins: u8,
    /// How many bits of that stand before it: in a character that is shared with what precedes.
    skipped: u32,
    /// What it is the beginning of, if that is no value but the base64 of one.
    of: Option<Box<Needle>>,
}

/// Those of a value in base64, and in base64 that was encoded again.
pub(super) fn needles() -> Vec<Needle> {
    let of_value = || PRECEDING.map(|preceding| Needle::of(RUNTIME_PREFIX.as_bytes(), preceding, None));
    let of_encoded = PRECEDING.into_iter().flat_map(|preceding| {
        of_value().map(|inner| {
            let text = inner.text.clone();
            Needle::of(&text, preceding, Some(Box::new(inner)))
        })
    });
    of_value().into_iter().chain(of_encoded).collect()
}

/// How many bytes may precede in a group of three.
const PRECEDING: [usize; 3] = [0, 1, 2];

/// What is decoded.
enum Decoded {
    Byte(u8),
    /// It may have ended here.
    Seam,
}

impl Needle {
    fn of(beginning: &[u8], preceding: usize, of: Option<Box<Self>>) -> Self {
        let bytes = [&vec![0; preceding], beginning].concat();
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let first = (8 * preceding).div_ceil(6);
        let whole = 8 * bytes.len() / 6;
        // Of 0, 4 and 2 bits.
        let skipped = u32::try_from(6 * first - 8 * preceding).unwrap_or_default();
        Self { text: encoded.as_bytes()[first..whole].to_vec(), begins: beginning[0], skipped, of }
    }

    /// What the value may be whose needle stands at the beginning of a text.
    pub(super) fn readings(&self, text: &[u8]) -> Vec<RuntimeToken> {
        let Some(inner) = &self.of else { return self.value(text).readings() };
        let (mut bytes, mut ends) = (Zeroizing::new(Vec::new()), Vec::new());
        self.decode(text, |decoded| {
            match decoded {
                Decoded::Byte(byte) => bytes.push(byte),
                Decoded::Seam => ends.push(bytes.len()),
            }
            bytes.len() < LONGEST
        });
        ends.truncate(ENDS);
        ends.push(bytes.len());
        ends.iter().rev().flat_map(|&end| inner.readings(&bytes[..end])).collect()
    }

    /// Decodes a value.
    fn value(&self, text: &[u8]) -> Text {
        let mut value = Text::default();
        self.decode(text, |decoded| match decoded {
            Decoded::Byte(byte) => value.push(byte) && value.has_room(),
            Decoded::Seam => {
                value.seam();
                true
            }
        });
        value
    }

    /// Decodes as long as more is taken. It may go on behind an end of a line, as encoders wrap
    /// theirs, or have ended there: a seam says so.
    fn decode(&self, text: &[u8], mut take: impl FnMut(Decoded) -> bool) {
        let (mut bits, mut count) = (u32::from(self.begins) >> (8 - self.skipped), self.skipped);
        let mut at = 0;
        while at < text.len() {
            let Some(sextet) = sextet(text[at]) else {
                let Some(length) = end_of_line(&text[at..]) else { return };
                take(Decoded::Seam);
                at += length;
                continue;
            };
            at += 1;
            bits = bits << 6 | sextet;
            count += 6;
            if count >= 8 {
                count -= 8;
                let byte = (bits >> count).to_be_bytes()[3];
                bits &= (1 << count) - 1;
                if !take(Decoded::Byte(byte)) {
                    return;
                }
            }
        }
    }
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// The length of an end of a line, as it is or as JSON writes it, and of the indentation behind it.
fn end_of_line(text: &[u8]) -> Option<usize> {
    let ends = [b"\r\n".as_slice(), b"\n", br"\r\n", br"\n"];
    let end = ends.iter().find(|end| text.starts_with(end))?.len();
    Some(end + text[end..].iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    const VALUE: &str = "jfn_rt_A1b2-C3d4.E5f6_G7h8";

    fn decoded(text: &str) -> Vec<String> {
        let needles = needles();
        let found = needles.iter().filter(|needle| needle.of.is_none()).filter_map(|needle| {
            let at = memchr::memmem::find(text.as_bytes(), &needle.text)?;
            Some(needle.value(&text.as_bytes()[at..]).whole().to_owned())
        });
        found.collect()
    }

    #[test]
    fn a_value_is_found_wherever_it_stands() {
        for before in ["", "a", "ab", "abc", "user:", "{\"token\":\"", "\u{ff}\u{fe}"] {
            for after in ["", ":", "\"}", "\n", " and more text behind it", "\u{e9}"] {
                for length in 19..VALUE.len() {
                    let text = format!("{before}{}{after}", &VALUE[..length]);
                    for encoded in [
                        STANDARD.encode(&text),
                        STANDARD_NO_PAD.encode(&text),
                        URL_SAFE.encode(&text),
                        URL_SAFE_NO_PAD.encode(&text),
                    ] {
                        let found = decoded(&format!("auth={encoded}; more"));
                        assert_eq!(found, [&VALUE[..length]], "{before:?} {after:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn wrapped_lines_are_joined_and_may_have_ended() {
        let encoded = STANDARD.encode(format!("xx{VALUE}"));
        for end in ["\n", "\r\n", "\\n", "\n    "] {
            let wrapped = format!("{}{end}{}", &encoded[..24], &encoded[24..]);
            assert_eq!(decoded(&wrapped), [VALUE], "{end:?}");
        }
        let needle = &needles()[0];
        let text = needle.value(format!("{}\nnext", STANDARD.encode("jfn_rt_A1b2C3d4E5f6")).as_bytes());
        assert!(text.endings().any(|end| text.whole().get(..end) == Some("jfn_rt_A1b2C3d4E5f6")), "{}", text.whole());
        for length in 19..VALUE.len() {
            for behind in ["-name", "/path", "_x", "+1"] {
                let encoded = STANDARD_NO_PAD.encode(&VALUE[..length]) + behind;
                let text = needle.value(encoded.as_bytes());
                assert!(text.endings().any(|end| text.whole()[..end] == VALUE[..length]), "{encoded}");
            }
        }
    }

    #[test]
    fn what_was_encoded_twice_is_decoded_twice() {
        for (before, between) in [("", ""), ("u:", "x"), ("user:", "{\"auth\":\""), ("ab", "ab")] {
            for length in 19..VALUE.len() {
                let inner = STANDARD.encode(format!("{before}{}\n", &VALUE[..length]));
                let outer = STANDARD.encode(format!("{between}{inner}\"}}"));
                for text in [outer.clone(), format!("{outer}more"), outer.clone() + "\n" + &outer] {
                    let read = needles().iter().any(|needle| {
                        let at = memchr::memmem::find(text.as_bytes(), &needle.text);
                        let readings = at.map(|at| needle.readings(&text.as_bytes()[at..])).unwrap_or_default();
                        readings.iter().any(|reading| reading.secret().expose() == &VALUE[..length])
                    });
                    assert!(read, "{text}");
                }
            }
        }
    }
}
