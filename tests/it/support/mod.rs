//! What the tests stand on.

pub mod cli;
pub mod http;
pub mod runner;
pub mod running;
pub mod sandbox;
