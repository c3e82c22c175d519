//! A map that knows which of its entries were touched, so that a change is written without the
//! rest.
//!
//! Everything that grows is kept in one, and its entries are reached by key or by place, never by a
//! walk from the beginning. In tests [`steps`] counts what is passed on the way.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

#[derive(Clone, Debug)]
pub(super) struct Tracked<K, V> {
    entries: BTreeMap<K, V>,
    touched: BTreeSet<K>,
}

impl<K, V> Default for Tracked<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), touched: BTreeSet::new() }
    }
}

impl<K: Ord + Clone, V> Tracked<K, V> {
    pub(super) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key)
    }

    /// The value, which counts as touched.
    pub(super) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (own, _) = self.entries.get_key_value(key)?;
        self.touched.insert(own.clone());
        self.entries.get_mut(key)
    }

    /// The value, for a change that is written in another way.
    pub(super) fn get_mut_untouched<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.entries.get_mut(key)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Puts a value in the place of the one that there was.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.touched.insert(key.clone());
        self.entries.insert(key, value)
    }

    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.entries.remove_entry(key)?;
        self.touched.insert(key);
        Some(value)
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn last(&self) -> Option<(&K, &V)> {
        self.entries.last_key_value()
    }

    /// The entries behind `key`, in order; all if there is none.
    pub(super) fn behind<'a, Q: Ord + ?Sized>(
        &'a self,
        key: Option<&Q>,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V, Q>
    where
        K: Borrow<Q>,
    {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range::<Q, _>((from, Bound::Unbounded)).inspect(|_| steps::count())
    }

    /// The entries in front of `key`, the last one first; all if there is none.
    pub(super) fn in_front_of<'a>(&'a self, key: Option<&K>) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let to = key.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((Bound::Unbounded, to)).rev().inspect(|_| steps::count())
    }

    /// Every entry.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.behind::<K>(None)
    }

    /// The keys of what was touched since the last time.
    pub(super) fn take_touched(&mut self) -> BTreeSet<K> {
        std::mem::take(&mut self.touched)
    }
}

/// How many entries were passed by this thread.
pub(in crate::sandbox) mod steps {
    #[cfg(test)]
    thread_local! {
        static PASSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    /// Nothing outside of tests.
    pub(in crate::sandbox::state) fn count() {
        #[cfg(test)]
        PASSED.set(PASSED.get() + 1);
    }

    /// How many since the last time.
    #[cfg(test)]
    pub(in crate::sandbox) fn take() -> usize {
        PASSED.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_what_was_touched_and_counts_what_is_passed() {
        let mut map = Tracked::default();
        for number in 0..5 {
            map.insert(number, 'a');
        }
        assert_eq!(map.take_touched().len(), 5);
        *map.get_mut(&1).unwrap() = 'b';
        map.remove(&2);
        *map.get_mut_untouched(&3).unwrap() = 'c';
        assert!(map.get_mut(&7).is_none() && map.remove(&8).is_none());
        assert_eq!(map.take_touched(), [1, 2].into());
        assert_eq!(map.take_touched(), [].into());
        steps::take();
        assert_eq!(map.behind(Some(&1)).map(|(key, _)| *key).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(map.in_front_of(Some(&3)).map(|(key, _)| *key).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(steps::take(), 4);
    }
}
