//! A function behind a gateway of its own, which sees each request as it was sent, byte for byte,
//! and answers as a test says, in as many pieces as it likes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use super::acceptor::Acceptor;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request line and the headers.
    pub head: String,
    /// The body without its transfer coding.
    pub body: Vec<u8>,
}

/// A server on a port of 127.0.0.1. Dropping it ends it.
pub struct FunctionServer {
    acceptor: Acceptor,
    received: Arc<Mutex<Vec<Received>>>,
}

impl FunctionServer {
    /// Reads each request whole, then answers.
    pub fn answering(answer: impl Fn(&mut TcpStream, &Received) + Send + Sync + 'static) -> Self {
        Self::with(move |head, mut reader, seen| {
            let body = body_of(&head, &mut reader);
            let received = Received { head, body };
            seen.lock().expect("the requests").push(received.clone());
            answer(reader.get_mut(), &received);
        })
    }

    /// Answers with these bytes.
    pub fn always(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::answering(move |stream, _| _ = stream.write_all(&bytes))
    }

    /// Answers once it has the head; the body is the answer's business.
    pub fn at_head(answer: impl Fn(BufReader<TcpStream>, &str) + Send + Sync + 'static) -> Self {
        Self::with(move |head, reader, seen| {
            seen.lock().expect("the requests").push(Received { head: head.clone(), body: Vec::new() });
            answer(reader, &head);
        })
    }

    fn with(serve: impl Fn(String, BufReader<TcpStream>, &Mutex<Vec<Received>>) + Send + Sync + 'static) -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&received);
        let acceptor = Acceptor::new(move |stream| {
            let mut reader = BufReader::new(stream);
            if let Some(head) = head_of(&mut reader) {
                serve(head, reader, &seen);
            }
        });
        Self { acceptor, received }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.acceptor.port)
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Received> {
        self.received.lock().expect("the requests").clone()
    }

    /// The one request that there was.
    #[track_caller]
    pub fn request(&self) -> Received {
        let requests = self.requests();
        let [request] = &requests[..] else { panic!("one request: {requests:?}") };
        request.clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.acceptor.connections()
    }
}

impl Received {
    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }

    pub fn line(&self) -> &str {
        self.head.lines().next().expect("a request line")
    }
}

/// An answer with its length.
pub fn answer(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A piece of a chunked body.
pub fn chunk(piece: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
}

fn head_of(reader: &mut impl BufRead) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn body_of(head: &str, reader: &mut impl BufRead) -> Vec<u8> {
    let head = head.to_ascii_lowercase();
    let mut body = Vec::new();
    if head.contains("\r\ntransfer-encoding: chunked\r\n") {
        while let Some(piece) = next_chunk(reader) {
            body.extend(piece);
        }
        return body;
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    _ = reader.take(length.unwrap_or(0)).read_to_end(&mut body);
    body
}

/// The next piece of a chunked body; nothing at its end, and if the connection is lost.
pub fn next_chunk(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok()?;
    let mut piece = vec![0; length + 2];
    reader.read_exact(&mut piece).ok()?;
    piece.truncate(length);
    (length > 0).then_some(piece)
}
