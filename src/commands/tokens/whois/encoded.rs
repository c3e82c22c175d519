//! A value inside of base64, of either alphabet, wherever it stands in what was encoded.
//!
//! Base64 makes four characters of three bytes, so the beginning of a value looks in three ways,
//! by how many bytes precede it in its group. The bytes of a value are ASCII, of which base64 makes
//! letters and digits alone. The two characters that differ between the alphabets come of the byte
//! behind it, or stand behind the base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::reading::Text;
use crate::secret::RUNTIME_PREFIX;

/// How the beginning of a value looks, and where in it that begins.
pub(super) struct Needle {
    pub(super) text: Vec<u8>,
    /// How many bits of the value stand before it: in a character that is shared with what precedes.
    skipped: u32,
}

/// The three of them.
pub(super) fn needles() -> [Needle; 3] {
    [0_usize, 1, 2].map(|preceding| {
        let mut bytes = vec![0; preceding];
        bytes.extend_from_slice(RUNTIME_PREFIX.as_bytes());
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let first = (8 * preceding).div_ceil(6);
        let whole = 8 * bytes.len() / 6;
        // Of 0, 4 and 2 bits.
        let skipped = u32::try_from(6 * first - 8 * preceding).unwrap_or_default();
        Needle { text: encoded.as_bytes()[first..whole].to_vec(), skipped }
    })
}

impl Needle {
    /// Decodes the value whose needle stands at the beginning of a text. It may go on behind an end
    /// of a line, as encoders wrap theirs, or have ended there: a seam says so.
    pub(super) fn decode(&self, text: &[u8]) -> Text {
        let mut decoded = Text::default();
        let begins = u32::from(RUNTIME_PREFIX.as_bytes()[0]);
        let (mut bits, mut count) = (begins >> (8 - self.skipped), self.skipped);
        let mut at = 0;
        while at < text.len() && decoded.has_room() {
            let Some(sextet) = sextet(text[at]) else {
                let Some(length) = end_of_line(&text[at..]) else { break };
                decoded.seam();
                at += length;
                continue;
            };
            if !text[at].is_ascii_alphanumeric() {
                decoded.seam();
            }
            at += 1;
            bits = bits << 6 | sextet;
            count += 6;
            if count >= 8 {
                count -= 8;
                let byte = (bits >> count).to_be_bytes()[3];
                bits &= (1 << count) - 1;
                if !decoded.push(byte) {
                    break;
                }
            }
        }
        decoded
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
        let found = needles.iter().filter_map(|needle| {
            let at = memchr::memmem::find(text.as_bytes(), &needle.text)?;
            Some(needle.decode(&text.as_bytes()[at..]).whole().to_owned())
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
        let text = needle.decode(format!("{}\nnext", STANDARD.encode("jfn_rt_A1b2C3d4E5f6")).as_bytes());
        assert!(text.endings().any(|end| text.whole().get(..end) == Some("jfn_rt_A1b2C3d4E5f6")), "{}", text.whole());
        for length in 19..VALUE.len() {
            for behind in ["-name", "/path", "_x", "+1"] {
                let encoded = STANDARD_NO_PAD.encode(&VALUE[..length]) + behind;
                let text = needle.decode(encoded.as_bytes());
                assert!(text.endings().any(|end| text.whole()[..end] == VALUE[..length]), "{encoded}");
            }
        }
    }
}
