//! What the tests stand on.

pub mod cli;
pub mod http;
pub mod person;
pub mod raw_server;
pub mod repository;
pub mod runner;
pub mod running;
pub mod sandbox;
pub mod terminal;
pub mod tools;
pub mod workflow;
