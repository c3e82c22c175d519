//! `install.sh` over a network that fails: which failures are tried again, and what is said of the
//! others.

use std::path::Path;

use crate::support::raw_server::RawServer;
use crate::support::tools;

use super::{Machine, TARGET};

/// What brings a file over the network.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fetcher {
    Curl,
    Wget,
    /// The wget of busybox.
    SmallWget,
}

fn fetchers() -> Vec<Fetcher> {
    let mut here = vec![Fetcher::Curl];
    for (name, fetcher) in [("wget", Fetcher::Wget), ("busybox", Fetcher::SmallWget)] {
        if tools::is_installed(name) {
            here.push(fetcher);
        } else {
            crate::support::skipped(&format!("there is no {name}"));
        }
    }
    here
}

/// A machine that has it, and no other.
fn with(fetcher: Fetcher) -> Machine {
    let machine = Machine::new();
    match fetcher {
        Fetcher::Curl => return machine,
        Fetcher::Wget => machine.with_program("wget"),
        Fetcher::SmallWget => {
            machine.with_program("busybox");
            machine.stand_in("wget", "exec busybox wget \"$@\"");
        }
    }
    machine.without_program("curl");
    machine
}

pub(super) fn answer(status: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n{head}\r\n");
    [head.as_bytes(), body].concat()
}

/// Answers a request with a file below a folder.
pub(super) fn file(folder: &Path, request: &str) -> Vec<u8> {
    let path = request.split(' ').nth(1).unwrap();
    // Through a proxy the whole address is asked for.
    let path = path.split_once("://").map_or(path, |(_, rest)| &rest[rest.find('/').unwrap()..]);
    match std::fs::read(folder.join(path.trim_start_matches('/'))) {
        Ok(body) => answer("200", "", &body),
        Err(_) => answer("404", "", b"<html>no such page</html>"),
    }
}

/// The paths that were asked for.
fn asked(server: &RawServer) -> Vec<String> {
    server.requests().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn a_release_is_downloaded() {
    for fetcher in fetchers() {
        let mut machine = with(fetcher);
        machine.publish("0.1.0", TARGET);
        let folder = machine.path("releases");
        let server = RawServer::answering(move |_, request| file(&folder, request));
        machine.releases = format!("{}/", server.url());
        let _ = machine.install(&[]).ended(0);
        let archive = format!("/download/v0.1.0/jelou-v0.1.0-{TARGET}.tar.gz");
        assert_eq!(asked(&server), ["/latest/download/SHA256SUMS", &archive], "{fetcher:?}");
        // With a version and its hash, one request is all.
        let hash = machine.hash("0.1.0");
        let _ = machine.install(&["--version", "0.1.0", "--sha256", &hash]).ended(0);
        assert_eq!(asked(&server)[2..], [archive], "{fetcher:?}");
        assert!(!machine.path("pauses").exists());
    }
}

/// GitHub leads from `latest` to the version, and from there to a store of files.
#[test]
fn redirects_are_followed() {
    for fetcher in fetchers() {
        let mut machine = with(fetcher);
        machine.publish("0.1.0", TARGET);
        let folder = machine.path("releases");
        let store = RawServer::answering(move |_, request| file(&folder, &request.replace("/stored/", "/download/")));
        let stored = store.url();
        let server = RawServer::answering(move |_, request| {
            let path = request.split(' ').nth(1).unwrap();
            let to = match path.strip_prefix("/latest/download/") {
                Some(name) => format!("/download/v0.1.0/{name}"),
                None => format!("{stored}{}", path.replace("/download/", "/stored/")),
            };
            answer("302", &format!("Location: {to}\r\n"), b"")
        });
        machine.releases = server.url();
        let _ = machine.install(&[]).ended(0);
        assert_eq!(asked(&store).len(), 2, "{fetcher:?}");
    }
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    for fetcher in fetchers() {
        let mut machine = with(fetcher);
        machine.publish("0.1.0", TARGET);
        let folder = machine.path("releases");
        let server = RawServer::answering(move |_, request| file(&folder, request));
        machine.releases = server.url();
        let ran = machine.install(&["--version", "9.9.9"]).ended(4);
        let url = format!("{}/download/v9.9.9/SHA256SUMS", server.url());
        let told = format!("error: There is no {url}\nhint: is the version right, and built for {TARGET}?\n");
        assert_eq!(ran.stderr, told, "{fetcher:?}");
        assert_eq!(asked(&server).len(), 1);
        std::fs::remove_file(machine.published("0.1.0", &format!("jelou-v0.1.0-{TARGET}.tar.gz"))).unwrap();
        let _ = machine.install(&[]).ended(4);
        assert!(machine.installed().is_empty() && !machine.path("pauses").exists());
    }
}

#[test]
fn passing_failures_are_tried_again() {
    for fetcher in fetchers() {
        for (first, told) in [
            (answer("503", "", b"later"), "(503)"),
            (answer("429", "", b"later"), "(429)"),
            (answer("500", "", b"oops"), "(500)"),
            // Cut off: fewer bytes than were promised.
            (b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nhalf".to_vec(), ""),
            // Nothing at all.
            (Vec::new(), ""),
        ] {
            let mut machine = with(fetcher);
            machine.publish("0.1.0", TARGET);
            let folder = machine.path("releases");
            let of_failure = first.clone();
            let server =
                RawServer::answering(
                    move |number, request| {
                        if number % 2 == 0 { of_failure.clone() } else { file(&folder, request) }
                    },
                );
            machine.releases = server.url();
            let ran = machine.install(&[]).ended(0);
            assert_eq!(asked(&server).len(), 4, "{fetcher:?}: {ran:?}");
            assert!(
                ran.stderr.contains(told) && ran.stderr.contains(", trying again in 1 s\n"),
                "{fetcher:?}: {ran:?}"
            );

            let folder = machine.path("releases");
            let server = RawServer::answering(move |_, request| {
                if request.contains("SHA256SUMS") { file(&folder, request) } else { first.clone() }
            });
            machine.releases = server.url();
            std::fs::remove_file(machine.path("pauses")).unwrap();
            std::fs::remove_dir_all(machine.path("home/.local")).unwrap();
            let ran = machine.install(&[]).ended(4);
            assert_eq!(asked(&server).len(), 5, "{fetcher:?}: {ran:?}");
            assert_eq!(std::fs::read_to_string(machine.path("pauses")).unwrap(), "1\n2\n4\n");
            assert!(ran.stderr.contains("tar.gz could not be downloaded: "), "{fetcher:?}: {ran:?}");
            assert!(machine.installed().is_empty());
        }
    }
}

#[test]
fn a_refusal_is_final() {
    for fetcher in fetchers() {
        for status in ["400", "401", "403", "410"] {
            let server = RawServer::always(answer(status, "", b"no"));
            let mut machine = with(fetcher);
            machine.releases = server.url();
            let ran = machine.install(&[]).ended(4);
            let url = format!("{}/latest/download/SHA256SUMS", server.url());
            let told = format!("error: {url} could not be downloaded: the server answered {status}\n");
            assert_eq!(ran.stderr, told, "{fetcher:?}");
            assert_eq!(asked(&server).len(), 1);
        }
    }
}

#[test]
fn nobody_waits_for_a_server_that_says_nothing() {
    use crate::support::acceptor::Acceptor;
    for fetcher in fetchers() {
        // It takes the connection, reads, and never answers.
        let server = Acceptor::new(|mut stream| drop(std::io::copy(&mut stream, &mut std::io::sink())));
        let mut machine = with(fetcher);
        machine.releases = format!("http://127.0.0.1:{}", server.port);
        let ran = machine.install(&["--timeout", "1"]).ended(4);
        assert_eq!(server.connections(), 4, "{fetcher:?}");
        assert!(ran.stderr.contains("SHA256SUMS could not be downloaded: "), "{ran:?}");
        assert!(ran.stderr.contains("timed out") || ran.stderr.contains("it took longer than 1 s"), "{ran:?}");
    }
}

#[test]
fn a_port_where_nobody_listens_is_said() {
    for fetcher in fetchers() {
        let server = RawServer::always(Vec::new());
        let mut machine = with(fetcher);
        machine.releases = server.url();
        drop(server);
        let ran = machine.install(&[]).ended(4);
        let last = ran.stderr.lines().last().unwrap();
        assert!(last.starts_with("error: ") && last.to_lowercase().contains("connect"), "{fetcher:?}: {ran:?}");
    }
}
