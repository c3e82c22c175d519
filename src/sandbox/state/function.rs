//! Functions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::accepted_tokens::{Effective, Lagging};
use super::redeploy::{Phase, Redeploy};
use super::secret::StoredSecret;
use super::token::StoredToken;
use super::{PageRequest, PlatformSettings, Refusal, State};
use crate::api::wire::{self, FileContent, FunctionStatus, Id, SecretName, Slug};
use crate::sandbox::clock::whole_seconds;

/// The longest name of a function and of a cron trigger, in bytes. The vendor documents no limit.
const MAX_NAME: usize = 128;
/// In bytes (docs, Limits: the description of a tool).
const MAX_DESCRIPTION: usize = 1024;

/// A function with everything that belongs to it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredFunction {
    pub(super) slug: Slug,
    name: String,
    description: Option<String>,
    created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    /// In the order of their creation.
    pub(super) tokens: Vec<StoredToken>,
    /// How many tokens were ever issued: the ordinal of the next one.
    pub(super) tokens_issued: usize,
    pub(super) secrets: BTreeMap<SecretName, StoredSecret>,
    /// In the order of their creation.
    pub(super) redeploys: Vec<Redeploy>,
    /// Uploaded files, by the id of the upload.
    pub(super) uploads: BTreeMap<Id, Vec<FileContent>>,
    /// The upload that the next redeploy runs.
    pub(super) code: Option<Id>,
    /// What the last live redeploy carried.
    pub(super) effective: Effective,
    /// What the gateway uses instead while it lags behind.
    pub(super) lagging: Option<Lagging>,
    pub(super) invocations: u64,
}

impl StoredFunction {
    fn new(request: wire::CreateFunction, at: Timestamp) -> Self {
        let at = whole_seconds(at);
        Self {
            slug: request.slug,
            name: request.name,
            description: request.description,
            created_at: at,
            updated_at: at,
            tokens: Vec::new(),
            tokens_issued: 0,
            secrets: BTreeMap::new(),
            redeploys: Vec::new(),
            uploads: BTreeMap::new(),
            code: None,
            effective: Effective::default(),
            lagging: None,
            invocations: 0,
        }
    }

    /// Whether code was ever uploaded. The `default` token was then issued.
    pub(super) fn was_deployed(&self) -> bool {
        !self.uploads.is_empty()
    }

    pub(super) fn url(&self, settings: &PlatformSettings) -> String {
        format!("{}/fn/{}", settings.base_url, self.slug)
    }

    fn status(&self) -> FunctionStatus {
        let last = self.redeploys.iter().rev().find(|redeploy| redeploy.phase != Phase::Superseded);
        match last.map(|redeploy| redeploy.phase) {
            _ if !self.was_deployed() => FunctionStatus::Created,
            Some(Phase::Queued | Phase::Building) => FunctionStatus::Deploying,
            Some(Phase::Failed) => FunctionStatus::Failed,
            _ if self.effective.code.is_none() => FunctionStatus::Failed,
            Some(Phase::Live | Phase::Superseded) | None => FunctionStatus::Live,
        }
    }

    fn to_wire(&self, settings: &PlatformSettings) -> wire::Function {
        let url = self.url(settings);
        wire::Function {
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            mcp_url: Some(format!("{url}/mcp")),
            url: Some(url),
            status: self.status(),
            created_at: self.created_at,
            updated_at: Some(self.updated_at),
            active_deployment_id: self.effective.deployment.clone(),
        }
    }
}

impl State {
    /// `GET /functions`, by slug.
    pub(crate) fn functions(&self, page: &PageRequest) -> wire::Page<wire::Function> {
        page.cut(self.functions.values().map(|function| (function.slug.to_string(), function.to_wire(&self.settings))))
    }

    /// `GET /functions/{slug}`.
    pub(crate) fn show_function(&self, slug: &str) -> Result<wire::Function, Refusal> {
        Ok(self.function(slug)?.to_wire(&self.settings))
    }

    /// `POST /functions`.
    pub(crate) fn create_function(
        &mut self,
        request: wire::CreateFunction,
        at: Timestamp,
    ) -> Result<wire::Function, Refusal> {
        if !(1..=MAX_NAME).contains(&request.name.len()) {
            return Err(Refusal::invalid(format!("`name` is not 1 to {MAX_NAME} bytes long")));
        }
        if request.description.as_ref().is_some_and(|text| text.len() > MAX_DESCRIPTION) {
            return Err(Refusal::invalid(format!("`description` is longer than {MAX_DESCRIPTION} bytes")));
        }
        if self.functions.contains_key(request.slug.as_str()) {
            return Err(Refusal::conflict(format!("A function `{}` exists already", request.slug)));
        }
        let function = StoredFunction::new(request, at);
        let answer = function.to_wire(&self.settings);
        self.functions.insert(function.slug.clone(), function);
        Ok(answer)
    }

    /// `DELETE /functions/{slug}`: at once, with all that belongs to it. Answers with what
    /// it was.
    pub(crate) fn delete_function(&mut self, slug: &str) -> Result<wire::Function, Refusal> {
        let function = self.functions.remove(slug).ok_or_else(|| super::no_function(slug))?;
        Ok(function.to_wire(&self.settings))
    }

    /// `POST /functions/{slug}/cron/{name}/trigger`: the platform calls the function itself, so
    /// that no token is needed.
    pub(crate) fn trigger_cron(&mut self, slug: &str, name: &str) -> Result<wire::CronTriggered, Refusal> {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(Refusal::invalid(format!("the name of a cron trigger is not 1 to {MAX_NAME} bytes long")));
        }
        let invocation_id = self.values.id("inv");
        let function = self.function_mut(slug)?;
        if function.effective.code.is_none() {
            return Err(Refusal::conflict(format!("Function `{slug}` is not live")));
        }
        function.invocations += 1;
        Ok(wire::CronTriggered { invocation_id, status: "accepted".to_owned() })
    }

    /// How often a cron trigger of the function was started.
    pub(crate) fn invocations(&self, slug: &str) -> u64 {
        self.functions.get(slug).map_or(0, |function| function.invocations)
    }
}
