//! Sending: one client for each origin, a timeout on every request, retries by [`super::retry`].
//! After a 429 all requests wait together.
//!
//! reqwest is used asynchronously on a runtime of one thread: for a single call it costs what the
//! blocking client costs, for hundreds of revocations it needs a third of the time, and a signal
//! can end a request that is under way. No redirect is followed, since the credential's header
//! would go along.

mod once;

use std::cell::Cell;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use tokio::time::Instant;
use url::{Host, Url};

use super::idempotency::IdempotencyKey;
use super::lost::Lost;
use super::proxy::Proxy;
use super::request_error::RequestError;
use super::response::{MAX_RESPONSE_BYTES, Response};
use super::retry::{AttemptResult, Policy, decide, is_repeatable, retry_after};
use super::routes::Method;
use super::tls::{self, Trust};
use super::traffic::Traffic;
use super::wire::{IDEMPOTENCY_HEADER, REPLAYED_HEADER, REQUEST_ID_HEADER};
use crate::duration;
use crate::error::Error;
use crate::secret::Secret;

/// A host that does not answer is found out before `--request-timeout`, which is 30 s by default.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const AGENT: &str = concat!("jelou/", env!("CARGO_PKG_VERSION"));
/// Tells requests that only test a token from those of users.
pub(super) const PROBE_AGENT: &str = concat!("jelou/", env!("CARGO_PKG_VERSION"), " (probe)");

/// One attempt in the request log of `-v`: never a header's value, never a body.
#[derive(Clone, Debug)]
pub struct TraceLine {
    pub(crate) method: String,
    /// Without host and query.
    pub(crate) path: String,
    /// Nothing if there was no complete response.
    pub(crate) status: Option<u16>,
    /// From the first byte sent to the last byte read; of an answer that is passed on as it
    /// arrives, to the end of its head.
    pub(crate) took: Duration,
    /// The header `X-Request-Id`.
    pub(crate) request_id: Option<String>,
}

pub(in crate::api) use once::Reception;

/// Called after each attempt.
pub type Trace = Rc<dyn Fn(&TraceLine)>;

/// Called before a request is sent again, with a sentence that says why and when.
pub type OnRetry = Rc<dyn Fn(&str)>;

/// How a transport behaves.
#[derive(Clone)]
pub struct Options {
    pub(crate) trust: Trust,
    /// How long one attempt may take.
    pub(crate) request_timeout: Duration,
    pub(crate) policy: Policy,
    pub(crate) trace: Option<Trace>,
    pub(crate) on_retry: Option<OnRetry>,
    pub(crate) traffic: Traffic,
}

/// A request. The credential and the body are secrets.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// The header that carries the credential, and its value.
    pub(crate) credential: Option<(HeaderName, &'a Secret)>,
    /// Replaces the usual `User-Agent`.
    pub(crate) agent: Option<&'static str>,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// The only status whose body is read, if not all are: others may be a stream without end.
    pub(crate) wants_body: Option<u16>,
}

/// A connection pool to one origin.
#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
    options: Rc<Options>,
    /// The proxy that every request goes through.
    proxy: Option<Rc<Proxy>>,
    /// No request is sent before: a 429 asked to wait.
    not_before: Rc<Cell<Option<Instant>>>,
    /// How many seconds the server's clock is ahead of ours, as its last `Date` said.
    skew: Rc<Cell<Option<i64>>>,
}

impl Transport {
    /// A transport to the origin of a URL, directly or through a proxy.
    pub(crate) fn new(base: &Url, proxy: Option<Proxy>, options: &Options) -> Result<Self, Error> {
        let https = base.scheme() == "https" || proxy.as_ref().is_some_and(Proxy::is_https);
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(https, &options.trust)?)
            // reqwest reads the environment otherwise.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .http1_only();
        if let Some(proxy) = &proxy {
            builder = builder.proxy(proxy.of_client()?);
        }
        if let (true, Some(Host::Domain(name))) = (super::address::is_loopback(base), base.host()) {
            let port = base.port_or_known_default().unwrap_or(0);
            // What DNS says of `*.localhost` does not count (RFC 6761, section 6.3).
            let here: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
            builder = builder.resolve_to_addrs(name, &here);
        }
        let client = builder.build().map_err(|cause| Error::unknown("The HTTP client could not be set up", cause))?;
        let (options, proxy) = (Rc::new(options.clone()), proxy.map(Rc::new));
        Ok(Self { client, options, proxy, not_before: Rc::default(), skew: Rc::default() })
    }

    /// The server's time, as far as the `Date` of its responses has told it.
    pub(super) fn server_time(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_secs(self.skew.get().unwrap_or(0))).unwrap_or(now)
    }

    /// How many seconds the server's clock is ahead of ours; nothing if no response has told.
    pub(super) fn clock_skew(&self) -> Option<i64> {
        self.skew.get()
    }

    /// Sends a request until there is a response to take, whatever its status; `NETWORK_ERROR` if
    /// no complete one came.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Response, RequestError> {
        let (policy, traffic) = (&self.options.policy, &self.options.traffic);
        let repeatable = is_repeatable(request.method, request.key.is_some());
        let started = Instant::now();
        let mut after_lost_attempt = false;
        let mut retries = 0;
        let mut earlier = None;
        loop {
            while let Some(moment) = self.not_before.get().filter(|&moment| moment > Instant::now()) {
                traffic.pause_until(moment).await;
                if traffic.is_over() {
                    break;
                }
            }
            traffic.pass().await;
            if traffic.is_over() {
                return earlier.unwrap_or_else(|| Err(Error::not_attempted().into()));
            }
            let attempt = self.attempt(request).await;
            let result = match &attempt {
                Ok(response) => AttemptResult::Response {
                    status: response.status,
                    retry_after: response.retry_after,
                    in_progress: response.is_in_progress(),
                },
                Err(lost) => AttemptResult::Lost { sent: lost.sent },
            };
            // A 408 to a POST is the caller's to judge: nobody knows what happened.
            let is_unclear = matches!(&attempt, Ok(Response { status: 408, to_post: true, .. }));
            let pointless = is_unclear || matches!(&attempt, Err(Lost { for_good: true, .. }));
            let end = move |attempt: Result<Response, Lost>| {
                attempt
                    .map(|response| Response { after_lost_attempt, ..response })
                    .map_err(|lost| lost.into_error(after_lost_attempt))
            };
            let pause = decide(policy, repeatable, result, retries, started.elapsed(), fastrand::f64());
            let Some(pause) = pause.filter(|_| !pointless) else { return end(attempt) };
            if let Some(on_retry) = &self.options.on_retry {
                let why = match &attempt {
                    Ok(response) => format!("The server answered {}", response.status),
                    Err(lost) => lost.message.clone(),
                };
                on_retry(&format!("{why}; trying again in {:.1} s", pause.as_secs_f32()));
            }
            let resume = Instant::now() + pause;
            if matches!(result, AttemptResult::Response { status: 429, .. }) {
                self.not_before.set(self.not_before.get().max(Some(resume)));
            }
            traffic.pause_until(resume).await;
            earlier = Some(end(attempt));
            after_lost_attempt |= matches!(
                result,
                AttemptResult::Lost { sent: true } | AttemptResult::Response { status: 408 | 500.., .. }
            );
            retries += 1;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Response, Lost> {
        let started = Instant::now();
        let timeout = self.options.request_timeout;
        let _under_way = (request.method != Method::Get).then(|| self.options.traffic.begin_write());
        let result = tokio::time::timeout(timeout, self.exchange(request))
            .await
            .unwrap_or_else(|_| Err(Lost::too_slow(&request.url, self.proxy.as_deref(), &duration::show(timeout))));
        if let Some(trace) = &self.options.trace {
            trace(&TraceLine {
                method: request.method.as_str().to_owned(),
                path: request.url.path().to_owned(),
                status: result.as_ref().ok().map(|response| response.status),
                took: started.elapsed(),
                request_id: result.as_ref().ok().and_then(|response| response.request_id.clone()),
            });
        }
        result
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Response, Lost> {
        let proxy = self.proxy.as_deref();
        let lost = |error: reqwest::Error| Lost::from_reqwest(error, &request.url, proxy, &self.options.trust);
        let mut response = self.build(request).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        // Over plain HTTP the proxy answers by itself; a server behind it has no use for 407.
        if let (407, Some(proxy)) = (status, proxy) {
            return Err(Lost::unauthorized(proxy));
        }
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let date = text("date").and_then(|value| httpdate::parse_http_date(&value).ok());
        let now = date.unwrap_or_else(SystemTime::now);
        if let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) {
            self.skew.set(Some(date.as_second() - Timestamp::now().as_second()));
        }
        let retry_after = text(RETRY_AFTER.as_str()).and_then(|value| retry_after(&value, now));
        let request_id = text(REQUEST_ID_HEADER);
        let is_replay = text(REPLAYED_HEADER).is_some_and(|value| value == "true");
        let is_wanted = |status: u16| request.wants_body.is_none_or(|wanted| wanted == status);
        let length = response.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        let mut too_large = length.is_some_and(|length| length > MAX_RESPONSE_BYTES);
        // Of the length that was announced, so that it is not copied to grow.
        let mut body = BytesMut::with_capacity(length.filter(|_| !too_large && is_wanted(status)).unwrap_or(0));
        while is_wanted(status)
            && !too_large
            && let Some(chunk) = response.chunk().await.map_err(lost)?
        {
            too_large = body.len() + chunk.len() > MAX_RESPONSE_BYTES;
            body.extend_from_slice(&chunk);
        }
        let body = match &request.credential {
            Some((_, secret)) if status >= 300 => without(body.freeze(), secret),
            _ => body.freeze(),
        };
        Ok(Response {
            status,
            request_id,
            retry_after,
            body,
            too_large,
            after_lost_attempt: false,
            is_replay,
            to_post: request.method == Method::Post,
            proxy: self.proxy.clone().filter(|proxy| proxy.may_answer(&request.url)),
        })
    }

    #[allow(clippy::disallowed_methods, reason = "the credential is sent in a header")]
    fn build(&self, request: &Request<'_>) -> reqwest::RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(request.agent.unwrap_or(AGENT)));
        if let Some((name, secret)) = &request.credential {
            let bearer = name == reqwest::header::AUTHORIZATION;
            let text = if bearer { format!("Bearer {}", secret.expose()) } else { secret.expose().to_owned() };
            if let Ok(mut value) = HeaderValue::from_str(&text) {
                value.set_sensitive(true);
                headers.insert(name.clone(), value);
            }
        }
        if let Some(value) = request.key.and_then(|key| HeaderValue::from_str(&key.header()).ok()) {
            headers.insert(HeaderName::from_static(IDEMPOTENCY_HEADER), value);
        }
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.client.request(method, request.url.clone());
        if let Some(body) = &request.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            builder = builder.body(body.clone());
        }
        builder.headers(headers)
    }
}

/// A body without the credential that was sent: a server may quote it in its refusal.
#[allow(clippy::disallowed_methods, reason = "the credential is removed from what the server sent")]
fn without(body: Bytes, secret: &Secret) -> Bytes {
    match std::str::from_utf8(&body) {
        Ok(text) if text.contains(secret.expose()) => Bytes::from(text.replace(secret.expose(), "[redacted]")),
        _ => body,
    }
}
