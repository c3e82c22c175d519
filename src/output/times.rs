//! Times for people: relative on a terminal, else as in the docs (`4/7/2026, 10:30:00 AM`).

use std::cell::OnceCell;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// How a run shows times to people.
pub(crate) struct TimeStyle {
    now: Timestamp,
    relative: bool,
    /// Read from the system only when a time is shown: it takes longer than a request.
    zone: OnceCell<TimeZone>,
}

impl TimeStyle {
    /// Relative to now on a terminal, absolute elsewhere.
    pub(crate) fn new(now: Timestamp, relative: bool) -> Self {
        Self { now, relative, zone: OnceCell::new() }
    }

    /// As a person reads it.
    pub(crate) fn show(&self, time: Timestamp) -> String {
        if self.relative {
            return relative(time, self.now);
        }
        absolute(time, self.zone.get_or_init(zone))
    }

    pub(crate) fn show_or_never(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(|| "never".to_owned(), |time| self.show(time))
    }

    /// How long ago, or in how long, wherever it is shown.
    pub(crate) fn age(&self, time: Timestamp) -> String {
        relative(time, self.now)
    }

    /// In how long it comes, counted from a moment of the same clock, and when.
    pub(crate) fn counted_from(&self, then: Timestamp, time: Timestamp) -> String {
        format!("{} ({})", relative(time, then), absolute(time, self.zone.get_or_init(zone)))
    }
}

/// The zone of the times that are shown, in which a day that was typed begins: the one of the system
/// (`TZ`). UTC if nobody knows that one.
#[allow(clippy::disallowed_methods, reason = "jiff reads `TZ` itself; here it is asked whether it needs to")]
pub(crate) fn zone() -> TimeZone {
    let is_chosen = std::env::var_os("TZ").is_some();
    (if is_chosen { None } else { in_file(LOCAL) }).unwrap_or_else(TimeZone::system)
}

/// The zone of the machine (localtime(5)).
const LOCAL: &str = "/etc/localtime";

/// The zone in a file (tzfile(5)), without its name: jiff would look at every zone that there is to
/// find one for the name.
fn in_file(path: &str) -> Option<TimeZone> {
    TimeZone::tzif("Local", &std::fs::read(path).ok()?).ok()
}

/// How long ago, or in how long.
fn relative(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - time.as_second();
    let (amount, past) = (seconds.unsigned_abs(), seconds >= 0);
    // What was made a moment ago for 30 days ends in 30 days, not in 29.
    let whole = |unit: u64| if past { amount / unit } else { (amount + unit / 2) / unit };
    let (number, unit) = match amount {
        0..=59 => return if past { "just now".to_owned() } else { "in a moment".to_owned() },
        60..=3_599 => (whole(60), "minute"),
        3_600..=86_399 => (whole(3_600), "hour"),
        86_400..=2_678_399 => (whole(86_400), "day"),
        2_678_400..=31_535_999 => (whole(2_678_400), "month"),
        _ => (whole(31_536_000), "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    if past { format!("{number} {unit}{plural} ago") } else { format!("in {number} {unit}{plural}") }
}

/// Month, day, year and the time of day on a clock of 12 hours, in the local time zone.
fn absolute(time: Timestamp, zone: &TimeZone) -> String {
    let time = zone.to_datetime(time);
    let (hour, half) = (time.hour(), if time.hour() < 12 { " AM" } else { " PM" });
    let mut text = String::with_capacity("12/31/2026, 11:59:59 PM".len());
    push_number(&mut text, time.month());
    text.push('/');
    push_number(&mut text, time.day());
    text.push('/');
    let pair = |number: i16| i8::try_from(number).unwrap_or_default();
    match time.year() {
        year @ 0.. => {
            push_pair(&mut text, pair(year / 100));
            push_pair(&mut text, pair(year % 100));
        }
        year => text.push_str(&format!("{year:04}")),
    }
    text.push_str(", ");
    push_number(&mut text, if hour % 12 == 0 { 12 } else { hour % 12 });
    for part in [time.minute(), time.second()] {
        text.push(':');
        push_pair(&mut text, part);
    }
    text + half
}

/// A number below a hundred. The formatting of the standard library takes ten times as long, which is
/// seen in a list of thousands.
fn push_number(text: &mut String, number: i8) {
    if number >= 10 {
        push_digit(text, number / 10);
    }
    push_digit(text, number % 10);
}

/// The same, always of two digits.
fn push_pair(text: &mut String, number: i8) {
    push_digit(text, number / 10);
    push_digit(text, number % 10);
}

fn push_digit(text: &mut String, digit: i8) {
    text.push(char::from(b'0' + digit.unsigned_abs()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time of this test")
    }

    #[test]
    fn absolute_is_as_the_docs_show_it() {
        for (time, shown) in [
            ("2026-04-07T10:30:00Z", "4/7/2026, 10:30:00 AM"),
            ("2026-04-01T14:00:00Z", "4/1/2026, 2:00:00 PM"),
            ("2026-04-05T09:00:00Z", "4/5/2026, 9:00:00 AM"),
            ("2026-12-31T00:05:09Z", "12/31/2026, 12:05:09 AM"),
            ("2026-12-31T12:00:00Z", "12/31/2026, 12:00:00 PM"),
            ("2026-01-31T23:59:59Z", "1/31/2026, 11:59:59 PM"),
            ("0006-01-31T11:59:59Z", "1/31/0006, 11:59:59 AM"),
            ("-000006-01-31T11:59:59Z", "1/31/-006, 11:59:59 AM"),
            ("-001006-01-31T11:59:59Z", "1/31/-1006, 11:59:59 AM"),
        ] {
            assert_eq!(absolute(at(time), &TimeZone::UTC), shown);
        }
    }

    #[test]
    #[allow(clippy::print_stdout, reason = "it says why it tests nothing")]
    fn a_zone_in_a_file_is_the_one_of_that_name() {
        for name in ["UTC", "Europe/Madrid", "America/New_York", "America/Bogota", "Asia/Kolkata"] {
            let (Some(zone), Ok(named)) = (in_file(&format!("/usr/share/zoneinfo/{name}")), TimeZone::get(name)) else {
                println!("skipped: there is no `/usr/share/zoneinfo/{name}`");
                continue;
            };
            for time in ["1990-07-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z", "2090-07-01T00:00:00Z"]
            {
                assert_eq!(absolute(at(time), &zone), absolute(at(time), &named), "{name} {time}");
            }
        }
    }

    #[test]
    fn relative_names_the_largest_unit() {
        let now = at("2026-04-07T10:30:00Z");
        for (time, shown) in [
            ("2026-04-07T10:29:30Z", "just now"),
            ("2026-04-07T10:29:00Z", "1 minute ago"),
            ("2026-04-07T08:00:00Z", "2 hours ago"),
            ("2026-04-06T10:30:00Z", "1 day ago"),
            ("2026-02-01T00:00:00Z", "2 months ago"),
            ("2024-01-01T00:00:00Z", "2 years ago"),
            ("2026-04-07T10:30:30Z", "in a moment"),
            ("2026-05-02T10:30:00Z", "in 25 days"),
            ("2026-05-07T10:29:57Z", "in 30 days"),
            ("2026-04-07T22:29:59Z", "in 12 hours"),
            ("2026-04-06T10:30:01Z", "23 hours ago"),
        ] {
            assert_eq!(relative(at(time), now), shown, "{time}");
        }
    }
}
