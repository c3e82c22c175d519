//! Times that the platform sends: whole seconds, rounded down, because jq's `fromdate` reads no
//! fraction.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::de::value::StrDeserializer;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::text;

pub(super) fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    exact(deserializer).map(rounded_down)
}

pub(super) fn whole_seconds_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    exact_or_null(deserializer).map(|time| time.map(rounded_down))
}

fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    PlatformTime::deserialize(deserializer).map(|time| time.0)
}

/// As [`whole_seconds_or_null`], with its fraction.
pub(crate) fn exact_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<PlatformTime>::deserialize(deserializer)?.map(|time| time.0))
}

/// Reads a field that may be absent, null or a time: absent stays `None`, null is `Some(None)`.
#[allow(clippy::option_option, reason = "absent and null are two things in a PATCH")]
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    exact_or_null(deserializer).map(Some)
}

/// Reads a field that may be absent but not null.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A time with its offset and nothing behind it. jiff would skip a zone in brackets, also one that
/// contradicts the offset.
struct PlatformTime(Timestamp);

impl<'de> Deserialize<'de> for PlatformTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, |text| {
            let time = if text.contains('[') { None } else { text.parse().ok() };
            time.map(Self).ok_or_else(|| format!("`{text}` is not a time such as `2026-04-05T09:00:00Z`"))
        })
    }
}

/// A time in whole seconds with the text in which it is printed, borrowed from an answer that writes
/// it so.
#[derive(Debug)]
pub struct Written<'a> {
    at: Timestamp,
    text: Cow<'a, str>,
}

impl Written<'_> {
    pub fn at(&self) -> Timestamp {
        self.at
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Written<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;

        impl<'de> Visitor<'de> for Reading {
            type Value = Written<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Written<'de>, E> {
                match as_printed(text) {
                    Some(at) => Ok(Written { at, text: text.into() }),
                    None => self.visit_str(text),
                }
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written<'de>, E> {
                let at = whole_seconds(StrDeserializer::new(text))?;
                Ok(Written { at, text: at.to_string().into() })
            }
        }

        deserializer.deserialize_str(Reading)
    }
}

/// Reads the form in which times are printed, such as `2026-04-05T09:00:00Z`, and no other.
fn as_printed(text: &str) -> Option<Timestamp> {
    let number = |digits: &[u8]| {
        let digit = |digit: &u8| digit.is_ascii_digit().then(|| i16::from(digit - b'0'));
        digits.iter().try_fold(0, |number, next| Some(10 * number + digit(next)?))
    };
    let pair = |tens: u8, ones: u8| number(&[tens, ones]).and_then(|number| i8::try_from(number).ok());
    let bytes: [u8; 20] = text.as_bytes().try_into().ok()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z'] = bytes else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let (month, day) = (pair(m1, m2)?, pair(d1, d2)?);
    let time = DateTime::new(year, month, day, pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?, 0).ok()?;
    Offset::UTC.to_timestamp(time).ok()
}

fn rounded_down(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::properties;

    /// What is wrong is wrong for both.
    fn both(text: &str) -> (Option<Timestamp>, Option<(Timestamp, String)>) {
        let json = serde_json::to_string(text).expect("a text");
        let owned = whole_seconds(&mut serde_json::Deserializer::from_str(&json)).ok();
        let written = serde_json::from_str::<Written<'_>>(&json).ok();
        (owned, written.map(|written| (written.at, written.text.into_owned())))
    }

    fn assert_alike(text: &str) {
        let (owned, written) = both(text);
        assert_eq!(written, owned.map(|at| (at, at.to_string())), "{text}");
    }

    #[test]
    fn a_written_time_is_the_time_that_is_printed() {
        for text in [
            "2026-04-05T09:00:00Z",
            "2026-04-05T09:00:00.999Z",
            "2026-04-05T11:00:00+02:00",
            "2026-04-05t09:00:00z",
            "2026-04-05 09:00:00Z",
            "20260405T090000.123Z",
            "2026-04-05T09:00:60Z",
            "2026-04-05T24:00:00Z",
            "2024-02-29T23:59:59Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "2026-04-05T09:00:00Z[UTC]",
            "2026-04-05T09:00:0oZ",
            "yesterday",
            "",
        ] {
            assert_alike(text);
        }
        assert_eq!(both("2026-04-05T11:00:00+02:00").1.map(|(_, text)| text).as_deref(), Some("2026-04-05T09:00:00Z"));
    }

    proptest! {
        #![proptest_config(properties::config(2000))]

        #[test]
        fn a_written_time_is_read_as_any_other(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|z|[.]5Z|[+]02:00|-00:00)",
        ) {
            assert_alike(&text);
        }
    }
}
