use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::super::found::{ByPrefix, Finding};
use super::*;

const VALUE: &str = "jfn_rt_sbx_A1b2C3d4E5f6G7h8";

fn found(text: impl AsRef<[u8]>) -> Found {
    scan(text.as_ref()).expect("a text in memory can be read")
}

/// Each byte as a number of so many hexadecimal digits behind a mark.
fn each(text: &str, mark: &str, digits: usize) -> String {
    text.bytes().fold(String::new(), |escaped, byte| escaped + &format!("{mark}{byte:0digits$x}"))
}

/// The readings of each finding.
fn readings(found: &Found) -> Vec<Vec<&str>> {
    fn of(finding: &Finding) -> Vec<&str> {
        finding.readings().iter().map(|reading| reading.secret().expose()).collect()
    }
    found.findings().iter().map(of).collect()
}

/// Whether a value was found, once, as one reading of a finding.
fn has(text: &[u8], value: &str) -> bool {
    readings(&found(text)).iter().filter(|readings| readings.contains(&value)).count() == 1
}

#[test]
fn a_value_is_found_in_each_way_of_writing_it() {
    let (percent, json) = (|text: &str| each(text, "%", 2), |text: &str| each(text, "\\u", 4));
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (head, tail) = VALUE.split_at(15);
    for text in [
        VALUE.to_owned().into_bytes(),
        format!("2026-11-27T03:00:00.0000000Z token={VALUE}").into_bytes(),
        format!("x{VALUE}\u{e9}").into_bytes(),
        format!("{VALUE}%0A").into_bytes(),
        format!("\"{VALUE}\\n\"").into_bytes(),
        percent(VALUE).into_bytes(),
        percent(VALUE).replace('%', "%25").into_bytes(),
        VALUE.replace('_', "%5F").into_bytes(),
        VALUE.replace('j', "%6a").into_bytes(),
        format!("{head}{}", percent(tail)).into_bytes(),
        json(VALUE).into_bytes(),
        VALUE.replace('_', "\\\\u005f").into_bytes(),
        VALUE.replace("fn", "\u{1b}[1mfn\u{1b}[0m").into_bytes(),
        format!("jfn_rt_\u{1b}[0m{}\u{1b}[0mDone", &VALUE[7..]).into_bytes(),
        format!("\u{1b}[32m{VALUE}\u{1b}[0mDone").into_bytes(),
        format!("jfn{}{}", percent("jfn_rt_"), &VALUE[7..]).into_bytes(),
        wide(&format!("Token: {VALUE}\r\n")),
        wide(&format!("Token: {VALUE}\r\n"))[1..].to_vec(),
        format!("{VALUE}\0next=1").into_bytes(),
        [b"\xff\xfe\x80".as_slice(), VALUE.as_bytes(), b"\xff"].concat(),
        STANDARD.encode(VALUE).into_bytes(),
        STANDARD.encode(format!("user:{VALUE}")).into_bytes(),
        URL_SAFE_NO_PAD.encode(format!("{{\"auth\":\"{VALUE}\"}}")).into_bytes(),
        STANDARD.encode(format!("{{\"auth\":\"{}\"}}", STANDARD.encode(format!("user:{VALUE}")))).into_bytes(),
        format!("Basic {}", STANDARD_NO_PAD.encode(format!("u:{VALUE}\n"))).into_bytes(),
    ] {
        assert!(has(&text, VALUE), "{}: {:?}", text.escape_ascii(), readings(&found(&text)));
    }
}

#[test]
fn what_is_no_whole_value_is_not_found() {
    for text in [
        "",
        "jfn_rt_",
        "jfn_rt_***",
        "jfn_rt_[redacted]",
        "jfn_rt_abc12345678",
        "jfn_rt_sbx_A1b2..",
        "jfn_rt_sbx_A1b2...",
        "jfn_rt_sbx_A1b2\u{2026}",
        "jfn_rt_ A1b2C3d4E5f6G7h8",
        "JFN_RT_A1b2C3d4E5f6G7h8",
        "%6Afn%5Frt%5Fabc",
        "amZuX3J0X3NieF9B",
        "am ZuX3J0X3NieF9BMWIyQzNkNEU1ZjZHN2g4",
    ] {
        assert_eq!(readings(&found(text)), Vec::<Vec<&str>>::new(), "{text}");
    }
}

#[test]
fn each_value_counts_once_with_the_line_on_which_it_stood_first() {
    let other = "jfn_rt_zzzzzzzzzzzzzzzzzzzz";
    let text = format!(
        "one\n{VALUE}\nit is {VALUE}.\n{}\n{other},{VALUE};{other}-{VALUE}\njfn_pat_sbx_A1b2C3d4E5f6\n",
        STANDARD.encode(VALUE)
    );
    let found = found(&text);
    let seen: Vec<_> = found.findings().iter().map(|it| (it.line, it.writing, it.times)).collect();
    assert_eq!(seen, [(2, Writing::Plain, 5), (5, Writing::Plain, 2)]);
    assert_eq!(found.management_token, Some(6));
    let prefixes: Vec<&str> = found.findings().iter().map(Finding::shown_prefix).collect();
    assert_eq!(prefixes, ["jfn_rt_sbx_A1b2", "jfn_rt_zzzz"]);
}

#[test]
fn a_prefix_that_shows_nothing_fits_nothing() {
    let found = found(format!("{VALUE}, jfn_rt_sbx_B1b2C3d4E5f6G7h8, jfn_rt_abc1C3d4E5f6G7h8"));
    let values = ByPrefix::of(found.findings());
    for (prefix, fits) in [
        ("jfn_rt_sbx_A1b2", &[0][..]),
        ("jfn_rt_sbx_A1b2..", &[0]),
        ("jfn_rt_sbx_A1b2…", &[0]),
        ("jfn_rt_sbx_A", &[0]),
        ("jfn_rt_s", &[]),
        ("jfn_rt_sbx_", &[]),
        ("jfn_rt_abc1", &[2]),
        ("jfn_rt_sbx_A1b3", &[]),
        ("jfn_rt_", &[]),
        ("jfn_rt_..", &[]),
        ("jfn", &[]),
        ("", &[]),
    ] {
        assert_eq!(values.with(prefix), fits, "{prefix}");
    }
}

#[test]
fn a_value_of_any_length_that_a_token_may_have_is_found_at_the_border_of_windows() {
    let value = format!("jfn_rt_{}", "aB3".repeat(1363));
    assert_eq!(value.len(), 4096);
    let escaped = each(&value, "\\\\u", 4);
    for written in [value.clone(), escaped, STANDARD.encode(&value)] {
        for before in [0, WINDOW - 1, WINDOW, WINDOW + OVERLAP - 10, WINDOW + OVERLAP + 3, 2 * WINDOW + 7] {
            let text = [" ".repeat(before), written.clone(), "\nrest".repeat(20_000)].concat();
            assert!(has(text.as_bytes(), &value), "{before} before {}…", &written[..8]);
        }
    }
}

/// A reader that gives what was asked for in pieces.
struct Pieces<'t>(&'t [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, mut into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(self.1);
        let written = into.write(&self.0[..count])?;
        self.0 = &self.0[written..];
        Ok(written)
    }
}

fn written(value: &str, way: u8, neighbour: &str) -> Vec<u8> {
    match way {
        0 => value.to_owned().into_bytes(),
        1 => each(value, "%", 2).into_bytes(),
        2 => value.replace('_', "%5F").into_bytes(),
        3 => each(value, "\\u", 4).into_bytes(),
        4 => STANDARD.encode(format!("{neighbour}{value}\n")).into_bytes(),
        5 => URL_SAFE_NO_PAD.encode(format!("{neighbour}{value}")).into_bytes(),
        _ => value.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    }
}

proptest! {
    /// Wherever a window ends, each value is found, and no other. The longest is written in 306 bytes.
    #[test]
    fn values_are_found_in_any_text_and_in_any_pieces(
        parts in prop::collection::vec(("[a-z0-9 =:,\\\\%{}\"\n\r\u{1b}éj]{0,40}", "[A-Za-z0-9]{12,44}", 0_u8..7, "[ -~]{0,4}"), 0..24),
        window in 1_usize..200,
        piece in 1_usize..300,
    ) {
        let mut text = Vec::new();
        let mut values = Vec::new();
        for (noise, random, way, neighbour) in &parts {
            // What is neither part of a token nor of base64 nor of an escape keeps them apart.
            let value = format!("jfn_rt_{random}");
            text.extend_from_slice(noise.as_bytes());
            text.extend_from_slice(b" ");
            text.extend(written(&value, *way, neighbour));
            text.extend_from_slice(b" ");
            values.push(value);
        }
        let found = scan_by(Pieces(&text, piece), window, 320).expect("read");
        let readings = readings(&found);
        for value in &values {
            prop_assert!(readings.iter().any(|all| all.contains(&value.as_str())), "{value} in {}", text.escape_ascii());
        }
        values.sort();
        values.dedup();
        prop_assert_eq!(readings.len(), values.len());
        prop_assert!(found.findings().iter().all(|it| it.line <= lines(&text) + 1));
    }

    /// The text itself is never believed to be anything else than bytes.
    #[test]
    fn any_bytes_are_read(text in prop::collection::vec(any::<u8>(), 0..2000), window in 1_usize..100) {
        scan_by(text.as_slice(), window, 64).expect("read");
    }
}
