//! Redeploys: how a change becomes effective.
//!
//! Every change of tokens, secrets or code starts a redeploy. It is queued for the first quarter of
//! the delay and builds for the rest. When it is live, the gateway uses what it carries. A
//! function builds one redeploy at a time.
//!
//! - While one is **queued**, the next change supersedes it. The successor carries both changes and
//!   starts to build when the first would have, so that a stream of changes cannot delay the first
//!   for ever.
//! - While one is **building**, the next change queues behind it. What a redeploy carries is fixed
//!   when it is made.
//! - One that **hangs** is superseded by the next change.
//! - One that **fails** leaves what is effective as it was. Lists show the change, and the next
//!   redeploy that succeeds carries it. Code that failed is forgotten: later redeploys, and the
//!   queued one, run what ran before. If nothing did, they fail.
//! - A redeploy that ended (live, failed, superseded) never changes again. `active_deployment_id`
//!   says which one is effective.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::accepted_tokens::{Effective, Lagging};
use super::function::StoredFunction;
use super::{Change, PageRequest, Refusal, State, page};
use crate::api::wire::{self, DeploymentStatus, FileContent, FileSize, Id};
use crate::sandbox::clock::{later, whole_seconds};

/// How a redeploy ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BuildResult {
    Live,
    Fails,
    /// It builds until the next change supersedes it.
    Hangs,
}

/// How long the gateway lags behind a redeploy that is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Lag {
    /// For this many more requests to the function.
    Requests(u32),
    Time(SignedDuration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    Queued,
    Building,
    Live,
    Failed,
    Superseded,
}

/// What started a redeploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Deploy,
    Rollback,
    TokenCreated,
    TokenUpdated,
    TokenRevoked,
    TokenRotated,
    SecretsChanged,
}

impl Reason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::TokenCreated => "token_created",
            Self::TokenUpdated => "token_updated",
            Self::TokenRevoked => "token_revoked",
            Self::TokenRotated => "token_rotated",
            Self::SecretsChanged => "secrets_changed",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Redeploy {
    pub(super) id: Id,
    pub(super) phase: Phase,
    reason: String,
    created_at: Timestamp,
    /// When it leaves the queue, to the millisecond.
    builds_at: Timestamp,
    /// When the build ends, to the millisecond.
    ends_at: Timestamp,
    live_at: Option<Timestamp>,
    error: Option<String>,
    superseded_by: Option<Id>,
    result: BuildResult,
    lag: Option<Lag>,
    /// The upload that it runs.
    pub(super) code: Option<Id>,
    /// What it makes effective; `None` once it has ended.
    carries: Option<Effective>,
}

impl StoredFunction {
    /// Starts a redeploy that carries the function as it is now.
    pub(super) fn redeploy(
        &mut self,
        id: Id,
        reason: Reason,
        delay: SignedDuration,
        change: &Change,
    ) -> wire::Deployment {
        let queue = delay / 4;
        let mut builds_at = later(change.at, queue);
        if let Some(pending) = self.redeploys.iter_mut().rev().find(|redeploy| redeploy.is_superseded_by_next()) {
            if pending.phase == Phase::Queued {
                builds_at = pending.builds_at;
            }
            pending.phase = Phase::Superseded;
            pending.superseded_by = Some(id.clone());
            pending.carries = None;
        }
        if let Some(building) = self.redeploys.iter().find(|redeploy| redeploy.phase == Phase::Building) {
            builds_at = builds_at.max(building.ends_at);
        }
        self.updated_at = change.stamp();
        self.redeploys.push(Redeploy {
            carries: Some(self.to_be_effective(id.clone())),
            id,
            phase: Phase::Queued,
            reason: reason.as_str().to_owned(),
            created_at: change.stamp(),
            builds_at,
            ends_at: later(builds_at, delay - queue),
            live_at: None,
            error: None,
            superseded_by: None,
            result: self.build_result(change.result),
            lag: change.lag,
            code: self.code.clone(),
        });
        self.deployment_to_wire(&self.redeploys[self.redeploys.len() - 1])
    }

    /// How a redeploy that is made now ends. If the first code failed, there is none that it could
    /// run.
    fn build_result(&self, scripted: BuildResult) -> BuildResult {
        if self.was_deployed() && self.code.is_none() { BuildResult::Fails } else { scripted }
    }

    /// Starts and ends builds that are due at `now`.
    pub(super) fn advance_to(&mut self, now: Timestamp) {
        // At most one builds and one is queued behind it, so one pass in order is enough.
        for index in 0..self.redeploys.len() {
            let redeploy = &mut self.redeploys[index];
            if redeploy.phase == Phase::Queued && redeploy.builds_at <= now {
                redeploy.phase = Phase::Building;
            }
            if redeploy.phase == Phase::Building && redeploy.ends_at <= now {
                self.end_build(index);
            }
        }
        self.lagging.take_if(|lagging| lagging.is_over(now));
    }

    fn end_build(&mut self, index: usize) {
        let redeploy = &mut self.redeploys[index];
        match redeploy.result {
            BuildResult::Hangs => {}
            BuildResult::Fails => {
                redeploy.phase = Phase::Failed;
                redeploy.carries = None;
                let error = if let Some(failed) = redeploy.code.clone() {
                    self.forget_code(&failed);
                    "The build failed"
                } else {
                    "There is no code to run"
                };
                self.redeploys[index].error = Some(error.to_owned());
            }
            BuildResult::Live => {
                redeploy.phase = Phase::Live;
                redeploy.live_at = Some(whole_seconds(redeploy.ends_at));
                let effective = redeploy.carries.take().unwrap_or_default();
                let before = std::mem::replace(&mut self.effective, effective);
                self.lagging.take_if(|lagging| lagging.is_over(redeploy.ends_at));
                if let Some(lag) = redeploy.lag {
                    // A gateway that still lags behind an earlier redeploy has not seen `before`
                    // either.
                    let before = self.lagging.take().map_or(before, Lagging::into_before);
                    self.lagging = Some(Lagging::new(before, lag, redeploy.ends_at));
                }
            }
        }
    }

    /// Goes back from code that failed to what ran before, also in the redeploy that is queued.
    fn forget_code(&mut self, failed: &Id) {
        if self.code.as_ref() == Some(failed) {
            self.code.clone_from(&self.effective.code);
        }
        let queued = self.redeploys.iter_mut().filter(|redeploy| redeploy.phase == Phase::Queued);
        for redeploy in queued.filter(|redeploy| redeploy.code.as_ref() == Some(failed)) {
            redeploy.code.clone_from(&self.effective.code);
            if redeploy.code.is_none() {
                redeploy.result = BuildResult::Fails;
            }
            if let Some(carried) = &mut redeploy.carries {
                carried.code.clone_from(&self.effective.code);
            }
        }
    }

    fn deployment_to_wire(&self, redeploy: &Redeploy) -> wire::Deployment {
        wire::Deployment {
            id: redeploy.id.clone(),
            function: self.slug.clone(),
            status: match redeploy.phase {
                Phase::Queued => DeploymentStatus::Queued,
                Phase::Building => DeploymentStatus::Building,
                Phase::Live => DeploymentStatus::Live,
                Phase::Failed => DeploymentStatus::Failed,
                Phase::Superseded => DeploymentStatus::Superseded,
            },
            reason: Some(redeploy.reason.clone()),
            created_at: redeploy.created_at,
            live_at: redeploy.live_at,
            error: redeploy.error.clone(),
            files: self.files_of(redeploy).iter().map(size_of).collect(),
            superseded_by: redeploy.superseded_by.clone(),
        }
    }

    pub(super) fn files_of(&self, redeploy: &Redeploy) -> &[FileContent] {
        redeploy.code.as_ref().and_then(|code| self.uploads.get(code)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find_redeploy(&self, id: &str) -> Result<&Redeploy, Refusal> {
        self.redeploys
            .iter()
            .find(|redeploy| redeploy.id.as_str() == id)
            .ok_or_else(|| Refusal::not_found(format!("Function `{}` has no deployment `{id}`", self.slug)))
    }
}

impl Redeploy {
    fn is_superseded_by_next(&self) -> bool {
        self.phase == Phase::Queued || (self.phase == Phase::Building && self.result == BuildResult::Hangs)
    }
}

impl State {
    /// `GET …/deployments`, the newest first.
    pub(crate) fn deployments(&self, slug: &str, page: &PageRequest) -> Result<wire::Page<wire::Deployment>, Refusal> {
        let function = self.function(slug)?;
        let newest_first = function.redeploys.iter().enumerate().rev();
        Ok(page
            .cut(newest_first.map(|(index, redeploy)| {
                (page::number_key(usize::MAX - index), function.deployment_to_wire(redeploy))
            })))
    }

    /// `GET …/deployments/{id}`.
    pub(crate) fn show_deployment(&self, slug: &str, id: &str) -> Result<wire::Deployment, Refusal> {
        let function = self.function(slug)?;
        Ok(function.deployment_to_wire(function.find_redeploy(id)?))
    }

    /// Starts a redeploy that carries `slug` as it is now.
    pub(super) fn start_redeploy(
        &mut self,
        slug: &str,
        reason: Reason,
        change: &Change,
    ) -> Result<wire::Deployment, Refusal> {
        let id = self.values.id("dep");
        let delay = self.settings.redeploy_delay;
        Ok(self.function_mut(slug)?.redeploy(id, reason, delay, change))
    }

    /// Makes the function as it is now effective at once, with one live redeploy in its history:
    /// for a fixture.
    pub(crate) fn make_live(&mut self, slug: &str, at: Timestamp) -> Result<(), Refusal> {
        let id = self.values.id("dep");
        let function = self.function_mut(slug)?;
        function.redeploys.clear();
        function.redeploy(id, Reason::Deploy, SignedDuration::ZERO, &Change::at(at));
        function.advance_to(at);
        Ok(())
    }
}

/// The size of a file whose content was checked to be base64 when it was uploaded.
fn size_of(file: &FileContent) -> FileSize {
    let padding = file.content.bytes().rev().take_while(|&byte| byte == b'=').count();
    FileSize { path: file.path.clone(), size: (file.content.len() / 4 * 3 - padding) as u64 }
}
