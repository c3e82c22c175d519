//! Management tokens and what they allow.

use super::refusal::Refusal;
use super::stored::{Caller, State};
use crate::api::wire;
use crate::sandbox::issued_value::IssuedValue;
use crate::secret::SANDBOX_MANAGEMENT_PREFIX;

/// Every scope that a management token can have.
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

impl Caller {
    /// Refuses with 403 if the caller lacks `scope`.
    pub(crate) fn require(&self, scope: &str) -> Result<(), Refusal> {
        if self.scopes.iter().any(|owned| owned == scope) {
            return Ok(());
        }
        Err(Refusal::new(403, format!("The credential lacks the scope `{scope}`")))
    }

    /// `GET /me`.
    pub(crate) fn me(&self) -> wire::Me {
        let kind = wire::CredentialType::PersonalAccessToken;
        wire::Me { id: self.id.clone(), name: self.name.clone(), kind, scopes: self.scopes.clone() }
    }
}

impl State {
    pub(crate) fn issue_management_token(&mut self, name: &str, scopes: &[&str]) -> IssuedValue {
        let value = self.values.value(SANDBOX_MANAGEMENT_PREFIX);
        let id = self.values.id("usr");
        let tag = self.stored.hasher.tag(value.expose().as_bytes());
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        self.stored.management_tokens.insert(tag, Caller { id, name: name.to_owned(), scopes });
        value
    }

    /// The owner of a bearer token; 401 if there is no token, or one that was not issued here.
    pub(crate) fn caller(&self, bearer: Option<&str>) -> Result<Caller, Refusal> {
        let value = bearer.ok_or_else(|| Refusal::new(401, "Missing credential"))?.as_bytes();
        let hasher = &self.stored.hasher;
        let tag = hasher.tag(value);
        let owner = self.stored.management_tokens.get(&tag);
        // The look-up compares hashes under a secret key; the value itself is compared in constant
        // time.
        let owner = owner.filter(|_| hasher.matches(value, &tag));
        owner.cloned().ok_or_else(|| Refusal::new(401, "Invalid credential"))
    }
}
