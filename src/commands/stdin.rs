//! Text from stdin, read only where the command line asks for it.

use std::io::Read;

use zeroize::Zeroizing;

use super::Context;
use crate::error::Error;
use crate::files;
use crate::secret::Secret;
use crate::std_streams;

/// No value is larger than a secret may be (64 KiB) by far: a wrong file must not fill the memory.
const MAX_VALUE: u64 = 1 << 20;

/// Reads stdin to its end. A person at a terminal is told so.
///
/// # Errors
/// `INPUT_ERROR` if it cannot be read, is not UTF-8, or has more bytes than `max`. A byte order mark
/// is left out: Windows PowerShell puts one before what it writes into a pipe.
pub(super) fn text(cx: &Context, what: &str, max: u64) -> Result<Zeroizing<String>, Error> {
    say_if_typed(cx);
    let unreadable = |cause| Error::input(format!("{what} on stdin cannot be read")).caused_by(cause);
    let mut bytes = Zeroizing::new(Vec::new());
    let read = std_streams::stdin().take(max + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 > max {
        return Err(Error::input(format!("{what} on stdin is larger than {} MiB", max >> 20)));
    }
    Ok(Zeroizing::new(files::utf_8(&bytes).map_err(unreadable)?.to_owned()))
}

/// Tells a person that the terminal is read.
pub(super) fn say_if_typed(cx: &Context) {
    if cx.output.presentation.terminals.stdin {
        cx.output.say("Reading from the terminal; Ctrl-D on a line of its own ends it");
    }
}

/// Reads one value; one line end at its end is cut off.
///
/// # Errors
/// As [`text`].
pub(super) fn value(cx: &Context) -> Result<Secret, Error> {
    let text = text(cx, "The value", MAX_VALUE)?;
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(value.strip_suffix('\r').unwrap_or(value)))
}
