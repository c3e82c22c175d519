//! What commands mean: one file a verb. A command takes the context and its arguments, does its work, and returns an
//! [`crate::output::Outcome`] or an [`crate::error::Error`]; it neither reads the environment nor ends the process. What
//! must be on a stream before the command ends (a mask, a value, a stream of lines) goes through the context.

pub mod account;
pub mod bulk;
pub mod child;
pub mod context;
pub mod deploy;
pub mod deployments;
pub mod functions;
pub mod handover;
pub mod interrupts;
pub mod mint;
pub mod pending;
pub mod reference;
pub mod sandbox;
pub mod secrets;
pub mod stdin;
pub mod target;
pub mod tokens;
pub mod wait;

pub use context::Context;
