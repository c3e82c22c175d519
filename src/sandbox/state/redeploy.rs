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

use super::page::{self, PageRequest};
use super::refusal::Refusal;
use super::stored::{BuildResult, Lag, Lagging, Redeploy, State, StoredFunction};
use crate::api::wire::{self, DeploymentStatus, FileContent, FileSize, Id};
use crate::sandbox::clock::{later, whole_seconds};

/// When a change is made, and what faults do to the redeploy that it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    pub(crate) result: BuildResult,
    /// How long the gateway lags behind once the redeploy is live.
    pub(crate) lag: Option<Lag>,
}

impl Change {
    /// A change without faults.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, result: BuildResult::Live, lag: None }
    }

    /// The time of the change as answers show it.
    pub(super) fn stamp(&self) -> Timestamp {
        whole_seconds(self.at)
    }
}

impl StoredFunction {
    /// Starts a redeploy that carries the function as it is now.
    fn redeploy(&mut self, id: Id, reason: &str, delay: SignedDuration, change: &Change) -> wire::Deployment {
        // The docs name no share; a quarter is long enough that a client which polls sees both.
        let queue = delay / 4;
        let mut builds_at = later(change.at, queue);
        if let Some(pending) = self.redeploys.iter_mut().rev().find(|redeploy| redeploy.is_superseded_by_next()) {
            if pending.info.status == DeploymentStatus::Queued {
                builds_at = pending.builds_at;
            }
            pending.info.status = DeploymentStatus::Superseded;
            pending.info.superseded_by = Some(id.clone());
            pending.carries = None;
        }
        let is_building = |redeploy: &&Redeploy| redeploy.info.status == DeploymentStatus::Building;
        if let Some(building) = self.redeploys.iter().find(is_building) {
            builds_at = builds_at.max(building.ends_at);
        }
        self.updated_at = change.stamp();
        // If the first code failed, there is none that the redeploy could run.
        let no_code = self.was_deployed() && self.code.is_none();
        let redeploy = Redeploy {
            carries: Some(self.to_be_effective(id.clone())),
            info: wire::Deployment {
                id,
                function: self.slug.clone(),
                status: DeploymentStatus::Queued,
                reason: Some(reason.to_owned()),
                created_at: change.stamp(),
                live_at: None,
                error: None,
                files: Vec::new(),
                superseded_by: None,
            },
            builds_at,
            ends_at: later(builds_at, delay - queue),
            result: if no_code { BuildResult::Fails } else { change.result },
            lag: change.lag,
            code: self.code.clone(),
        };
        let info = self.deployment_to_wire(&redeploy);
        self.redeploys.push(redeploy);
        info
    }

    /// Starts and ends builds that are due at `now`.
    pub(super) fn advance_to(&mut self, now: Timestamp) {
        // At most one builds and one is queued behind it, so one pass in order is enough.
        for index in 0..self.redeploys.len() {
            let redeploy = &mut self.redeploys[index];
            if redeploy.info.status == DeploymentStatus::Queued && redeploy.builds_at <= now {
                redeploy.info.status = DeploymentStatus::Building;
            }
            if redeploy.info.status == DeploymentStatus::Building && redeploy.ends_at <= now {
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
                redeploy.info.status = DeploymentStatus::Failed;
                redeploy.carries = None;
                let error = if let Some(failed) = redeploy.code.clone() {
                    self.forget_code(&failed);
                    "The build failed"
                } else {
                    "There is no code to run"
                };
                self.redeploys[index].info.error = Some(error.to_owned());
            }
            BuildResult::Live => {
                redeploy.info.status = DeploymentStatus::Live;
                redeploy.info.live_at = Some(whole_seconds(redeploy.ends_at));
                let effective = redeploy.carries.take().unwrap_or_default();
                let before = std::mem::replace(&mut self.effective, effective);
                self.lagging.take_if(|lagging| lagging.is_over(redeploy.ends_at));
                if let Some(lag) = redeploy.lag {
                    // A gateway that still lags behind an earlier redeploy has not seen `before`
                    // either.
                    let before = self.lagging.take().map_or(before, |lagging| lagging.before);
                    let (requests_left, until) = match lag {
                        Lag::Requests(count) => (Some(count), None),
                        Lag::Time(time) => (None, Some(later(redeploy.ends_at, time))),
                    };
                    self.lagging = Some(Lagging { before, requests_left, until });
                }
            }
        }
    }

    /// Goes back from code that failed to what ran before, also in the redeploy that is queued.
    fn forget_code(&mut self, failed: &Id) {
        if self.code.as_ref() == Some(failed) {
            self.code.clone_from(&self.effective.code);
        }
        let queued = self.redeploys.iter_mut().filter(|redeploy| redeploy.info.status == DeploymentStatus::Queued);
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
        wire::Deployment { files: self.files_of(redeploy).iter().map(size_of).collect(), ..redeploy.info.clone() }
    }

    pub(super) fn files_of(&self, redeploy: &Redeploy) -> &[FileContent] {
        redeploy.code.as_ref().and_then(|code| self.uploads.get(code)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find_redeploy(&self, id: &str) -> Result<&Redeploy, Refusal> {
        self.redeploys
            .iter()
            .find(|redeploy| redeploy.info.id.as_str() == id)
            .ok_or_else(|| Refusal::not_found(format!("Function `{}` has no deployment `{id}`", self.slug)))
    }
}

impl Redeploy {
    fn is_superseded_by_next(&self) -> bool {
        match self.info.status {
            DeploymentStatus::Queued => true,
            DeploymentStatus::Building => self.result == BuildResult::Hangs,
            _ => false,
        }
    }
}

impl State {
    /// `GET …/deployments`, the newest first.
    pub(crate) fn deployments(&self, slug: &str, page: &PageRequest) -> Result<wire::Page<wire::Deployment>, Refusal> {
        let function = self.function(slug)?;
        let newest_first = function.redeploys.iter().enumerate().rev();
        let listed = |(index, redeploy)| (page::number_key(usize::MAX - index), function.deployment_to_wire(redeploy));
        Ok(page.cut(newest_first.map(listed)))
    }

    /// `GET …/deployments/{id}`.
    pub(crate) fn show_deployment(&self, slug: &str, id: &str) -> Result<wire::Deployment, Refusal> {
        let function = self.function(slug)?;
        Ok(function.deployment_to_wire(function.find_redeploy(id)?))
    }

    /// Starts a redeploy that carries `slug` as it is now; `reason` is what started it, as the wire
    /// calls it.
    pub(super) fn start_redeploy(
        &mut self,
        slug: &str,
        reason: &str,
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
        function.redeploy(id, "deploy", SignedDuration::ZERO, &Change::at(at));
        function.advance_to(at);
        Ok(())
    }
}

/// The size of a file whose content was checked to be base64 when it was uploaded.
fn size_of(file: &FileContent) -> FileSize {
    let padding = file.content.bytes().rev().take_while(|&byte| byte == b'=').count();
    FileSize { path: file.path.clone(), size: (file.content.len() / 4 * 3 - padding) as u64 }
}
