//! Names and ids. The client parses them before it sends a request, the sandbox when it receives
//! one.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Error;

/// The longest slug.
pub const MAX_SLUG: usize = 63;
/// The longest token name.
pub const MAX_TOKEN_NAME: usize = 64;

/// Declares a type of text with a fixed form. Only `parse` makes one, so code that has one need not
/// check it.
macro_rules! parsed_text {
    ($(#[$meta:meta])* $name:ident { is: $is:path, rule: $rule:literal, refuse: $refuse:path, schema: $schema:expr $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The form in words, for error messages.
            pub const RULE: &'static str = $rule;

            /// `None` if the text does not have the form.
            pub fn parse(text: &str) -> Option<Self> {
                $is(text).then(|| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Parses what a person typed, with an `INPUT_ERROR`.
        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse(text).ok_or_else(|| $refuse(text))
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

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(concat!("not ", $rule)))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

parsed_text! {
    /// An id that the server gave: `^[A-Za-z0-9_-]{1,128}$`, so that it is safe in a path, a table
    /// and a suggested command.
    Id {
        is: is_id,
        rule: "1 to 128 of `[A-Za-z0-9_-]`",
        refuse: refuse_id,
        schema: json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"}),
    }
}

parsed_text! {
    /// A function's name in URLs: `^[a-z][a-z0-9-]{0,62}$`.
    Slug {
        is: is_slug,
        rule: "1 to 63 of `a-z`, `0-9` and `-`, beginning with a letter",
        refuse: refuse_slug,
        schema: json_schema!({"type": "string"}),
    }
}

parsed_text! {
    /// A token's name: 1 to 64 of `[A-Za-z0-9._-]`, and nothing that reads as an id or a value.
    TokenName {
        is: is_token_name,
        rule: "1 to 64 of `A-Z`, `a-z`, `0-9`, `.`, `_` and `-`, not beginning `tok_` or `jfn_`",
        refuse: refuse_token_name,
        schema: json_schema!({"type": "string"}),
    }
}

parsed_text! {
    /// The key of a secret: `^[A-Z][A-Z0-9_]*$`.
    SecretName {
        is: is_secret_key,
        rule: "of `A-Z`, `0-9` and `_`, beginning with a letter",
        refuse: refuse_secret_name,
        schema: json_schema!({"type": "string"}),
    }
}

fn refuse_id(text: &str) -> Error {
    Error::input(format!("`{text}` is not an id: {}", Id::RULE))
}

fn refuse_slug(text: &str) -> Error {
    Error::input(format!("`{text}` is not a function's slug: {}", Slug::RULE))
        .with_hint("`jelou functions list` shows the slugs")
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

/// Without a key the text is the secret's value, so the message does not repeat it.
fn refuse_secret_name(_: &str) -> Error {
    Error::input(format!("A secret's key is not {}", SecretName::RULE)).with_hint("secrets are given as KEY=VALUE")
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

fn is_slug(text: &str) -> bool {
    (1..=MAX_SLUG).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_token_name(text: &str) -> bool {
    (1..=MAX_TOKEN_NAME).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
        && !text.starts_with("tok_")
        && !text.starts_with("jfn_")
}

/// The platform's own keys begin `__FN_`; a key that begins with a letter is none of them.
fn is_secret_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_values_not_repeated() {
        for name in ["ci", "pr-1.2_x", &"a".repeat(64)] {
            assert!(name.parse::<TokenName>().is_ok(), "{name}");
        }
        for name in ["", &"a".repeat(65), "a b", "tok_1", "a/b", "é"] {
            assert_eq!(name.parse::<TokenName>().expect_err(name).exit_status(), 2);
        }
        let error = "jfn_rt_abcdefghijkl".parse::<TokenName>().expect_err("a value");
        assert!(!error.message().contains("abcdefghijkl"));
    }
}
