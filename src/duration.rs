//! Durations as people type and read them: `90s`, `10m`, `1h30m`, `30d`, `1w`.

use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::{Spacing, SpanParser, SpanPrinter};

/// 100 years: longer than any use, and far from the end of the calendar.
const MAX: Duration = Duration::from_secs(100 * 366 * 86_400);

const NANOS_IN_A_MILLISECOND: i32 = 1_000_000;

/// Reads whole numbers with units from weeks to milliseconds, without signs, spaces or fractions. A
/// day has 24 hours; months and years have no fixed length and are refused.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is not a duration such as `90s`, `10m`, `2h` or `30d`");
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(expected());
    }
    let span = SpanParser::new().parse_span(text).map_err(|_| expected())?;
    let length = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
    if length.subsec_nanos() % NANOS_IN_A_MILLISECOND != 0 {
        return Err(expected());
    }
    Some(length.unsigned_abs())
        .filter(|length| *length <= MAX)
        .ok_or_else(|| format!("`{text}` is longer than 100 years"))
}

/// Shows a duration as [`parse`] reads it: `1h30m`.
pub(crate) fn show(duration: Duration) -> String {
    SpanPrinter::new().spacing(Spacing::None).unsigned_duration_to_string(&duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        for (text, seconds) in
            [("0s", 0), ("90s", 90), ("10m", 600), ("1h30m", 5_400), ("30d", 30 * 86_400), ("1w2d", 9 * 86_400)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn names_what_it_cannot_read() {
        for text in
            ["", "s", "10", "-1s", "1.5h", "10 m", "1y", "1mo", "1h30", "30m1h", "1hx", "1h ago", "1d1y", "40000d"]
                .into_iter()
                .chain(["99999999999999999999d", "9999999999d"])
        {
            let said = parse(text).expect_err(text);
            assert!(said.contains(&format!("`{text}`")), "{said}");
        }
    }

    #[test]
    fn shows_what_it_reads() {
        for text in ["0s", "250ms", "1s", "2m", "1h30m"] {
            assert_eq!(show(parse(text).expect(text)), text);
        }
        assert_eq!(show(Duration::from_secs(120)), "2m");
    }
}
