//! The thread that writes to stdout, beside the runtime: a stdout that takes nothing holds up no
//! request, and a signal can end the waiting for it.

use std::io;
use std::sync::mpsc;

use tokio::sync::oneshot;

use super::rendered::Rendered;
use super::writer::{Output, WriteError};

type Written = Result<(), WriteError>;

/// Writes what it is given, in that order. It outlives its handle while a write is held up.
pub(crate) struct StdoutThread(mpsc::Sender<(Vec<Rendered>, oneshot::Sender<Written>)>);

impl StdoutThread {
    /// # Errors
    /// There is no thread to be had.
    pub(crate) fn start() -> Result<Self, WriteError> {
        let (give, given) = mpsc::channel::<(Vec<Rendered>, oneshot::Sender<Written>)>();
        let write = move || {
            for (parts, done) in given {
                // Nobody waits for it any more if a signal has ended the run.
                let _ = done.send(parts.iter().try_for_each(|part| Output::stream(part)));
            }
        };
        std::thread::Builder::new().name("stdout".to_owned()).spawn(write).map_err(WriteError::Refused)?;
        Ok(Self(give))
    }

    /// Writes the parts one after the other.
    ///
    /// # Errors
    /// Not all of them were taken.
    pub(crate) async fn write(&self, parts: Vec<Rendered>) -> Written {
        let (done, written) = oneshot::channel();
        let gone = || WriteError::Refused(io::ErrorKind::Other.into());
        self.0.send((parts, done)).map_err(|_| gone())?;
        written.await.unwrap_or_else(|_| Err(gone()))
    }
}
