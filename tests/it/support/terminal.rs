//! A program at a pseudo-terminal: keys are typed once it shows a prompt. Each stream can be
//! something else than the terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

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

fn open() -> (OwnedFd, String) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("access to it");
    tcsetwinsize(&ours, Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a name in UTF-8");
    (ours, name)
}

/// A program that runs at a terminal, step by step.
pub struct AtTerminal {
    child: Child,
    ours: File,
    shown: Receiver<Vec<u8>>,
    screen: Vec<u8>,
    before: Termios,
}

impl AtTerminal {
    /// Starts a program with all its streams at a terminal of its own.
    pub fn start(mut command: Command) -> Self {
        let (ours, name) = open();
        let theirs = || -> Stdio { File::options().read(true).write(true).open(&name).expect("the other end").into() };
        let before = tcgetattr(&ours).expect("modes");
        let child = command.stdin(theirs()).stdout(theirs()).stderr(theirs()).spawn().expect("the program starts");
        drop(command);
        let ours = File::from(ours);
        let shown = read_in_background(ours.try_clone().expect("the terminal twice"));
        Self { child, ours, shown, screen: Vec::new(), before }
    }

    #[cfg(target_os = "linux")]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a text has been shown so many times and keys are no longer echoed.
    #[track_caller]
    pub fn until_asked(&mut self, prompt: &str, times: usize) {
        let (ours, shown, screen) = (&self.ours, &self.shown, &mut self.screen);
        let is_asked = |screen: &[u8]| {
            let echoes = tcgetattr(ours).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ECHO));
            plain(screen).matches(prompt).count() >= times && !echoes
        };
        read_until(shown, screen, is_asked);
        assert!(is_asked(screen), "`{prompt}` was not asked: {:?}", plain(screen));
    }

    /// Waits until a text has been shown so many times, whether or not keys are echoed.
    #[track_caller]
    pub fn until_said(&mut self, text: &str, times: usize) {
        let is_said = |screen: &[u8]| plain(screen).matches(text).count() >= times;
        read_until(&self.shown, &mut self.screen, is_said);
        assert!(is_said(&self.screen), "`{text}` was not said: {:?}", plain(&self.screen));
    }

    /// Waits until bytes have been shown, control sequences among them.
    #[track_caller]
    pub fn until_shown(&mut self, text: &str) {
        let is_shown = |screen: &[u8]| screen.windows(text.len()).any(|window| window == text.as_bytes());
        read_until(&self.shown, &mut self.screen, is_shown);
        assert!(is_shown(&self.screen), "{text:?} was not shown: {:?}", plain(&self.screen));
    }

    pub fn types(&mut self, keys: &str) {
        self.ours.write_all(keys.as_bytes()).expect("keys");
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Whether the modes of the terminal are those that it had before the program.
    pub fn is_as_before(&self) -> bool {
        let now = tcgetattr(&self.ours).expect("modes");
        (now.local_modes, now.input_modes, now.output_modes)
            == (self.before.local_modes, self.before.input_modes, self.before.output_modes)
    }

    /// Waits for the end. Gives the status, whether the terminal is as it was, and whatever it got.
    #[track_caller]
    pub fn end(mut self) -> (i32, bool, String) {
        let (child, shown, screen) = (&mut self.child, &self.shown, &mut self.screen);
        let mut status = None;
        read_until(shown, screen, |_| {
            status = child.try_wait().expect("a status");
            status.is_some()
        });
        let Some(status) = status else {
            child.kill().expect("the end");
            panic!("the program did not end: {:?}", plain(screen));
        };
        let as_before = self.is_as_before();
        self.shown.iter().for_each(|bytes| self.screen.extend(bytes));
        let status = status.code().or_else(|| status.signal().map(|number| 128 + number)).expect("a status");
        (status, as_before, String::from_utf8_lossy(&self.screen).into_owned())
    }
}

/// Runs a program at a terminal; each time it has shown the next of the prompts, its keys are typed.
#[must_use = "a failure is only seen if the status is asserted"]
#[track_caller]
pub fn converse(command: Command, prompts: &[(&str, &str)]) -> Session {
    converse_with_menu(command, prompts, None)
}

/// As [`converse`], where one of the prompts is that of a menu: keys that are typed before it has
/// switched the echo off would be lost.
#[must_use = "a failure is only seen if the status is asserted"]
#[track_caller]
pub fn converse_with_menu(command: Command, prompts: &[(&str, &str)], menu: Option<&str>) -> Session {
    let mut session = AtTerminal::start(command);
    for (number, (prompt, keys)) in prompts.iter().enumerate() {
        let times = prompts[..=number].iter().filter(|(asked, _)| asked == prompt).count();
        if menu == Some(*prompt) {
            session.until_asked(prompt, times);
        } else {
            session.until_said(prompt, times);
        }
        session.types(keys);
    }
    let (status, as_before, screen) = session.end();
    assert!(as_before, "the modes of the terminal differ: {screen:?}");
    Session { status, screen: plain(screen.as_bytes()), stdout: String::new() }
}

/// Runs a program at a terminal of 100 columns; once it has shown `prompt`, `keys` are typed.
#[must_use = "a failure is only seen if the status is asserted"]
#[track_caller]
pub fn run(mut command: Command, streams: Streams, prompt: Option<(&str, &str)>) -> Session {
    let (ours, name) = open();
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
        // or lost. A line, and its end, are kept by the terminal until they are read.
        let is_ready = || {
            keys.ends_with(['\r', '\u{4}'])
                || tcgetattr(&ours).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ECHO))
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
