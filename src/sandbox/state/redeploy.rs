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

use super::page::PageRequest;
use super::redeploys::Redeploys;
use super::refusal::Refusal;
use super::stored::{BuildResult, Lag, Lagging, Redeploy, State, StoredFunction};
use super::tracked::steps;
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
        let superseded = self.redeploys.pending().rev().find(|(_, redeploy)| redeploy.is_superseded_by_next());
        if let Some(place) = superseded.map(|(place, _)| place) {
            self.redeploys.change(place, |pending| {
                if pending.info.status == DeploymentStatus::Queued {
                    builds_at = pending.builds_at;
                }
                pending.info.status = DeploymentStatus::Superseded;
                pending.info.superseded_by = Some(id.clone());
                pending.carries = None;
            });
        }
        let is_building = |redeploy: &&Redeploy| redeploy.info.status == DeploymentStatus::Building;
        if let Some(building) = self.redeploys.pending().map(|(_, redeploy)| redeploy).find(is_building) {
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
        let pending: Vec<usize> = self.redeploys.pending().map(|(place, _)| place).collect();
        for place in pending {
            if self.is_due(place, &DeploymentStatus::Queued, now) {
                self.redeploys.change(place, |redeploy| redeploy.info.status = DeploymentStatus::Building);
            }
            if self.is_due(place, &DeploymentStatus::Building, now) {
                self.end_build(place);
            }
        }
        self.lagging.take_if(|lagging| lagging.is_over(now));
    }

    fn is_due(&self, place: usize, status: &DeploymentStatus, now: Timestamp) -> bool {
        let redeploy = self.redeploys.get(place).filter(|redeploy| redeploy.info.status == *status);
        redeploy.and_then(Redeploy::due).is_some_and(|due| due <= now)
    }

    /// When time moves it next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let redeploys = self.redeploys.pending().filter_map(|(_, redeploy)| redeploy.due());
        redeploys.chain(self.lagging.as_ref().and_then(|lagging| lagging.until)).min()
    }

    /// Ends a build that does not hang.
    fn end_build(&mut self, place: usize) {
        let ended = self.redeploys.change(place, |redeploy| {
            let carried = redeploy.carries.take();
            if redeploy.result == BuildResult::Fails {
                let error = if redeploy.code.is_some() { "The build failed" } else { "There is no code to run" };
                redeploy.info.status = DeploymentStatus::Failed;
                redeploy.info.error = Some(error.to_owned());
                return Err(redeploy.code.clone());
            }
            redeploy.info.status = DeploymentStatus::Live;
            redeploy.info.live_at = Some(whole_seconds(redeploy.ends_at));
            Ok((carried.unwrap_or_default(), redeploy.ends_at, redeploy.lag))
        });
        match ended {
            None | Some(Err(None)) => {}
            Some(Err(Some(failed))) => self.forget_code(&failed),
            Some(Ok((effective, at, lag))) => {
                let before = std::mem::replace(&mut self.effective, effective);
                self.lagging.take_if(|lagging| lagging.is_over(at));
                if let Some(lag) = lag {
                    // A gateway that still lags behind an earlier redeploy has not seen `before`
                    // either.
                    let before = self.lagging.take().map_or(before, |lagging| lagging.before);
                    let (requests_left, until) = match lag {
                        Lag::Requests(count) => (Some(count), None),
                        Lag::Time(time) => (None, Some(later(at, time))),
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
        let runs_it = |redeploy: &Redeploy| {
            redeploy.info.status == DeploymentStatus::Queued && redeploy.code.as_ref() == Some(failed)
        };
        let queued = self.redeploys.pending().find(|(_, redeploy)| runs_it(redeploy));
        let Some(place) = queued.map(|(place, _)| place) else { return };
        let code = self.effective.code.clone();
        self.redeploys.change(place, |redeploy| {
            if code.is_none() {
                redeploy.result = BuildResult::Fails;
            }
            if let Some(carried) = &mut redeploy.carries {
                carried.code.clone_from(&code);
            }
            redeploy.code = code;
        });
    }

    fn deployment_to_wire(&self, redeploy: &Redeploy) -> wire::Deployment {
        wire::Deployment { files: self.files_of(redeploy).iter().map(size_of).collect(), ..redeploy.info.clone() }
    }

    pub(super) fn files_of(&self, redeploy: &Redeploy) -> &[FileContent] {
        redeploy.code.as_ref().and_then(|code| self.uploads.get(code)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn find_redeploy(&self, id: &str) -> Result<&Redeploy, Refusal> {
        let redeploy = self.redeploys.with_id(id);
        redeploy.ok_or_else(|| Refusal::not_found(format!("Function `{}` has no deployment `{id}`", self.slug)))
    }
}

impl Redeploy {
    /// When time moves it next; never if it has ended or hangs.
    fn due(&self) -> Option<Timestamp> {
        match self.info.status {
            DeploymentStatus::Queued => Some(self.builds_at),
            DeploymentStatus::Building if self.result != BuildResult::Hangs => Some(self.ends_at),
            _ => None,
        }
    }

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
        let newest_first = function.redeploys.in_front_of(page.place()?);
        Ok(page.cut(newest_first.map(|(place, redeploy)| (place.to_string(), function.deployment_to_wire(redeploy)))))
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
        let deployment = self.function_mut(slug)?.redeploy(id, reason, delay, change);
        self.schedule(slug);
        Ok(deployment)
    }

    /// Does what is due at `now`, and looks at nothing else.
    pub(super) fn advance_functions_to(&mut self, now: Timestamp) {
        while self.due.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, slug)) = self.due.pop_first() else { return };
            steps::count();
            if let Some(function) = self.stored.functions.get_mut(&slug) {
                function.due = None;
                function.advance_to(now);
            }
            self.schedule(slug.as_str());
        }
    }

    /// Notes when time moves a function next.
    pub(super) fn schedule(&mut self, slug: &str) {
        let Some(function) = self.stored.functions.get_mut_untouched(slug) else { return };
        let due = function.next_due();
        if let Some(before) = std::mem::replace(&mut function.due, due) {
            self.due.remove(&(before, function.slug.clone()));
        }
        self.due.extend(due.map(|due| (due, function.slug.clone())));
    }

    /// Makes the function as it is now effective at once, with one live redeploy in its history:
    /// for a fixture.
    pub(crate) fn make_live(&mut self, slug: &str, at: Timestamp) -> Result<(), Refusal> {
        let id = self.values.id("dep");
        let function = self.function_mut(slug)?;
        function.redeploys = Redeploys::default();
        function.redeploy(id, "deploy", SignedDuration::ZERO, &Change::at(at));
        function.advance_to(at);
        self.schedule(slug);
        Ok(())
    }
}

/// The size of a file whose content was checked to be base64 when it was uploaded.
pub(super) fn size_of(file: &FileContent) -> FileSize {
    let padding = file.content.bytes().rev().take_while(|&byte| byte == b'=').count();
    FileSize { path: file.path.clone(), size: (file.content.len() / 4 * 3 - padding) as u64 }
}
