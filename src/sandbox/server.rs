//! HTTP/1.1 on 127.0.0.1: connections in, whole requests to the platform, answers (or what a fault leaves of them) out.

use std::net::{Ipv4Addr, TcpListener};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::journal::Plane;
use super::message::{Inbound, ReplyBody, place};
use super::platform::Platform;
use super::spoil::Ending;
use super::{control_plane, gateway};

/// How long to wait before accepting again after that failed.
const BREATH: Duration = Duration::from_millis(20);

/// Listens on 127.0.0.1; port 0 takes any that is free.
pub fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until `stop` says so or its sender is gone. Then every connection is dropped as it is.
pub async fn serve(
    listener: TcpListener,
    platform: Arc<Platform>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|&stopped| stopped) => return Ok(()),
        };
        match accepted {
            Ok((stream, _)) => _ = connections.spawn(converse(stream, Arc::clone(&platform))),
            // Gone before it was accepted, or too many files are open: then it fails until one of the others ends.
            Err(_) => tokio::time::sleep(BREATH).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, platform: Arc<Platform>) {
    // Answers are small and complete: waiting for more to send with them only costs time.
    _ = stream.set_nodelay(true);
    let reset = Arc::new(AtomicBool::new(false));
    let wire = TokioIo::new(Wire { stream, reset: Arc::clone(&reset) });
    let service = service_fn(|request| respond(request, Arc::clone(&platform), Arc::clone(&reset)));
    // Its errors are clients that went away, and the faults that cut a connection.
    _ = hyper::server::conn::http1::Builder::new().serve_connection(wire, service).await;
}

/// Why there is no answer: hyper then drops the connection.
#[derive(Debug)]
struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("dropped by a fault")
    }
}

impl std::error::Error for Dropped {}

async fn respond(
    request: hyper::Request<Incoming>,
    platform: Arc<Platform>,
    reset: Arc<AtomicBool>,
) -> Result<hyper::Response<ReplyBody>, Dropped> {
    let request = arrived(request).await.ok_or(Dropped)?;
    // A task of its own: what has arrived is carried out, also if the client has gone by then.
    let ending = tokio::spawn(async move { platform.answer(request).await }).await;
    match ending {
        Ok(Ending::Whole(reply)) => Ok(reply.into_response(false)),
        Ok(Ending::Cut(reply)) => Ok(reply.into_response(true)),
        Ok(Ending::Reset) | Err(_) => {
            reset.store(true, Ordering::Relaxed);
            Err(Dropped)
        }
    }
}

/// The request with its body, or nothing if the client went away before it was complete.
async fn arrived(request: hyper::Request<Incoming>) -> Option<Inbound> {
    let (head, body) = request.into_parts();
    let host = head.headers.get(hyper::header::HOST).and_then(|host| host.to_str().ok());
    let (plane, path) = place(host, head.uri.path());
    let limit = match plane {
        Plane::Gateway => gateway::MAX_BODY,
        Plane::Control | Plane::Sandbox => control_plane::MAX_BODY,
    };
    let body = collected(body, limit).await.ok()?;
    Some(Inbound {
        plane,
        method: head.method.as_str().to_owned(),
        path,
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        absolute_target: head.uri.authority().is_some(),
    })
}

/// The whole body, or nothing if it is larger than `limit`. It is read to its end in any case: a client that is still
/// writing would not see the answer.
async fn collected(mut body: Incoming, limit: usize) -> hyper::Result<Option<Bytes>> {
    let mut whole = Some(BytesMut::new());
    while let Some(frame) = body.frame().await.transpose()? {
        let data = frame.into_data().unwrap_or_default();
        whole = whole.filter(|whole| whole.len() + data.len() <= limit);
        if let Some(whole) = &mut whole {
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.map(BytesMut::freeze))
}

/// A connection that can end with a reset.
struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Closing then sends RST instead of FIN; where that fails the client still sees no answer.
            _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, data)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
