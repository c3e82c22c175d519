//! Management tokens and what they allow.

use serde::{Deserialize, Serialize};

use super::hash::Tag;
use super::{IssuedValue, Refusal, State};
use crate::api::wire;

/// Every scope a management token can have.
pub const SCOPES: [&str; 9] = [
    "functions:read",
    "functions:write",
    "tokens:read",
    "tokens:write",
    "deployments:read",
    "deployments:write",
    "secrets:read",
    "secrets:write",
    "cron:write",
];

/// A management token as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Access {
    id: wire::Id,
    name: String,
    scopes: Vec<String>,
    tag: Tag,
}

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// `usr_…`.
    pub id: wire::Id,
    /// The name behind the credential.
    pub name: String,
    /// What it allows.
    pub scopes: Vec<String>,
}

impl Caller {
    /// Refuses a caller who lacks `scope`.
    pub fn require(&self, scope: &str) -> Result<(), Refusal> {
        if self.scopes.iter().any(|owned| owned == scope) {
            return Ok(());
        }
        Err(Refusal::new(403, format!("The credential lacks the scope `{scope}`")))
    }

    /// The answer to `GET /me`.
    pub fn me(&self) -> wire::Me {
        wire::Me { id: self.id.clone(), name: self.name.clone(), kind: "pat".to_owned(), scopes: self.scopes.clone() }
    }
}

impl State {
    /// Issues a management token with `scopes`.
    pub fn issue_management_token(&mut self, name: &str, scopes: &[&str]) -> IssuedValue {
        let value = self.values.management_value();
        let id = self.new_id("usr");
        let tag = self.hasher.tag(value.expose().as_bytes());
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.callers.push(Access { id, name: name.to_owned(), scopes, tag });
        value
    }

    /// Whom a bearer token belongs to.
    pub fn caller(&self, bearer: Option<&str>) -> Result<Caller, Refusal> {
        let value = bearer.ok_or_else(|| Refusal::new(401, "Missing credential"))?.as_bytes();
        let tag = self.hasher.tag(value);
        let access = self.callers.iter().find(|access| access.tag == tag);
        match access {
            Some(access) if self.hasher.matches(value, &access.tag) => {
                Ok(Caller { id: access.id.clone(), name: access.name.clone(), scopes: access.scopes.clone() })
            }
            _ => Err(Refusal::new(401, "Invalid credential")),
        }
    }
}
