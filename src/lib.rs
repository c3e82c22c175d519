//! `jelou`: runtime tokens of serverless functions, handed to pipelines without losing or leaking
//! one.
//!
//! Dependencies point one way: `app` → `cli`, `commands` → `api`, `output`, `delivery`, `config`,
//! `ci` → `secret`, `program`, `duration`, `json`, `error`, `exit`. `sandbox` knows of `api` the
//! wire types and the routes alone. A test keeps this true.
//!
//! It is a library for the binary, the tests and the benchmark; its API is not stable.
#![allow(rustdoc::private_intra_doc_links, reason = "the documentation is for those who work on the crate")]

pub mod api;
pub mod app;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;
mod delivery;
mod duration;
pub mod error;
pub mod exit;
mod json;
pub mod output;
mod program;
pub mod sandbox;
pub mod secret;
mod warning;
