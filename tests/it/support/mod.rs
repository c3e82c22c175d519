//! What the tests share: commands, sandboxes, terminals, servers, screens.

use std::time::Duration;

pub mod acceptor;
pub mod cli;
pub mod environment;
pub mod forward_proxy;
pub mod function_server;
pub mod http;
pub mod markdown;
pub mod raw_server;
pub mod readable;
#[cfg(target_os = "linux")]
pub mod release;
pub mod repository;
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the examples are tested on Linux alone"))]
pub mod runner;
pub mod running;
pub mod sandbox;
pub mod screens;
pub mod svg;
pub mod terminal;
pub mod tls;
pub mod tools;
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the examples are tested on Linux alone"))]
pub mod workflow;

/// Says why a test proves nothing here, also if it passes: the harness shows what is printed only of
/// a test that fails.
pub fn skipped(why: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A stdout to which nothing can be written: a full disk; where there is none (macOS), a pipe that
/// nobody reads.
pub fn full_disk() -> std::process::Stdio {
    if cfg!(target_os = "linux") {
        std::fs::File::options().write(true).open("/dev/full").expect("a full disk").into()
    } else {
        std::io::pipe().expect("a pipe").1.into()
    }
}

/// Far longer than anything that a test waits for, also on a busy machine: whatever hangs fails the
/// test.
pub const TIMEOUT: Duration = Duration::from_secs(60);
