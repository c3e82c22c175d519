//! Settings: what flags, environment, files and defaults say, and where each value came from.

pub mod credentials;
pub mod env;
mod no_proxy;
pub mod origin;
pub mod project;
pub mod proxies;
pub mod recovery_log;
pub mod settings;

pub use env::Env;
pub use origin::Origin;
pub use settings::{Flags, Settings};
