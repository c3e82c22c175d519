//! The tokens of a function, and which of them each of its redeploys carries.
//!
//! A token is found by its place, its id, its name, the hash of its value and what it replaces,
//! always through an index.
//!
//! A redeploy carries the tokens as they are when it is made. It does not copy them: every change
//! of a token gives the tokens a new *revision*, a redeploy keeps the number, and a token keeps the
//! versions of itself that a redeploy in use can still see. Those are the one in effect, the one in
//! front of it that a gateway may lag behind with, one that builds and one that is queued: never
//! more than four, however many tokens and changes there are.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::hash::Tag;
use super::refusal::Refusal;
use super::stored::{GoneToken, StoredToken, Version};
use super::tracked::{Tracked, steps};
use crate::api::wire::{self, Id, TokenStatus};

/// How many tokens may be gone before those are looked for that no redeploy carries any more. They
/// are looked for again once there are twice as many as were left, so that it costs each change the
/// same.
const GONE: usize = 64;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tokens {
    /// How many were ever issued: the ordinal of the next one.
    issued: usize,
    /// How often one was issued, changed or revoked.
    revision: u64,
    #[serde(skip)]
    listed: Tracked<usize, StoredToken>,
    /// Revoked, and still carried by a redeploy.
    #[serde(skip)]
    gone: Tracked<usize, GoneToken>,
    #[serde(skip)]
    gone_after_sweep: usize,
    #[serde(skip)]
    index: Index,
}

/// The ordinals of tokens by what they are looked for by.
#[derive(Clone, Debug, Default)]
struct Index {
    by_id: HashMap<Id, usize>,
    /// Those that are gone too.
    by_tag: HashMap<Tag, usize>,
    /// Those that nothing replaces.
    by_name: HashMap<String, usize>,
    /// By the id of the token that replaces them. There is one at most: a token replaces the one
    /// that was rotated, or, if that is revoked, the one in front of it.
    by_successor: HashMap<Id, usize>,
    /// How many are enabled and have no end.
    lasting: usize,
    /// Those that are enabled and have an end, by it.
    ending: BTreeSet<(Timestamp, usize)>,
}

impl Index {
    fn add(&mut self, token: &StoredToken) {
        let (info, ordinal) = (&token.info, token.ordinal);
        self.by_id.insert(info.id.clone(), ordinal);
        self.by_tag.insert(token.tag, ordinal);
        match &info.replaced_by {
            Some(successor) => _ = self.by_successor.insert(successor.clone(), ordinal),
            None => _ = self.by_name.insert(info.name.clone(), ordinal),
        }
        if info.status == TokenStatus::Active {
            match info.expires_at {
                Some(end) => _ = self.ending.insert((end, ordinal)),
                None => self.lasting += 1,
            }
        }
    }

    fn remove(&mut self, token: &StoredToken) {
        let (info, ordinal) = (&token.info, token.ordinal);
        self.by_id.remove(&info.id);
        self.by_tag.remove(&token.tag);
        let (of_name, key) = match &info.replaced_by {
            Some(successor) => (self.by_successor.get(successor), Some(successor)),
            None => (self.by_name.get(&info.name), None),
        };
        // Another token may have the place already: they change one after the other.
        if of_name == Some(&ordinal) {
            match key {
                Some(successor) => _ = self.by_successor.remove(successor),
                None => _ = self.by_name.remove(&info.name),
            }
        }
        if info.status == TokenStatus::Active {
            match info.expires_at {
                Some(end) => _ = self.ending.remove(&(end, ordinal)),
                None => self.lasting -= 1,
            }
        }
    }
}

impl Tokens {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// How many are listed.
    pub(super) fn len(&self) -> usize {
        self.listed.len()
    }

    /// The token with this id.
    pub(super) fn with_id(&self, id: &str) -> Option<&StoredToken> {
        self.listed.get(self.index.by_id.get(id)?)
    }

    /// The token with this hash.
    pub(super) fn with_tag(&self, tag: &Tag) -> Option<&StoredToken> {
        self.listed.get(self.index.by_tag.get(tag)?)
    }

    /// Those behind a place, the oldest first.
    pub(super) fn behind(&self, place: Option<usize>) -> impl Iterator<Item = &StoredToken> {
        self.listed.behind(place.as_ref()).map(|(_, token)| token)
    }

    /// Refuses a name that a token has which nothing replaces.
    pub(super) fn has_free_name(&self, name: &str) -> Result<(), Refusal> {
        if self.index.by_name.contains_key(name) {
            return Err(Refusal::conflict(format!("A token `{name}` exists already")));
        }
        Ok(())
    }

    /// Refuses a hash that a token has, also one that is gone.
    pub(super) fn has_free_tag(&self, tag: &Tag) -> Result<(), Refusal> {
        if self.index.by_tag.contains_key(tag) {
            return Err(Refusal::conflict("Another token has the same value"));
        }
        Ok(())
    }

    /// Refuses a change that would leave the function without an active token (docs, Authentication
    /// Tokens: “Cada función tiene al menos un token activo”).
    pub(super) fn keeps_an_active_one_without(&self, token: &StoredToken, now: Timestamp) -> Result<(), Refusal> {
        let is_lasting = usize::from(token.info.status == TokenStatus::Active && token.info.expires_at.is_none());
        let is_other = |(end, ordinal): &&(Timestamp, usize)| now < *end && *ordinal != token.ordinal;
        // Of the two that end last, one is another token.
        let another_ends_later =
            self.index.ending.iter().rev().take(2).inspect(|_| steps::count()).any(|ending| is_other(&ending));
        if self.index.lasting > is_lasting || another_ends_later || !token.is_active(now) {
            return Ok(());
        }
        Err(Refusal::conflict("A function keeps at least one active token"))
    }

    /// Adds a token.
    pub(super) fn issue(&mut self, info: wire::Token, tag: Tag) {
        let ordinal = self.issued;
        self.issued += 1;
        self.revision += 1;
        let token = StoredToken { info, ordinal, tag, grace: None, since: self.revision, earlier: Vec::new() };
        self.index.add(&token);
        self.listed.insert(ordinal, token);
    }

    /// Changes a token; `in_use` are the revisions that redeploys in use carry.
    pub(super) fn change(&mut self, ordinal: usize, in_use: &[u64], change: impl FnOnce(&mut StoredToken)) {
        let Some(token) = self.listed.get_mut(&ordinal) else { return };
        self.index.remove(token);
        self.revision += 1;
        token.earlier.push(token.version());
        token.since = self.revision;
        keep_visible(&mut token.earlier, token.since, in_use);
        change(token);
        self.index.add(token);
    }

    /// Revokes a token. The one that it replaced takes its place in the rotation, or gets its name
    /// and its end back.
    pub(super) fn revoke(&mut self, ordinal: usize, in_use: &[u64]) -> Option<wire::Token> {
        let StoredToken { info, tag, since, mut earlier, .. } = self.take(ordinal)?;
        self.revision += 1;
        earlier.push(Version::of(&info, since));
        keep_visible(&mut earlier, self.revision, in_use);
        if !earlier.is_empty() {
            self.put_gone(GoneToken { ordinal, tag, until: self.revision, earlier });
        }
        if let Some(&predecessor) = self.index.by_successor.get(&info.id) {
            self.change(predecessor, in_use, |token| {
                token.info.replaced_by.clone_from(&info.replaced_by);
                if info.replaced_by.is_none()
                    && let Some(grace) = token.grace.take()
                {
                    token.info.expires_at = grace.before;
                }
            });
        }
        if self.gone.len() >= GONE.max(2 * self.gone_after_sweep) {
            self.sweep(in_use);
        }
        Some(info)
    }

    /// Forgets the tokens that are gone and that no redeploy in use carries.
    fn sweep(&mut self, in_use: &[u64]) {
        let unseen = self.gone.iter().filter(|(_, token)| {
            let mut versions = token.earlier.clone();
            keep_visible(&mut versions, token.until, in_use);
            versions.is_empty()
        });
        for ordinal in unseen.map(|(ordinal, _)| *ordinal).collect::<Vec<_>>() {
            self.forget(ordinal);
        }
        self.gone_after_sweep = self.gone.len();
    }

    /// The ordinal and the version of the token with this hash, as a redeploy of `revision` carries
    /// it.
    pub(super) fn carried(&self, tag: &Tag, revision: u64) -> Option<(usize, Version)> {
        let ordinal = *self.index.by_tag.get(tag)?;
        if let Some(token) = self.listed.get(&ordinal) {
            let current = (token.since <= revision).then(|| token.version());
            return Some((ordinal, current.or_else(|| version_at(&token.earlier, revision))?));
        }
        let gone = self.gone.get(&ordinal).filter(|gone| revision < gone.until)?;
        Some((ordinal, version_at(&gone.earlier, revision)?))
    }

    /// Sets when a token was used last; whether that changes anything. It is written by itself, for
    /// every call would write the whole token otherwise.
    pub(super) fn set_last_use(&mut self, ordinal: usize, at: Option<Timestamp>) -> bool {
        let Some(token) = self.listed.get_mut_untouched(&ordinal) else { return false };
        std::mem::replace(&mut token.info.last_used_at, at) != at
    }

    /// The last use of a token.
    pub(super) fn last_use(&self, ordinal: usize) -> Option<Timestamp> {
        self.listed.get(&ordinal)?.info.last_used_at
    }
}

/// What a state file is made from and read into.
impl Tokens {
    pub(super) fn get(&self, ordinal: usize) -> Option<&StoredToken> {
        self.listed.get(&ordinal)
    }

    pub(super) fn get_gone(&self, ordinal: usize) -> Option<&GoneToken> {
        self.gone.get(&ordinal)
    }

    pub(super) fn all_gone(&self) -> impl Iterator<Item = &GoneToken> {
        self.gone.iter().map(|(_, token)| token)
    }

    pub(super) fn take_touched(&mut self) -> BTreeSet<usize> {
        let mut touched = self.listed.take_touched();
        touched.append(&mut self.gone.take_touched());
        touched
    }

    /// Puts a token into its place.
    pub(super) fn put(&mut self, token: StoredToken) {
        self.forget(token.ordinal);
        self.index.add(&token);
        self.listed.insert(token.ordinal, token);
    }

    /// The same for one that is gone.
    pub(super) fn put_gone(&mut self, token: GoneToken) {
        self.forget(token.ordinal);
        self.index.by_tag.insert(token.tag, token.ordinal);
        self.gone.insert(token.ordinal, token);
    }

    /// Removes every trace of a token.
    pub(super) fn forget(&mut self, ordinal: usize) {
        self.take(ordinal);
        if let Some(gone) = self.gone.remove(&ordinal) {
            self.index.by_tag.remove(&gone.tag);
        }
    }

    /// The same tokens with the counters of `newer`.
    pub(super) fn with_counters_of(self, newer: &Self) -> Self {
        Self { issued: newer.issued, revision: newer.revision, ..self }
    }

    fn take(&mut self, ordinal: usize) -> Option<StoredToken> {
        let token = self.listed.remove(&ordinal)?;
        self.index.remove(&token);
        Some(token)
    }
}

/// Keeps the versions that redeploys can see which carry one of the revisions `in_use`. Each is the
/// token's until the next one begins, and the last one until `end`.
fn keep_visible(versions: &mut Vec<Version>, end: u64, in_use: &[u64]) {
    let ends: Vec<u64> = versions.iter().skip(1).map(|version| version.since).chain([end]).collect();
    let mut ends = ends.into_iter();
    versions.retain(|version| {
        let end = ends.next().unwrap_or(end);
        in_use.iter().any(|revision| (version.since..end).contains(revision))
    });
}

/// The version that a redeploy of `revision` carries.
///
/// Between two versions that are kept one may be left out, which no redeploy in use can see.
fn version_at(versions: &[Version], revision: u64) -> Option<Version> {
    versions.iter().rev().find(|version| version.since <= revision).copied()
}
