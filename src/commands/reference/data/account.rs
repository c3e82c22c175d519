//! `.data` of `login`, `logout`, `whoami`, `auth …`.

use schemars::JsonSchema;

use crate::api::wire::Id;

/// Whose token was stored.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LoggedIn {
    /// The profile, now the active one.
    pub profile: String,
    /// The owner's id.
    pub id: Id,
    /// The owner's name.
    pub name: String,
    /// The control plane it was checked against.
    pub api_url: String,
}

/// Profiles that are forgotten.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProfilesRemoved {
    /// Their names.
    pub removed: Vec<String>,
}

/// Whose credential is used.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Whoami {
    /// The owner's id.
    pub id: Id,
    /// The owner's name.
    pub name: String,
    /// `pat` or `api_key`.
    #[schemars(rename = "type")]
    pub kind: String,
    /// What it allows.
    pub scopes: Vec<String>,
    /// The stored profile, if it is from one.
    pub profile: Option<String>,
    /// Where the credential comes from.
    pub source: String,
    /// The control plane.
    pub api_url: String,
}

/// A stored profile.
#[derive(JsonSchema)]
#[schemars(rename = "Profile", deny_unknown_fields)]
pub struct StoredProfile {
    /// Its name.
    pub name: String,
    /// Whether it is used when none is named.
    pub active: bool,
    /// The owner's name.
    pub user: Option<String>,
    /// The control plane it was checked against.
    pub api_url: String,
}

/// The profile that is used when none is named.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProfileSwitched {
    /// Its name.
    pub active: String,
}
