//! The launcher: it runs one program and says what that cost.
//!
//! It is a process of its own because a program's peak memory, as the system counts it, begins with
//! that of the process which started it, and the benchmark holds lists of 100,000 tokens. It is this
//! same program, before it has allocated anything.

use std::ffi::OsString;
use std::fs::File;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};

/// The word by which the benchmark starts itself as the launcher.
pub const WORD: &str = "launch";

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub seconds: f64,
    /// The peak of the largest process of the run; that of the launcher, below 3 MiB, if it is less.
    pub mib: f64,
}

/// Runs what the words say, `OUTPUT PROGRAM ARGUMENT…`, and prints what it cost.
///
/// # Errors
/// The program cannot be started, or does not end with 0.
#[allow(clippy::print_stdout, reason = "the benchmark reads it there")]
pub fn launch(mut words: impl Iterator<Item = OsString>) -> Result<()> {
    let output = File::create(words.next().context("no output")?)?;
    let mut command = Command::new(words.next().context("no program")?);
    command.args(words).stdout(output);
    let start = Instant::now();
    let status = command.status()?;
    let nanos = start.elapsed().as_nanos();
    if !status.success() {
        bail!("it ended with {status}");
    }
    // In bytes on macOS, in KiB elsewhere (getrusage(2)).
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    println!("{nanos} {}", getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss() * unit);
    Ok(())
}

impl Cost {
    /// Reads what [`launch`] printed.
    pub fn parse(printed: &str) -> Option<Self> {
        let (nanos, bytes) = printed.trim().split_once(' ')?;
        let (nanos, bytes): (f64, f64) = (nanos.parse().ok()?, bytes.parse().ok()?);
        Some(Self { seconds: nanos / 1e9, mib: bytes / f64::from(1 << 20) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp, reason = "no arithmetic but that of powers of two")]
    fn a_cost_is_read_as_it_is_printed() {
        let cost = Cost::parse("1500000000 3145728\n").unwrap();
        assert_eq!((cost.seconds, cost.mib), (1.5, 3.0));
        assert!(Cost::parse("1500000000\n").is_none() && Cost::parse("").is_none());
    }
}
