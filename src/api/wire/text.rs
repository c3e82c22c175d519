//! Texts of an answer, read without a copy in between.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A type of text with a fixed form.
pub trait Form {
    /// The form in words.
    const RULE: &'static str;

    /// Whether a text has it.
    fn fits(text: &str) -> bool;
}

/// Reads a text into a type; what `read` says is wrong with it is the error.
pub(super) fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Reading<F>(F);

    impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Reading<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Reading(read))
}

/// A text of the form of `T`, borrowed from the answer where that has it without escapes.
pub struct Borrowed<'a, T> {
    text: Cow<'a, str>,
    form: PhantomData<T>,
}

impl<T> Borrowed<'_, T> {
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<T> fmt::Debug for Borrowed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

impl<T> fmt::Display for Borrowed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> Serialize for Borrowed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de: 'a, 'a, T: Form> Deserialize<'de> for Borrowed<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Lending<T>(PhantomData<T>);

        impl<'de, T: Form> Visitor<'de> for Lending<T> {
            type Value = Borrowed<'de, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                checked(text.into())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                checked(text.to_owned().into())
            }
        }

        deserializer.deserialize_str(Lending(PhantomData))
    }
}

fn checked<T: Form, E: Error>(text: Cow<'_, str>) -> Result<Borrowed<'_, T>, E> {
    if !T::fits(&text) {
        return Err(E::custom(format_args!("not {}", T::RULE)));
    }
    Ok(Borrowed { text, form: PhantomData })
}
