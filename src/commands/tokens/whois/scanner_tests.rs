use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use proptest::prelude::*;

use super::super::found::{ByPrefix, Finding, VALUES};
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
        VALUE.replace("fn", "%1B%5B1mfn%1b%5b0m").into_bytes(),
        VALUE.replace("fn", "%1B%5B%31%6Dfn%1b%5b0m").into_bytes(),
        VALUE.replace("fn", "\\u001b\\u005b1mfn\\u001B\\u005B0m").into_bytes(),
        VALUE.replace("fn", "%251B%255B1mfn%251b%255b0m").into_bytes(),
        percent(&percent(VALUE)).into_bytes(),
        percent(&json(VALUE)).into_bytes(),
        json(&percent(VALUE)).into_bytes(),
        json(&json(VALUE)).into_bytes(),
        json(&json(VALUE)).replace('\\', "\\\\").into_bytes(),
        STANDARD.encode(json(&percent(VALUE))).into_bytes(),
        percent(&percent(&STANDARD.encode(VALUE))).into_bytes(),
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

/// What is found in base64, and what management tokens are found in.
#[test]
fn base64_hides_nothing_that_is_found_outside_of_it() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let folded = |text: &str, columns: usize, before: &str| {
        let lines: Vec<&str> = text.as_bytes().chunks(columns).map(|line| std::str::from_utf8(line).unwrap()).collect();
        lines.iter().fold(String::new(), |all, line| all + before + line + "\n")
    };
    for value in [VALUE, "jfn_pat_sbx_A1b2C3d4E5f6"] {
        let mut texts: Vec<(String, Vec<u8>)> = vec![
            ("UTF-16".into(), STANDARD.encode(wide(value)).into()),
            ("UTF-16, 1".into(), STANDARD.encode(wide(&format!("$t = '{value}'; Get"))).into()),
            ("percent".into(), STANDARD.encode(each(value, "%", 2)).into()),
            ("percent of marks".into(), STANDARD.encode(format!("a?t={}&b", value.replace('_', "%5F"))).into()),
            ("JSON".into(), URL_SAFE_NO_PAD.encode(format!("{{\"t\":\"{}\"}}", each(value, "\\u", 4))).into()),
            ("colours".into(), STANDARD.encode(value.replace("fn", "\u{1b}[1mfn\u{1b}[0m")).into()),
            ("within UTF-16".into(), wide(&format!("Basic {}\r\n", STANDARD.encode(format!("u:{value}"))))),
            ("within percent".into(), each(&STANDARD.encode(format!("u:{value}")), "%", 2).into()),
            ("twice, UTF-16".into(), STANDARD.encode(format!("x{}", STANDARD.encode(wide(value)))).into()),
            ("three times percent".into(), each(value, "%", 2).replace('%', "%2525").into()),
            ("escaped address of a link".into(), format!("\u{1b}]8;;x?{}\u{7}", each(value, "%", 2)).into()),
            ("address of a link".into(), format!("\u{1b}]8;;https://x/?t={value}\u{7}here\u{1b}]8;;\u{7}").into()),
        ];
        for before in 0..80 {
            let text = format!("{}{value}, and what follows it", "x".repeat(before));
            let kinds = [(76, ""), (76, "2026-11-27T03:12:45.1234567Z "), (64, ""), (20, ""), (60, "    1\t")];
            for (columns, prefix) in kinds.into_iter().take(if before < 9 { 5 } else { 2 }) {
                let name = format!("{before} before, {columns} columns, {prefix:?}");
                texts.push((name.clone(), folded(&STANDARD.encode(&text), columns, prefix).into()));
                texts.push((name.clone() + ", UTF-16", folded(&STANDARD.encode(wide(&text)), columns, prefix).into()));
                texts.push((name, wide(&folded(&STANDARD.encode(&text), columns, prefix))));
            }
            let json = folded(&STANDARD.encode(&text), 30, "").replace('\n', "\\n");
            texts.push((format!("{before} before, in JSON in JSON"), json.replace('\\', "\\\\").into()));
            texts.push((format!("{before} before, and once more"), json.replace("\\n", r"\\\\r\\\\n").into()));
            texts.push((format!("{before} before, in JSON"), json.into()));
        }
        let missed: Vec<&str> = texts
            .iter()
            .filter(|(_, text)| if value == VALUE { !has(text, value) } else { found(text).management_token.is_none() })
            .map(|(name, _)| name.as_str())
            .collect();
        assert!(missed.is_empty(), "{}: {} of {}: {missed:?}", &value[..8], missed.len(), texts.len());
    }
}

/// Nor how much memory it takes.
#[test]
fn no_text_has_more_values_kept_than_anybody_leaks() {
    let values = |count: usize, behind: &str| -> String {
        (0..count).fold(String::new(), |text, number| text + &format!("jfn_rt_{number:012}{behind} "))
    };
    for (text, kept, is_all) in [
        (values(VALUES, ""), VALUES, true),
        (values(VALUES + 1, ""), VALUES, false),
        (values(VALUES, "").repeat(2), VALUES, true),
    ] {
        let found = found(text);
        assert_eq!((found.findings().len(), found.are_left_out), (kept, !is_all));
    }
    let found = found(values(2000, &"-a".repeat(2000)));
    assert!(found.findings().len() < 1000 && found.are_left_out);
}

/// A log is anybody's, so it must not decide how long it takes to read.
#[test]
fn no_text_is_looked_at_much_longer_than_another() {
    let marks = format!("jfn_rt_{}", "-a".repeat(2040));
    let dots = format!("jfn_rt_{}", ".".repeat(4000));
    let kinds: Vec<(&str, Vec<u8>)> = vec![
        ("prefix", b"jfn_rt_".to_vec()),
        ("management", b"jfn_pat_".to_vec()),
        ("NUL", b"jfn_rt_\0".to_vec()),
        ("UTF-16", b"j\0f\0n\0_\0r\0t\0_\0".to_vec()),
        ("colours", b"jfn_rt_\x1b[0m".to_vec()),
        ("percent", b"%6afn_rt_".to_vec()),
        ("percent twice", b"%256afn_rt_".to_vec()),
        ("percent many times", b"%25".to_vec()),
        ("percent many times more", b"%2525252525".to_vec()),
        ("JSON", br"\u006afn_rt_".to_vec()),
        ("percent of percent", b"%25%36%61fn_rt_".to_vec()),
        ("percent of percent of percent", b"%25%32%35%33%36".to_vec()),
        ("percent of backslashes", b"%5c".to_vec()),
        ("percent of colours", b"jfn_rt_%1b%5b0m".to_vec()),
        ("percent of OSC", b"%1b%5d".to_vec()),
        ("percent of ended OSC", b"%1b%5d%07".to_vec()),
        ("JSON of JSON", br"\u005cu006afn_rt_".to_vec()),
        ("backslashes", b"\\".to_vec()),
        ("letters and backslashes", br"a\\\\\\\\\\\\\\\\".to_vec()),
        ("ESC", b"\x1b".to_vec()),
        ("CSI", b"\x1b[0".to_vec()),
        ("OSC", b"\x1b]0".to_vec()),
        ("escaped OSC", b"%1b]".to_vec()),
        ("ended OSC", b"%1b]\x07".to_vec()),
        ("base64", STANDARD.encode("jfn_rt_jfn_rt_jfn_rt_").into()),
        ("base64 twice", STANDARD.encode(STANDARD.encode("jfn_rt_jfn_rt_jfn_rt_")).into()),
        ("base64 of percent", STANDARD.encode("%6afn_rt_%6afn_rt_%6afn_rt_").into()),
        ("base64, lines", format!("{}\n", STANDARD.encode("jfn_rt_jfn_rt_jfn_rt_")).into()),
        ("base64, prefixes", format!("a: {}\n", STANDARD.encode("jfn_rt_jfn_rt_jfn_rt_")).into()),
        ("ends of lines", b"\n".to_vec()),
        ("one letter", b"A".to_vec()),
        ("two forms", b"MTEx".to_vec()),
        ("marks", marks.into()),
        ("dots", dots.into()),
        ("seams", [b"jfn_rt_".as_slice(), &b"a%61".repeat(2040)].concat()),
        ("values", b"jfn_rt_A1b2C3d4E5f6".to_vec()),
    ];
    for (name, kind) in kinds {
        let text = kind.repeat(300_000 / kind.len());
        steps::taken();
        found(&text);
        let steps = steps::taken() / text.len();
        assert!(steps <= 50, "{name}: {steps} for each byte");
    }
}
