//! Tokens as they stand in a page of a list, for those who look at each once: their texts are
//! borrowed from the page, and what nobody looks at is not decoded.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::text::Borrowed;
use super::times::{Written, whole_seconds, whole_seconds_or_null};
use super::{Id, Slug, TokenStatus};

/// As [`super::Token`], which is written in the same way.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListedToken<'a> {
    #[serde(borrow)]
    pub id: Borrowed<'a, Id>,
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    #[serde(borrow)]
    pub prefix: Cow<'a, str>,
    #[serde(borrow)]
    pub function: Borrowed<'a, Slug>,
    pub status: TokenStatus,
    #[serde(borrow)]
    pub created_at: Written<'a>,
    #[serde(borrow, default)]
    pub last_used_at: Option<Written<'a>>,
    #[serde(borrow, default)]
    pub expires_at: Option<Written<'a>>,
    #[serde(borrow, default)]
    pub replaced_by: Option<Borrowed<'a, Id>>,
}

/// The id of a listed token. What filters and sort orders look at is decoded when they do.
#[derive(Debug, Deserialize)]
pub struct ListedId<'a> {
    #[serde(borrow)]
    pub id: Borrowed<'a, Id>,
    #[serde(borrow)]
    pub function: Borrowed<'a, Slug>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    created_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    last_used_at: Option<&'a RawValue>,
}

impl ListedId<'_> {
    /// # Errors
    /// The field is missing or malformed, as with the other fields.
    pub fn name(&self) -> serde_json::Result<Cow<'_, str>> {
        /// `Cow` borrows only as a field that says so.
        #[derive(Deserialize)]
        #[serde(transparent)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        Ok(Text::deserialize(&mut of(self.name, "name")?)?.0)
    }

    pub fn status(&self) -> serde_json::Result<TokenStatus> {
        TokenStatus::deserialize(&mut of(self.status, "status")?)
    }

    pub fn created_at(&self) -> serde_json::Result<Timestamp> {
        whole_seconds(&mut of(self.created_at, "created_at")?)
    }

    pub fn last_used_at(&self) -> serde_json::Result<Option<Timestamp>> {
        self.last_used_at
            .map_or(Ok(None), |raw| whole_seconds_or_null(&mut serde_json::Deserializer::from_str(raw.get())))
    }
}

fn of<'a>(
    raw: Option<&'a RawValue>,
    field: &'static str,
) -> serde_json::Result<serde_json::Deserializer<serde_json::de::StrRead<'a>>> {
    let raw = raw.ok_or_else(|| serde_json::Error::missing_field(field))?;
    Ok(serde_json::Deserializer::from_str(raw.get()))
}

/// Decodes a page and hands over its items one by one, so that none is kept that nobody wants; gives
/// the cursor of the next page. What `take` says is wrong with an item is an error.
pub fn page_of<'de, T: Deserialize<'de>, E: fmt::Display>(
    take: impl FnMut(T) -> Result<(), E>,
) -> impl DeserializeSeed<'de, Value = Option<String>> {
    PageOf { take, item: PhantomData }
}

struct PageOf<T, F> {
    take: F,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>, E: fmt::Display, F: FnMut(T) -> Result<(), E>> DeserializeSeed<'de> for PageOf<T, F> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>, E: fmt::Display, F: FnMut(T) -> Result<(), E>> Visitor<'de> for PageOf<T, F> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of a list")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        #[serde(field_identifier, rename_all = "snake_case")]
        enum Field {
            Items,
            NextCursor,
            #[serde(other)]
            Unknown,
        }
        let mut has_items = false;
        let mut next_cursor: Option<Option<String>> = None;
        while let Some(field) = fields.next_key()? {
            match field {
                Field::Items if has_items => return Err(A::Error::duplicate_field("items")),
                Field::Items => fields.next_value_seed(Items(&mut self))?,
                Field::NextCursor if next_cursor.is_some() => return Err(A::Error::duplicate_field("next_cursor")),
                Field::NextCursor => next_cursor = Some(fields.next_value()?),
                Field::Unknown => drop(fields.next_value::<IgnoredAny>()?),
            }
            has_items |= matches!(field, Field::Items);
        }
        if has_items { Ok(next_cursor.flatten()) } else { Err(A::Error::missing_field("items")) }
    }
}

/// The array of the items.
struct Items<'a, T, F>(&'a mut PageOf<T, F>);

impl<'de, T: Deserialize<'de>, E: fmt::Display, F: FnMut(T) -> Result<(), E>> DeserializeSeed<'de> for Items<'_, T, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>, E: fmt::Display, F: FnMut(T) -> Result<(), E>> Visitor<'de> for Items<'_, T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            (self.0.take)(item).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::wire::{Page, Token};
    use crate::strict_json;

    #[test]
    fn a_listed_token_is_written_as_any_other() {
        let odd = r#"{"next_cursor": null, "more": [1], "items": [
            {"id": "tok_1", "name": "a\"\u00fc", "prefix": "jfn_rt_abcd", "function": "my-function", "status": "frozen",
             "created_at": "2026-04-05T11:00:00.5+02:00", "last_used_at": null, "new": {"deep": [1]}}
        ]}"#;
        for page in [include_str!("../../../tests/golden/wire/tokens.json"), odd] {
            let whole: Page<Token> = strict_json::from_slice(page.as_bytes()).expect("a page");
            let mut listed = Vec::new();
            let take = |token: ListedToken<'_>| {
                listed.push(serde_json::to_string(&token).expect("JSON"));
                Ok::<(), String>(())
            };
            let cursor = strict_json::from_str(page, page_of(take)).expect("a page");
            let expected: Vec<String> =
                whole.items.iter().map(|token| serde_json::to_string(token).expect("JSON")).collect();
            assert_eq!((listed, cursor), (expected, whole.next_cursor));
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let token = r#"{"id": "tok_1", "function": "my-function"}"#;
        for (page, is_one) in [
            (format!(r#"{{"items": [{token}]}}"#), true),
            (format!(r#"{{"items": [{token}], "next_cursor": "c"}}"#), true),
            (r#"{"next_cursor": null}"#.to_owned(), false),
            (format!(r#"{{"items": {token}}}"#), false),
            (r#"{"items": null}"#.to_owned(), false),
            (r#"{"items": [], "items": []}"#.to_owned(), false),
            (r#"{"items": [], "next_cursor": "a", "next_cursor": "b"}"#.to_owned(), false),
            (r#"{"items": [], "next_cursor": 5}"#.to_owned(), false),
            (r#"{"items": []} x"#.to_owned(), false),
            (r#"{"items": [["tok_1", "my-function"]]}"#.to_owned(), false),
            ("[[], null]".to_owned(), false),
        ] {
            let read = strict_json::from_str(&page, page_of(|_: ListedId<'_>| Ok::<(), String>(())));
            assert_eq!(read.is_ok(), is_one, "{page}");
        }
        let page = format!(r#"{{"items": [{token}]}}"#);
        let refused = page_of(|_: ListedId<'_>| Err("not this one"));
        let error = strict_json::from_str(&page, refused).expect_err("refused");
        assert!(error.is_data() && error.line() > 0, "{error}");
    }
}
