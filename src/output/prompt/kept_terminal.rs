//! A terminal whose modes are changed for a prompt, and put back whatever ends the prompt.
//!
//! A program that a signal ends while the echo is off or the cursor hidden leaves a terminal that
//! shows nothing any more. So while this lives, signals are received: a thread puts the terminal
//! back and then lets the signal have its effect. After a stop (SIGTSTP) the prompt goes on.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Resource, Rlimit, Signal, setrlimit};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::low_level::{emulate_default_handler, exit, pipe, signal_name, unregister};
use signal_hook::{SigId, flag};

use crate::ignored_signals::{ENDING, is_ignored};
use crate::std_streams;

/// The signals that end a process; of several that came at once the first counts. SIGINT is the last,
/// for the picker raises it when another signal has interrupted it.
fn ending() -> impl Iterator<Item = Signal> {
    ENDING.iter().copied().filter(|signal| *signal != Signal::INT).chain([Signal::INT])
}

/// Once a handler has been installed, the default effect is for us to bring about. It does so after
/// a prompt, and no longer once a run receives the signals.
static ENDING_HAVE_EFFECT: AtomicBool = AtomicBool::new(true);
static STOPPING_HAS_EFFECT: AtomicBool = AtomicBool::new(true);

/// The run receives the signals that end it from now on.
pub(crate) fn leave_ending_signals_to_the_run() {
    ENDING_HAVE_EFFECT.store(false, Ordering::SeqCst);
}

/// What a prompt changes beside the modes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cursor {
    Shown,
    /// It is shown again at the end.
    Hidden,
}

/// The terminal at stdin as it was; put back when this is dropped.
pub(super) struct KeptTerminal {
    before: Before,
    /// Whether signals ended this process before the prompt, and will again.
    ended_before: bool,
    registered: Vec<SigId>,
    /// Closed to end the thread.
    done: Option<UnixStream>,
    watcher: Option<JoinHandle<()>>,
}

/// What is put back.
#[derive(Clone)]
struct Before {
    modes: Termios,
    cursor: Cursor,
}

impl Before {
    fn put_back(&self) {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &self.modes);
        if self.cursor == Cursor::Hidden {
            write("\u{1b}[?25h");
        }
    }
}

impl KeptTerminal {
    /// Keeps the terminal at stdin. `ask_again` shows the question after a stop.
    ///
    /// # Errors
    /// Those of the terminal.
    pub(super) fn keep(cursor: Cursor, ask_again: impl Fn() + Send + 'static) -> io::Result<Self> {
        let before = Before { modes: tcgetattr(rustix::stdio::stdin())?, cursor };
        keep_default_effects()?;
        let ended_before = suspend_effects();
        let (done, is_done) = UnixStream::pair()?;
        let mut kept =
            Self { before: before.clone(), ended_before, registered: Vec::new(), done: Some(done), watcher: None };
        let mut signals = Vec::new();
        // A run that receives the signals itself, from before this prompt, goes on to do so.
        let wanted = ending().filter(|_| ended_before).chain([Signal::TSTP]);
        for signal in wanted.filter(|signal| !is_ignored(*signal)) {
            let (wake, woken) = UnixStream::pair()?;
            woken.set_nonblocking(true)?;
            kept.registered.push(pipe::register(signal.as_raw(), wake)?);
            signals.push((signal, woken));
        }
        let watch = move || watch(&before, &signals, &is_done, ask_again);
        kept.watcher = Some(std::thread::Builder::new().name("terminal".to_owned()).spawn(watch)?);
        Ok(kept)
    }
}

impl Drop for KeptTerminal {
    fn drop(&mut self) {
        // A signal that came before is heeded first: the thread looks for signals before it ends.
        self.done.take();
        if let Some(watcher) = self.watcher.take() {
            let _ = watcher.join();
        }
        self.before.put_back();
        resume_effects(self.ended_before);
        for id in self.registered.drain(..) {
            unregister(id);
        }
    }
}

/// Takes their effects away from the signals. Tells whether those that end a process had one.
fn suspend_effects() -> bool {
    STOPPING_HAS_EFFECT.store(false, Ordering::SeqCst);
    ENDING_HAVE_EFFECT.swap(false, Ordering::SeqCst)
}

/// Gives them back: not to those that the run received before the prompt.
fn resume_effects(ended_before: bool) {
    // The kernel protects PID 1 from the default effects of signals, and so must we.
    let may_end = std::process::id() != 1;
    ENDING_HAVE_EFFECT.store(ended_before && may_end, Ordering::SeqCst);
    STOPPING_HAS_EFFECT.store(may_end, Ordering::SeqCst);
}

/// Sees to it that the signals have their default effect outside of prompts. Once a run.
fn keep_default_effects() -> io::Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.set(()).is_err() {
        return Ok(());
    }
    let ending = ending().map(|signal| (signal, &ENDING_HAVE_EFFECT));
    for (signal, condition) in ending.chain([(Signal::TSTP, &STOPPING_HAS_EFFECT)]) {
        let number = signal.as_raw();
        if is_ignored(signal) {
            continue;
        }
        if is_emulated(signal) {
            flag::register_conditional_default(number, condition)?;
        } else {
            flag::register_conditional_shutdown(number, 128 + number, condition)?;
        }
    }
    Ok(())
}

/// Whether the default effect of a signal can be brought about. Where not, the process ends with the
/// status that a shell would show.
fn is_emulated(signal: Signal) -> bool {
    #[cfg(target_os = "linux")]
    if signal == Signal::IO {
        // signal-hook takes it for ignored, as on the BSDs.
        return false;
    }
    signal_name(signal.as_raw()).is_some()
}

/// Waits for signals until `done` is closed.
fn watch(before: &Before, signals: &[(Signal, UnixStream)], done: &UnixStream, ask_again: impl Fn()) {
    loop {
        let mut waited: Vec<_> = signals.iter().map(|(_, woken)| PollFd::new(woken, PollFlags::IN)).collect();
        waited.push(PollFd::new(done, PollFlags::IN));
        if !matches!(poll(&mut waited, None), Ok(_) | Err(rustix::io::Errno::INTR)) {
            return;
        }
        let is_done = waited.last().is_some_and(|done| !done.revents().is_empty());
        let came = signals.iter().find(|(_, woken)| matches!((&mut &*woken).read(&mut [0; 64]), Ok(1..)));
        match came {
            Some((signal, _)) if std::process::id() != 1 => {
                await_changed_modes(before, done);
                give_effect(*signal, before, &ask_again);
            }
            None if is_done => return,
            Some(_) | None => {}
        }
    }
}

/// Waits until the prompt has changed the modes: it might do so just after they were put back. It
/// changes them once more at most, then waits for a key or ends. Gives up on one that does neither,
/// as where the terminal takes no output.
fn await_changed_modes(before: &Before, done: &UnixStream) {
    const STEP: Timespec = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };
    const STEPS: usize = 250;
    let are_changed =
        || tcgetattr(rustix::stdio::stdin()).map_or(true, |now| now.local_modes != before.modes.local_modes);
    for _ in 0..STEPS {
        if are_changed() || poll(&mut [PollFd::new(done, PollFlags::IN)], Some(&STEP)).is_ok_and(|ready| ready > 0) {
            return;
        }
    }
}

/// Puts the terminal back and lets the signal have its effect. Returns after a stop alone.
fn give_effect(signal: Signal, before: &Before, ask_again: &impl Fn()) {
    let during = tcgetattr(rustix::stdio::stdin());
    before.put_back();
    write("\r\n");
    if signal != Signal::TSTP {
        // What was typed must not end in a core file.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
    if !is_emulated(signal) {
        exit(128 + signal.as_raw());
    }
    let _ = emulate_default_handler(signal.as_raw());
    if let Ok(during) = during {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, &during);
    }
    ask_again();
}

#[allow(clippy::disallowed_methods, reason = "a terminal is put back")]
fn write(text: &str) {
    let _ = std_streams::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_gives_no_effect_to_signals_that_the_run_receives() {
        leave_ending_signals_to_the_run();
        resume_effects(suspend_effects());
        assert!(!ENDING_HAVE_EFFECT.swap(true, Ordering::SeqCst));
    }
}
