//! Forward proxies: HTTP (`CONNECT`, and plain requests) and SOCKS. Whatever host is asked for, they
//! connect to one port of this machine.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex};

use super::acceptor::{Acceptor, join};

/// What a proxy was asked to connect to, in order: `CONNECT host:port`, the target of a plain
/// request, or the host and port of a SOCKS request.
type Asked = Arc<Mutex<Vec<String>>>;

pub struct ForwardProxy {
    acceptor: Acceptor,
    asked: Asked,
}

impl ForwardProxy {
    /// A proxy that lets everybody through.
    pub fn to(port: u16) -> Self {
        Self::http(port, None)
    }

    /// A proxy that answers 407 without this value of `Proxy-Authorization`.
    pub fn asking_for(port: u16, credential: &str) -> Self {
        Self::http(port, Some(credential.to_owned()))
    }

    fn http(port: u16, credential: Option<String>) -> Self {
        Self::answering(move |head| {
            let sent = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                name.eq_ignore_ascii_case("proxy-authorization").then(|| value.to_owned())
            });
            if credential.is_some() && credential != sent { Err(status(407)) } else { Ok(port) }
        })
    }

    /// A proxy that answers every request with this status.
    pub fn refusing(code: u16) -> Self {
        Self::answering(move |_| Err(status(code)))
    }

    /// Connects to a port, or answers by itself.
    fn answering(decide: impl Fn(&str) -> Result<u16, String> + Send + Sync + 'static) -> Self {
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let acceptor = Acceptor::new(move |mut client| {
            let Some(head) = read_head(&mut client) else { return };
            let mut words = head.split(' ');
            let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let tunnel = method == "CONNECT";
            log.lock().expect("the log").push(if tunnel { format!("CONNECT {target}") } else { target.to_owned() });
            let port = match decide(&head) {
                Ok(port) => port,
                Err(answer) => return drop(client.write_all(answer.as_bytes())),
            };
            let mut server = TcpStream::connect(("127.0.0.1", port)).expect("the server behind");
            let begun = if tunnel {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
            } else {
                server.write_all(head.as_bytes())
            };
            if begun.is_ok() {
                join(&client, &server);
            }
        });
        Self { acceptor, asked }
    }

    /// A proxy that speaks SOCKS 5 (RFC 1928), with a user and a password (RFC 1929) if they are
    /// given.
    pub fn socks5(port: u16, credential: Option<(&'static str, &'static str)>) -> Self {
        let asked = Asked::default();
        let log = Arc::clone(&asked);
        let acceptor = Acceptor::new(move |mut client| {
            let target = socks5_handshake(&mut client, credential);
            let Some(target) = target else { return };
            log.lock().expect("the log").push(target);
            let server = TcpStream::connect(("127.0.0.1", port)).expect("the server behind");
            if client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).is_ok() {
                join(&client, &server);
            }
        });
        Self { acceptor, asked }
    }

    /// `host:port`, to be put behind a scheme and a credential.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.acceptor.port)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// What it was asked to connect to.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("the log").clone()
    }
}

fn status(code: u16) -> String {
    format!("HTTP/1.1 {code} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Reads up to the empty line, and nothing behind it: what follows belongs to the server.
fn read_head(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn read<const N: usize>(client: &mut TcpStream) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).ok().map(|()| bytes)
}

fn read_text(client: &mut TcpStream) -> Option<String> {
    let [length] = read(client)?;
    let mut bytes = vec![0; usize::from(length)];
    client.read_exact(&mut bytes).ok()?;
    String::from_utf8(bytes).ok()
}

fn socks5_handshake(client: &mut TcpStream, credential: Option<(&str, &str)>) -> Option<String> {
    let [5, methods] = read(client)? else { return None };
    let mut offered = vec![0; usize::from(methods)];
    client.read_exact(&mut offered).ok()?;
    let method = if credential.is_some() { 2 } else { 0 };
    if !offered.contains(&method) {
        let _ = client.write_all(&[5, 0xff]);
        return None;
    }
    client.write_all(&[5, method]).ok()?;
    if let Some((user, password)) = credential {
        let [1] = read(client)? else { return None };
        let right = read_text(client)? == user && read_text(client)? == password;
        client.write_all(&[1, u8::from(!right)]).ok()?;
        if !right {
            return None;
        }
    }
    let [5, 1, 0, kind] = read(client)? else { return None };
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(client)?).to_string(),
        3 => read_text(client)?,
        _ => return None,
    };
    Some(format!("{host}:{}", u16::from_be_bytes(read(client)?)))
}
