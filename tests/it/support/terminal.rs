//! A program at a pseudo-terminal: keys are typed once it shows a prompt. Each stream can be
//! something else than the terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use super::TIMEOUT;

/// How a program ended at a terminal.
#[derive(Debug)]
pub struct Session {
    /// The exit status; 128 and the number for a signal.
    pub status: i32,
    /// What the terminal showed, without control sequences and carriage returns.
    pub screen: String,
    /// What went to stdout, if that was a pipe.
    pub stdout: String,
}

/// Which streams are the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// All three.
    All,
    /// stdin and stderr; stdout is captured, as in `$(…)`.
    StdoutCaptured,
    /// stdout and stderr; stdin is at its end.
    NoStdin,
    /// stdin and stdout; stderr is captured and added to the screen at the end.
    NoStderr,
}

impl Session {
    /// Asserts the exit status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// Runs a program at a terminal of 100 columns; once it has shown `prompt`, `keys` are typed.
#[must_use = "a failure is only seen if the status is asserted"]
#[track_caller]
pub fn run(mut command: Command, streams: Streams, prompt: Option<(&str, &str)>) -> Session {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("access to it");
    tcsetwinsize(&ours, Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a name in UTF-8");
    let theirs = || -> Stdio { File::options().read(true).write(true).open(&name).expect("the other end").into() };
    command.stdin(if streams == Streams::NoStdin { Stdio::null() } else { theirs() });
    command.stdout(if streams == Streams::StdoutCaptured { Stdio::piped() } else { theirs() });
    command.stderr(if streams == Streams::NoStderr { Stdio::piped() } else { theirs() });
    let mut child = command.spawn().expect("the program starts");
    // Our copies of the other end are closed, so that reading ends with the program.
    drop(command);
    let mut ours = File::from(ours);
    let shown = read_in_background(ours.try_clone().expect("the terminal twice"));
    let mut screen = Vec::new();
    if let Some((prompt, keys)) = prompt {
        // Single keys that are typed before the program has switched the echo off would be echoed
        // or lost. A line is kept by the terminal until it is read.
        let is_ready = || {
            keys.ends_with('\r') || tcgetattr(&ours).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ECHO))
        };
        read_until(&shown, &mut screen, |screen| plain(screen).contains(prompt) && is_ready());
        assert!(plain(&screen).contains(prompt), "`{prompt}` was not asked: {:?}", plain(&screen));
        ours.write_all(keys.as_bytes()).expect("keys");
    }
    let mut status = None;
    read_until(&shown, &mut screen, |_| {
        status = child.try_wait().expect("a status");
        status.is_some()
    });
    let Some(status) = status else {
        child.kill().expect("the end");
        panic!("the program did not end: {:?}", plain(&screen));
    };
    shown.iter().for_each(|bytes| screen.extend(bytes));
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout).expect("UTF-8 on stdout");
    }
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_end(&mut screen).expect("stderr");
    }
    let status = status.code().or_else(|| status.signal().map(|number| 128 + number)).expect("a status");
    Session { status, screen: plain(&screen), stdout }
}

/// What the terminal shows, until the last program has closed it.
fn read_in_background(mut terminal: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        // The error is EIO: no program has the other end open any more.
        while let Ok(count @ 1..) = terminal.read(&mut chunk) {
            if sender.send(chunk[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Adds to the screen what is shown, until `is_enough` or the timeout.
fn read_until(shown: &Receiver<Vec<u8>>, screen: &mut Vec<u8>, mut is_enough: impl FnMut(&[u8]) -> bool) {
    let deadline = Instant::now() + TIMEOUT;
    while !is_enough(screen) && Instant::now() < deadline {
        match shown.recv_timeout(Duration::from_millis(5)) {
            Ok(bytes) => screen.extend(bytes),
            Err(RecvTimeoutError::Timeout) => {}
            // The program has closed the terminal; its status may take a moment more.
            Err(RecvTimeoutError::Disconnected) => std::thread::yield_now(),
        }
    }
}

/// What a person reads: the text without control sequences and carriage returns.
fn plain(shown: &[u8]) -> String {
    let shown = String::from_utf8_lossy(shown);
    let mut text = String::new();
    let mut rest = &*shown;
    while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
        text.push_str(before);
        let end = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or(sequence.len(), |at| at + 1);
        rest = &sequence[end..];
    }
    (text + rest).replace('\r', "")
}
