//! Settings: what flags, environment, files and defaults say, and where each value came from.

pub mod credentials;
pub mod intents;
pub mod private_file;
