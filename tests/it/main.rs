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
#[cfg(target_os = "linux")]
mod container;
mod crash_recovery;
mod deploying;
mod doubled_signals;
mod environment;
mod exec;
mod exit_codes;
mod expiry;
mod functions;
mod generated;
mod given_keys;
mod hostile_text;
mod house;
mod interrupted_bulk;
#[cfg(target_os = "linux")]
mod job_log_guard;
mod lists;
mod naming;
mod pipeline;
mod profiles;
mod prune;
mod readme;
mod reference;
mod response_statuses;
mod retries;
mod rotation;
mod runner_emulator;
mod sandbox_admin;
mod sandbox_deploys;
mod sandbox_faults;
mod sandbox_gateway;
mod sandbox_idempotency;
mod sandbox_mcp;
mod sandbox_openapi;
mod sandbox_redeploys;
mod sandbox_scopes;
mod sandbox_state_file;
mod sandbox_times;
mod sandbox_tokens;
mod sandbox_violations;
mod schemas;
mod screens;
mod secrets;
mod signals;
mod sinks;
mod streams;
mod unexpanded_paths;
mod untrusted_server;
mod vendor_docs;
mod waiting;
mod wire;
