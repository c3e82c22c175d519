//! What is printed: the stream contract, the envelope, tables, prompts, and the cleaning of foreign text.

pub mod sanitise;
