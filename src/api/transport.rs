//! Sending: one client per origin, a deadline on every request, retries by [`super::retry`], one pace for all on 429.
//!
//! reqwest is used asynchronously on a runtime of one thread: for a single call it costs what the blocking client costs,
//! for hundreds of revocations it needs a third of the time, and a signal can end a request that is under way. No redirect
//! is followed, since custom headers would go along. A proxy is never used for loopback.

use std::cell::Cell;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use tokio::time::Instant;
use url::{Host, Url};

use super::answer::Answer;
use super::idempotency::IdempotencyKey;
use super::retry::{Asked, Decision, Outcome, Policy, decide, retry_after};
use super::routes::Method;
use super::tls::{self, Trust};
use super::wire::{IDEMPOTENCY_HEADER, REQUEST_ID_HEADER};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::Secret;

/// The largest answer that is read: far beyond a page of 1000 tokens and the largest artifact, far below what hurts.
pub const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Names this program to the servers.
const AGENT: &str = concat!("jelou/", env!("CARGO_PKG_VERSION"));
/// Names it when it only proves that a token is accepted.
pub const PROBE_AGENT: &str = concat!("jelou/", env!("CARGO_PKG_VERSION"), " (probe)");

/// What a request log line says: never a header's value, never a body.
#[derive(Clone, Debug)]
pub struct TraceLine {
    /// The method.
    pub method: &'static str,
    /// The path, without host and query.
    pub path: String,
    /// The answer's status, or nothing if there was no answer.
    pub status: Option<u16>,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
    /// The server's id of the request.
    pub request_id: Option<String>,
}

/// Receives a line per attempt.
pub type Trace = Rc<dyn Fn(&TraceLine)>;

/// Receives why a request is about to be sent again, and when.
pub type Notice = Rc<dyn Fn(&str)>;

/// How a transport behaves.
#[derive(Clone)]
pub struct Options {
    /// Which certificates are trusted.
    pub trust: Trust,
    /// How long one attempt may take.
    pub request_timeout: Duration,
    /// How often and how long to try again.
    pub policy: Policy,
    /// Receives a line per attempt.
    pub trace: Option<Trace>,
    /// Receives a sentence whenever a request is about to be sent again.
    pub notice: Option<Notice>,
}

/// A request. The credential and the body are secrets until they are on the wire.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: Url,
    /// The header that carries the credential, and its value.
    pub credential: Option<(HeaderName, &'a Secret)>,
    /// Replaces the usual `User-Agent`.
    pub agent: Option<&'static str>,
    /// A body in JSON.
    pub body: Option<Bytes>,
    /// The key that makes a POST repeatable.
    pub key: Option<&'a IdempotencyKey>,
}

/// A connection pool to one origin.
#[derive(Clone)]
pub struct Transport {
    client: reqwest::Client,
    policy: Policy,
    request_timeout: Duration,
    trace: Option<Trace>,
    notice: Option<Notice>,
    not_before: Rc<Cell<Option<Instant>>>,
    /// How many seconds the server's clock is ahead of ours, as its last answer said.
    skew: Rc<Cell<i64>>,
}

/// No complete answer.
struct Lost {
    sent: bool,
    message: String,
}

impl Lost {
    fn into_error(self, applied_before: bool) -> Error {
        let mut error = Error::new(ErrorCode::NetworkError, self.message).outcome_unknown(self.sent || applied_before);
        if error.message().contains("certificate") {
            error = error.with_hint("name the certificate authority with `--ca-cert FILE` or `SSL_CERT_FILE`");
        }
        error
    }
}

impl Transport {
    /// A transport to the origin of a URL.
    ///
    /// # Errors
    /// `INPUT_ERROR` if the certificates cannot be read.
    pub fn new(base: &Url, options: &Options) -> Result<Self, Error> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration(base.scheme() == "https", &options.trust)?)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .http1_only();
        if super::address::is_loopback(base) {
            builder = builder.no_proxy();
            if let Some(Host::Domain(name)) = base.host() {
                let port = base.port_or_known_default().unwrap_or(0);
                let here: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()];
                builder = builder.resolve_to_addrs(name, &here);
            }
        }
        let client = builder.build().map_err(|cause| Error::unknown("The HTTP client could not be set up", cause))?;
        Ok(Self {
            client,
            policy: options.policy,
            request_timeout: options.request_timeout,
            trace: options.trace.clone(),
            notice: options.notice.clone(),
            not_before: Rc::default(),
            skew: Rc::default(),
        })
    }

    /// The time on the server's clock, as far as its answers have told it.
    pub fn server_time(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(SignedDuration::from_secs(self.skew.get())).unwrap_or(now)
    }

    /// Sends a request until there is an answer to take, whatever its status.
    ///
    /// # Errors
    /// `NETWORK_ERROR` if no complete answer came, `API_ERROR` if one is larger than [`MAX_ANSWER_BYTES`].
    pub async fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let asked = Asked { method: request.method, keyed: request.key.is_some() };
        let started = Instant::now();
        let mut applied_before = false;
        for retries in 0.. {
            self.wait_for_pace().await;
            let result = self.attempt(request).await;
            let outcome = match &result {
                Ok(answer) => Outcome::Answered {
                    status: answer.status,
                    retry_after: answer.retry_after,
                    in_progress: answer.is_in_progress(),
                },
                Err(lost) => Outcome::Lost { sent: lost.sent },
            };
            match decide(&self.policy, asked, outcome, retries, started.elapsed(), fastrand::f64()) {
                Decision::Stop => {
                    return result
                        .map(|answer| answer.resent(retries, applied_before))
                        .map_err(|lost| lost.into_error(applied_before));
                }
                Decision::Again(pause) => {
                    if let Some(notice) = &self.notice {
                        let why = match &result {
                            Ok(answer) => format!("The server answered {}", answer.status),
                            Err(lost) => lost.message.clone(),
                        };
                        notice(&format!("{why}; trying again in {:.1} s", pause.as_secs_f32()));
                    }
                    applied_before |=
                        matches!(outcome, Outcome::Lost { sent: true } | Outcome::Answered { status: 500.., .. });
                    let resume = Instant::now() + pause;
                    if matches!(outcome, Outcome::Answered { status: 429, .. }) {
                        self.not_before.set(self.not_before.get().max(Some(resume)));
                    }
                    tokio::time::sleep_until(resume).await;
                }
            }
        }
        Err(Error::new(ErrorCode::UnknownError, "The retries never ended"))
    }

    async fn wait_for_pace(&self) {
        while let Some(moment) = self.not_before.get().filter(|&moment| moment > Instant::now()) {
            tokio::time::sleep_until(moment).await;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Answer, Lost> {
        let started = Instant::now();
        let result = match tokio::time::timeout(self.request_timeout, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(Lost {
                sent: true,
                message: format!(
                    "No complete answer from {} within {:?}",
                    request.url.origin().ascii_serialization(),
                    self.request_timeout
                ),
            }),
        };
        if let Some(trace) = &self.trace {
            trace(&TraceLine {
                method: request.method.as_str(),
                path: request.url.path().to_owned(),
                status: result.as_ref().ok().map(|answer| answer.status),
                took: started.elapsed(),
                request_id: result.as_ref().ok().and_then(|answer| answer.request_id.clone()),
            });
        }
        result
    }

    async fn exchange(&self, request: &Request<'_>) -> Result<Answer, Lost> {
        let lost = |error: reqwest::Error| lost(error, &request.url);
        let mut response = self.build(request).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let text = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let date = text("date").and_then(|value| httpdate::parse_http_date(&value).ok());
        let now = date.unwrap_or_else(SystemTime::now);
        if let Some(date) = date.and_then(|date| Timestamp::try_from(date).ok()) {
            self.skew.set(date.as_second() - Timestamp::now().as_second());
        }
        let pause = text(RETRY_AFTER.as_str()).and_then(|value| retry_after(&value, now));
        let request_id = text(REQUEST_ID_HEADER);
        let mut body = BytesMut::new();
        let mut too_large = response.content_length().is_some_and(|length| length > MAX_ANSWER_BYTES as u64);
        while !too_large && let Some(chunk) = response.chunk().await.map_err(lost)? {
            too_large = body.len() + chunk.len() > MAX_ANSWER_BYTES;
            body.extend_from_slice(&chunk);
        }
        let mut body = body.freeze();
        if status >= 300
            && let Some((_, secret)) = &request.credential
        {
            body = without(&body, secret);
        }
        Ok(Answer {
            status,
            request_id,
            date,
            retry_after: pause,
            body,
            too_large,
            resent: 0,
            applied_before: false,
            of_post: request.method == Method::Post,
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

fn lost(error: reqwest::Error, url: &Url) -> Lost {
    let sent = !(error.is_connect() || error.is_builder());
    let to = url.origin().ascii_serialization();
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let message = if sent {
        format!("The connection to {to} was lost before the answer was complete: {cause}")
    } else {
        format!("Could not connect to {to}: {cause}")
    };
    Lost { sent, message }
}

/// A body without the credential that was sent, for a server may quote it in its refusal.
#[allow(clippy::disallowed_methods, reason = "the credential is removed from what the server sent")]
fn without(body: &Bytes, secret: &Secret) -> Bytes {
    match std::str::from_utf8(body) {
        Ok(text) if text.contains(secret.expose()) => Bytes::from(text.replace(secret.expose(), "[redacted]")),
        _ => body.clone(),
    }
}
