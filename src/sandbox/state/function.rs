//! Functions.

use jiff::Timestamp;

use super::page::PageRequest;
use super::redeploys::Redeploys;
use super::refusal::Refusal;
use super::stored::{Effective, Opening, PlatformSettings, State, StoredFunction};
use super::tokens::Tokens;
use super::tracked::Tracked;
use crate::api::wire::{self, DeploymentStatus, FunctionStatus, Slug};
use crate::sandbox::admin_api::FunctionInShort;
use crate::sandbox::clock::whole_seconds;

/// The longest name of a function and of a cron trigger, in characters. The vendor documents no
/// limit.
pub(in crate::sandbox) const MAX_NAME: usize = 128;
/// In characters (docs, Limits: the description of a tool).
pub(in crate::sandbox) const MAX_DESCRIPTION: usize = 1024;

/// What callers of a function are told of it, and how it answers.
#[derive(Debug)]
pub(crate) struct Served<'a> {
    pub(crate) description: &'a str,
    pub(crate) url: String,
    pub(crate) opening: &'a Opening,
}

impl StoredFunction {
    /// Whether code was ever uploaded. The `default` token was then issued.
    pub(super) fn was_deployed(&self) -> bool {
        !self.uploads.is_empty()
    }

    pub(super) fn url(&self, settings: &PlatformSettings) -> String {
        format!("{}/fn/{}", settings.base_url, self.slug)
    }

    fn status(&self) -> FunctionStatus {
        if !self.was_deployed() {
            return FunctionStatus::Created;
        }
        // Nothing can have taken the place of the newest one.
        match self.redeploys.newest().map(|redeploy| &redeploy.info.status) {
            Some(DeploymentStatus::Queued | DeploymentStatus::Building) => FunctionStatus::Deploying,
            Some(DeploymentStatus::Failed) => FunctionStatus::Failed,
            _ if self.effective.code.is_none() => FunctionStatus::Failed,
            _ => FunctionStatus::Live,
        }
    }

    fn to_wire(&self, settings: &PlatformSettings) -> wire::Function {
        let url = self.url(settings);
        wire::Function {
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.as_deref().map(str::to_owned),
            mcp_url: (!self.opening.without_mcp).then(|| format!("{url}/mcp")),
            url: Some(url),
            status: self.status(),
            created_at: self.created_at,
            updated_at: Some(self.updated_at),
            active_deployment_id: self.effective.deployment.clone(),
        }
    }
}

impl State {
    pub(super) fn function(&self, slug: &str) -> Result<&StoredFunction, Refusal> {
        self.stored.functions.get(slug).ok_or_else(|| no_function(slug))
    }

    pub(super) fn function_mut(&mut self, slug: &str) -> Result<&mut StoredFunction, Refusal> {
        self.stored.functions.get_mut(slug).ok_or_else(|| no_function(slug))
    }

    pub(crate) fn has_functions(&self) -> bool {
        !self.stored.functions.is_empty()
    }

    /// `GET /functions`, by slug.
    pub(crate) fn functions(&self, page: &PageRequest) -> Result<wire::Page<wire::Function>, Refusal> {
        let place: Option<Slug> = page.place()?;
        let functions = self.stored.functions.behind(place.as_ref());
        Ok(page.cut(functions.map(|(slug, function)| (slug.to_string(), function.to_wire(&self.settings)))))
    }

    /// Its functions, by slug, and how many tokens each has.
    pub(crate) fn functions_in_short(&self) -> Vec<FunctionInShort> {
        let in_short = |function: &StoredFunction| FunctionInShort {
            slug: function.slug.to_string(),
            status: function.status().as_str().to_owned(),
            tokens: function.tokens.len() as u64,
        };
        self.stored.functions.iter().map(|(_, function)| in_short(function)).collect()
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
        let wire::CreateFunction { slug, name, description } = request;
        if !(1..=MAX_NAME).contains(&name.chars().count()) {
            return Err(Refusal::invalid(format!("`name` is not 1 to {MAX_NAME} characters long")));
        }
        if description.as_ref().is_some_and(|text| text.chars().count() > MAX_DESCRIPTION) {
            return Err(Refusal::invalid(format!("`description` is longer than {MAX_DESCRIPTION} characters")));
        }
        if self.stored.functions.contains(&slug) {
            return Err(Refusal::conflict(format!("A function `{slug}` exists already")));
        }
        let at = whole_seconds(at);
        let function = StoredFunction {
            slug: slug.clone(),
            name,
            description: description.map(Into::into),
            created_at: at,
            updated_at: at,
            tokens: Tokens::default(),
            secrets: Tracked::default(),
            redeploys: Redeploys::default(),
            uploads: Tracked::default(),
            code: None,
            effective: Effective::default(),
            lagging: None,
            invocations: 0,
            opening: Opening::default(),
            due: None,
        };
        let answer = function.to_wire(&self.settings);
        self.stored.functions.insert(slug, function);
        Ok(answer)
    }

    /// Sets how a function is reached.
    pub(crate) fn open(&mut self, slug: &str, opening: Opening) -> Result<(), Refusal> {
        self.function_mut(slug)?.opening = opening;
        Ok(())
    }

    /// The function as the gateway serves it, if any code of it is live.
    pub(crate) fn served(&self, slug: &str) -> Option<Served<'_>> {
        let function = self.stored.functions.get(slug)?;
        function.effective.code.as_ref()?;
        let description = function.description.as_deref().unwrap_or("Returns its input");
        Some(Served { description, url: function.url(&self.settings), opening: &function.opening })
    }

    /// `DELETE /functions/{slug}`: at once, with all that belongs to it. Answers with what
    /// it was.
    pub(crate) fn delete_function(&mut self, slug: &str) -> Result<wire::Function, Refusal> {
        let function = self.stored.functions.remove(slug).ok_or_else(|| no_function(slug))?;
        Ok(function.to_wire(&self.settings))
    }

    /// `POST /functions/{slug}/cron/{name}/trigger`: the platform calls the function itself, so
    /// that no token is needed.
    pub(crate) fn trigger_cron(&mut self, slug: &str, name: &str) -> Result<wire::CronTriggered, Refusal> {
        if !(1..=MAX_NAME).contains(&name.chars().count()) {
            return Err(Refusal::invalid(format!("the name of a cron trigger is not 1 to {MAX_NAME} characters long")));
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
        self.stored.functions.get(slug).map_or(0, |function| function.invocations)
    }
}

fn no_function(slug: &str) -> Refusal {
    Refusal::not_found(format!("No function `{slug}`"))
}
