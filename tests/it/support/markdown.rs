//! Pages in Markdown: their fenced blocks, headings and links, and what a block says without that
//! which differs between runs.

use std::collections::BTreeMap;

use serde_json::Value;

/// A fenced block, and the comment on the line before it.
pub struct Block {
    pub language: String,
    pub comment: Option<String>,
    pub text: String,
}

/// The lines of a page outside of its fenced blocks, and these.
fn split(page: &str) -> (Vec<&str>, Vec<Block>) {
    let (mut prose, mut blocks): (Vec<&str>, Vec<Block>) = (Vec::new(), Vec::new());
    let mut open = false;
    let mut before = "";
    for line in page.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(language), false) => {
                let comment = before.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->"));
                let language = language.to_owned();
                blocks.push(Block { language, comment: comment.map(str::to_owned), text: String::new() });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => {
                let block = blocks.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, false) => {
                assert!(!line.trim_start().starts_with("```"), "a fence stands at the beginning of its line: {line}");
                prose.push(line);
            }
        }
        before = line;
    }
    assert!(!open, "every block is closed");
    (prose, blocks)
}

pub fn blocks(page: &str) -> Vec<Block> {
    split(page).1
}

/// The names by which the headings of a page can be linked, as GitHub makes them.
pub fn anchors(page: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = Vec::new();
    for line in split(page).0 {
        let text = line.trim_start_matches('#');
        if text.len() == line.len() || !text.starts_with(' ') {
            continue;
        }
        let shown = without_targets(text.trim());
        let kept = shown.to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let slug: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let again = seen.entry(slug.clone()).or_default();
        anchors.push(if *again == 0 { slug.clone() } else { format!("{slug}-{again}") });
        *again += 1;
    }
    anchors
}

/// A text without that which its links lead to.
fn without_targets(text: &str) -> String {
    let mut parts = text.split("](");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    shown
}

/// Where a page leads: links and pictures, outside of blocks and of code in a line.
pub fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in split(page).0 {
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for (begin, end) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
            links.extend(prose.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).map(str::to_owned));
        }
    }
    links
}

/// What differs between runs, wherever it stands in a line: values, ids.
const MARKS: [&str; 4] = ["jfn_rt_sbx_", "tok_", "dep_", "req_"];

/// Removes what differs between runs: values, ids, times and the widths of columns.
pub fn essence(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().map(shortened).collect::<Vec<_>>().join(" ")).collect()
}

/// Shortens values, ids and times in a word, as the pages do.
fn shortened(word: &str) -> String {
    let digits = word.trim_end_matches(',').split(['/', ':']).collect::<Vec<_>>();
    if digits.len() == 3 && digits.iter().all(|part| part.parse::<u16>().is_ok()) {
        return "0".to_owned();
    }
    if word == "PM" {
        return "AM".to_owned();
    }
    let mut short = String::new();
    let mut rest = word;
    while let Some((at, mark)) = MARKS.iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min() {
        let after = &rest[at + mark.len()..];
        short.push_str(&rest[..at + mark.len()]);
        short.push('…');
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '…'));
    }
    short + rest
}

/// The essence of a JSON document: its texts without what differs between runs, and durations and
/// moments as placeholders.
pub fn json_essence(value: &Value) -> Value {
    match value {
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => "TIME".into(),
        Value::String(text) => essence(text).join("\n").into(),
        Value::Array(items) => items.iter().map(json_essence).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let value = if key.ends_with("_ms") && value.is_number() { 0.into() } else { json_essence(value) };
                (key.clone(), value)
            })
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn headings_and_links_are_read_as_they_are_shown() {
    let page = "# `jelou`, a CLI (1)\n## What's `--to`?\n## [Words](x.md)\n## Words\n```sh\n# no heading [no](link)\n```\n\
                See [a](b.md#c), `[no](code)` and <img src=\"d.svg\">.\n";
    assert_eq!(anchors(page), ["jelou-a-cli-1", "whats---to", "words", "words-1"]);
    assert_eq!(links(page), ["x.md", "b.md#c", "d.svg"]);
}

#[test]
fn what_differs_between_runs_is_shortened() {
    assert_eq!(essence("a  tok_Ab1,tok_Cd2"), ["a tok_…,tok_…"]);
    assert_eq!(essence("▸ ci  jfn_rt_sbx_ab12..  4/5/2026, 9:00:00 PM"), ["▸ ci jfn_rt_sbx_….. 0 0 AM"]);
    let document = serde_json::json!({"at": "2026-04-05T09:00:00Z", "id": "tok_x", "after_ms": 12, "n": 3});
    let expected = serde_json::json!({"at": "TIME", "id": "tok_…", "after_ms": 0, "n": 3});
    assert_eq!(json_essence(&document), expected);
}
