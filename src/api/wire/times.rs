//! Times that the platform sends: whole seconds, rounded down, because jq's `fromdate` reads no
//! fraction.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// A time, or one that may be absent.
pub(super) trait WholeSeconds {
    fn rounded_down(self) -> Self;
}

impl WholeSeconds for Timestamp {
    fn rounded_down(self) -> Self {
        Self::from_second(self.as_second()).unwrap_or(self)
    }
}

impl WholeSeconds for Option<Timestamp> {
    fn rounded_down(self) -> Self {
        self.map(Timestamp::rounded_down)
    }
}

pub(super) fn whole_seconds<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + WholeSeconds,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(T::rounded_down)
}
