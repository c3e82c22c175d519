//! The server: static answers over HTTP, over TLS 1.3, and over HTTP from 50 ms away.
//!
//! Each of its threads accepts on all three ports. It leaves a processor to the contender, which would
//! otherwise be measured in waiting for one.

use std::collections::HashSet;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Collected, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use crate::answers::{self, Answers};

/// How far away the slow port is.
const DISTANCE: Duration = Duration::from_millis(50);

/// A running server; it ends with the process.
pub struct Server {
    pub http: String,
    pub https: String,
    pub slow: String,
    state: Arc<State>,
}

struct State {
    answers: Answers,
    tls: TlsAcceptor,
    /// The tokens that were revoked.
    revoked: Mutex<HashSet<String>>,
}

/// What a port does with a connection.
#[derive(Clone, Copy)]
enum Port {
    Http,
    Https,
    Slow,
}

impl Server {
    pub fn start(tls: rustls::ServerConfig) -> Result<Self> {
        let tls = TlsAcceptor::from(Arc::new(tls));
        let state = Arc::new(State { answers: Answers::new(), tls, revoked: Mutex::default() });
        let bind = || TcpListener::bind("127.0.0.1:0");
        let listeners = [(Port::Http, bind()?), (Port::Https, bind()?), (Port::Slow, bind()?)];
        let mut addresses = listeners.each_ref().map(|(_, listener)| listener.local_addr()).into_iter();
        let mut url = |scheme: &str| -> Result<String> {
            Ok(format!("{scheme}://{}", addresses.next().context("three ports")??))
        };
        let (http, https, slow) = (url("http")?, url("https")?, url("http")?);
        for _ in 0..thread::available_parallelism()?.get().saturating_sub(1).max(1) {
            let listeners: Vec<(Port, TcpListener)> =
                listeners.iter().map(|(port, listener)| Ok((*port, listener.try_clone()?))).collect::<Result<_>>()?;
            let state = Arc::clone(&state);
            thread::spawn(move || {
                if let Err(error) = serve(listeners, &state) {
                    panic!("the server: {error:#}");
                }
            });
        }
        Ok(Self { http, https, slow, state })
    }

    /// How many tokens were revoked since this was asked.
    pub fn take_revoked(&self) -> usize {
        let mut revoked = self.state.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *revoked).len()
    }
}

/// Serves until the process ends.
fn serve(listeners: Vec<(Port, TcpListener)>, state: &Arc<State>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut accepting = Vec::new();
        for (port, listener) in listeners {
            listener.set_nonblocking(true)?;
            let listener = tokio::net::TcpListener::from_std(listener)?;
            accepting.push(tokio::spawn(accept(port, listener, Arc::clone(state))));
        }
        for task in accepting {
            task.await?;
        }
        Ok(())
    })
}

async fn accept(port: Port, listener: tokio::net::TcpListener, state: Arc<State>) {
    loop {
        // What fails to connect is not measured: its contender fails too.
        let Ok((stream, _)) = listener.accept().await else { continue };
        _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        match port {
            Port::Http => _ = tokio::spawn(converse(stream, state, Duration::ZERO)),
            Port::Slow => _ = tokio::spawn(converse(stream, state, DISTANCE)),
            Port::Https => {
                tokio::spawn(async move {
                    if let Ok(stream) = state.tls.accept(stream).await {
                        converse(stream, state, Duration::ZERO).await;
                    }
                });
            }
        }
    }
}

/// Answers until the client hangs up, or does what no client may do.
async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>, delay: Duration) {
    let service = service_fn(|request: Request<Incoming>| {
        let state = Arc::clone(&state);
        async move {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Ok::<_, Infallible>(state.answer(request).await)
        }
    });
    _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl State {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        let segments: Vec<&str> = head.uri.path().split('/').skip(1).collect();
        let (status, answer) = match (&head.method, segments.as_slice()) {
            (&Method::POST, ["v1", "functions", "my-fn", "tokens"]) if is_creation(&body) => {
                (StatusCode::CREATED, Some(self.answers.created()))
            }
            (&Method::GET, ["v1", "functions", slug, "tokens"]) => {
                (StatusCode::OK, self.answers.list(slug, head.uri.query()))
            }
            (&Method::DELETE, ["v1", "functions", slug, "tokens", id]) => {
                self.revoked.lock().unwrap_or_else(PoisonError::into_inner).insert((*id).to_owned());
                (StatusCode::OK, Some(answers::revoked(slug, id)))
            }
            _ => (StatusCode::NOT_FOUND, None),
        };
        let is_authorised = head.headers.contains_key(hyper::header::AUTHORIZATION);
        let (status, body) = match answer {
            Some(body) if is_authorised => (status, body),
            Some(_) => (StatusCode::UNAUTHORIZED, Bytes::from_static(b"{}")),
            None => (StatusCode::NOT_FOUND, Bytes::from_static(b"{}")),
        };
        let mut response = Response::new(Full::new(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static("application/json"));
        headers.insert("x-request-id", hyper::header::HeaderValue::from_static("req_00000000000000000001"));
        response
    }
}

/// Whether a body asks for the token that the answer is about.
fn is_creation(body: &[u8]) -> bool {
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    body.is_some_and(|body| body["name"] == "ci")
}
