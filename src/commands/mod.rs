//! What commands mean: a file for a verb or a few alike, with the type of `.data`. A command takes
//! the context and its arguments and returns a [`Completion`] or an [`crate::error::Error`]; it
//! neither reads the environment nor ends the process.

pub(crate) mod account;
mod bulk;
pub(crate) mod call;
mod child;
pub(crate) mod completing;
mod completion;
mod context;
mod current_token;
mod deadline;
mod default_function;
pub(crate) mod deploy;
pub(crate) mod deployments;
pub(crate) mod functions;
mod group_witness;
pub(crate) mod init;
mod interrupts;
pub(crate) mod issuance;
mod named;
mod process_state;
mod proof;
mod redeploys;
pub mod reference;
pub(crate) mod rollback;
mod runtime_access;
pub(crate) mod sandbox;
pub(crate) mod secrets;
mod signals;
mod stdin;
mod tell;
pub(crate) mod tokens;
mod wait;

pub use child::ChildEnd;
pub use completion::Completion;
pub use context::Context;
pub(crate) use context::SoFar;
pub(crate) use interrupts::Interrupts;
