//! A body that is read while it is sent, and how far both are.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::mpsc::Receiver;
use tokio::time::Instant;

/// Longer than any wait: the sum of it and of now is a moment that the clock has.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A body whose pieces come from a thread that reads it. No more of it is held than the channel
/// holds.
pub(crate) struct Upload {
    pieces: Receiver<io::Result<Bytes>>,
    /// How much is to come, if that is known.
    left: Option<u64>,
    /// Comes between two pieces.
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send + Sync>>>,
    progress: Arc<Progress>,
}

/// How far a body is sent.
#[derive(Debug)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Debug)]
struct State {
    /// When the connection last took a piece.
    moved: Instant,
    stage: Stage,
    /// Whether no more of it shall be sent.
    is_refused: bool,
}

#[derive(Debug)]
enum Stage {
    /// The connection is to take what it was given.
    Sending,
    /// The source is to give more.
    Reading,
    Ended,
    Failed(io::Error),
}

impl Upload {
    /// A body from a channel; `length` if the pieces have exactly so many bytes.
    pub(crate) fn new(pieces: Receiver<io::Result<Bytes>>, length: Option<u64>) -> Self {
        Self { pieces, left: length, pause: None, progress: Arc::new(Progress::at(Stage::Sending)) }
    }

    /// Its length, if it is known beforehand.
    pub(in crate::api) fn length(&self) -> Option<u64> {
        self.left
    }

    pub(super) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }
}

impl Progress {
    /// Of a body of which nothing is left to read.
    pub(super) fn at_its_end() -> Self {
        Self::at(Stage::Ended)
    }

    fn at(stage: Stage) -> Self {
        Self(Mutex::new(State { moved: Instant::now(), stage, is_refused: false }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self, stage: Stage) {
        let mut now = self.state();
        if !matches!(stage, Stage::Reading) {
            now.moved = Instant::now();
        }
        now.stage = stage;
    }

    /// Nothing more is given to the connection.
    pub(in crate::api) fn refuse(&self) {
        self.state().is_refused = true;
    }

    /// Whether the whole body has been given to the connection.
    pub(in crate::api) fn has_ended(&self) -> bool {
        matches!(self.state().stage, Stage::Ended)
    }

    /// Why the body could not be read to its end.
    pub(in crate::api) fn failure(&self) -> Option<io::Error> {
        match &self.state().stage {
            Stage::Failed(error) => Some(copy(error)),
            _ => None,
        }
    }

    /// Since when the server has taken nothing; nothing while it is the source that is waited for.
    fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (!matches!(state.stage, Stage::Reading)).then_some(state.moved)
    }

    /// Awaits something of the server; nothing if it neither gave that nor took more of the body
    /// for so long.
    pub(in crate::api) async fn unless_idle<T>(&self, limit: Duration, what: impl Future<Output = T>) -> Option<T> {
        let (begun, limit) = (Instant::now(), limit.min(FOR_EVER));
        let mut what = std::pin::pin!(what);
        loop {
            let wake = self.idle_since().map_or_else(Instant::now, |since| since.max(begun)) + limit;
            tokio::select! {
                biased;
                done = &mut what => return Some(done),
                () = tokio::time::sleep_until(wake) => {}
            }
            if self.idle_since().is_some_and(|since| since.max(begun) + limit <= Instant::now()) {
                return None;
            }
        }
    }
}

/// Lets the connection see an answer that has come, and then its reader act on it. A server that
/// refuses a body closes the connection; a write to it would fail, and the answer would be lost.
async fn look_for_an_answer() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}

fn copy(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string())
}

impl Body for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(task));
            self.pause = None;
        }
        if self.progress.state().is_refused {
            return Poll::Pending;
        }
        let polled = self.pieces.poll_recv(task);
        if polled.is_pending() {
            self.progress.reach(Stage::Reading);
        }
        match ready!(polled) {
            Some(Ok(piece)) => {
                self.pause = Some(Box::pin(look_for_an_answer()));
                self.left = self.left.map(|left| left.saturating_sub(piece.len() as u64));
                // It is not asked for more once there is no more.
                self.progress.reach(if self.left == Some(0) { Stage::Ended } else { Stage::Sending });
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Some(Err(error)) => {
                self.progress.reach(Stage::Failed(copy(&error)));
                Poll::Ready(Some(Err(error)))
            }
            None => {
                self.progress.reach(Stage::Ended);
                Poll::Ready(None)
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
