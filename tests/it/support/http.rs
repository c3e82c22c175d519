//! A minimal HTTP client: it sends what a test says and adds only `Host` and `Content-Length`.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::TIMEOUT;

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    host: Option<String>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A request with this method and target.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new(), host: None }
    }

    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST with a fresh idempotency key.
    pub fn post(target: &str, body: &Value) -> Self {
        Self::new("POST", target).key(&uuid::Uuid::new_v4().to_string()).json(body)
    }

    pub fn patch(target: &str, body: &Value) -> Self {
        Self::new("PATCH", target).json(body)
    }

    pub fn put(target: &str, body: &Value) -> Self {
        Self::new("PUT", target).json(body)
    }

    pub fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    /// The same with another method.
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self
    }

    pub fn bearer(self, value: &str) -> Self {
        self.header("Authorization", &format!("Bearer {value}"))
    }

    pub fn token(self, value: &str) -> Self {
        self.header("X-Jelou-Token", value)
    }

    /// Sets the idempotency key, in its quoted form.
    pub fn key(self, key: &str) -> Self {
        self.without_header("Idempotency-Key").header("Idempotency-Key", &format!("\"{key}\""))
    }

    /// Replaces the `Host` that the address has.
    pub fn host(mut self, host: &str) -> Self {
        self.host = Some(host.to_owned());
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it over a connection of its own, and panics if no whole answer comes.
    #[must_use = "a refusal is only seen if the status is asserted"]
    pub fn send(&self, port: u16) -> Answer {
        self.try_send(port).unwrap_or_else(|error| panic!("{} {}: {error}", self.method, self.target))
    }

    /// Sends it over a connection of its own.
    pub fn try_send(&self, port: u16) -> Result<Answer> {
        Connection::open(port)?.exchange(self)
    }

    fn bytes(&self, port: u16) -> Vec<u8> {
        let host = self.host.clone().unwrap_or_else(|| format!("127.0.0.1:{port}"));
        let mut text = format!("{} {} HTTP/1.1\r\nHost: {host}\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            text.extend([name, ": ", value, "\r\n"]);
        }
        if !self.body.is_empty() {
            text.extend(["Content-Length: ", &self.body.len().to_string(), "\r\n"]);
        }
        [text.as_bytes(), b"\r\n", &self.body].concat()
    }
}

/// A connection that takes one request after the other.
pub struct Connection {
    stream: TcpStream,
    port: u16,
}

impl Connection {
    pub fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream, port })
    }

    pub fn exchange(&mut self, request: &Request) -> Result<Answer> {
        self.write(request)?;
        self.read(request.method == "HEAD")
    }

    pub fn write(&mut self, request: &Request) -> Result<()> {
        self.stream.write_all(&request.bytes(self.port))
    }

    /// Everything that comes until the connection ends, however it does.
    pub fn read_to_its_end(&mut self) -> Vec<u8> {
        let mut received = Vec::new();
        // What was received before an error is kept.
        _ = self.stream.read_to_end(&mut received);
        received
    }

    fn read(&mut self, headers_only: bool) -> Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let text = String::from_utf8(head).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let mut lines = text.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let length =
            headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
        let mut body = vec![0; if headers_only { 0 } else { length.unwrap_or(0) }];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status: status.ok_or(ErrorKind::InvalidData)?, headers, body })
    }
}

impl Answer {
    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The answer itself, after checking its status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The code of a refusal, after checking its status.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        self.expect(status).json()["code"].as_str().unwrap().to_owned()
    }
}
