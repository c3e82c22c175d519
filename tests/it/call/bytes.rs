//! Both bodies byte for byte: every value, any length, no line feed added or taken, no decoding.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Stdio;

use super::{at, run, sent};
use crate::support::function_server::{FunctionServer, Received, answer, chunk};

/// Every value of a byte, some of them where a text would end or begin.
fn every_byte() -> Vec<u8> {
    let all: Vec<u8> = (0..=255).collect();
    [b"\xef\xbb\xbf", &all[..], b"\r\n\n\0", &all, b"\r"].concat()
}

/// Five megabytes that no compression shortens.
fn many_bytes() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..5_000_000).map(|_| random.u8(..)).collect()
}

fn bodies() -> [Vec<u8>; 6] {
    [vec![], b"x".to_vec(), b"\n".to_vec(), b"no line end".to_vec(), every_byte(), many_bytes()]
}

#[test]
fn an_answer_is_printed_byte_for_byte() {
    for body in bodies() {
        let head = "HTTP/1.1 200 X\r\nConnection: close\r\n";
        let chunks: Vec<u8> = body.chunks(100_000).flat_map(chunk).collect();
        let compressed = format!("{head}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len());
        for (what, whole) in [
            ("with its length", answer(200, &body)),
            (
                "in chunks",
                [format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes(), &chunks, b"0\r\n\r\n"].concat(),
            ),
            ("to the end of the connection", [format!("{head}\r\n").as_bytes(), &body].concat()),
            ("in a coding", [compressed.as_bytes(), &body].concat()),
            ("of a refusal", answer(422, &body)),
        ] {
            let ran = run(&at(&FunctionServer::always(whole)), &["call", "my-fn"], b"");
            assert_eq!(ran.status, if what == "of a refusal" { 6 } else { 0 }, "{what}: {}", ran.stderr);
            assert!(ran.stdout == body, "{what}: {} of {} bytes", ran.stdout.len(), body.len());
        }
    }
}

/// The request of a command that is changed before it runs.
#[track_caller]
fn request_of(arguments: &[&str], change: impl FnOnce(&mut std::process::Command)) -> Received {
    let server = FunctionServer::always(answer(200, ""));
    let cli = at(&server);
    let mut command = cli.process(arguments);
    change(&mut command);
    let output = command.stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    server.request()
}

#[test]
fn an_argument_is_sent_byte_for_byte() {
    for text in ["a\n", "\n\n", " {\"a\": \"é\"} \r\n", "a=1&b=2", "a@b", " @x"]
        .map(str::as_bytes)
        .into_iter()
        .chain([&b"\xff\xfe\x80\n"[..]])
    {
        let request = request_of(&["call", "my-fn"], |command| {
            command.arg("-d").arg(OsStr::from_bytes(text));
        });
        assert_eq!(request.body, text);
        assert_eq!(request.header("content-length"), [text.len().to_string()]);
    }
}

#[test]
fn a_file_is_sent_byte_for_byte_with_its_length() {
    for body in bodies() {
        let server = FunctionServer::always(answer(200, ""));
        let cli = at(&server);
        cli.write("a file", &body);
        let ran = run(&cli, &["call", "my-fn", "-d", "@a file"], b"not this");
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        let request = server.request();
        assert!(request.body == body, "{} of {} bytes", request.body.len(), body.len());
        assert_eq!(request.header("content-length"), [body.len().to_string()]);
        assert_eq!(request.header("transfer-encoding"), [""; 0]);
    }
}

#[test]
fn stdin_is_sent_byte_for_byte() {
    for body in bodies() {
        for method in ["POST", "PUT", "GET", "DELETE"] {
            let server = FunctionServer::always(answer(200, ""));
            let ran = run(&at(&server), &["call", "my-fn", "-d@-", "-X", method], &body);
            assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
            let request = server.request();
            assert!(request.body == body, "{method}: {} of {} bytes", request.body.len(), body.len());
            assert_eq!(request.header("transfer-encoding"), ["chunked"], "{method}");
        }
    }
}

/// Of a file on stdin what is left of it, with its length.
#[test]
fn a_file_on_stdin_is_sent_from_where_it_stands() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"0123456789\n").unwrap();
    file.seek(SeekFrom::Start(4)).unwrap();
    let request = request_of(&["call", "my-fn", "-d", "@-"], |command| _ = command.stdin(file));
    assert_eq!((request.body.as_slice(), request.header("content-length")), (&b"456789\n"[..], vec!["7"]));
    let request = request_of(&["call", "my-fn", "-d", "@-"], |command| _ = command.stdin(Stdio::null()));
    assert!(request.body.is_empty(), "{request:?}");
}

/// A file of `/proc` says that it is empty, a FIFO has no length at all.
#[test]
fn a_file_without_a_length_is_sent_to_its_end() {
    #[cfg(target_os = "linux")]
    {
        let request = sent(&["my-fn", "-d", "@/proc/sys/kernel/ostype"]);
        assert_eq!(request.body, b"Linux\n");
    }
    assert_eq!(sent(&["my-fn", "-d", "@/dev/null"]).body, b"");
    let server = FunctionServer::always(answer(200, ""));
    let cli = at(&server);
    let fifo = cli.folder().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let writer = std::thread::spawn(move || File::options().write(true).open(fifo).unwrap().write_all(b"through it\n"));
    cli.jelou(&["call", "my-fn", "-d", "@fifo"]).ended(0);
    writer.join().unwrap().unwrap();
    assert_eq!(server.request().body, b"through it\n");
}

/// A GET with a body is what `curl -X GET -d` sends; a HEAD, too.
#[test]
fn a_body_is_sent_with_any_method() {
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(sent_with(method, "-d", "text").body, b"text", "{method}");
        assert_eq!(sent_with(method, "-d", "@file").body, b"from a file", "{method}");
    }
}

fn sent_with(method: &str, flag: &str, data: &str) -> Received {
    let server = FunctionServer::answering(|stream, request| {
        let body = if request.line().starts_with("HEAD") { "" } else { "ok" };
        _ = stream.write_all(&answer(200, body));
    });
    let cli = at(&server);
    cli.write("file", "from a file");
    cli.jelou(&["call", "my-fn", "-X", method, flag, data]).ended(0);
    server.request()
}
