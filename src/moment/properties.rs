//! Moments and durations against arithmetic of their own.

use proptest::prelude::*;

use super::*;
use crate::properties;

/// Days from 1970-01-01, by the rules of the calendar and nothing else.
fn days_before(year: i64, month: usize, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let of_years: i64 = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    of_years + lengths[..month - 1].iter().sum::<i64>() + day - 1
}

/// One character of a text removed, put in, or replaced.
fn damaged(text: &str, at: usize, how: u8, with: char) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = at % letters.len();
    match how % 3 {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, with),
        _ => letters[at] = with,
    }
    letters.into_iter().collect()
}

proptest! {
    #![proptest_config(properties::config(500))]

    #[test]
    fn a_time_is_what_its_digits_say(
        (year, month, day) in (1970_i64..2200, 1_usize..=12, 1_i64..=28),
        (hour, minute, second) in (0_i64..24, 0_i64..60, 0_i64..60),
        (sign, hours, minutes) in (prop::sample::select(vec!['+', '-']), 0_i64..24, 0_i64..60),
        utc in any::<bool>(),
    ) {
        let offset = if utc { "Z".to_owned() } else { format!("{sign}{hours:02}:{minutes:02}") };
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}");
        let ahead = if utc { 0 } else { (hours * 60 + minutes) * if sign == '-' { -60 } else { 60 } };
        let seconds = days_before(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - ahead;
        prop_assert_eq!(rfc3339(&text).map(Timestamp::as_second), Some(seconds), "{}", text);
        prop_assert_eq!(parse(&text), Ok(Moment::At(Timestamp::from_second(seconds).unwrap())));
    }

    /// Whatever is still read after a typing error has the form of what is documented.
    #[test]
    fn a_typing_error_is_refused_or_gives_another_whole_moment(
        text in prop::sample::select(vec!["2026-04-01", "2026-04-01T09:30:00Z", "2026-04-01T09:30:00.25+02:00", "30d", "1h30m"]),
        (at, how) in (0_usize..40, 0_u8..3),
        with in prop::sample::select("0123456789-+:.,TtZz wdhmsu[]/W٣\u{a0}".chars().collect::<Vec<_>>()),
    ) {
        let text = damaged(text, at, how, with);
        let all = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_day = |text: &str| {
            let parts: Vec<&str> = text.split('-').collect();
            parts.len() == 3 && all(parts[0], 4) && all(parts[1], 2) && all(parts[2], 2)
        };
        match parse(&text) {
            Err(said) => prop_assert!(said.contains(&text)),
            Ok(Moment::StartOf(day)) => prop_assert_eq!(day.to_string(), text),
            Ok(Moment::Ago(_)) => prop_assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric())),
            Ok(Moment::At(_)) => {
                let (day, rest) = text.split_at(10);
                let zone = rest.rfind(['+', '-', 'Z', 'z']).unwrap();
                let (time, offset) = rest[1..].split_at(zone - 1);
                let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
                prop_assert!(is_day(day) && rest.starts_with(['T', 't', ' ']), "{}", text);
                prop_assert!(whole.len() == 8 && whole.split(':').all(|part| all(part, 2)), "{}", text);
                prop_assert!(all(fraction, fraction.len()) && !fraction.is_empty(), "{}", text);
                prop_assert!(offset.eq_ignore_ascii_case("z") || offset[1..].split(':').all(|part| all(part, 2)));
            }
        }
    }

    #[test]
    fn a_duration_is_shown_as_it_is_read(millis in 0_u64..100 * 366 * 86_400_000, whole in any::<bool>()) {
        let length = if whole { Duration::from_secs(millis / 1_000) } else { Duration::from_millis(millis) };
        prop_assert_eq!(duration::parse(&duration::show(length)), Ok(length), "{}", duration::show(length));
    }

    #[test]
    fn a_duration_is_the_sum_of_its_parts(amounts in prop::collection::vec(prop::option::of(0_u64..500), 6)) {
        let units = [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let parts: Vec<(u64, &str, u64)> =
            amounts.into_iter().zip(units).filter_map(|(amount, (unit, length))| Some((amount?, unit, length))).collect();
        let text: String = parts.iter().flat_map(|(amount, unit, _)| [amount.to_string(), (*unit).to_owned()]).collect();
        let sum = parts.iter().map(|(amount, _, length)| amount * length).sum();
        let expected = if parts.is_empty() { None } else { Some(Duration::from_millis(sum)) };
        prop_assert_eq!(duration::parse(&text).ok(), expected, "{}", text);
        // The other way round it would be ambiguous: `30m1h`.
        let reversed = parts.iter().rev();
        let reversed: String =
            reversed.flat_map(|(amount, unit, _)| [amount.to_string(), (*unit).to_owned()]).collect();
        prop_assert!(parts.len() < 2 || duration::parse(&reversed).is_err(), "{}", reversed);
    }
}
