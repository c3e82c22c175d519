//! What the tests stand on.

pub mod cli;
pub mod runner;
