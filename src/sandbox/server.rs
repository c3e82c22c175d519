//! HTTP/1.1 on 127.0.0.1: reads whole requests, gives them to the platform and sends its responses.

use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::http_message::{HttpRequest, ResponseBody, plane_and_path};
use super::platform::Platform;
use super::request_log::Plane;
use super::{control_plane, gateway};

/// The wait after a failed `accept`. It fails while too many files are open, and would otherwise be
/// tried in a busy loop.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(20);

/// Listens on 127.0.0.1; port 0 takes any free one.
pub(super) fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Serves until `stop` is true or its sender is dropped; then drops every connection and does what
/// `at_end` says.
pub(super) async fn serve(
    listener: TcpListener,
    platform: Arc<Platform>,
    mut stop: watch::Receiver<bool>,
    at_end: impl FnOnce(),
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|&stopped| stopped) => break,
        };
        match accepted {
            Ok((stream, _)) => _ = connections.spawn(serve_connection(stream, Arc::clone(&platform))),
            Err(_) => tokio::time::sleep(ACCEPT_BACKOFF).await,
        }
        while connections.try_join_next().is_some() {}
    }
    connections.shutdown().await;
    // Before the port is free: who waits for that finds the state file free as well, and what
    // `at_end` does done.
    platform.close();
    at_end();
    Ok(())
}

async fn serve_connection(stream: TcpStream, platform: Arc<Platform>) -> std::io::Result<()> {
    // Responses are small and complete, so there is nothing to wait for before they are sent.
    stream.set_nodelay(true)?;
    let socket = Arc::new(TcpStream::from_std(stream.as_fd().try_clone_to_owned()?.into())?);
    let connection = Arc::new(Connection { platform, socket, has_last_response: AtomicBool::new(false) });
    let service = service_fn(|request| respond(request, Arc::clone(&connection)));
    // Its errors are clients that closed the connection, and faults that cut or reset it.
    _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    Ok(())
}

/// A client's connection, held while it is open or a request of it is carried out.
#[derive(Debug)]
struct Connection {
    platform: Arc<Platform>,
    /// A second handle, to reset it while hyper owns the first.
    socket: Arc<TcpStream>,
    /// Whether the sandbox ends with it: a response of its said so.
    has_last_response: AtomicBool,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.has_last_response.load(Ordering::Acquire) {
            self.platform.stop();
        }
    }
}

/// The service's error: hyper drops the connection without a response.
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
    connection: Arc<Connection>,
) -> Result<hyper::Response<ResponseBody>, Dropped> {
    let request = read_request(request).await.ok_or(Dropped)?;
    // In a task of its own, so that the request is carried out even if the client closes the
    // connection.
    let carrying_out = Arc::clone(&connection);
    let response = tokio::spawn(async move {
        let response = carrying_out.platform.answer(request).await;
        if response.as_ref().is_some_and(|response| response.is_last) {
            carrying_out.has_last_response.store(true, Ordering::Release);
        }
        response
    });
    let Ok(Some(response)) = response.await else {
        // Closing then sends RST instead of FIN. If this fails, the client sees no response either.
        _ = connection.socket.set_zero_linger();
        return Err(Dropped);
    };
    Ok(response.into_response())
}

/// The request with its body; `None` if the client closed the connection before it was complete.
async fn read_request(request: hyper::Request<Incoming>) -> Option<HttpRequest> {
    let (head, body) = request.into_parts();
    let host = head.headers.get(hyper::header::HOST).and_then(|host| host.to_str().ok());
    let (plane, path) = plane_and_path(host, head.uri.path());
    let limit = match plane {
        Plane::Gateway => gateway::MAX_BODY,
        Plane::Control | Plane::Sandbox => control_plane::MAX_BODY,
    };
    let body = read_body(body, limit).await.ok()?;
    Some(HttpRequest {
        plane,
        method: head.method.as_str().to_owned(),
        path,
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body,
        absolute_target: head.uri.authority().is_some(),
    })
}

/// The whole body; `None` if it is larger than `limit`. It is read to its end even then, because a
/// client that is still writing would not see the response.
async fn read_body(mut body: Incoming, limit: usize) -> hyper::Result<Option<Bytes>> {
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
