//! Servers that are slow, that close idle connections, and that say 1xx first.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use crate::support::acceptor::Acceptor;
use crate::support::cli::Cli;
use crate::support::raw_server::{RawServer, read_request};

const LIST: &[&str] = &["tokens", "list", "my-function", "--json"];

fn token(id: &str) -> serde_json::Value {
    json!({"id": id, "name": id, "prefix": "jfn_rt_abcd", "function": "my-function", "status": "active",
           "created_at": "2026-04-05T09:00:00Z", "last_used_at": null, "expires_at": null, "replaced_by": null})
}

/// Pages of one token, the last of which has no successor.
fn page(number: usize, of: usize) -> String {
    let next = (number + 1 < of).then(|| (number + 1).to_string());
    json!({"items": [token(&format!("tok_{number}"))], "next_cursor": next}).to_string()
}

/// An answer after which the connection could be used again.
fn kept_alive(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// As load balancers do with connections that have been idle, without a word.
#[test]
fn a_connection_that_was_closed_between_two_requests_is_opened_again() {
    let answers = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&answers);
    let server = Acceptor::new(move |mut stream: TcpStream| {
        if read_request(&mut stream).is_some() {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(kept_alive(&page(number, 4)).as_bytes());
        }
    });
    let cli = Cli::new();
    let url = format!("http://127.0.0.1:{}", server.port);
    let document = cli.jelou(&[LIST, &["--api-url", &url, "--retries", "3"]].concat()).ended(0).json();
    assert_eq!(document["data"].as_array().map(Vec::len), Some(4), "{document}");
    assert_eq!((answers.load(Ordering::SeqCst), server.connections()), (4, 4));
}

/// The other half of the same: one connection serves them all if the server keeps it.
#[test]
fn a_connection_is_used_again() {
    let answers = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&answers);
    let server = Acceptor::new(move |mut stream: TcpStream| {
        while read_request(&mut stream).is_some() {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.write_all(kept_alive(&page(number, 4)).as_bytes());
        }
    });
    let cli = Cli::new();
    let url = format!("http://127.0.0.1:{}", server.port);
    cli.jelou(&[LIST, &["--api-url", &url]].concat()).ended(0);
    assert_eq!((answers.load(Ordering::SeqCst), server.connections()), (4, 1));
}

/// A POST on a connection that the server has closed meanwhile creates one token, with one key.
#[test]
fn a_post_on_a_closed_connection_creates_one_token() {
    let mut cli = Cli::new();
    let port = cli.sandbox.port();
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&keys);
    // Reads the first request of each connection and passes it on; the second one of a connection
    // is read and never answered.
    let server = Acceptor::new(move |mut stream: TcpStream| {
        let Some(request) = read_request(&mut stream) else { return };
        let key = request.lines().find(|line| line.to_ascii_lowercase().starts_with("idempotency-key:"));
        seen.lock().unwrap().extend(key.map(str::to_owned));
        let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let mut behind = TcpStream::connect(("127.0.0.1", port)).unwrap();
        behind.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        std::io::Read::read_to_string(&mut behind, &mut answer).unwrap();
        let kept = answer.replace("connection: close\r\n", "");
        let _ = stream.write_all(kept.as_bytes());
        let _ = read_request(&mut stream);
    });
    cli.set("JELOU_API_URL", &format!("http://127.0.0.1:{}", server.port));
    cli.jelou(&["tokens", "rotate", "my-function", "default", "--json"]).ended(0);
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1);
    assert_eq!(keys.lock().unwrap().iter().collect::<std::collections::BTreeSet<_>>().len(), 1);
}

#[test]
fn informational_responses_come_before_the_answer() {
    let informational = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
    let server = RawServer::always(format!("{informational}{}", kept_alive(&page(0, 1))));
    let cli = Cli::new();
    let document = cli.jelou(&[LIST, &["--api-url", &server.url()]].concat()).ended(0).json();
    assert_eq!(document["data"][0]["id"], "tok_0");
    assert_eq!(server.requests().len(), 1);
}

/// A server that writes byte by byte, slowly; `gap` is the time between two.
fn trickling(gap: Duration) -> Acceptor {
    Acceptor::new(move |mut stream: TcpStream| {
        stream.set_nodelay(true).unwrap();
        if read_request(&mut stream).is_some() {
            for byte in kept_alive(&page(0, 1)).bytes() {
                std::thread::sleep(gap);
                if stream.write_all(&[byte]).is_err() {
                    return;
                }
            }
        }
    })
}

#[test]
fn an_answer_may_come_byte_by_byte() {
    let server = trickling(Duration::from_millis(1));
    let cli = Cli::new();
    let url = format!("http://127.0.0.1:{}", server.port);
    let document = cli.jelou(&[LIST, &["--api-url", &url]].concat()).ended(0).json();
    assert_eq!(document["data"][0]["id"], "tok_0");
}

/// Bytes that keep coming do not prolong the time for an answer.
#[test]
fn an_answer_that_never_ends_is_given_up() {
    let server = trickling(Duration::from_millis(50));
    let cli = Cli::new();
    let url = format!("http://127.0.0.1:{}", server.port);
    let ran = cli.jelou(&[LIST, &["--api-url", &url, "--request-timeout", "300ms"]].concat()).ended(10);
    let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("within 300ms") && message.contains(&url), "{message}");
    assert_eq!(ran.stdout.matches('\n').count(), 1);
}
