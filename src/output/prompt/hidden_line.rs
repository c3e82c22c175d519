//! A line typed at the terminal without being shown.
//!
//! The keys are read one by one, Ctrl-C among them, so that the terminal is put back before the
//! process ends.

use std::io::{self, Read};

use rustix::process::Signal;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};

use super::kept_terminal::{Cursor, KeptTerminal};
use crate::std_streams;

const CTRL_C: u8 = 0x03;
const CTRL_D: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CTRL_U: u8 = 0x15;
const DELETE: u8 = 0x7f;

/// Reads a line from stdin, which is a terminal, once `ask` has shown the question.
///
/// # Errors
/// Those of the terminal; `Interrupted` after Ctrl-C, unless its signal ends the process.
#[allow(clippy::unbuffered_bytes, reason = "keys are few, and those behind the line are not ours")]
pub(super) fn read(ask: impl Fn() + Clone + Send + 'static) -> io::Result<String> {
    let kept = KeptTerminal::keep(Cursor::Shown, ask.clone())?;
    let mut hidden = tcgetattr(rustix::stdio::stdin())?;
    hidden.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
    hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &hidden)?;
    ask();
    let line = line(std_streams::stdin().bytes());
    drop(kept);
    if let Some(line) = line? {
        return Ok(line);
    }
    rustix::process::kill_process(rustix::process::getpid(), Signal::INT)?;
    Err(io::ErrorKind::Interrupted.into())
}

/// The line that keys make; nothing after Ctrl-C.
fn line(keys: impl Iterator<Item = io::Result<u8>>) -> io::Result<Option<String>> {
    let mut line = zeroize::Zeroizing::new(Vec::new());
    for key in keys {
        match key? {
            CTRL_C => return Ok(None),
            b'\r' | b'\n' => break,
            CTRL_D if line.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
            CTRL_D => break,
            CTRL_U => line.clear(),
            // A character of several bytes (UTF-8) goes whole: its later ones are 10xxxxxx.
            BACKSPACE | DELETE => while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {},
            key => line.push(key),
        }
    }
    String::from_utf8(line.to_vec()).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Option<String> {
        line(keys.iter().map(|key| Ok(*key))).unwrap()
    }

    #[test]
    fn keys_make_a_line() {
        assert_eq!(typed(b"jfn_pat_x\r").as_deref(), Some("jfn_pat_x"));
        assert_eq!(typed(b"ab\x7fc\x08d\n").as_deref(), Some("ad"));
        assert_eq!(typed(b"\x7fwrong\x15right\n").as_deref(), Some("right"));
        assert_eq!(typed("añ\u{7f}b\u{20ac}\u{1f600}\u{8}\u{8}c\n".as_bytes()).as_deref(), Some("abc"));
        assert_eq!(typed(b"ab\x04").as_deref(), Some("ab"));
        assert_eq!(typed(b"ab\x03"), None);
        assert!(line([Ok(CTRL_D)].into_iter()).is_err());
    }
}
