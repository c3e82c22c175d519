//! Progress on long work: one line on stderr, only on a terminal, gone when it is done.

mod picture;
mod screen;

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use picture::Picture;

/// Eight pictures a second: a spinner moves, and a slow connection shows it. What happens between two
/// of them costs no writing, for which the work would wait.
const TURN: Duration = Duration::from_millis(120);

thread_local! {
    /// What is on the screen, so that lines of text are not written into it.
    static SHOWN: RefCell<Option<Arc<Shown>>> = const { RefCell::new(None) };
}

/// A spinner or a bar, or nothing where nobody looks.
pub(crate) struct Progress(Option<Arc<Shown>>);

/// A picture on the screen; who holds the lock may write there.
struct Shown {
    line: Mutex<Line>,
    /// Wakes what redraws it when it ends.
    ended: Condvar,
}

struct Line {
    picture: Picture,
    has_ended: bool,
}

impl Progress {
    pub(crate) fn hidden() -> Self {
        Self(None)
    }

    /// Says what is waited for.
    pub(crate) fn spinner(message: &str) -> Self {
        Self::shown(Picture::turning(message.to_owned()))
    }

    /// Counts to a number.
    pub(crate) fn bar(total: u64, message: String) -> Self {
        Self::shown(Picture::counting(message, total))
    }

    fn shown(picture: Picture) -> Self {
        let shown = Shown::new(picture);
        let redrawn = Arc::clone(&shown);
        // Without the thread the first picture stays.
        let _ = std::thread::Builder::new().name("progress".to_owned()).spawn(move || redrawn.redraw());
        Self(Some(shown))
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.change(Picture::count);
    }

    pub(crate) fn say(&self, message: &str) {
        self.change(|picture| message.clone_into(&mut picture.message));
    }

    fn change(&self, change: impl FnOnce(&mut Picture)) {
        if let Some(shown) = &self.0 {
            change(&mut shown.line().picture);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(shown) = self.0.take() {
            shown.line().end();
            shown.ended.notify_all();
            SHOWN.take();
        }
    }
}

impl Shown {
    fn new(picture: Picture) -> Arc<Self> {
        let line = Line { picture, has_ended: false };
        line.draw();
        let shown = Arc::new(Self { line: Mutex::new(line), ended: Condvar::new() });
        SHOWN.set(Some(Arc::clone(&shown)));
        shown
    }

    /// A thread that panicked may have left the screen untidy, and nothing else.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws it again and again until it ends.
    fn redraw(&self) {
        let mut line = self.line();
        while !line.has_ended {
            let waited = self.ended.wait_timeout(line, TURN).unwrap_or_else(PoisonError::into_inner);
            line = waited.0;
            if !line.has_ended {
                line.picture.turn();
                line.draw();
            }
        }
    }
}

impl Line {
    fn draw(&self) {
        screen::show(&self.picture.line(screen::columns()));
    }

    fn end(&mut self) {
        self.has_ended = true;
        screen::clear();
    }
}

/// Does something to the screen while no progress is on it.
pub(super) fn set_aside(work: impl FnOnce()) {
    match SHOWN.with_borrow(Clone::clone) {
        Some(shown) => {
            let line = shown.line();
            screen::clear();
            work();
            line.draw();
        }
        None => work(),
    }
}
