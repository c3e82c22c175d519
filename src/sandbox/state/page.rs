//! Pages of lists.

use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::refusal::Refusal;
use crate::api::wire::{MAX_PAGE, Page};

/// How many items a page holds if the request has no `limit`: few enough that tests with more see
/// two pages.
const DEFAULT_LIMIT: usize = 100;

/// `?limit` and `?cursor` of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PageRequest {
    limit: usize,
    /// The key of the last item of the page before.
    after: Option<String>,
}

impl PageRequest {
    /// The whole list as one page, for callers in this process.
    pub(crate) fn all() -> Self {
        Self { limit: usize::MAX, after: None }
    }

    /// The first items of a list, for callers in this process.
    pub(crate) fn first(limit: usize) -> Self {
        Self { limit, after: None }
    }

    /// Parses `limit` and `cursor` as they stand in the query.
    pub(crate) fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Refusal> {
        let limit = limit.map_or(Some(DEFAULT_LIMIT), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=MAX_PAGE).contains(limit));
        let limit = limit.ok_or_else(|| Refusal::invalid(format!("`limit` is not a number from 1 to {MAX_PAGE}")))?;
        let after = cursor
            .map(|text| {
                let key = BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                key.ok_or_else(foreign_cursor)
            })
            .transpose()?;
        Ok(Self { limit, after })
    }

    /// Where the page before ended, as the list has it: the page begins behind it.
    ///
    /// The cursor holds a key and not a position, so that removing items between two pages skips
    /// none.
    pub(super) fn place<K: FromStr>(&self) -> Result<Option<K>, Refusal> {
        self.after.as_ref().map(|key| key.parse().map_err(|_| foreign_cursor())).transpose()
    }

    /// Cuts the page off the beginning of `rest`, the items behind its place with their keys.
    pub(super) fn cut<T>(&self, mut rest: impl Iterator<Item = (String, T)>) -> Page<T> {
        let (keys, items): (Vec<String>, Vec<T>) = rest.by_ref().take(self.limit).unzip();
        let more = rest.next().is_some();
        let next_cursor = keys.last().filter(|_| more).map(|key| BASE64_URL_SAFE_NO_PAD.encode(key));
        Page { items, next_cursor }
    }
}

fn foreign_cursor() -> Refusal {
    Refusal::invalid("`cursor` is not one that this server gave")
}
