//! Which signals end a process, and which of them this one was started to ignore, as by `nohup`.

use std::sync::OnceLock;

use rustix::process::Signal;

/// The signals with a name that end a process by default (signal(7)) and that can be received. Not
/// those of a bug (`SIGSEGV`, …). `SIGPIPE` and `SIGXFSZ` are errors of a write.
pub(crate) const ENDING: &[Signal] = &[
    Signal::HUP,
    Signal::INT,
    Signal::QUIT,
    Signal::TERM,
    Signal::ALARM,
    Signal::USR1,
    Signal::USR2,
    Signal::XCPU,
    Signal::VTALARM,
    Signal::PROF,
    // Of a watchdog of systemd.
    Signal::ABORT,
    #[cfg(target_os = "linux")]
    Signal::IO,
    #[cfg(target_os = "linux")]
    Signal::POWER,
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    Signal::STKFLT,
];

/// Whether a signal was ignored when this was first asked, where the system tells it (Linux:
/// proc(5), `SigIgn`).
pub(crate) fn is_ignored(signal: Signal) -> bool {
    static MASK: OnceLock<u64> = OnceLock::new();
    let read = || mask(&std::fs::read_to_string("/proc/self/status").unwrap_or_default()).unwrap_or(0);
    MASK.get_or_init(read) & (1 << (signal.as_raw() - 1)) != 0
}

fn mask(status: &str) -> Option<u64> {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_ignored_signals_is_read() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n";
        assert_eq!(mask(status), Some(0x1001));
        assert_eq!(mask("Name:\tx\n"), None);
    }
}
