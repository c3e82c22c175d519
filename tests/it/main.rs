//! The integration tests: one binary, one file a behaviour.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

mod accounts;
mod addresses;
mod bad_input;
mod bulk;
mod ci_examples;
mod confirmation;
mod deploying;
mod environment;
mod exit_codes;
mod functions;
mod generated;
mod house;
mod lies;
mod lists;
#[cfg(target_os = "linux")]
mod naked_stdout;
mod pipeline;
mod prune;
mod readme;
mod reference;
mod retries;
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
mod secrets;
mod seeds;
mod streams;
mod waiting;
mod wire;
