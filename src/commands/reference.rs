//! `jelou schema`, `completions`, `man`: what is generated from the argument definitions, the wire types and the tables.

pub mod completions;
pub mod data;
pub mod man;
mod pages;
pub mod schema;
mod schemas;

pub use pages::{Page, pages};
pub use schemas::{FAILURE, commands, of as schema_of};
