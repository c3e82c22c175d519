//! `jelou schema`, `completions`, `man`: what is generated from the argument definitions, the
//! results' types and the tables.

pub(crate) mod completions;
pub(crate) mod man;
mod man_pages;
pub(crate) mod schema;
mod schemas;
pub mod scopes;
pub(crate) mod topics;

pub use man_pages::{Page, pages};
pub use schemas::{FAILURE, commands, of as schema_of};
