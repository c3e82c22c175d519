//! Settings: what flags, environment, files and defaults say, and where each value came from.

pub mod credentials;
pub mod dotenv;
pub mod env;
pub mod intents;
pub mod private_file;
pub mod project;
pub mod settings;

pub use env::Env;
pub use settings::{Flags, Origin, Settings};
