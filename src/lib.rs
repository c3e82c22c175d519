//! `jelou`: runtime tokens of serverless functions, for pipelines, without losing or leaking one.
//!
//! Dependencies point one way: `app` → `cli`, `commands` → `api`, `output`, `delivery`, `config`,
//! `ci` → `secret`, `files`, `program`, `moment`, `duration`, `embedded`, `strict_json`, `error`,
//! `exit`. `sandbox` knows of `api` the wire types and the routes alone. A test keeps this true.
//!
//! It is a library for the binary and the tests; its API is not stable.
#![allow(rustdoc::private_intra_doc_links, reason = "the documentation is for those who work on the crate")]
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "the rules are for the program"))]

#[cfg(not(unix))]
compile_error!("jelou is a program for Linux and macOS; on Windows it runs in WSL");

pub mod api;
pub mod app;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
pub mod delivery;
mod duration;
mod embedded;
pub mod error;
pub mod exit;
mod files;
#[cfg(test)]
mod generated;
mod ignored_signals;
mod moment;
pub mod output;
mod program;
#[cfg(test)]
mod properties;
pub mod runner;
pub mod sandbox;
pub mod secret;
mod std_streams;
mod strict_json;
mod typed_path;
mod typed_word;
mod warning;

/// The types of a new token's journey, for the examples in `commands/issuance` that must not
/// compile.
#[doc(hidden)]
pub mod issuance {
    pub use crate::api::UndoIsRegistered;
    pub use crate::commands::issuance::custody::{Custody, Obtained};
    pub use crate::commands::issuance::held::{Delivered, DeliveredToken, Undelivered, Unmasked};
    pub use crate::commands::issuance::live::Until;
    pub use crate::commands::issuance::request::IssueRequest;
    pub use crate::commands::issuance::sinks::Sinks;
    pub use crate::commands::{Completion, Context};
    pub use crate::error::Error;
    pub use crate::output::Outcome;
}
