//! The text of files: UTF-8, with or without a byte order mark.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// Some Windows editors begin a UTF-8 file with it. No format that is read here has a use for it.
pub(super) const BYTE_ORDER_MARK: char = '\u{feff}';
/// With it begin files of UTF-16, of either byte order.
const UTF_16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];
/// Far more than any file that people write by hand. A wrong file must not fill the memory.
const LONGEST: u64 = 16 << 20;

/// Reads a UTF-8 file without its byte order mark.
///
/// # Errors
/// What the system says, or what is wrong with the text: which line is not UTF-8, or that it is
/// UTF-16.
pub(crate) fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    read_text_of(path, LONGEST)
}

/// The same of a file of at most `longest` bytes, for one that programs write too.
///
/// # Errors
/// As [`read_text`].
pub(crate) fn read_text_of(path: &Path, longest: u64) -> io::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(invalid(format!("it is larger than {} MiB", longest >> 20)));
    }
    Ok(Zeroizing::new(utf_8(&bytes)?.to_owned()))
}

/// The text that some bytes are, without a byte order mark.
///
/// # Errors
/// As [`read_text`].
pub(crate) fn utf_8(bytes: &[u8]) -> io::Result<&str> {
    if UTF_16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(invalid("it is UTF-16; save it as UTF-8".to_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        invalid(format!("line {line} is not UTF-8"))
    })?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text))
}

fn invalid(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (content, text) in [("\u{feff}{}", "{}"), ("{}", "{}"), ("a\u{feff}", "a\u{feff}"), ("\u{feff}", "")] {
            std::fs::write(file.path(), content).unwrap();
            assert_eq!(read_text(file.path()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_is_not_utf_8_is_named() {
        for (bytes, said) in [
            (&b"\xff\xfe{\0}\0"[..], "UTF-16"),
            (b"\xfe\xff\0{\0}", "UTF-16"),
            (b"A=1\nB=\xe9\n", "line 2 "),
            (b"\xe9", "line 1 "),
        ] {
            assert!(utf_8(bytes).unwrap_err().to_string().contains(said), "{bytes:?}");
        }
    }
}
