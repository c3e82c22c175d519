//! The line of a state file for what changed since the one before.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::hash::Tag;
use super::saved::{Line, OfFunction};
use super::stored::{State, Stored, StoredFunction};
use crate::api::wire::{Id, SecretName, Slug};

/// What was touched in a function.
struct Touched {
    is_itself: bool,
    tokens: BTreeSet<usize>,
    used: Vec<usize>,
    secrets: BTreeSet<SecretName>,
    redeploys: BTreeSet<usize>,
    uploads: BTreeSet<Id>,
}

impl State {
    /// The line for what changed since the last one, with how far the clock has been moved on.
    ///
    /// # Errors
    /// There is none: everything that is kept can be written as JSON.
    pub(crate) fn take_changes(&mut self, clock_ahead: SignedDuration) -> serde_json::Result<Vec<u8>> {
        let seeded_rest = self.values.rest();
        let is_new = self.is_new;
        let (management_tokens, keys, functions) = self.take_touched();
        let stored = &self.stored;
        let owner = |tag: Tag| Some((tag, Cow::Borrowed(stored.management_tokens.get(&tag)?)));
        let key = |tag: Tag| (tag, stored.keys.used.get(&tag).map(Cow::Borrowed));
        let function = |(slug, touched): (Slug, Touched)| {
            let function = stored.functions.get(&slug).map(|function| function.touched(touched));
            (slug, function)
        };
        let line = Line {
            is_new,
            hasher: is_new.then_some(Cow::Borrowed(&stored.hasher)),
            clock_ahead: Some(clock_ahead),
            seeded_rest,
            management_tokens: management_tokens.into_iter().filter_map(owner).collect(),
            keys: keys.into_iter().map(key).collect(),
            functions: functions.into_iter().map(function).collect(),
            ..Line::default()
        };
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        Ok(text)
    }

    /// The same if callers changed anything.
    pub(crate) fn take_calls(&mut self, clock_ahead: SignedDuration) -> serde_json::Result<Option<Vec<u8>>> {
        let has_changed = self.calls.counted || !self.calls.used.is_empty();
        has_changed.then(|| self.take_changes(clock_ahead)).transpose()
    }

    /// Whether no line of the state file is about it yet.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// Forgets what changed, where there is no file.
    pub(crate) fn forget_changes(&mut self) {
        self.take_touched();
    }

    fn take_touched(&mut self) -> (BTreeSet<Tag>, BTreeSet<Tag>, BTreeMap<Slug, Touched>) {
        self.is_new = false;
        let Stored { management_tokens, functions, keys, .. } = &mut self.stored;
        let themselves = functions.take_touched();
        let calls = std::mem::take(&mut self.calls).used;
        let slugs: BTreeSet<Slug> = themselves.iter().chain(calls.iter().map(|(slug, _)| slug)).cloned().collect();
        let touched = slugs.into_iter().map(|slug| {
            let used = calls.iter().filter(|(other, _)| *other == slug).map(|(_, ordinal)| *ordinal).collect();
            let touched = match functions.get_mut_untouched(&slug) {
                Some(function) => function.take_touched(themselves.contains(&slug), used),
                None => Touched::default(),
            };
            (slug, touched)
        });
        let functions = touched.collect();
        (management_tokens.take_touched(), keys.used.take_touched(), functions)
    }
}

impl Default for Touched {
    fn default() -> Self {
        let (tokens, used, secrets, redeploys, uploads) = Default::default();
        Self { is_itself: true, tokens, used, secrets, redeploys, uploads }
    }
}

impl StoredFunction {
    fn take_touched(&mut self, is_itself: bool, used: Vec<usize>) -> Touched {
        Touched {
            is_itself,
            tokens: self.tokens.take_touched(),
            used,
            secrets: self.secrets.take_touched(),
            redeploys: self.redeploys.take_touched(),
            uploads: self.uploads.take_touched(),
        }
    }

    fn touched(&self, touched: Touched) -> OfFunction<'_> {
        let mut says =
            OfFunction { function: touched.is_itself.then_some(Cow::Borrowed(self)), ..OfFunction::default() };
        for ordinal in touched.tokens {
            match (self.tokens.get(ordinal), self.tokens.get_gone(ordinal)) {
                (Some(token), _) => says.tokens.push(Cow::Borrowed(token)),
                (None, Some(gone)) => says.gone.push(Cow::Borrowed(gone)),
                (None, None) => says.forgotten.push(ordinal),
            }
        }
        says.used = touched.used.into_iter().map(|ordinal| (ordinal, self.tokens.last_use(ordinal))).collect();
        let secret = |key: SecretName| {
            let secret = self.secrets.get(&key).map(Cow::Borrowed);
            (key, secret)
        };
        says.secrets = touched.secrets.into_iter().map(secret).collect();
        let redeploy = |place| Some((place, Cow::Borrowed(self.redeploys.get(place)?)));
        says.redeploys = touched.redeploys.into_iter().filter_map(redeploy).collect();
        let upload = |id: Id| Some((id.clone(), Cow::Borrowed(self.uploads.get(&id)?.as_slice())));
        says.uploads = touched.uploads.into_iter().filter_map(upload).collect();
        says
    }
}
