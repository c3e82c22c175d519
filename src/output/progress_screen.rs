//! The screen on which progress is drawn. It ends before the terminal does: behind what is drawn the
//! terminal shows `^C`, and of a line that this wraps a part would stay.

use std::io::{self, Write};

use indicatif::TermLike;

use crate::std_streams;

/// `^C`, twice.
const LEFT_FREE: u16 = 4;
/// Where the terminal does not say how wide it is.
const USUAL_WIDTH: u16 = 80;

/// stderr, which is a terminal that knows the control sequences of ECMA-48.
#[derive(Debug)]
pub(super) struct ProgressScreen;

impl ProgressScreen {
    #[allow(clippy::disallowed_methods, reason = "progress is written to stderr")]
    fn write(text: &str) -> io::Result<()> {
        std_streams::stderr().write_all(text.as_bytes())
    }

    fn moved(steps: usize, direction: char) -> io::Result<()> {
        if steps == 0 { Ok(()) } else { Self::write(&format!("\u{1b}[{steps}{direction}")) }
    }
}

impl TermLike for ProgressScreen {
    #[allow(clippy::disallowed_methods, reason = "its width is asked, nothing is written")]
    fn width(&self) -> u16 {
        let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr());
        let columns = size.map(|size| size.ws_col).ok().filter(|columns| *columns > 0);
        columns.unwrap_or(USUAL_WIDTH).saturating_sub(LEFT_FREE).max(1)
    }

    fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
        Self::moved(lines, 'A')
    }

    fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
        Self::moved(lines, 'B')
    }

    fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
        Self::moved(columns, 'C')
    }

    fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
        Self::moved(columns, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        Self::write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        Self::write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        Self::write("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
