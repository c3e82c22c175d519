//! What Linux says of a process and its signals (proc(5), `/proc/PID/status`). Other systems do not
//! say it, and then nothing is known.

use rustix::process::{Pid, Signal};

/// The state of a process, as far as signals are concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProcessState {
    has_ended: bool,
    /// Bit n - 1 is signal n.
    pending: u64,
    caught: u64,
}

impl ProcessState {
    /// `None` where it cannot be read.
    pub(super) fn of(pid: Pid) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_pid())).ok()?)
    }

    fn parse(status: &str) -> Option<Self> {
        let field =
            |name: &str| status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
        let mask = |name: &str| u64::from_str_radix(field(name)?, 16).ok();
        Some(Self {
            has_ended: field("State")?.starts_with(['Z', 'X']),
            pending: mask("SigPnd")? | mask("ShdPnd")?,
            caught: mask("SigCgt")?,
        })
    }

    /// Whether it has ended or has yet to take a signal that was sent to it.
    pub(super) fn has_ended_or_will(&self) -> bool {
        self.has_ended || self.pending != 0
    }

    /// Whether it has a handler for a signal.
    pub(super) fn catches(&self, signal: Signal) -> bool {
        let bit = signal.as_raw().checked_sub(1).and_then(|bit| u32::try_from(bit).ok());
        bit.and_then(|bit| self.caught.checked_shr(bit)).is_some_and(|shifted| shifted & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEEPS: &str = "Name:\tsh\nState:\tS (sleeping)\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n\
                          SigBlk:\t0000000000010000\nSigIgn:\t0000000000000004\nSigCgt:\t0000000000010002\n";

    #[test]
    fn the_fields_are_read() {
        let state = ProcessState::parse(SLEEPS).unwrap();
        assert!(state.catches(Signal::INT) && !state.catches(Signal::QUIT) && !state.catches(Signal::TERM));
        assert!(!state.has_ended_or_will());
        for changed in [
            SLEEPS.replace("S (sleeping)", "Z (zombie)"),
            SLEEPS.replace("ShdPnd:\t0000000000000000", "ShdPnd:\t0000000000004000"),
            SLEEPS.replace("SigPnd:\t0000000000000000", "SigPnd:\t0000000000000002"),
        ] {
            assert!(ProcessState::parse(&changed).unwrap().has_ended_or_will(), "{changed}");
        }
    }

    #[test]
    fn what_does_not_say_everything_says_nothing() {
        for missing in ["State", "SigPnd", "ShdPnd", "SigCgt"] {
            assert_eq!(ProcessState::parse(&SLEEPS.replace(missing, "Other")), None, "{missing}");
        }
    }
}
