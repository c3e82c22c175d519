//! The schemas that `jelou schema` prints: the committed files of `schema/`, which a test makes
//! (`compose`).

#[cfg(test)]
pub(crate) mod compose;

use serde_json::Value;

#[cfg(test)]
use self::compose::{Data, REVOKED, any_schema, deployed, function_info, of_type, rotated};
#[cfg(test)]
use super::{completions, man};
#[cfg(test)]
use crate::api::wire;
#[cfg(test)]
use crate::commands::issuance::issued_token::IssuedToken;
#[cfg(test)]
use crate::commands::{account, deployments, functions, init, sandbox, tokens};
use crate::embedded::Files;
#[cfg(test)]
use crate::sandbox::admin_api;

/// What stands for the command in the schema of a failure whose command was not understood.
pub const FAILURE: &str = "failure";

/// Every command that has a schema, in the order of the help; one is a row: its name, and what its
/// data is, from which its schema is made.
macro_rules! commands {
    ($($name:literal => $data:expr,)+) => {
        const COMMANDS: &[&str] = &[$($name),+];

        #[cfg(test)]
        const DATA: &[(&str, Data)] = &[$(($name, $data)),+];
    };
}

commands! {
    "tokens create" => Data::Kept(of_type::<IssuedToken>),
    "tokens list" => Data::Plain(of_type::<Vec<wire::Token>>),
    "tokens info" => Data::Plain(of_type::<wire::Token>),
    "tokens revoke" => Data::Items(REVOKED),
    "tokens rotate" => Data::Kept(rotated),
    "tokens regenerate" => Data::Kept(rotated),
    "tokens disable" => Data::Items(&["disabled", "expired", "failed"]),
    "tokens enable" => Data::Items(&["enabled", "failed"]),
    "tokens verify" => Data::Plain(of_type::<tokens::verify::Verified>),
    "tokens whois" => Data::Kept(of_type::<Vec<tokens::whois::FoundToken>>),
    "tokens prune" => Data::Items(REVOKED),
    "tokens exec" => Data::None,
    "tokens recover" => Data::ItemsOr(&["revoked", "missing", "failed"], of_type::<Option<IssuedToken>>),
    "init" => Data::Plain(of_type::<init::ProjectWritten>),
    "deploy" => Data::Kept(deployed),
    "functions list" => Data::Plain(of_type::<Vec<wire::Function>>),
    "functions info" => Data::Plain(function_info),
    "functions create" => Data::Plain(of_type::<wire::Function>),
    "functions delete" => Data::Plain(of_type::<functions::delete::FunctionDeleted>),
    "deployments list" => Data::Plain(of_type::<Vec<wire::Deployment>>),
    "deployments info" => Data::Plain(of_type::<wire::Deployment>),
    "deployments wait" => Data::Kept(of_type::<wire::Deployment>),
    "deployments download" => Data::Plain(of_type::<deployments::download::DownloadedDeployment>),
    "rollback" => Data::Kept(of_type::<wire::Deployment>),
    "secrets list" => Data::Plain(of_type::<Vec<wire::SecretKey>>),
    "secrets set" => Data::Kept(of_type::<Vec<wire::SecretKey>>),
    "secrets delete" => Data::Items(&["deleted", "missing", "failed"]),
    "call" => Data::None,
    "login" => Data::Plain(of_type::<account::login::LoggedIn>),
    "logout" => Data::Plain(of_type::<account::logout::ProfilesRemoved>),
    "whoami" => Data::Plain(of_type::<account::whoami::Whoami>),
    "auth list" => Data::Plain(of_type::<Vec<account::auth::StoredProfile>>),
    "auth switch" => Data::Plain(of_type::<account::auth::ProfileSwitched>),
    "auth remove" => Data::Plain(of_type::<account::logout::ProfilesRemoved>),
    "sandbox start" => Data::Plain(of_type::<sandbox::start::SandboxStarted>),
    "sandbox run" => Data::None,
    "sandbox faults" => Data::Plain(of_type::<Vec<admin_api::PendingFault>>),
    "sandbox journal" => Data::Plain(of_type::<admin_api::LoggedRequests>),
    "sandbox status" => Data::Plain(of_type::<admin_api::SandboxStatus>),
    "sandbox reset" => Data::Plain(of_type::<admin_api::SandboxStatus>),
    "sandbox stop" => Data::Plain(of_type::<admin_api::SandboxStopped>),
    "sandbox advance" => Data::Plain(of_type::<admin_api::SandboxTime>),
    "schema" => Data::Plain(any_schema),
    "completions" => Data::Plain(of_type::<completions::CompletionScript>),
    "man" => Data::Plain(of_type::<man::PagesWritten>),
}

/// The names of everything that has a schema: the commands, and [`FAILURE`].
pub(crate) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().copied().chain([FAILURE])
}

/// The name of the file of a command's schema.
pub(crate) fn file_of(command: &str) -> String {
    format!("{}.json", command.replace(' ', "-"))
}

/// The schemas by command.
pub(crate) struct Schemas(Files);

impl Schemas {
    pub(crate) fn load() -> Self {
        Self(Files::schemas())
    }

    /// The schema of a command's document, or nothing if there is no such command.
    pub(crate) fn of(&self, command: &str) -> Option<Value> {
        serde_json::from_str(self.0.get(&file_of(command))?).ok()
    }
}
