//! Progress on long work: on stderr, only on a terminal, gone when it is done.

use std::cell::RefCell;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::progress_screen::ProgressScreen;

/// At most so often a second; more is not seen.
const REDRAWN: u8 = 20;

thread_local! {
    /// What is on the screen, so that lines of text are not written into it.
    static SHOWN: RefCell<Option<ProgressBar>> = const { RefCell::new(None) };
}

/// A spinner or a bar, or nothing where nobody looks.
#[derive(Debug)]
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Says what is waited for.
    pub(crate) fn spinner(message: &str) -> Self {
        // Cut at the end of the line: of one that is wrapped a part would stay.
        let progress = Self::shown(None, message.to_owned(), "{spinner} {elapsed} {wide_msg}");
        // Eight turns a second: it moves, and a slow connection shows it.
        progress.0.enable_steady_tick(Duration::from_millis(120));
        progress
    }

    /// Counts to a number.
    pub(crate) fn bar(total: u64, message: String) -> Self {
        let progress = Self::shown(Some(total), message, "{msg} [{wide_bar}] {pos}/{len}");
        progress.0.tick();
        progress
    }

    fn shown(total: Option<u64>, message: String, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(
            total,
            ProgressDrawTarget::term_like_with_hz(Box::new(ProgressScreen), REDRAWN),
        )
        .with_message(message);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.tick_chars("|/-\\ ").progress_chars("=> "));
        }
        SHOWN.with_borrow_mut(|shown| *shown = Some(bar.clone()));
        Self(bar)
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.0.inc(1);
    }

    pub(crate) fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        if !self.0.is_hidden() {
            SHOWN.take();
        }
    }
}

/// Does something to the screen while no progress is on it.
pub(super) fn set_aside(work: impl FnOnce()) {
    match SHOWN.with_borrow(Clone::clone) {
        Some(shown) => shown.suspend(work),
        None => work(),
    }
}
