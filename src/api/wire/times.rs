//! Times that the platform sends: whole seconds, rounded down, because jq's `fromdate` reads no
//! fraction.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

pub(super) fn whole_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(deserializer).map(rounded_down)
}

pub(super) fn whole_seconds_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::deserialize(deserializer)?.map(rounded_down))
}

fn rounded_down(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
