//! A server whose answers are wrong, untrue, hostile or endless: none of them counts as done,
//! becomes a path, reaches a terminal raw, or keeps the program busy for ever.

mod endless;
mod forms;
mod hostile;
mod malformed;
mod other_question;
mod untrue;

use crate::support::cli::Cli;
use crate::support::raw_server::RawServer;

/// A folder whose control plane and gateway are this server.
fn against(server: &RawServer) -> Cli {
    let mut cli = Cli::new();
    cli.set("JELOU_API_URL", &server.url()).set("JELOU_GATEWAY_URL", &server.url());
    cli
}
