//! The answer of a function, piece by piece.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::HeaderName;

use super::Progress;
use crate::api::transport::Reception;
use crate::api::wire::REQUEST_ID_HEADER;
use crate::error::Error;

/// An answer of which the head has come.
pub(crate) struct Answer {
    pub(in crate::api) response: reqwest::Response,
    pub(in crate::api) reception: Reception,
    pub(in crate::api) progress: Arc<Progress>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header that is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    pub(crate) fn request_id(&self) -> Option<String> {
        self.header(&HeaderName::from_static(REQUEST_ID_HEADER)).map(str::to_owned)
    }

    /// The proxy that this may be the answer of, as it is named in errors.
    pub(crate) fn proxy(&self) -> Option<String> {
        self.reception.proxy_that_may_answer()
    }

    /// Whether it came before the whole body was sent.
    pub(crate) fn is_early(&self) -> bool {
        !self.progress.has_ended()
    }

    /// The next piece of the body as it arrives; nothing at its end.
    ///
    /// # Errors
    /// `NETWORK_ERROR` if the connection is lost, or nothing comes for `--request-timeout`.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        let next = self.progress.unless_idle(self.reception.longest_silence(), self.response.chunk()).await;
        match next {
            Some(Ok(piece)) => Ok(piece),
            Some(Err(lost)) => Err(self.reception.lost(lost, &self.progress)),
            None => Err(self.reception.fell_silent()),
        }
    }
}
