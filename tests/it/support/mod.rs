//! What the tests stand on.

pub mod cli;
pub mod http;
pub mod repository;
pub mod runner;
pub mod sandbox;
pub mod terminal;
pub mod tools;
pub mod workflow;
