//! Calls that break off: a connection that is cut or falls silent, a source that fails, a stdout
//! that takes nothing, a signal.

use std::fs::File;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::at;
use super::streams::{CHUNKED, ended, start, told};
use crate::support::cli::{Cli, Ran};
use crate::support::function_server::{FunctionServer, answer, chunk};
use crate::support::running::{Running, until};

#[test]
fn an_answer_that_is_cut_off_is_an_error_and_its_beginning_is_printed() {
    let by_length = |status: u16| format!("HTTP/1.1 {status} X\r\nContent-Length: 100\r\n\r\nbeginning");
    let by_chunks = format!("{CHUNKED}9\r\nbeginning\r\n");
    let within = format!("{CHUNKED}20\r\nbeginning");
    let nonsense = format!("{CHUNKED}9\r\nbeginning\r\nnonsense\r\n");
    for (what, status) in [
        (by_length(200), 200),
        (by_chunks, 200),
        (within, 200),
        (nonsense, 200),
        (by_length(404), 404),
        (by_length(500), 500),
    ] {
        for method in ["GET", "POST"] {
            let ran = at(&FunctionServer::always(what.clone())).jelou(&["call", "my-fn", "-X", method]).ended(10);
            assert_eq!(ran.stdout, "beginning", "{what:?}");
            assert!(ran.stderr.contains("was lost before the answer was complete"), "{ran:?}");
            assert!(ran.stderr.contains(&format!("(its status is {status}) (NETWORK_ERROR, exit 10)")), "{ran:?}");
            assert_eq!(ran.stderr.contains("the function may have run"), method == "POST", "{ran:?}");
        }
    }
}

#[test]
fn a_server_that_falls_silent_is_not_waited_for() {
    let quick = ["--request-timeout", "300ms"];
    for beginning in [String::new(), format!("{CHUNKED}9\r\nbeginning\r\n")] {
        let (function, server) = told();
        function.send(beginning.clone().into_bytes()).unwrap();
        let ran = at(&server).jelou(&[&["call", "my-fn", "-d", "x"], &quick[..]].concat()).ended(10);
        assert_eq!(ran.stdout, if beginning.is_empty() { "" } else { "beginning" });
        assert!(ran.stderr.contains("within 300ms") && ran.stderr.contains("`--request-timeout`"), "{ran:?}");
        assert_eq!(server.connections(), 1);
        drop(function);
    }
    // One that takes nothing of a body.
    let (done, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = FunctionServer::at_head(move |_reader, _| _ = wait.lock().unwrap().recv());
    let cli = at(&server);
    File::create(cli.folder().join("big")).unwrap().set_len(100_000_000).unwrap();
    let ran = cli.jelou(&[&["call", "my-fn", "-d", "@big"], &quick[..]].concat()).ended(10);
    assert!(ran.stderr.contains("within 300ms"), "{ran:?}");
    drop(done);
}

/// The limit is one of each pause: neither of the whole, nor of a source that takes its time.
#[test]
fn what_moves_may_take_any_time() {
    // A server and a stdin that are slow: these pauses are what is tested.
    let pause = || std::thread::park_timeout(Duration::from_millis(450));
    let server = FunctionServer::answering(move |stream, _| {
        stream.write_all(CHUNKED.as_bytes()).unwrap();
        for _ in 0..6 {
            pause();
            stream.write_all(&chunk(b"x")).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let ran = at(&server).jelou(&["call", "my-fn", "--request-timeout", "2s"]).ended(0);
    assert_eq!(ran.stdout, "xxxxxx");
    let server = FunctionServer::always(answer(200, "done"));
    let (mut child, _stdout) = start(&at(&server), &["call", "my-fn", "-d", "@-", "--request-timeout", "200ms"]);
    let mut stdin = child.stdin.take().unwrap();
    for _ in 0..2 {
        stdin.write_all(b"x").unwrap();
        pause();
    }
    drop(stdin);
    ended(child, 0);
    assert_eq!(server.request().body, b"xx");
}

#[test]
fn a_file_that_becomes_shorter_breaks_the_request_off() {
    let (arrived, arrival) = channel::<()>();
    let (go, gone) = channel::<()>();
    let gone = Mutex::new(gone);
    let ended_early = Arc::new(Mutex::new(None));
    let early = Arc::clone(&ended_early);
    let server = FunctionServer::at_head(move |mut reader, _| {
        arrived.send(()).unwrap();
        _ = gone.lock().unwrap().recv();
        let count = std::io::copy(&mut reader, &mut std::io::sink());
        *early.lock().unwrap() = Some(count.unwrap_or(0));
    });
    let cli = at(&server);
    let path = cli.folder().join("big");
    let file = File::create(&path).unwrap();
    file.set_len(200_000_000).unwrap();
    let running = cli.start(&["call", "my-fn", "-d", "@big"]);
    arrival.recv().unwrap();
    file.set_len(1).unwrap();
    go.send(()).unwrap();
    let ran = running.end().ran.ended(1);
    assert!(ran.stderr.contains("it became shorter while it was sent"), "{ran:?}");
    let count = until("the end of the body", || *ended_early.lock().unwrap());
    assert!(count < 200_000_000, "the server cannot take it for the whole: {count}");
}

#[must_use]
fn with_stdout(cli: &Cli, arguments: &[&str], stdout: impl Into<Stdio>) -> Ran {
    let output = cli.process(arguments).stdout(stdout).stderr(Stdio::piped()).output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A function whose answer has no end.
fn endless(status: u16) -> FunctionServer {
    FunctionServer::answering(move |stream, _| {
        let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n\r\n");
        _ = stream.write_all(head.as_bytes());
        while stream.write_all(&b"a line\n".repeat(1000)).is_ok() {}
    })
}

#[test]
fn a_reader_that_has_enough_ends_a_read_quietly() {
    let mut cli = at(&endless(200));
    for line in ["jelou call my-fn | head -1", "jelou call my-fn -X OPTIONS | head -1"] {
        let server = endless(200);
        cli.set("JELOU_GATEWAY_URL", &server.url());
        let ran = cli.bash(&format!("set -o pipefail; {line}")).ended(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("a line\n", ""), "{line}");
    }
    let server = endless(200);
    cli.set("JELOU_GATEWAY_URL", &server.url());
    let ran = cli.bash("set -o pipefail; jelou call my-fn -d x | head -1").ended(1);
    assert_eq!(ran.stdout, "a line\n");
    assert!(
        ran.stderr.contains("nobody reads stdout; the request was sent and answered with 200 (UNKNOWN_ERROR"),
        "{ran:?}"
    );
    let server = endless(404);
    cli.set("JELOU_GATEWAY_URL", &server.url());
    let ran = cli.bash("set -o pipefail; jelou call my-fn | head -1").ended(5);
    assert!(ran.stderr.contains("(NOT_FOUND, exit 5)"), "{ran:?}");
}

#[test]
fn a_full_disk_is_an_error() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("no other system has `/dev/full`");
    }
    for arguments in [&["call", "my-fn"][..], &["call", "my-fn", "-d", "x"]] {
        for status in [200, 404] {
            let server = FunctionServer::always(answer(status, "an answer"));
            let full = File::options().write(true).open("/dev/full").unwrap();
            let ran = with_stdout(&at(&server), arguments, full).ended(1);
            let end = format!("the request was sent and answered with {status} (UNKNOWN_ERROR, exit 1)");
            assert!(ran.stderr.contains(&end), "{ran:?}");
        }
    }
    let ran =
        with_stdout(&at(&endless(200)), &["call", "my-fn"], File::options().write(true).open("/dev/full").unwrap());
    assert_eq!(ran.status, 1);
    with_stdout(&at(&FunctionServer::always(answer(200, "x"))), &["call", "my-fn"], Stdio::null()).ended(0);
}

/// Nothing is to be undone, so a signal has its usual effect, at any moment.
#[test]
fn a_signal_ends_it_at_once() {
    for number in [1, 2, 3, 15] {
        for beginning in ["", "HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nbegin"] {
            let (function, server) = told();
            function.send(beginning.into()).unwrap();
            let cli = at(&server);
            let log = cli.folder().join("stdout");
            let mut command: Command = cli.process(&["call", "my-fn", "-d", "x"]);
            command.stdout(File::create(&log).unwrap());
            let mut running = Running::start_into(command);
            until("the request", || (!server.requests().is_empty()).then_some(()));
            let expected = beginning.rsplit('\n').next().unwrap();
            until("the piece", || (std::fs::read_to_string(&log).unwrap() == expected).then_some(()));
            running.signal(number);
            let ended = running.end();
            assert_eq!((ended.signal, ended.ran.stderr.as_str()), (Some(number), ""), "{number}");
            drop(function);
        }
    }
}
