//! `jelou`: runtime tokens of serverless functions, handed to pipelines without losing or leaking one.
//!
//! Dependencies point one way: `app` → `cli`, `commands` → `api`, `output`, `delivery`, `config`, `ci` → `secret`,
//! `program`, `error`, `exit`. `sandbox` knows of `api` the wire types and the routes alone. A test keeps this true.
#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "the rules are for the program"))]

pub mod api;
pub mod app;
pub mod ci;
pub mod cli;
pub mod commands;
pub mod config;

pub mod delivery;
pub mod error;
pub mod exit;
pub mod output;
pub mod program;
pub mod sandbox;
pub mod secret;
pub mod warning;
