//! The state as lines of a file: what there is, and then what changed.
//!
//! ```text
//! {"version":4}
//! {"hasher":"…","management_tokens":[…]}          what there was when the file was written,
//! {"functions":{"my-function":{"tokens":[…]}}}    some hundred things a line
//! {"is_whole":true}
//! {"clock_ahead":0,"functions":{…},"keys":[…]}    then a line for each change
//! ```
//!
//! Every line but the first has the form of [`Line`]. A line of a change holds the whole of
//! everything that it touched, and nothing else: it costs the same whatever else there is. It is
//! written as one, so that a change is there or is not; what stands behind the last line break is a
//! change that was never answered.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context, bail, ensure};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::hash::{Hasher, Tag};
use super::stored::{
    Caller, Calls, GoneToken, Keys, PlatformSettings, Redeploy, State, Stored, StoredFunction, StoredSecret,
    StoredToken, UsedKey,
};
use super::tracked::Tracked;
use crate::api::wire::{FileContent, Id, SecretName, Slug};
use crate::sandbox::value_source::ValueSource;
use crate::strict_json;

/// The version of the form below; another one is refused. 4: lines.
const VERSION: u32 = 4;
/// How many things a line holds where all of them are written: as many as need some 100 KiB.
const A_LINE: usize = 256;

#[derive(Serialize, Deserialize)]
struct Version {
    version: u32,
}

/// What a line says; a list or a map says nothing of what it does not hold.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(super) struct Line<'a> {
    /// Nothing stands behind this that belongs to the beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_whole: bool,
    /// Nothing counts that stands in front of this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_new: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hasher: Option<Cow<'a, Hasher>>,
    /// See [`ValueSource::rest`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seeded_rest: Option<u64>,
    /// How far the clock had been moved on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clock_ahead: Option<SignedDuration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) management_tokens: Vec<(Tag, Cow<'a, Caller>)>,
    /// `None` is a function that was deleted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) functions: BTreeMap<Slug, Option<OfFunction<'a>>>,
    /// `None` is a key that was forgotten.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) keys: Vec<(Tag, Option<Cow<'a, UsedKey>>)>,
}

/// What a line says of a function; `None` is what was removed.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "an object")]
pub(super) struct OfFunction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) function: Option<Cow<'a, StoredFunction>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tokens: Vec<Cow<'a, StoredToken>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) gone: Vec<Cow<'a, GoneToken>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) forgotten: Vec<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) used: Vec<(usize, Option<Timestamp>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) secrets: Vec<(SecretName, Option<Cow<'a, StoredSecret>>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) redeploys: Vec<(usize, Cow<'a, Redeploy>)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) uploads: Vec<(Id, Cow<'a, [FileContent]>)>,
}

impl State {
    /// Writes all there is, as the beginning of a file.
    pub(crate) fn write(&self, to: &mut impl Write, clock_ahead: SignedDuration) -> anyhow::Result<()> {
        self.stored.write(to, self.values.rest(), clock_ahead)
    }

    /// The state that a file holds, and how far the clock is to be moved on for it.
    pub(crate) fn load(
        saved: &[u8],
        settings: PlatformSettings,
        mut values: ValueSource,
    ) -> anyhow::Result<(Self, SignedDuration)> {
        let (stored, seeded_rest, clock_ahead) = Stored::read(saved)?;
        values.resume(seeded_rest);
        let slugs: Vec<Slug> = stored.functions.iter().map(|(slug, _)| slug.clone()).collect();
        let (due, calls) = (BTreeSet::new(), Calls::default());
        let mut state = Self { settings, values, stored, due, calls, is_new: true };
        slugs.iter().for_each(|slug| state.schedule(slug.as_str()));
        Ok((state, clock_ahead))
    }
}

/// Writes the lines of a file again, without what later ones have replaced.
pub(crate) fn rewrite(saved: &[u8], to: &mut impl Write) -> anyhow::Result<()> {
    let (stored, seeded_rest, clock_ahead) = Stored::read(saved)?;
    stored.write(to, seeded_rest, clock_ahead)
}

impl StoredFunction {
    /// Takes over what a line says.
    fn take_over(&mut self, says: OfFunction<'_>) {
        for token in says.tokens {
            self.tokens.put(token.into_owned());
        }
        for gone in says.gone {
            self.tokens.put_gone(gone.into_owned());
        }
        says.forgotten.into_iter().for_each(|ordinal| self.tokens.forget(ordinal));
        for (ordinal, at) in says.used {
            self.tokens.set_last_use(ordinal, at);
        }
        for (key, secret) in says.secrets {
            match secret {
                Some(secret) => _ = self.secrets.insert(key, secret.into_owned()),
                None => _ = self.secrets.remove(&key),
            }
        }
        for (place, redeploy) in says.redeploys {
            self.redeploys.put(place, redeploy.into_owned());
        }
        for (id, upload) in says.uploads {
            self.uploads.insert(id, upload.into_owned());
        }
    }
}

impl Stored {
    fn write(&self, to: &mut impl Write, seeded_rest: Option<u64>, clock_ahead: SignedDuration) -> anyhow::Result<()> {
        line(to, &Version { version: VERSION })?;
        let owners = self.management_tokens.iter().map(|(tag, owner)| (*tag, Cow::Borrowed(owner)));
        let (hasher, management_tokens) = (Some(Cow::Borrowed(&self.hasher)), owners.collect());
        line(to, &Line { hasher, seeded_rest, clock_ahead: Some(clock_ahead), management_tokens, ..Line::default() })?;
        let mut keys = self.keys.used.iter().map(|(tag, key)| (*tag, Some(Cow::Borrowed(key))));
        in_parts(&mut keys, |keys| line(to, &Line { keys, ..Line::default() }))?;
        for (slug, function) in self.functions.iter() {
            let mut of = |says| line(to, &Line { functions: [(slug.clone(), Some(says))].into(), ..Line::default() });
            of(OfFunction { function: Some(Cow::Borrowed(function)), ..OfFunction::default() })?;
            let none = OfFunction::default;
            let mut tokens = function.tokens.behind(None).map(Cow::Borrowed);
            in_parts(&mut tokens, |tokens| of(OfFunction { tokens, ..none() }))?;
            let mut gone = function.tokens.all_gone().map(Cow::Borrowed);
            in_parts(&mut gone, |gone| of(OfFunction { gone, ..none() }))?;
            let mut secrets = function.secrets.iter().map(|(key, secret)| (key.clone(), Some(Cow::Borrowed(secret))));
            in_parts(&mut secrets, |secrets| of(OfFunction { secrets, ..none() }))?;
            let mut redeploys: Vec<_> = function.redeploys.in_front_of(None).collect();
            redeploys.reverse();
            let mut redeploys = redeploys.into_iter().map(|(place, redeploy)| (place, Cow::Borrowed(redeploy)));
            in_parts(&mut redeploys, |redeploys| of(OfFunction { redeploys, ..none() }))?;
            for (id, upload) in function.uploads.iter() {
                of(OfFunction { uploads: vec![(id.clone(), Cow::Borrowed(upload.as_slice()))], ..none() })?;
            }
        }
        line(to, &Line { is_whole: true, ..Line::default() })
    }

    /// What a file holds, [`ValueSource::rest`] and how far the clock had been moved on.
    fn read(saved: &[u8]) -> anyhow::Result<(Self, Option<u64>, SignedDuration)> {
        let mut lines = saved.split_inclusive(|byte| *byte == b'\n');
        let first = lines.next().context("it is empty")?;
        let Version { version } = strict_json::from_slice(first)?;
        ensure!(version == VERSION, "its version is {version}, not {VERSION}");
        let (management_tokens, functions, keys) = <(Tracked<_, _>, Tracked<_, _>, Keys)>::default();
        let (mut hasher, mut seeded_rest, mut clock_ahead, mut is_whole) = (None, None, None, false);
        let mut stored = Stored { hasher: Hasher::new([0; 32]), management_tokens, functions, keys };
        for (index, text) in lines.enumerate() {
            if is_whole && !text.ends_with(b"\n") {
                break;
            }
            let number = index + 2;
            let line: Line<'_> = strict_json::from_slice(text).with_context(|| format!("its line {number}"))?;
            if line.is_new {
                let (management_tokens, functions, keys) = Default::default();
                stored = Stored { hasher: stored.hasher, management_tokens, functions, keys };
            }
            is_whole |= line.is_whole;
            seeded_rest = line.seeded_rest.or(seeded_rest);
            clock_ahead = line.clock_ahead.or(clock_ahead);
            hasher = line.hasher.map(Cow::into_owned).or(hasher);
            for (tag, owner) in line.management_tokens {
                stored.management_tokens.insert(tag, owner.into_owned());
            }
            for (tag, key) in line.keys {
                match key {
                    Some(key) => stored.keys.put(tag, key.into_owned()),
                    None => stored.keys.forget(&tag),
                }
            }
            for (slug, says) in line.functions {
                stored.take_over(&slug, says).with_context(|| format!("its line {number}"))?;
            }
        }
        stored.hasher = hasher.filter(|_| is_whole).context("its beginning is cut off")?;
        Ok((stored, seeded_rest, clock_ahead.unwrap_or_default()))
    }

    fn take_over(&mut self, slug: &Slug, says: Option<OfFunction<'_>>) -> anyhow::Result<()> {
        let Some(mut says) = says else {
            self.functions.remove(slug);
            return Ok(());
        };
        if let Some(function) = says.function.take().map(Cow::into_owned) {
            match self.functions.get_mut(slug) {
                Some(known) => known.replace(function),
                None => _ = self.functions.insert(slug.clone(), function),
            }
        }
        let Some(function) = self.functions.get_mut(slug) else { bail!("there is no function `{slug}`") };
        function.take_over(says);
        Ok(())
    }
}

impl StoredFunction {
    /// Becomes what a line says, with everything that has lines of its own.
    fn replace(&mut self, newer: Self) {
        let (secrets, redeploys, uploads) =
            (std::mem::take(&mut self.secrets), std::mem::take(&mut self.redeploys), std::mem::take(&mut self.uploads));
        let tokens = std::mem::take(&mut self.tokens).with_counters_of(&newer.tokens);
        *self = Self { tokens, secrets, redeploys, uploads, ..newer };
    }
}

fn line(to: &mut impl Write, line: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *to, line)?;
    Ok(to.write_all(b"\n")?)
}

/// Gives `write` the items, as many at a time as a line holds.
fn in_parts<T>(
    items: &mut dyn Iterator<Item = T>,
    mut write: impl FnMut(Vec<T>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    loop {
        let part: Vec<T> = items.take(A_LINE).collect();
        if part.is_empty() {
            return Ok(());
        }
        write(part)?;
    }
}
