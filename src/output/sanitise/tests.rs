use serde_json::{Value, json};

use super::*;
use crate::output::json::{Layout, to_json};

/// The first and the last of each range of characters that must reach neither a terminal nor a log.
const HOSTILE: [u32; 40] = [
    0, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x34f, 0x34f, 0x61c, 0x61c, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180b, 0x180f,
    0x200b, 0x200f, 0x2028, 0x202e, 0x2060, 0x2064, 0x2066, 0x2069, 0x3164, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xfeff,
    0xffa0, 0xffa0, 0xfff9, 0xfffb, 0x1bca0, 0x1bca3, 0x1d173, 0x1d17a, 0xe0001, 0xe007f,
];

fn hostile_characters() -> impl Iterator<Item = char> {
    HOSTILE.chunks(2).flat_map(|ends| (ends[0]..=ends[1]).filter_map(char::from_u32))
}

const COMMANDS: [&str; 12] = [
    "##[add-mask]x",
    "###[group]x",
    "####[group]x",
    "##vso[task.setvariable variable=x]y",
    "##VSO[task.complete]",
    "##teamcity[setParameter name='x']",
    "##TeamCity[x]",
    "section_start:1:a",
    "Section_End:1:a",
    "travis_fold:start:a",
    "travis_time:start:a",
    "##[##[x]##vso[y]",
];

/// What a log would take for a command wherever it stands.
fn acts_anywhere(text: &str) -> bool {
    let text = text.to_lowercase();
    ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:", "travis_fold:", "travis_time:"]
        .iter()
        .any(|command| text.contains(command))
}

#[test]
fn no_hostile_character_survives_cleaning() {
    for c in hostile_characters() {
        let line = clean(&format!("a{c}b")).into_owned();
        assert!(!line.chars().any(|c| hostile_characters().any(|hostile| hostile == c)), "{c:?} gave {line:?}");
        assert!(line.len() > 2, "{c:?} must leave a trace, not vanish: {line:?}");
    }
}

#[test]
fn every_prefix_begins_as_the_marks_say() {
    for prefix in [RUNTIME_PREFIX, MANAGEMENT_PREFIX] {
        assert_eq!(prefix.as_bytes()[0], hostile::FIRST_OF_PREFIX);
        assert!(Marks::of(&format!("x{prefix}")).of_secret());
    }
}

/// What is taken for plain is not looked at again.
#[test]
fn a_plain_text_holds_nothing_that_is_looked_for() {
    for c in hostile_characters().chain(['#']) {
        for at in 0..40 {
            let text = format!("{}{c}{}", "x".repeat(at), "y".repeat(39 - at));
            assert!(!Marks::of(&text).are_plain(), "{text:?}");
        }
    }
    let visible: String = (' '..='~').filter(|c| *c != '#').collect();
    assert!(Marks::of(&visible).are_plain() && Marks::of("").are_plain());
    assert_eq!(to_json(&visible, Layout::OneLine).unwrap(), serde_json::to_string(&visible).unwrap());
}

#[test]
fn cleaning_makes_one_line_and_shows_what_it_replaced() {
    let table = [
        ("a\nb", "a | b"),
        ("a\r\n\r\nb\n", "a | b"),
        ("a\r::add-mask::x", "a | ::add-mask::x"),
        ("a\u{85}b\u{2028}c\u{2029}d\u{b}e\u{c}f", "a | b | c | d | e | f"),
        ("\n\n", ""),
        ("a\tb", "a b"),
        ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
        ("a\u{202e}b\u{200b}c\u{e0041}", "a\\u{202e}b\\u{200b}c\\u{e0041}"),
        ("x ##[stop-commands]y", "x #\\#[stop-commands]y"),
        ("##vso[a]", "#\\#vso[a]"),
        ("section_start:1:x", "section_start\\:1:x"),
    ];
    for (text, expected) in table {
        assert_eq!(clean(text), expected, "{text:?}");
        assert_eq!(clean(expected), expected, "cleaning twice is cleaning once");
    }
    for text in ["", "ünïcödé 日本語 🚀", "a # b ## c #[d] ::e:: section_start", "a\u{a0}b", "1 < 2 & 3 > \"2\""]
    {
        assert_eq!(clean(text), text);
    }
}

#[test]
fn no_command_survives_cleaning() {
    for command in COMMANDS {
        for text in
            [command.to_owned(), format!("text {command}"), format!("{command}{command}"), format!("#{command}")]
        {
            assert!(!acts_anywhere(&clean(&text)), "{text:?} gave {:?}", clean(&text));
        }
    }
}

#[test]
fn a_command_hidden_by_an_invisible_character_does_not_come_to_light() {
    for c in hostile_characters() {
        for text in [format!("#{c}#[x]"), format!("##{c}[x]"), format!("section{c}_start:"), format!("##vso{c}[x]")] {
            assert!(!acts_anywhere(&clean(&text)), "{text:?}");
        }
    }
}

#[test]
fn a_line_never_begins_with_a_command() {
    for space in ["", " ", "\t", "\u{a0}", "\u{3000}", "\u{2003}"] {
        for start in ["::add-mask::x", "::x", "--- group", "+++ group", "~~~ group", "^^^ +++", "---"] {
            let line = format!("{space}{start}");
            assert_eq!(line_safe(&line), format!("| {line}"));
        }
    }
    for line in ["", "a ::b::", "-----", "--flag", "+1", "name  jfn_rt_abc1"] {
        assert_eq!(line_safe(line), line);
    }
}

#[test]
fn foreign_lines_stay_apart_and_each_is_harmless() {
    let text = "one\r\n::set-env::x\rtwo ##[debug]\u{85}\t::error::y\n\nlast";
    assert_eq!(clean_lines(text), "one\n| ::set-env::x\ntwo #\\#[debug]\n|  ::error::y\n\nlast");
    assert_eq!(clean_lines("one\n"), "one\n");
    assert_eq!(clean_lines(""), "");
}

#[test]
fn whole_secrets_are_scrubbed_and_prefixes_are_not() {
    let table = [
        ("jfn_rt_A1b2C3d4E5f6", "jfn_rt_[redacted]"),
        ("token jfn_pat_A1b2-C3d4.E5f6_x, is bad", "token jfn_pat_[redacted], is bad"),
        ("jfn_rt_sbx_A1b2C3d4E5f6", "jfn_rt_[redacted]"),
        ("jfn_rt_sbx_abcd", "jfn_rt_sbx_abcd"),
        ("jfn_rt_sbx_abcd...", "jfn_rt_sbx_abcd..."),
        ("jfn_pat_sbx_abcd and jfn_rt_abc1", "jfn_pat_sbx_abcd and jfn_rt_abc1"),
        ("jfn_rt_abc1 jfn_rt_A1b2C3d4E5f6", "jfn_rt_abc1 jfn_rt_[redacted]"),
        ("\"jfn_pat_A1b2C3d4E5f6\"jfn_rt_A1b2C3d4E5f6", "\"jfn_pat_[redacted]\"jfn_rt_[redacted]"),
        ("xjfn_rt_jfn_rt_A1b2C3d4E5f6", "xjfn_rt_[redacted]"),
        ("jfn_ jfn_rt_", "jfn_ jfn_rt_"),
        ("jfn_rt_A1b2C3d4E5fé", "jfn_rt_A1b2C3d4E5fé"),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(scrub(text), expected);
        assert_eq!(clean(text), expected);
    }
}

#[test]
fn a_long_message_is_cut_and_says_so() {
    assert_eq!(cap("äöü", 3), "äöü");
    assert_eq!(cap("äöüß", 3), "äöü… (1 more characters)");
    let long = message(&"x".repeat(LONGEST_MESSAGE + 500));
    assert!(long.ends_with("x… (500 more characters)"));
}

#[test]
fn no_cut_through_a_secret_leaves_a_part_of_it() {
    let secret = "jfn_rt_A1b2C3d4E5f6G7h8";
    for behind in 0..=secret.len() {
        let text = format!("{}{secret} and more", " ".repeat(LONGEST_MESSAGE - behind));
        assert!(!message(&text).contains("A1b"), "{behind} characters before the cut");
    }
}

fn hostile_values() -> impl Iterator<Item = Value> {
    let every: String = hostile_characters().collect();
    let each = hostile_characters().map(|c| json!({ format!("k{c}"): format!("a{c}b#{c}#[") }));
    let command = |text: &str| json!({ text: [text, { "nested": format!("{text}\n{text}") }] });
    let plain = json!([every, null, 1, -2.5, true, [], {}, "plain", "\"#\"#[\\", "a # b ## c 🚀"]);
    each.chain(COMMANDS.map(command)).chain([plain])
}

#[test]
fn json_parses_back_to_the_same_value() {
    for value in hostile_values() {
        for layout in [Layout::OneLine, Layout::Indented] {
            let json = to_json(&value, layout).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value, "{json}");
        }
    }
}

#[test]
fn nothing_hostile_survives_in_json() {
    for value in hostile_values() {
        let json = to_json(&value, Layout::OneLine).unwrap();
        assert!(!json.chars().any(|c| hostile_characters().any(|hostile| hostile == c)), "{json:?}");
        let obeyed = ["##[", "##vso[", "##teamcity["].into_iter().find(|text| json.to_lowercase().contains(text));
        assert_eq!(obeyed, None, "{json}");
    }
}

#[test]
fn json_is_laid_out_as_usual_and_escapes_no_more_than_needed() {
    let value = json!({ "a": [1, { "b": "ü # ## 🚀" }], "c": [], "d": {} });
    assert_eq!(to_json(&value, Layout::OneLine).unwrap(), serde_json::to_string(&value).unwrap());
    assert_eq!(to_json(&value, Layout::Indented).unwrap(), serde_json::to_string_pretty(&value).unwrap());
    let escaped = to_json(&json!("a##[b]\u{7f}\u{e0041}#c"), Layout::OneLine).unwrap();
    assert_eq!(escaped, r#""a\u0023\u0023[b]\u007f\udb40\udc41#c""#);
}

#[test]
fn what_is_not_json_is_an_error() {
    let map = std::collections::HashMap::from([(vec![1], 2)]);
    assert_eq!(to_json(&map, Layout::OneLine).unwrap_err().code(), crate::exit::ErrorCode::UnknownError);
}
