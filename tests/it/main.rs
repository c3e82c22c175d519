//! The integration tests: one binary, one file a behaviour.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

#[cfg(target_os = "linux")]
mod naked_stdout;
mod pipeline;
mod runner_emulator;
