//! Pages of lists.

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
                key.ok_or_else(|| Refusal::invalid("`cursor` is not one that this server gave"))
            })
            .transpose()?;
        Ok(Self { limit, after })
    }

    /// Cuts the page out of `items`, which are sorted by their keys.
    ///
    /// The cursor holds a key and not a position, so that removing items between two pages skips
    /// none.
    pub(crate) fn cut<T>(&self, items: impl Iterator<Item = (String, T)>) -> Page<T> {
        let mut rest = items.skip_while(|(key, _)| self.after.as_ref().is_some_and(|after| key <= after));
        let (keys, items): (Vec<String>, Vec<T>) = rest.by_ref().take(self.limit).unzip();
        let more = rest.next().is_some();
        let next_cursor = keys.last().filter(|_| more).map(|key| BASE64_URL_SAFE_NO_PAD.encode(key));
        Page { items, next_cursor }
    }
}

/// A key that sorts as the number does.
pub(super) fn number_key(number: usize) -> String {
    format!("{number:020}")
}
