//! What selects tokens, for `list` and `prune`.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use jiff::Timestamp;

use crate::api::wire::times::Written;
use crate::api::wire::{ListedId, ListedToken, Token, TokenStatus};
use crate::cli::tokens::Filters;
use crate::error::Error;
use crate::moment::Moment;
use crate::output::times;
use crate::typed_word;

/// Compiled filters.
#[derive(Debug, Default)]
pub struct Selection {
    name: Option<glob::Pattern>,
    status: Option<TokenStatus>,
    unused_for: Option<Duration>,
    created_before: Option<Moment>,
}

/// A selection at a moment; what all of the filters let through is selected.
#[derive(Debug)]
pub struct SelectionAt<'a> {
    selection: &'a Selection,
    unused_since: Option<Timestamp>,
    created_before: Option<Timestamp>,
}

impl Selection {
    /// Compiles filters.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the filter that is wrong.
    pub fn compile(filters: &Filters) -> Result<Self, Error> {
        let name = filters.name.as_deref().map(glob::Pattern::new).transpose();
        let name = name.map_err(|cause| Error::input("`--name` is not a pattern").caused_by(cause))?;
        let status = filters.status.as_deref().map(TokenStatus::from);
        if let Some(TokenStatus::Other(text)) = &status {
            let wrong = Error::input(format!("`--status {text}` is none of {}", TokenStatus::KNOWN.join(", ")));
            let meant = typed_word::similar("status", text, TokenStatus::KNOWN.iter().copied());
            return Err(meant.into_iter().fold(wrong, Error::with_hint));
        }
        Ok(Self { name, status, unused_for: filters.unused_for, created_before: filters.created_before })
    }

    /// Whether anything is selected at all.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.status.is_none() && self.unused_for.is_none() && self.created_before.is_none()
    }

    /// Ages count back from `now`, which should be what the platform's clock says: its times are
    /// compared with it.
    pub fn at(&self, now: Timestamp) -> SelectionAt<'_> {
        let moment = |when: Moment| when.resolve(now, times::zone);
        SelectionAt {
            selection: self,
            unused_since: self.unused_for.map(Moment::Ago).map(moment),
            created_before: self.created_before.map(moment),
        }
    }
}

impl SelectionAt<'_> {
    /// Whether a token is selected. One never used counts as last used when it was created. Only
    /// what the filters ask for is looked at.
    ///
    /// # Errors
    /// What a filter asks for is malformed.
    pub fn takes<T: Described>(&self, token: &T) -> Result<bool, T::Malformed> {
        if let Some(pattern) = &self.selection.name
            && !pattern.matches(&token.name()?)
        {
            return Ok(false);
        }
        if let Some(status) = &self.selection.status
            && *status != *token.status()?
        {
            return Ok(false);
        }
        if let Some(since) = self.unused_since
            && token.last_used_at()?.map_or_else(|| token.created_at(), Ok)? > since
        {
            return Ok(false);
        }
        Ok(match self.created_before {
            Some(before) => token.created_at()? < before,
            None => true,
        })
    }
}

/// What filters and sort orders look at in a token.
pub trait Described {
    /// Why it cannot be told.
    type Malformed;

    fn name(&self) -> Result<Cow<'_, str>, Self::Malformed>;
    fn status(&self) -> Result<Cow<'_, TokenStatus>, Self::Malformed>;
    fn created_at(&self) -> Result<Timestamp, Self::Malformed>;
    fn last_used_at(&self) -> Result<Option<Timestamp>, Self::Malformed>;
}

/// For what is decoded already.
macro_rules! described {
    ($token:ty, $created_at:expr, $last_used_at:expr) => {
        impl Described for $token {
            type Malformed = Infallible;

            fn name(&self) -> Result<Cow<'_, str>, Infallible> {
                Ok((&*self.name).into())
            }

            fn status(&self) -> Result<Cow<'_, TokenStatus>, Infallible> {
                Ok(Cow::Borrowed(&self.status))
            }

            fn created_at(&self) -> Result<Timestamp, Infallible> {
                Ok($created_at(self))
            }

            fn last_used_at(&self) -> Result<Option<Timestamp>, Infallible> {
                Ok($last_used_at(self))
            }
        }
    };
}

described!(Token, |token: &Self| token.created_at, |token: &Self| token.last_used_at);
described!(ListedToken<'_>, |token: &Self| token.created_at.at(), |token: &Self| token
    .last_used_at
    .as_ref()
    .map(Written::at));

impl Described for ListedId<'_> {
    type Malformed = serde_json::Error;

    fn name(&self) -> serde_json::Result<Cow<'_, str>> {
        self.name()
    }

    fn status(&self) -> serde_json::Result<Cow<'_, TokenStatus>> {
        self.status().map(Cow::Owned)
    }

    fn created_at(&self) -> serde_json::Result<Timestamp> {
        self.created_at()
    }

    fn last_used_at(&self) -> serde_json::Result<Option<Timestamp>> {
        self.last_used_at()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::moment;
    use crate::properties;

    const NOW: &str = "2026-04-30T00:00:00Z";

    fn token(name: &str, created: &str, used: Option<&str>) -> Token {
        serde_json::from_value(serde_json::json!({
            "id": "tok_1", "name": name, "prefix": "jfn_rt_abc1", "function": "f", "status": "active",
            "created_at": created, "last_used_at": used,
        }))
        .expect("a token of this test")
    }

    #[test]
    fn all_filters_must_fit() {
        let old = token("pr-1", "2026-01-01T00:00:00Z", Some("2026-01-02T00:00:00Z"));
        let never = token("pr-2", "2026-04-29T00:00:00Z", None);
        let used = token("ci", "2026-01-01T00:00:00Z", Some("2026-04-29T00:00:00Z"));
        let days = |n: u64| Some(Duration::from_secs(n * 86_400));
        let name = |glob: &str| Some(glob.to_owned());
        let when = |text: &str| Some(moment::parse(text).expect(text));
        let table = [
            (Filters::default(), [true, true, true]),
            (Filters { name: name("pr-*"), ..Default::default() }, [true, true, false]),
            (Filters { unused_for: days(30), ..Default::default() }, [true, false, false]),
            (Filters { created_before: when("2026-04-01T00:00:00Z"), ..Default::default() }, [true, false, true]),
            (Filters { created_before: when("30d"), ..Default::default() }, [true, false, true]),
            (Filters { name: name("c?"), unused_for: days(30), ..Default::default() }, [false, false, false]),
            (Filters { status: name("disabled"), ..Default::default() }, [false, false, false]),
        ];
        for (filters, expected) in table {
            let selection = Selection::compile(&filters).expect("valid filters");
            let selection = selection.at(NOW.parse().expect("a time"));
            assert_eq!([&old, &never, &used].map(|token| selection.takes(token)), expected.map(Ok), "{filters:?}");
        }
    }

    #[test]
    fn names_the_filter_that_is_wrong() {
        let wrong = [
            Filters { name: Some("[".to_owned()), ..Default::default() },
            Filters { status: Some("gone".to_owned()), ..Default::default() },
        ];
        for filters in wrong {
            let error = Selection::compile(&filters).expect_err("a wrong filter");
            assert_eq!(error.exit_status(), 2, "{error}");
        }
    }

    /// `*`, `?` and characters, by trying every length.
    fn fits(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, _) => name.is_empty(),
            (Some(('*', rest)), _) => (0..=name.len()).any(|length| fits(rest, &name[length..])),
            (Some((wanted, rest)), Some((found, others))) => (*wanted == '?' || wanted == found) && fits(rest, others),
            (Some(_), None) => false,
        }
    }

    /// Where the times of the property begin.
    const START: i64 = 1_700_000_000;

    proptest! {
        #![proptest_config(properties::config(500))]

        #[test]
        fn what_is_selected_is_what_a_plain_comparison_selects(
            pattern in prop::option::of("([a-c._-]|[*]|[?]){0,6}"),
            (name, status) in ("[a-c._-]{1,6}", prop::sample::select(vec!["active", "disabled", "expired"])),
            wanted in prop::option::of(prop::sample::select(vec!["active", "disabled", "expired"])),
            (created, used) in (0_i64..100, prop::option::of(0_i64..100)),
            (unused_for, age, at) in
                (prop::option::of(0_u64..100), prop::option::of(0_u64..100), prop::option::of(0_i64..100)),
        ) {
            // A glob of two stars in a row is refused.
            prop_assume!(pattern.as_ref().is_none_or(|pattern| !pattern.contains("**")));
            let time = |second: i64| Timestamp::from_second(START + second).expect("a time").to_string();
            let mut token = token(&name, &time(created), used.map(time).as_deref());
            token.status = TokenStatus::from(status);
            let created_before = at.map_or_else(
                || age.map(|age| Moment::Ago(Duration::from_secs(age))),
                |at| Some(Moment::At(Timestamp::from_second(START + at).expect("a time"))),
            );
            let filters = Filters {
                name: pattern.clone(),
                status: wanted.map(str::to_owned),
                unused_for: unused_for.map(Duration::from_secs),
                created_before,
            };
            let selection = Selection::compile(&filters).expect("valid filters");
            let selected = selection.at(Timestamp::from_second(START + 100).expect("a time")).takes(&token);
            let letters = |text: &str| text.chars().collect::<Vec<_>>();
            let seconds = |age: u64| i64::try_from(age).expect("a small number");
            let bound = at.or(age.map(|age| 100 - seconds(age)));
            let expected = pattern.is_none_or(|pattern| fits(&letters(&pattern), &letters(&name)))
                && wanted.is_none_or(|wanted| wanted == status)
                && unused_for.is_none_or(|age| used.unwrap_or(created) + seconds(age) <= 100)
                && bound.is_none_or(|bound| created < bound);
            prop_assert_eq!(selected, Ok(expected));
        }
    }
}
