//! Durations as people type them: `90s`, `10m`, `2h`, `30d`, `1w`.

use std::time::Duration;

/// Reads a whole number and a unit out of `ms`, `s`, `m`, `h`, `d`, `w`.
///
/// # Errors
/// A sentence that names what was expected.
pub fn parse(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is not a duration such as `90s`, `10m`, `2h` or `30d`");
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| expected())?;
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "w" => 7 * 86_400_000,
        _ => return Err(expected()),
    };
    let milliseconds = number.checked_mul(unit_ms).filter(|&ms| ms <= MAX_MS);
    milliseconds.map(Duration::from_millis).ok_or_else(|| format!("`{text}` is longer than 100 years"))
}

/// 100 years: beyond any use, and far from the end of the calendar.
const MAX_MS: u64 = 100 * 366 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (text, ms) in [("0s", 0), ("250ms", 250), ("90s", 90_000), ("10m", 600_000), ("2h", 7_200_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        assert_eq!(parse("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse("1w"), parse("7d"));
    }

    #[test]
    fn names_what_it_cannot_read() {
        for text in ["", "s", "10", "-1s", "1.5h", "10 m", "1y", "99999999999999999999d", "9999999999d"] {
            let said = parse(text).expect_err(text);
            assert!(said.contains(&format!("`{text}`")), "{said}");
        }
    }
}
