//! The line of the screen on which progress is drawn. It ends before the terminal does: behind what
//! is drawn the terminal shows `^C`, and of a line that this wraps a part would stay.

use std::io::Write;

use crate::std_streams;

/// `^C`, twice.
const LEFT_FREE: u16 = 4;
/// Where the terminal does not say how wide it is.
const USUAL_WIDTH: u16 = 80;

/// To the first column, and empty the line (ECMA-48).
const CLEAR: &str = "\r\u{1b}[2K";

/// How many columns there are to draw in.
#[allow(clippy::disallowed_methods, reason = "its width is asked, nothing is written")]
pub(super) fn columns() -> usize {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr());
    let columns = size.map(|size| size.ws_col).ok().filter(|columns| *columns > 0);
    columns.unwrap_or(USUAL_WIDTH).saturating_sub(LEFT_FREE).max(1).into()
}

/// Puts a text in place of what the line shows.
pub(super) fn show(text: &str) {
    write(&format!("{CLEAR}{text}"));
}

pub(super) fn clear() {
    write(CLEAR);
}

/// What the terminal does not take is not shown.
#[allow(clippy::disallowed_methods, reason = "progress is written to stderr")]
fn write(text: &str) {
    let _ = std_streams::stderr().write_all(text.as_bytes());
}
