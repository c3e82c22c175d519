//! Names and ids. The client parses them before it sends a request, the sandbox when it receives
//! one.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{self, Form};
use crate::error::Error;

/// Declares a type of text with a fixed form. Only `parse` makes one, so code that has one need not
/// check it. `RULE` is the form in words, for error messages; `refuse` makes the error for what a
/// person typed.
macro_rules! parsed_text {
    (
        $(#[$meta:meta])*
        $name:ident: $rule:literal, pattern: $pattern:literal, is: $is:expr, refuse: $refuse:expr $(,)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub const RULE: &'static str = $rule;
            /// [`Self::RULE`] as a regular expression, for schemas.
            #[cfg(test)]
            pub(crate) const PATTERN: &'static str = $pattern;

            /// `None` if the text does not have the form.
            pub fn parse(text: &str) -> Option<Self> {
                Self::fits(text).then(|| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Form for $name {
            const RULE: &'static str = $rule;

            fn fits(text: &str) -> bool {
                let is: fn(&str) -> bool = $is;
                is(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let refuse: fn(&str) -> Error = $refuse;
                Self::parse(text).ok_or_else(|| refuse(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'a> From<&'a $name> for Cow<'a, str> {
            fn from(name: &'a $name) -> Self {
                Cow::Borrowed(&name.0)
            }
        }

        impl<T: AsRef<str> + ?Sized> PartialEq<T> for $name {
            fn eq(&self, other: &T) -> bool {
                self.0 == other.as_ref()
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                text::read(deserializer, |text| Self::parse(text).ok_or_else(|| format!("not {}", Self::RULE)))
            }
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    };
}

parsed_text! {
    /// An id that the server gave. It is safe in a path, a table and a suggested command.
    /// It does not begin with `-`, which would make it an option behind somebody's `xargs`.
    Id: "1 to 128 of `[A-Za-z0-9_-]`, not beginning with `-`",
    pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]{0,127}$",
    is: |text| {
        (1..=128).contains(&text.len())
            && !text.starts_with('-')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    },
    refuse: |text| Error::input(format!("`{text}` is not an id: {}", Id::RULE)),
}

parsed_text! {
    /// A function's name in URLs.
    Slug: "1 to 63 of `a-z`, `0-9` and `-`, beginning with a letter",
    pattern: "^[a-z][a-z0-9-]{0,62}$",
    is: |text| {
        (1..=63).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    },
    refuse: |text| {
        Error::input(format!("`{text}` is not a function's slug: {}", Slug::RULE))
            .with_hint("`jelou functions list` shows the slugs")
    },
}

parsed_text! {
    /// A token's name: nothing that reads as an id or a value.
    TokenName: "1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`, not beginning `tok_` or `jfn_`",
    pattern: "^(?!tok_|jfn_)[A-Za-z0-9._-]{1,64}$",
    is: |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !text.starts_with("tok_")
            && !text.starts_with("jfn_")
    },
    refuse: refuse_token_name,
}

parsed_text! {
    /// The key of a secret. The platform's own keys begin `__FN_`, so none of them has this form.
    SecretName: "of `A-Z`, `0-9` and `_`, beginning with a letter",
    pattern: "^[A-Z][A-Z0-9_]*$",
    is: |text| {
        text.starts_with(|c: char| c.is_ascii_uppercase())
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    },
    refuse: |text| {
        // `KEY=VALUE` where only a key belongs: the message does not repeat the value.
        let what = if text.contains('=') { "KEY=VALUE".to_owned() } else { format!("`{text}`") };
        Error::input(format!("{what} is not the key of a secret: {}", SecretName::why_not(text)))
            .with_hint("for example `DATABASE_URL`")
    },
}

impl SecretName {
    /// Why a text is not the key of a secret (vendor's docs: the prefix `__FN_` is blocked).
    pub(crate) fn why_not(text: &str) -> &'static str {
        if text.starts_with("__FN_") { "what begins `__FN_` is the platform's own" } else { Self::RULE }
    }
}

/// A text that begins like a value may be one, so the message does not repeat it.
fn refuse_token_name(text: &str) -> Error {
    let what = match text {
        "" => "An empty name".to_owned(),
        text if text.starts_with("jfn_") => "What begins `jfn_`".to_owned(),
        text => format!("`{text}`"),
    };
    Error::input(format!("{what} is not a token's name: {}", TokenName::RULE))
        .with_hint("for example `--name ci-deploy`")
}
