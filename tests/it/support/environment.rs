//! What a process of tests inherits and what it starts would inherit in turn: ignored signals (a
//! `nohup`, a script's `&`, some CI runners), the file mode mask, and the limit of open files.
//! Variables are each command's own: `Cli` clears them.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

static ONCE: Once = Once::new();

/// Sets what tests rely on, whoever runs them. It belongs to the process, so the first test does it
/// for all; it must come before anything is started.
pub fn prepare() {
    ONCE.call_once(|| {
        umask(Mode::from_raw_mode(0o022));
        // Many sandboxes run at once. Where the hard limit is low too, it stays.
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        for signal in ignored_signals() {
            // A signal that is ignored stays so in every child; one with a handler has its usual
            // effect there. The handler does nothing, so here it stays ignored.
            let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
        }
    });
}

/// The signals that this process ignores and that may have a handler. SIGPIPE is the standard
/// library's, which resets it in children.
fn ignored_signals() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let forbidden = signal_hook::consts::FORBIDDEN;
    (1..=31)
        .filter(|signal| mask >> (signal - 1) & 1 == 1)
        .filter(|signal| !forbidden.contains(signal) && *signal != signal_hook::consts::SIGPIPE)
        .collect()
}
