//! The integration tests: one binary, one file a behaviour. `support` holds what they share.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods, reason = "the rules are for the program")]

mod support;

mod accounts;
mod addresses;
mod bad_input;
mod broken_stdout;
mod bulk;
mod canary;
mod ci_examples;
mod ci_masks;
mod ci_systems;
mod confirmation;
mod crash_recovery;
mod deploying;
mod environment;
mod exec;
mod exit_codes;
mod functions;
mod generated;
mod hostile_text;
mod house;
#[cfg(target_os = "linux")]
mod job_log_guard;
mod lists;
mod pipeline;
mod prune;
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
mod screens;
mod secrets;
mod seeds;
mod signals;
mod sinks;
mod streams;
mod untrusted_server;
mod waiting;
mod wire;
