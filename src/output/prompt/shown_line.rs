//! A line typed at the terminal, which shows it.

use std::io::{self, Read};

use rustix::termios::{QueueSelector, tcflush};

use crate::std_streams;

/// Reads a line from stdin without its end; nothing if the input ends before the line does.
///
/// # Errors
/// Those of the terminal.
#[allow(clippy::unbuffered_bytes, reason = "what is behind the line belongs to the next question")]
pub(super) fn read() -> io::Result<Option<String>> {
    let mut line = Vec::new();
    for byte in std_streams::stdin().bytes() {
        match byte? {
            b'\n' => return Ok(Some(String::from_utf8_lossy(&line).into_owned())),
            byte => line.push(byte),
        }
    }
    Ok(None)
}

/// Drops what has been typed and not been read, such as the rest of a text that was pasted.
pub(crate) fn forget_what_was_typed() {
    let _ = tcflush(rustix::stdio::stdin(), QueueSelector::IFlush);
}
