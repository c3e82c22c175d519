//! Where a terminal or the log of a job would obey an answer, it is cleaned; elsewhere it is not.

use std::io::Write as _;

use super::{TOKEN, at, run};
use crate::ci_masks::job;
use crate::support::function_server::{FunctionServer, answer, chunk};
use crate::support::runner::Dialect;
use crate::support::terminal::Streams;

/// A body that terminals and logs act on, and that quotes the token.
fn hostile() -> Vec<u8> {
    let text = format!(
        "{{\"a\": 1}}\n\u{1b}[2J\u{9b}31mred\u{7}\n::add-mask::my-fn\n  ::set-output name=a::b\r\n##[group]x\n##vso[task.complete]y\n\
         section_start:1:x\r::error::z\u{2028}::stop-commands::t\n\u{202e}bidi\u{200b}\n{TOKEN}\njfn_pat_aaaaaaaaaaaaaaaa.\nlast"
    );
    [text.as_bytes(), b" \xff\xfe"].concat()
}

/// Sends a body in pieces of so many bytes.
fn in_pieces(body: Vec<u8>, size: usize) -> FunctionServer {
    FunctionServer::answering(move |stream, _| {
        _ = stream.write_all(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
        for piece in body.chunks(size) {
            _ = stream.write_all(&chunk(piece));
            _ = stream.flush();
        }
        _ = stream.write_all(b"0\r\n\r\n");
    })
}

#[track_caller]
fn assert_harmless(shown: &str) {
    let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{2028}' | '\u{202e}');
    assert!(!shown.contains(bad), "{shown:?}");
    for command in ["##[", "##vso[", "section_start:1"] {
        assert!(!shown.contains(command), "{shown:?}");
    }
    assert!(shown.lines().all(|line| !line.trim_start().starts_with("::")), "{shown:?}");
    assert!(!shown.contains("ourvalue") && !shown.contains("aaaaaaaa"), "{shown:?}");
    for kept in ["{\"a\": 1}\n", "red", "add-mask::my-fn", "set-output name=a::b", "jfn_rt_[redacted]\n", "\nlast"] {
        assert!(shown.contains(kept), "{kept}: {shown:?}");
    }
}

#[test]
fn a_terminal_gets_no_control_characters() {
    for size in [1, 2, 3, 7, 10_000] {
        let server = in_pieces(hostile(), size);
        let session = at(&server).at_terminal(&["call", "my-fn"], Streams::All, None).ended(0);
        assert_harmless(&session.screen);
        assert!(session.screen.contains("\\u{1b}[2J"), "{session:?}");
    }
    // A person who redirects stdout gets the bytes.
    let server = FunctionServer::always(answer(200, "\u{1b}[2J no line end"));
    let session = at(&server).at_terminal(&["call", "my-fn"], Streams::StdoutCaptured, None).ended(0);
    assert_eq!((session.stdout.as_str(), session.screen.as_str()), ("\u{1b}[2J no line end", ""));
}

/// What is said of an answer has lines of its own.
#[test]
fn a_terminal_gets_whole_lines() {
    let server = FunctionServer::always(answer(404, "no line end"));
    let session = at(&server).at_terminal(&["call", "my-fn"], Streams::All, None).ended(5);
    assert!(session.screen.starts_with("no line end\nerror: `my-fn` has nothing at `/`"), "{session:?}");
}

/// A prompt without a line end is shown at once, up to its last word.
#[test]
fn a_terminal_shows_what_is_there() {
    let server = FunctionServer::answering(|stream, _| {
        _ = stream.write_all(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\none two ");
        // Until the client ends.
        _ = std::io::copy(stream, &mut std::io::sink());
    });
    let mut session = crate::support::terminal::AtTerminal::start(at(&server).process(&["call", "my-fn"]));
    session.until_shown("one two ");
    session.signal(rustix::process::Signal::TERM);
    let (status, as_before, _) = session.end();
    assert_eq!((status, as_before), (143, true));
}

#[test]
fn the_log_of_a_job_gets_no_commands() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("that stdout is the log of a job is known by `/proc` alone");
    }
    for dialect in [Dialect::GitHub, Dialect::Forgejo] {
        for size in [1, 5, 10_000] {
            let server = in_pieces(hostile(), size);
            let cli = at(&server);
            let mut runner = job(&cli).dialect(dialect);
            let step = runner.step("jelou call my-fn; echo \"::notice::after\"");
            assert_eq!(step.status, 0, "{}", step.log);
            let names: Vec<&str> = runner.commands().iter().map(|command| command.name.as_str()).collect();
            assert_eq!(names, ["notice"], "{}", step.log);
            let of_call: Vec<&str> = step.log.lines().filter(|line| !line.contains("after")).collect();
            assert_harmless(&(of_call.join("\n") + "\n"));
        }
    }
}

/// What a step captures is data.
#[test]
fn what_a_step_captures_is_not_cleaned() {
    let server = FunctionServer::always(answer(200, hostile()));
    let cli = at(&server);
    let mut runner = job(&cli);
    let step = runner.step("jelou call my-fn > captured; jelou call my-fn | cat > piped");
    assert_eq!(step.status, 0, "{}", step.log);
    for file in ["captured", "piped"] {
        assert!(std::fs::read(cli.folder().join(file)).unwrap() == hostile(), "{file}");
    }
    let ran = run(&cli, &["call", "my-fn"], b"");
    assert!(ran.stdout == hostile());
}

/// What is said of an answer is cleaned everywhere.
#[test]
fn headers_are_cleaned_in_errors() {
    let head = format!(
        "HTTP/1.1 302 X\r\nLocation: https://x/\t##[group]{TOKEN}\r\nX-Request-Id: ::error::x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    let server = FunctionServer::always(head);
    let ran = at(&server).jelou(&["call", "my-fn", "-v"]).ended(9);
    assert!(!ran.stderr.contains("##[") && !ran.stderr.contains("ourvalue") && !ran.stderr.contains('\t'), "{ran:?}");
}
