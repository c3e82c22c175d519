//! Times that the platform sends: whole seconds, rounded down, because jq's `fromdate` reads no
//! fraction.

use jiff::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

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

/// A time with its offset and nothing behind it. jiff would skip a zone in brackets, also one that
/// contradicts the offset.
struct PlatformTime(Timestamp);

impl<'de> Deserialize<'de> for PlatformTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = if text.contains('[') { None } else { text.parse().ok() };
        time.map(Self).ok_or_else(|| Error::custom(format!("`{text}` is not a time such as `2026-04-05T09:00:00Z`")))
    }
}

fn rounded_down(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
