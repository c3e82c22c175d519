//! Moments as people type them: an age, a day, or a time with its offset.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::duration;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod properties;

/// A moment in the past or to come, as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `30d`.
    Ago(Duration),
    /// `2026-04-01`: the start of that day in the reader's time zone.
    StartOf(Date),
    /// `2026-04-01T09:00:00+02:00`.
    At(Timestamp),
}

/// Reads an age as [`duration::parse`] does, a day, or a time as [`rfc3339`] does.
///
/// # Errors
/// The rest, also where jiff would read a part of it: the moment would be another than the one that
/// was meant.
pub(crate) fn parse(text: &str) -> Result<Moment, String> {
    if let Ok(age) = duration::parse(text) {
        return Ok(Moment::Ago(age));
    }
    let day = || has_shape(text, DAY).then(|| text.parse().ok()).flatten().map(Moment::StartOf);
    rfc3339(text).map(Moment::At).or_else(day).ok_or_else(|| {
        format!(
            "`{text}` is neither an age such as `30d`, nor a day such as `2026-04-01`, \
             nor a time with its offset such as `2026-04-01T09:00:00Z`"
        )
    })
}

impl Moment {
    /// Which moment it is if a clock says `now`. The zone is asked for only if a day begins in it.
    /// What lies beyond the calendar is its first or its last moment.
    pub(crate) fn resolve(self, now: Timestamp, zone: impl FnOnce() -> TimeZone) -> Timestamp {
        match self {
            Self::Ago(age) => now.checked_sub(age).unwrap_or(Timestamp::MIN),
            // A day may begin later than at midnight, or at the first of two midnights.
            Self::StartOf(day) => day.to_zoned(zone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp()),
            Self::At(time) => time,
        }
    }
}

/// What a digit stands for in a shape.
const DIGIT: u8 = b'0';
const DAY: &[u8] = b"0000-00-00";
const TIME: &[u8] = b"00:00:00";
const OFFSET: &[u8] = b"+00:00";

/// Reads a time of RFC 3339, section 5.6: seconds and an offset must be there. A blank may stand
/// for the `T`, as `date --rfc-3339=seconds` prints it. The second 60 is refused: no
/// [`Timestamp`] is that moment.
pub(crate) fn rfc3339(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(DAY.len())?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(TIME.len())?;
    let offset = match rest.strip_prefix('.') {
        None => rest,
        Some(rest) => {
            let offset = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            (1..=9).contains(&(rest.len() - offset.len())).then_some(offset)?
        }
    };
    let is_offset = offset.eq_ignore_ascii_case("z")
        || (has_shape(&offset.replacen('-', "+", 1), OFFSET) && offset[1..3] <= *"23" && offset[4..] <= *"59");
    let is_whole = has_shape(day, DAY) && has_shape(time, TIME) && time[6..] < *"60" && is_offset;
    is_whole.then(|| text.parse().ok()).flatten()
}

fn has_shape(text: &str, shape: &[u8]) -> bool {
    let fits = |(byte, shape): (u8, &u8)| if *shape == DIGIT { byte.is_ascii_digit() } else { byte == *shape };
    text.len() == shape.len() && text.bytes().zip(shape).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_what_it_is() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time of this test");
        let now = at("2026-04-30T00:00:00Z");
        let zone = || TimeZone::get("Asia/Tokyo").expect("a zone of this test");
        for (text, expected) in [
            ("30d", at("2026-03-31T00:00:00Z")),
            ("2026-04-01", at("2026-03-31T15:00:00Z")),
            ("2026-04-01T09:00:00.5-00:30", at("2026-04-01T09:30:00.5Z")),
            ("2026-04-01T09:00:00Z", at("2026-04-01T09:00:00Z")),
        ] {
            assert_eq!(parse(text).expect(text).resolve(now, zone), expected, "{text}");
        }
    }
}
