//! Files that users write for the sandbox, scenarios and seed files: JSON or TOML, read as a whole
//! or refused as a whole.
//!
//! A file becomes a [`Value`] first, whatever its language, and then its type. So an error says at
//! which key something else was expected, in words for people.

mod reader;

use std::path::Path;

use serde::de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, DeValue};

use crate::error::Error;
use crate::files;

/// The longest file, in bytes: a program that writes a seed file may want a million tokens. A wrong
/// file must not fill the memory.
const LONGEST: u64 = 256 << 20;

/// The languages that a file may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Json,
    Toml,
}

/// What a file holds. It may hold secrets, so it cannot be printed.
enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Value>),
    Keys(Vec<(String, Value)>),
}

/// Reads a text; `what` names it in errors, such as `the scenario`.
///
/// # Errors
/// `INPUT_ERROR` that names the line, or the key and what is expected there.
pub(super) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, Error> {
    // A TOML file cannot begin with a brace, and an object in JSON begins with nothing else.
    let is_json = text.trim_start().starts_with('{') || (of_toml(text).is_err() && of_json(text).is_ok());
    read_as(if is_json { Language::Json } else { Language::Toml }, text, what)
}

/// Reads JSON alone, as the body of a request is.
///
/// # Errors
/// As [`parse`].
pub(super) fn parse_json<T: DeserializeOwned>(text: &[u8], what: &str) -> Result<T, Error> {
    match files::utf_8(text) {
        Ok(text) => read_as(Language::Json, text, what),
        Err(error) => Err(Error::input(format!("{what} is not JSON")).caused_by(error)),
    }
}

/// Reads a file by the ending of its name: `.json`, `.toml`, or else whichever it begins like.
///
/// # Errors
/// As [`parse`]; and if it cannot be read.
pub(super) fn read<T: DeserializeOwned>(path: &Path, what: &str) -> Result<T, Error> {
    let text = files::read_text_of(path, LONGEST)
        .map_err(|error| Error::input(format!("`{}` cannot be read", path.display())).caused_by(error))?;
    let what = format!("{what} `{}`", path.display());
    let has_ending = |wanted: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(wanted));
    match () {
        () if has_ending("json") => read_as(Language::Json, &text, &what),
        () if has_ending("toml") => read_as(Language::Toml, &text, &what),
        () => parse(&text, &what),
    }
}

fn read_as<T: DeserializeOwned>(language: Language, text: &str, what: &str) -> Result<T, Error> {
    let value = match language {
        Language::Json => of_json(text),
        Language::Toml => of_toml(text),
    };
    let value = value.map_err(|wrong| Error::input(format!("{what} is not {}: {wrong}", language.name())))?;
    reader::read(value, language).map_err(|wrong| Error::input(format!("{what} is not valid: {wrong}")))
}

/// An error about a part of a file that has the right types.
pub(super) fn invalid(what: &str, place: &str, wrong: &str) -> Error {
    Error::input(format!("{what} is not valid: `{place}`: {wrong}"))
}

impl Language {
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
        }
    }

    /// What a group of keys is called.
    const fn keys(self) -> &'static str {
        match self {
            Self::Json => "an object",
            Self::Toml => "a table",
        }
    }

    /// What a list is called.
    const fn list(self) -> &'static str {
        match self {
            Self::Json => "a list",
            Self::Toml => "an array",
        }
    }
}

fn of_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| {
        let said = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let said = if error.is_eof() { "it ends too early" } else { said.strip_suffix(&place).unwrap_or(&said) };
        format!("line {}: {said}", error.line().max(1))
    })
}

/// A key that stands twice in an object is an error: one of the two would be lost.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Value;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(Value::Integer(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(Value::Integer(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(Value::Float(value))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Value::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
                let mut keys: Vec<(String, Value)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                while let Some(key) = entries.next_key::<String>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom(format_args!("the key `{key}` is there twice")));
                    }
                    keys.push((key, entries.next_value()?));
                }
                Ok(Value::Keys(keys))
            }
        }

        deserializer.deserialize_any(Reading)
    }
}

fn of_toml(text: &str) -> Result<Value, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        format!("line {}: {}", before.matches('\n').count() + 1, error.message())
    })?;
    of_table(table.into_inner())
}

fn of_table(table: DeTable<'_>) -> Result<Value, String> {
    let entry = |(key, value): (toml::Spanned<_>, toml::Spanned<_>)| {
        let key: std::borrow::Cow<'_, str> = key.into_inner();
        Ok((key.into_owned(), of_toml_value(value.into_inner())?))
    };
    table.into_iter().map(entry).collect::<Result<_, String>>().map(Value::Keys)
}

fn of_toml_value(value: DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let read = i128::from_str_radix(digits, number.radix());
            Value::Integer(read.map_err(|_| format!("`{digits}` is too large a number"))?)
        }
        DeValue::Float(number) => {
            let digits = number.as_str();
            let read = digits.parse().ok().filter(|number: &f64| number.is_finite());
            Value::Float(read.ok_or_else(|| format!("`{digits}` is not a number that JSON has"))?)
        }
        DeValue::Boolean(value) => Value::Bool(value),
        // Where a time belongs, it is read from its text.
        DeValue::Datetime(time) => Value::Text(time.to_string()),
        DeValue::Array(items) => {
            let items = items.into_iter().map(|item| of_toml_value(item.into_inner()));
            Value::List(items.collect::<Result<_, String>>()?)
        }
        DeValue::Table(table) => of_table(table)?,
    })
}

#[cfg(test)]
mod tests;
