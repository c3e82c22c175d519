//! `.data` of each command, as types for the schemas. What the platform sends is described by the wire types themselves.
//!
//! The objects of our own are closed: a key that is not declared here fails the tests, which hold real output against it.

mod account;
mod functions;
mod generated;
mod sandbox;
mod tokens;

pub use account::{LoggedIn, ProfileSwitched, ProfilesRemoved, StoredProfile, Whoami};
pub use functions::{BrainStudio, Deployed, FunctionDeleted, FunctionInfo, McpConfig, McpServer};
pub use generated::{CompletionScript, PagesWritten};
pub use sandbox::{FaultLeft, Journal, JournalEntry, SandboxStarted, SandboxTime};
pub use tokens::{DeploymentBrief, IssuedToken, Item, ItemError, Live, Replaced, Verified};
