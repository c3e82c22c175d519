//! A person at a pseudo-terminal, who answers when asked; each stream can be something else than the terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

/// How long a program may take to ask or to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a program ended at a terminal.
#[derive(Debug)]
pub struct Session {
    /// The exit status; 128 and the number for a signal.
    pub status: i32,
    /// What the terminal showed, with plain line ends.
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
    /// stdin and stdout; stderr is captured.
    NoStderr,
}

/// Runs a program at a terminal; once it has shown `prompt`, `keys` are typed.
pub fn run(mut command: Command, streams: Streams, prompt: Option<(&str, &str)>) -> Session {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&ours).expect("access");
    unlockpt(&ours).expect("unlocked");
    let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a name in UTF-8");
    let theirs = || -> Stdio { File::options().read(true).write(true).open(&name).expect("the other end").into() };
    command.stdin(if streams == Streams::NoStdin { Stdio::null() } else { theirs() });
    command.stdout(if streams == Streams::StdoutCaptured { Stdio::piped() } else { theirs() });
    command.stderr(if streams == Streams::NoStderr { Stdio::piped() } else { theirs() });
    let mut child = command.spawn().expect("the program starts");
    drop(command);
    let mut ours = File::from(ours);
    let shown = listen(ours.try_clone().expect("the terminal twice"));
    let mut screen = String::new();
    if let Some((prompt, keys)) = prompt {
        // What is typed before a program reads keys would be echoed, or thrown away; a line waits for whoever reads lines.
        let reads_keys = || {
            keys.ends_with('\r') || tcgetattr(&ours).is_ok_and(|modes| !modes.local_modes.contains(LocalModes::ECHO))
        };
        watch(&shown, &mut screen, |screen| screen.contains(prompt) && reads_keys());
        assert!(screen.contains(prompt), "`{prompt}` was not asked: {screen:?}");
        ours.write_all(keys.as_bytes()).expect("keys");
    }
    let mut status = None;
    watch(&shown, &mut screen, |_| {
        status = child.try_wait().expect("a status");
        status.is_some()
    });
    let Some(status) = status else {
        child.kill().expect("the end");
        panic!("the program goes on and on: {screen:?}");
    };
    shown.iter().for_each(|bytes| screen.push_str(&String::from_utf8_lossy(&bytes)));
    let mut stdout = String::new();
    if let Some(mut pipe) = child.stdout.take() {
        pipe.read_to_string(&mut stdout).expect("UTF-8 on stdout");
    }
    if let Some(mut pipe) = child.stderr.take() {
        pipe.read_to_string(&mut screen).expect("UTF-8 on stderr");
    }
    let status = status.code().or_else(|| status.signal().map(|number| 128 + number)).expect("a status");
    Session { status, screen: super::terminal::plain(&screen), stdout }
}

/// What the terminal shows, until the last program has left it.
fn listen(mut terminal: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = terminal.read(&mut chunk) {
            if sender.send(chunk[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Adds to the screen what is shown, until it is enough or takes too long.
fn watch(shown: &Receiver<Vec<u8>>, screen: &mut String, mut enough: impl FnMut(&str) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !enough(screen) && Instant::now() < deadline {
        match shown.recv_timeout(Duration::from_millis(5)) {
            Ok(bytes) => screen.push_str(&String::from_utf8_lossy(&bytes)),
            Err(RecvTimeoutError::Timeout) => {}
            // The last program has left the terminal; its status may take a moment more.
            Err(RecvTimeoutError::Disconnected) => std::thread::yield_now(),
        }
    }
}
