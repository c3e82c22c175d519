//! The redeploys of a function, by their place and by their id, and those that have not ended.

use std::collections::{BTreeSet, HashMap};

use super::stored::Redeploy;
use super::tracked::Tracked;
use crate::api::wire::{DeploymentStatus, Id};

#[derive(Clone, Debug, Default)]
pub(super) struct Redeploys {
    /// In the order of their creation.
    entries: Tracked<usize, Redeploy>,
    by_id: HashMap<Id, usize>,
    /// Those that have not ended: one that builds and one behind it, at most.
    pending: BTreeSet<usize>,
}

impl Redeploys {
    /// The place of the next one.
    fn next(&self) -> usize {
        self.entries.last().map_or(0, |(place, _)| place + 1)
    }

    pub(super) fn push(&mut self, redeploy: Redeploy) {
        self.put(self.next(), redeploy);
    }

    pub(super) fn with_id(&self, id: &str) -> Option<&Redeploy> {
        self.entries.get(self.by_id.get(id)?)
    }

    pub(super) fn newest(&self) -> Option<&Redeploy> {
        self.entries.last().map(|(_, redeploy)| redeploy)
    }

    /// Those in front of a place, the newest first.
    pub(super) fn in_front_of(&self, place: Option<usize>) -> impl Iterator<Item = (usize, &Redeploy)> {
        self.entries.in_front_of(place.as_ref()).map(|(place, redeploy)| (*place, redeploy))
    }

    /// Those that have not ended, the oldest first.
    pub(super) fn pending(&self) -> impl DoubleEndedIterator<Item = (usize, &Redeploy)> {
        self.pending.iter().filter_map(|place| Some((*place, self.entries.get(place)?)))
    }

    /// Changes one; what `change` says of it.
    pub(super) fn change<T>(&mut self, place: usize, change: impl FnOnce(&mut Redeploy) -> T) -> Option<T> {
        let redeploy = self.entries.get_mut(&place)?;
        let said = change(redeploy);
        if redeploy.has_ended() {
            self.pending.remove(&place);
        }
        Some(said)
    }

    pub(super) fn get(&self, place: usize) -> Option<&Redeploy> {
        self.entries.get(&place)
    }

    pub(super) fn take_touched(&mut self) -> BTreeSet<usize> {
        self.entries.take_touched()
    }

    /// Puts one into its place.
    pub(super) fn put(&mut self, place: usize, redeploy: Redeploy) {
        self.by_id.insert(redeploy.info.id.clone(), place);
        if redeploy.has_ended() {
            self.pending.remove(&place);
        } else {
            self.pending.insert(place);
        }
        self.entries.insert(place, redeploy);
    }
}

impl Redeploy {
    fn has_ended(&self) -> bool {
        !matches!(self.info.status, DeploymentStatus::Queued | DeploymentStatus::Building)
    }
}
