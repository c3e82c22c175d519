//! A terminal with somebody at it.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::cli::Ran;

/// Longer than any command of a test takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a command with a terminal for stdin, stdout and stderr. Once the screen ends with `prompt`, `answer` is typed.
/// What was shown is in `stdout`, without control sequences.
pub fn answer(command: &mut Command, prompt: &str, answer: &str) -> Ran {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
    let name = ptsname(&ours, Vec::new()).expect("a terminal's name");
    let theirs: OwnedFd =
        rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("the terminal opens");
    let end = || Stdio::from(theirs.try_clone().expect("a descriptor"));
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().expect("the command runs");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(theirs);

    let mut keyboard = File::from(ours);
    let mut screen = keyboard.try_clone().expect("a descriptor");
    let (sender, chunks) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut chunk = [0; 4096];
        loop {
            match screen.read(&mut chunk) {
                Ok(0) => return,
                Ok(read) => _ = sender.send(chunk[..read].to_vec()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // EIO: nobody has the other end open any more.
                Err(_) => return,
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let (mut shown, mut typed) = (Vec::new(), false);
    while let Ok(chunk) = chunks.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        shown.extend(chunk);
        if !typed && plain(&String::from_utf8_lossy(&shown)).trim_end().ends_with(prompt.trim_end()) {
            keyboard.write_all(answer.as_bytes()).expect("typing");
            typed = true;
        }
    }
    if Instant::now() >= deadline {
        _ = child.kill();
    }
    let status = child.wait().expect("a status");
    reader.join().expect("the reader ends");
    let shown = plain(&String::from_utf8(shown).expect("UTF-8 on the terminal"));
    assert!(typed, "`{prompt}` was not asked: {shown}");
    Ran { status: status.code().expect("no signal"), stdout: shown, stderr: String::new() }
}

/// What a person reads: the text without control sequences and carriage returns.
pub fn plain(shown: &str) -> String {
    let mut text = String::new();
    let mut rest = shown;
    while let Some((before, sequence)) = rest.split_once("\u{1b}[") {
        text.push_str(before);
        let end = sequence.find(|c: char| ('@'..='~').contains(&c)).map_or(sequence.len(), |at| at + 1);
        rest = &sequence[end..];
    }
    (text + rest).replace('\r', "")
}
