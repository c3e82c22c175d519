//! Both bodies as streams: each piece at once, any amount in constant memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::{at, run};
use crate::support::cli::Cli;
use crate::support::function_server::{FunctionServer, answer, chunk, next_chunk};
use crate::support::running::until;
use crate::support::terminal::AtTerminal;

pub(super) const CHUNKED: &str = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";

/// A function that sends the pieces that a test gives it, when it gives them. The end of the
/// channel is that of the answer.
pub(super) fn told() -> (Sender<Vec<u8>>, FunctionServer) {
    let (sender, receiver) = channel::<Vec<u8>>();
    let receiver = Mutex::new(receiver);
    let server = FunctionServer::answering(move |stream, _| {
        for piece in receiver.lock().unwrap().iter() {
            if stream.write_all(&piece).is_err() {
                return;
            }
        }
    });
    (sender, server)
}

pub(super) fn start(cli: &Cli, arguments: &[&str]) -> (Child, BufReader<ChildStdout>) {
    let mut command = cli.process(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

#[track_caller]
pub(super) fn ended(child: Child, status: i32) -> String {
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{stderr}");
    stderr
}

#[test]
fn an_answer_appears_piece_by_piece() {
    let (function, server) = told();
    let (child, mut stdout) = start(&at(&server), &["call", "my-fn", "/events"]);
    function.send(CHUNKED.into()).unwrap();
    for piece in ["data: 1\n\n", "data: 2\n\n", "no line end", "\0\u{1b}[2J"] {
        function.send(chunk(piece.as_bytes())).unwrap();
        let mut found = vec![0; piece.len()];
        stdout.read_exact(&mut found).unwrap();
        assert_eq!(found, piece.as_bytes());
    }
    function.send(b"0\r\n\r\n".to_vec()).unwrap();
    drop(function);
    assert_eq!(ended(child, 0), "");
}

#[test]
fn a_body_is_sent_piece_by_piece() {
    let (seen, pieces): (Sender<Vec<u8>>, Receiver<Vec<u8>>) = channel();
    let server = FunctionServer::at_head(move |mut reader, _| {
        while let Some(piece) = next_chunk(&mut reader) {
            seen.send(piece).unwrap();
        }
        _ = reader.get_mut().write_all(&answer(200, "done"));
    });
    let (mut child, mut stdout) = start(&at(&server), &["call", "my-fn", "-d", "@-"]);
    let mut stdin = child.stdin.take().unwrap();
    for piece in ["{\"n\": 1}\n", "{\"n\": 2}\n", "half a li"] {
        stdin.write_all(piece.as_bytes()).unwrap();
        assert_eq!(pieces.recv().unwrap(), piece.as_bytes());
    }
    drop(stdin);
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), ended(child, 0).as_str()), ("done", ""));
}

/// Both at once, and an end that does not wait for stdin.
#[test]
fn an_answer_may_come_while_the_body_is_sent() {
    let server = FunctionServer::at_head(|mut reader, _| {
        reader.get_mut().write_all(CHUNKED.as_bytes()).unwrap();
        while let Some(piece) = next_chunk(&mut reader) {
            let last = piece == b"bye\n";
            reader.get_mut().write_all(&chunk(&piece)).unwrap();
            if last {
                break;
            }
        }
        reader.get_mut().write_all(b"0\r\n\r\n").unwrap();
    });
    let (mut child, mut stdout) = start(&at(&server), &["call", "my-fn", "-d", "@-"]);
    let mut stdin = child.stdin.take().unwrap();
    for line in ["one\n", "two\n", "bye\n"] {
        stdin.write_all(line.as_bytes()).unwrap();
        let mut echoed = String::new();
        stdout.read_line(&mut echoed).unwrap();
        assert_eq!(echoed, line);
    }
    let status = until("its end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
    drop(stdin);
}

/// Who refuses a body stops to read it.
#[test]
fn a_refusal_of_a_body_that_is_not_sent_yet_is_the_refusal() {
    let server = FunctionServer::at_head(|reader, _| {
        let mut stream = reader.into_inner();
        stream.write_all(&answer(413, "too much")).unwrap();
        // What is unread makes closing a reset.
    });
    let cli = at(&server);
    let file = File::create(cli.folder().join("big")).unwrap();
    file.set_len(100_000_000).unwrap();
    let ran = cli.jelou(&["call", "my-fn", "-d", "@big"]);
    // The reset may overtake the answer.
    if ran.status == 10 {
        assert!(ran.stderr.contains("did not take the whole body: it may have refused its size"), "{ran:?}");
    } else {
        let ran = ran.ended(6);
        assert!(ran.stderr.contains("(VALIDATION_ERROR, exit 6)"), "{ran:?}");
    }
    // One that goes on reading gets no more.
    let (told, size) = channel();
    let told = Mutex::new(told);
    let server = FunctionServer::at_head(move |mut reader, _| {
        reader.get_mut().write_all(&answer(413, "too much")).unwrap();
        _ = told.lock().unwrap().send(std::io::copy(&mut reader, &mut std::io::sink()).unwrap_or(0));
    });
    let cli = at(&server);
    File::create(cli.folder().join("big")).unwrap().set_len(100_000_000).unwrap();
    let ran = cli.jelou(&["call", "my-fn", "-d", "@big"]).ended(6);
    assert!(size.recv().unwrap() < 100_000_000);
    assert_eq!(ran.stdout, "too much");
}

/// The largest amount of memory that a process has had, in KiB.
#[cfg(target_os = "linux")]
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Waits until every thread of a process waits, a hundred times in a row.
#[cfg(target_os = "linux")]
fn until_it_waits(child: &Child) {
    let waits = |thread: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S'))
    };
    let mut in_a_row = 0;
    until("the process waits", || {
        let mut threads = std::fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
        in_a_row = if threads.all(|thread| waits(thread.unwrap())) { in_a_row + 1 } else { 0 };
        (in_a_row == 100).then_some(())
    });
}

/// A server that does not read holds up the source, not the memory.
#[cfg(target_os = "linux")]
#[test]
fn a_large_body_takes_constant_memory() {
    const SIZE: u64 = 300_000_000;
    for from_stdin in [false, true] {
        let (arrived, arrival) = channel();
        let (go, gone) = channel::<()>();
        let (told, size) = channel();
        let (gone, told) = (Mutex::new(gone), Mutex::new(told));
        let server = FunctionServer::at_head(move |mut reader, head| {
            arrived.send(()).unwrap();
            _ = gone.lock().unwrap().recv();
            let mut count = 0;
            if head.to_ascii_lowercase().contains("chunked") {
                while let Some(piece) = next_chunk(&mut reader) {
                    count += piece.len() as u64;
                }
            } else {
                count = std::io::copy(&mut reader.by_ref().take(SIZE), &mut std::io::sink()).unwrap();
            }
            told.lock().unwrap().send(count).unwrap();
            _ = gone.lock().unwrap().recv();
            reader.get_mut().write_all(&answer(200, "")).unwrap();
        });
        let cli = at(&server);
        let path = cli.folder().join("big");
        File::create(&path).unwrap().set_len(SIZE).unwrap();
        let data = if from_stdin { "@-" } else { "@big" };
        let mut command = cli.process(&["call", "my-fn", "-d", data]);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || {
            if from_stdin {
                std::io::copy(&mut File::open(&path).unwrap(), &mut stdin).unwrap();
            }
        });
        arrival.recv().unwrap();
        until_it_waits(&child);
        go.send(()).unwrap();
        assert_eq!(size.recv().unwrap(), SIZE);
        assert!(peak(&child) < 64 * 1024, "{} KiB", peak(&child));
        go.send(()).unwrap();
        ended(child, 0);
        writer.join().unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_answer_takes_constant_memory() {
    const SIZE: usize = 300_000_000;
    let (function, server) = told();
    let (child, mut stdout) = start(&at(&server), &["call", "my-fn"]);
    function.send(format!("HTTP/1.1 200 X\r\nContent-Length: {SIZE}\r\n\r\n").into_bytes()).unwrap();
    let piece = vec![b'x'; 1_000_000];
    for _ in 1..SIZE / piece.len() {
        function.send(piece.clone()).unwrap();
        std::io::copy(&mut stdout.by_ref().take(piece.len() as u64), &mut std::io::sink()).unwrap();
    }
    assert!(peak(&child) < 64 * 1024, "{} KiB", peak(&child));
    function.send(piece).unwrap();
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    ended(child, 0);
}

#[test]
fn a_person_types_a_body() {
    let server = FunctionServer::always(answer(200, "done"));
    let mut session = AtTerminal::start(at(&server).process(&["call", "my-fn", "-d", "@-"]));
    session.until_shown("Reading from the terminal; Ctrl-D on a line of its own ends it");
    session.types("{\"a\": 1}\n\u{4}");
    session.until_shown("done");
    assert_eq!(session.end().0, 0);
    assert_eq!(server.request().body, b"{\"a\": 1}\n");
}

/// A body that nobody ends, and a stdin that nobody writes to, hold up no end.
#[test]
fn an_early_end_does_not_wait_for_stdin() {
    let server = FunctionServer::at_head(|reader, _| {
        let mut stream = reader.into_inner();
        stream.write_all(&answer(200, "enough")).unwrap();
    });
    let (mut child, mut stdout) = start(&at(&server), &["call", "my-fn", "-d", "@-"]);
    let stdin = child.stdin.take().unwrap();
    let mut text = String::new();
    stdout.read_to_string(&mut text).unwrap();
    assert_eq!(text, "enough");
    let status = until("its end", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(0));
    drop(stdin);
    let ran = run(&at(&server), &["call", "my-fn", "-d", "@-"], b"");
    assert_eq!((ran.status, ran.stdout.as_slice()), (0, &b"enough"[..]));
}
