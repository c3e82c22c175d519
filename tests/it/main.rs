//! The integration tests: one binary, one file a behaviour.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod accounts;
mod addresses;
mod bad_input;
mod broken_stdout;
mod canary;
mod ci_examples;
mod ci_masks;
mod ci_systems;
mod environment;
mod exec;
mod exit_codes;
mod generated;
mod hostile_text;
mod house;
mod kill9;
mod lies;
#[cfg(target_os = "linux")]
mod naked_stdout;
mod pipeline;
mod readme;
mod reference;
mod retries;
mod rotation;
mod runner_emulator;
mod sandbox_admin;
mod sandbox_conduct;
mod sandbox_deploys;
mod sandbox_faults;
mod sandbox_gateway;
mod sandbox_idempotency;
mod sandbox_mcp;
mod sandbox_openapi;
mod sandbox_redeploys;
mod sandbox_scopes;
mod sandbox_state_file;
mod sandbox_tokens;
mod schemas;
mod seeds;
mod signals;
mod sinks;
mod waiting;
mod wire;
