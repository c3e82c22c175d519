//! One value from stdin, read only where the command line asks for it.

use std::io::Read;

use zeroize::Zeroizing;

use super::Context;
use crate::error::Error;
use crate::secret::Secret;

/// More than any value has.
const MAX_VALUE: u64 = 1 << 20;

/// Says to a person at a terminal that it is their turn.
pub fn announce(cx: &Context) {
    if cx.output.presentation.terminals.stdin {
        cx.output.say("Reading from the terminal; Ctrl-D on a line of its own ends it");
    }
}

/// Reads stdin to its end; one line end at the end is cut off.
///
/// # Errors
/// `INPUT_ERROR` if it cannot be read, is not UTF-8, or is larger than a value can be.
pub fn value(cx: &Context) -> Result<Secret, Error> {
    announce(cx);
    let mut text = Zeroizing::new(String::new());
    let read = std::io::stdin().lock().take(MAX_VALUE + 1).read_to_string(&mut text);
    let read = read.map_err(|cause| Error::input("The value on stdin cannot be read").caused_by(cause))?;
    if read as u64 > MAX_VALUE {
        return Err(Error::input("The value on stdin is larger than 1 MiB"));
    }
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(value.strip_suffix('\r').unwrap_or(value)))
}
