//! What the tests stand on.

pub mod cli;
pub mod http;
pub mod raw_server;
pub mod runner;
pub mod sandbox;
pub mod terminal;
