//! `jelou.json` against a naive model of it.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::properties;

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        2 => Just(Value::from("my-fn")),
        4 => "[a-z][a-z0-9-]{0,8}".prop_map(Value::from),
        2 => "\\PC{0,8}".prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(serde_json::json!(["a"])),
        1 => Just(serde_json::json!({"slug": "a"})),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["function", "slug", "name", "description", "entrypoint", "$schema", "id"])
            .prop_map(str::to_owned),
        "[a-z$]{1,4}",
    ]
}

/// What the entries mean, or nothing if they are to be refused.
fn model(entries: &[(String, Value)]) -> Option<Project> {
    let count = |key: &str| entries.iter().filter(|(other, _)| other == key).count();
    if entries.iter().any(|(key, _)| count(key) > 1) {
        return None;
    }
    let known = ["function", "slug", "name", "description", "entrypoint", "$schema", "id"];
    let of = |key: &str| entries.iter().find(|(other, _)| other == key).map(|(_, value)| value);
    let is_text = |value: &Value| value.is_string() || value.is_null();
    if !known.iter().filter_map(|key| of(key)).all(is_text) {
        return None;
    }
    let text = |key: &str| of(key).and_then(Value::as_str).map(str::to_owned);
    Some(Project {
        slug: match (text("function"), text("slug")) {
            (Some(one), Some(other)) if one != other => return None,
            (one, other) => Slug::parse(&one.or(other)?)?,
        },
        id: text("id"),
        name: text("name"),
        description: text("description"),
        entrypoint: text("entrypoint")
            .map_or("index.ts".to_owned(), |it| it.strip_prefix("./").unwrap_or(&it).to_owned()),
        unknown_keys: entries.iter().map(|(key, _)| key.clone()).filter(|key| !known.contains(&key.as_str())).collect(),
    })
}

proptest! {
    #![proptest_config(properties::config(500))]

    #[test]
    fn it_is_read_whole_or_refused(
        entries in prop::collection::vec((key(), value()), 0..6),
        (mark, blank) in (prop::sample::select(vec!["", "\u{feff}"]), prop::sample::select(vec!["", " ", "\r\n\t"])),
    ) {
        let fields: Vec<String> =
            entries.iter().map(|(key, value)| format!("{}{blank}:{blank}{value}", Value::from(key.as_str()))).collect();
        let text = format!("{mark}{blank}{{{blank}{}{blank}}}{blank}", fields.join(","));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), &text).unwrap();
        prop_assert_eq!(Project::read(folder.path()).ok().flatten(), model(&entries), "{}", text);
    }

    /// Cut off, or with something behind it, it is no document.
    #[test]
    fn a_part_of_it_is_refused(slug in "[a-z]{1,9}", cut in 1_usize..12, behind in "[a-z{},\"]{1,4}") {
        let text = format!(r#"{{"slug":"{slug}"}}"#);
        let path = Path::new(FILE);
        let (longer, array) = (format!("{text}{behind}"), format!("[{text}]"));
        for wrong in [&text[..text.len() - cut.min(text.len())], &longer, &array] {
            prop_assert!(Project::parse(wrong, path).is_err(), "{}", wrong);
        }
    }
}
