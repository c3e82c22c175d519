//! Sending a user's own request: once, and its answer as it arrives.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, USER_AGENT,
};
use reqwest::{Body as RequestBody, Method, RequestBuilder};
use tokio::time::Instant;
use url::Url;

use super::{AGENT, Lost, TraceLine, Transport};
use crate::api::call::{Answer, Body, Call, HeaderLine, Progress};
use crate::api::proxy::Proxy;
use crate::api::wire::{REQUEST_ID_HEADER, TOKEN_HEADER};
use crate::duration;
use crate::error::Error;
use crate::secret::Secret;

/// What the errors of an exchange say of it.
pub(in crate::api) struct Reception {
    transport: Transport,
    url: Url,
    /// Whether the request may have changed something.
    is_write: bool,
}

impl Transport {
    /// Sends a request once, and returns when the head of its answer is there.
    ///
    /// # Errors
    /// `NETWORK_ERROR` if none came.
    pub(in crate::api) async fn send_once(&self, url: Url, call: Call, token: &Secret) -> Result<Answer, Error> {
        let (started, progress) = (Instant::now(), call.body.progress());
        let is_write = !call.method.is_safe();
        let reception = Reception { transport: self.clone(), url, is_write };
        let (method, path) = (call.method.to_string(), reception.url.path().to_owned());
        let sent = self.build_once(&reception.url, call, token).send();
        let head = progress.unless_idle(reception.longest_silence(), sent).await;
        if let Some(trace) = &self.options.trace {
            let head = head.as_ref().and_then(|head| head.as_ref().ok());
            let request_id = head.and_then(|head| head.headers().get(REQUEST_ID_HEADER)?.to_str().ok());
            trace(&TraceLine {
                method,
                path,
                status: head.map(|head| head.status().as_u16()),
                took: started.elapsed(),
                request_id: request_id.map(str::to_owned),
            });
        }
        let response = match head {
            Some(Ok(response)) => response,
            Some(Err(lost)) => return Err(reception.lost(lost, &progress)),
            None => return Err(reception.fell_silent()),
        };
        // Over plain HTTP the proxy answers by itself; a server behind it has no use for 407.
        if let (407, Some(proxy)) = (response.status().as_u16(), self.proxy.as_deref()) {
            return Err(reception.explain(Lost::unauthorized(proxy)));
        }
        if response.status().is_client_error() || response.status().is_server_error() {
            // As curl does: who refuses a request has no use for the rest of its body.
            progress.refuse();
        }
        Ok(Answer { response, reception, progress })
    }

    #[allow(clippy::disallowed_methods, reason = "the token is sent in its header")]
    fn build_once(&self, url: &Url, call: Call, token: &Secret) -> RequestBuilder {
        let Call { method, body, headers: typed, .. } = call;
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        if !matches!(body, Body::None) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for line in &typed {
            headers.remove(line.name());
        }
        for line in typed {
            if let HeaderLine::Send(name, value) = line {
                headers.append(name, value);
            }
        }
        // The type of a token allows nothing that a header cannot hold.
        if let Ok(mut value) = HeaderValue::from_str(token.expose()) {
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(TOKEN_HEADER), value);
        }
        match &body {
            // Where a body is usual, its absence is said (RFC 9110, section 8.6).
            Body::None if matches!(method, Method::POST | Method::PUT | Method::PATCH) => {
                headers.insert(CONTENT_LENGTH, 0.into());
            }
            Body::Whole(bytes) if bytes.is_empty() => _ = headers.insert(CONTENT_LENGTH, 0.into()),
            // hyper sends no such body of a GET or a HEAD unless it is told to.
            Body::Streamed(upload) if upload.length().is_none() => {
                headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
            _ => {}
        }
        let builder = self.client.request(method, url.clone()).headers(headers);
        match body {
            Body::None => builder,
            Body::Whole(bytes) => builder.body(bytes),
            Body::Streamed(upload) => builder.body(RequestBody::wrap(upload)),
        }
    }
}

impl Reception {
    /// How long the server may neither take nor send anything.
    pub(in crate::api) fn longest_silence(&self) -> Duration {
        self.transport.options.request_timeout
    }

    /// The error for a connection that failed.
    pub(in crate::api) fn lost(&self, error: reqwest::Error, progress: &Arc<Progress>) -> Error {
        if let Some(cause) = progress.failure() {
            let broken_off = "The body could not be read to its end, so the request was broken off";
            return Error::unknown(broken_off, cause);
        }
        let proxy = self.transport.proxy.as_deref();
        let lost = Lost::from_reqwest(error, &self.url, proxy, &self.transport.options.trust);
        let is_cut_short = lost.sent && !progress.has_ended();
        let error = self.explain(lost);
        // What the server said before it closed may be lost with the connection.
        if is_cut_short {
            error.with_hint("the server did not take the whole body: it may have refused its size, or the token")
        } else {
            error
        }
    }

    /// The error for a server that neither took nor sent anything for too long.
    pub(in crate::api) fn fell_silent(&self) -> Error {
        let time = duration::show(self.longest_silence());
        self.explain(Lost::too_slow(&self.url, self.transport.proxy.as_deref(), &time))
            .with_hint("`--request-timeout` says how long it may take nothing and send nothing")
    }

    /// The proxy that may have answered in the place of the function.
    pub(in crate::api) fn proxy_that_may_answer(&self) -> Option<String> {
        let proxy = self.transport.proxy.as_deref().filter(|proxy| proxy.may_answer(&self.url));
        proxy.map(Proxy::named)
    }

    fn explain(&self, lost: Lost) -> Error {
        let may_have_run = self.is_write && lost.sent;
        let error = Error::from(lost.into_error(false));
        if may_have_run {
            error
                .with_hint("the function may have run: the request was sent, and is not sent again")
                .with_retryable(false)
        } else {
            error
        }
    }
}
