//! Seconds in requests. JSON has one kind of number, so `60.0` is as whole as `60` (JSON Schema Core,
//! section 6.3), and a program may write either.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// A whole number, or nothing for null.
pub(super) fn whole_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<Number>::deserialize(deserializer)?;
    let wrong = |number: &Number| D::Error::custom(format_args!("`{number}` is not a whole number of seconds"));
    number.map(|number| whole(&number).ok_or_else(|| wrong(&number))).transpose()
}

/// Reads a field that may be absent, null or a number: absent stays `None`, null is `Some(None)`.
#[allow(clippy::option_option, reason = "absent and null are two things in a PATCH")]
pub(super) fn whole_or_clear<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<u64>>, D::Error> {
    whole_or_null(deserializer).map(Some)
}

fn whole(number: &Number) -> Option<u64> {
    let of_fraction = |float: f64| (float.fract() == 0.0).then(|| format!("{float:.0}").parse().ok()).flatten();
    number.as_u64().or_else(|| number.as_f64().and_then(of_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_of_zero_is_none() {
        let read = |text: &str| whole_or_null(&mut serde_json::Deserializer::from_str(text)).ok();
        for (text, expected) in
            [("60", 60), ("60.0", 60), ("6e1", 60), ("0", 0), ("0.0", 0), ("18446744073709551615", u64::MAX)]
        {
            assert_eq!(read(text), Some(Some(expected)), "{text}");
        }
        assert_eq!(read("null"), Some(None));
        for text in ["-1", "1.5", "1e30", "-0.5", "1e-1", "\"60\"", "true", "[]"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
