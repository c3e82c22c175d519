//! `jelou schema`, `completions`, `man`: what is generated from the argument definitions, the
//! results' types and the tables.

pub(crate) mod completions;
#[cfg(test)]
pub(crate) mod language_pages;
pub(crate) mod man;
#[cfg(test)]
pub(crate) mod man_pages;
pub(crate) mod schema;
pub(crate) mod schemas;
pub mod scopes;
pub(crate) mod topics;

pub use schemas::FAILURE;
