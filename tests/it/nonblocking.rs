//! Standard streams that are non-blocking, as a parent in Node.js or ssh leaves them: nothing is
//! lost, and nothing fails because a pipe is full or still empty.

use std::fs::File;
use std::io::{PipeWriter, Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use crate::support::cli::{Cli, Ran};
use crate::support::running::{Running, until};

const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "new"];

fn set_non_blocking(fd: &impl rustix::fd::AsFd) {
    fcntl_setfl(fd, fcntl_getfl(fd).unwrap() | OFlags::NONBLOCK).unwrap();
}

/// A pipe whose writing end is non-blocking and which is full. Gives both ends, and how many bytes
/// stand before what is written next.
fn full_pipe() -> (File, File, usize) {
    let (reader, writer) = std::io::pipe().unwrap();
    let (reader, mut writer) = (File::from(OwnedFd::from(reader)), File::from(OwnedFd::from(writer)));
    set_non_blocking(&writer);
    let mut filled = 0;
    // Large pieces first, then single bytes until not one more fits.
    for piece in [&[b'.'; 4096][..], &[b'.'; 1]] {
        while let Ok(count) = writer.write(piece) {
            filled += count;
        }
    }
    assert!(filled >= 4096);
    (reader, writer, filled)
}

/// A process that reads what a pipe holds as soon as it is told to. It has no environment: where
/// the tests run in a CI job, they are programs of its step, and a mask that those would read is
/// refused.
struct ReaderOutsideOfJobs {
    process: Child,
    begin: PipeWriter,
}

impl ReaderOutsideOfJobs {
    fn new(pipe: File) -> Self {
        let (wait, begin) = std::io::pipe().unwrap();
        let mut command = Command::new("/bin/sh");
        // Its stderr is a way in: a third stream that a child can be given.
        command.args(["-c", "read -r begin <&2; exec cat"]).env_clear().env("PATH", std::env::var("PATH").unwrap());
        command.stdin(pipe).stderr(wait).stdout(Stdio::piped());
        Self { process: command.spawn().unwrap(), begin }
    }

    fn read_all(mut self) -> String {
        self.begin.write_all(b"now\n").unwrap();
        let read = self.process.wait_with_output().unwrap();
        assert!(read.status.success(), "{read:?}");
        String::from_utf8(read.stdout).unwrap()
    }
}

/// What a program sent behind the filling of a pipe.
fn rest_of(mut reader: File, filled: usize) -> String {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text.split_off(filled)
}

#[test]
fn stdout_that_is_full_is_waited_for() {
    for (arguments, status, words) in [
        (&[CREATE, &["--quiet"]].concat()[..], 0, "jfn_rt_sbx_"),
        (&[CREATE, &["--json"]].concat(), 0, "\"token\":\"jfn_rt_sbx_"),
        (&[CREATE, &["--jq", ".data.token"]].concat(), 0, "jfn_rt_sbx_"),
        (&["tokens", "list", "my-function"], 0, "default"),
        (&["tokens", "list", "my-function", "--jq", "[range(60000)]"], 0, ",59999]\n"),
        (&["tokens", "list", "my-function", "--ndjson"], 0, "\"default\""),
        (&["tokens", "list", "absent-function", "--json"], 5, "\"NOT_FOUND\""),
        (&["tokens", "--nonsense", "--json"], 2, "\"INPUT_ERROR\""),
        (&["schema"], 0, "json-schema.org"),
        (&["completions", "bash"], 0, "complete"),
        (&["--help"], 0, "Usage"),
    ] {
        let cli = Cli::new();
        let (reader, writer, filled) = full_pipe();
        let mut command = cli.process(arguments);
        command.stdout(writer);
        let running = Running::start_into(command);
        // It is drained only when there is something to print, if anything is asked at all.
        if status == 0 && arguments[0] == "tokens" {
            until("a request", || (!cli.sent(false).is_empty()).then_some(()));
        }
        let reading = std::thread::spawn(move || rest_of(reader, filled));
        let ended = running.end();
        let text = reading.join().unwrap();
        assert_eq!(ended.ran.status, status, "{arguments:?}: {ended:?}");
        assert!(text.contains(words) && text.ends_with('\n'), "{arguments:?}: {text}");
    }
}

#[test]
fn stderr_that_is_full_is_waited_for() {
    for (arguments, status, words) in [
        (&[CREATE, &["--to", "file:value"]].concat()[..], 0, "::add-mask::jfn_rt_sbx_"),
        (&[CREATE, &["--to", "file:value", "-v"]].concat(), 0, "request: POST"),
        (&["tokens", "list", "absent-function"], 5, "NOT_FOUND"),
        (&["tokens", "--nonsense"], 2, "INPUT_ERROR"),
    ] {
        let mut cli = Cli::new();
        cli.set("GITHUB_ACTIONS", "true");
        let (reader, writer, filled) = full_pipe();
        let reader = ReaderOutsideOfJobs::new(reader);
        let mut command = cli.process(arguments);
        command.stderr(writer).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(command);
        // Under `-v` it says the settings first, and waits there.
        if status == 0 && !arguments.contains(&"-v") {
            until("the token", || (cli.sandbox.tokens("my-function").len() == 2).then_some(()));
        }
        let text = reader.read_all();
        assert_eq!(child.wait().unwrap().code(), Some(status), "{arguments:?}: {}", &text[filled..]);
        assert!(text[filled..].contains(words) && text.ends_with('\n'), "{arguments:?}: {}", &text[filled..]);
    }
}

#[test]
fn stdin_that_is_still_empty_is_waited_for() {
    for (arguments, first, second) in [
        (&["tokens", "revoke", "my-function", "--stdin", "-y"][..], "on", "e\ntwo\n"),
        (&["secrets", "set", "my-function", "--stdin", "KEY"], "va", "lue"),
        (&["login", "--token-stdin"], "PAT", ""),
    ] {
        let cli = Cli::new();
        for name in ["one", "two"] {
            cli.jelou(&["tokens", "create", "my-function", "--name", name, "--to", &format!("file:{name}")]).ended(0);
        }
        let before = cli.sent(true).len();
        let (reader, writer) = std::io::pipe().unwrap();
        set_non_blocking(&reader);
        let mut writer = File::from(OwnedFd::from(writer));
        let mut command = cli.process(arguments);
        command.stdin(reader.try_clone().unwrap());
        let running = Running::start(command);
        let first = first.replace("PAT", cli.sandbox.pat());
        writer.write_all(first.as_bytes()).unwrap();
        // When it has read the first part, its next look finds nothing.
        until("it has read the first part", || (rustix::io::ioctl_fionread(&reader).unwrap() == 0).then_some(()));
        writer.write_all(second.as_bytes()).unwrap();
        drop(writer);
        let ran: Ran = running.end().ran.ended(0);
        assert!(!ran.stderr.contains("error"), "{ran:?}");
        let sent = cli.sent(true).len() - before;
        assert_eq!(sent, ["login", "secrets", "tokens"].iter().position(|verb| *verb == arguments[0]).unwrap());
    }
}
