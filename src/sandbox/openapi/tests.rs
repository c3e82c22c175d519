//! The patterns of the document accept what the sandbox accepts, and nothing else.

use proptest::prelude::*;
use serde_json::json;

use super::schemas::{BASE64, PATH};
use crate::api::wire::{Deploy, FileContent, Id, SecretName, Slug, TokenName};
use crate::properties;
use crate::sandbox::state::limits::MAX_PATH;
use crate::sandbox::state::uploads;
use crate::sandbox::violations::{IDEMPOTENCY_KEY_PATTERN, idempotency_key};

fn is_taken_as_file(path: &str, content: &str) -> bool {
    let file = FileContent { path: path.to_owned(), content: content.to_owned() };
    uploads::check(&Deploy { entrypoint: path.to_owned(), files: vec![file] }).is_ok()
}

type Rule = (&'static str, &'static str, fn(&str) -> bool);

/// A pattern, and the code that decides.
const RULES: [Rule; 7] = [
    ("slug", Slug::PATTERN, |text| Slug::parse(text).is_some()),
    ("id", Id::PATTERN, |text| Id::parse(text).is_some()),
    ("token's name", TokenName::PATTERN, |text| TokenName::parse(text).is_some()),
    ("secret's key", SecretName::PATTERN, |text| SecretName::parse(text).is_some()),
    ("idempotency key", IDEMPOTENCY_KEY_PATTERN, |text| idempotency_key(text).is_some()),
    ("path", PATH, |text| is_taken_as_file(text, "")),
    ("base64", BASE64, |text| is_taken_as_file("index.ts", text)),
];

fn assert_alike(text: &str) {
    for (name, pattern, takes) in RULES {
        if name == "path" && text.chars().count() > MAX_PATH {
            continue;
        }
        let described = jsonschema::draft202012::new(&json!({ "pattern": pattern })).expect("a pattern");
        assert_eq!(described.is_valid(&json!(text)), takes(text), "{name}: {text:?}");
    }
}

#[test]
fn a_pattern_is_what_the_code_takes() {
    let longest = ["a".repeat(63), "a".repeat(64), "a".repeat(65), "a".repeat(128), "a".repeat(129)];
    let keys =
        ["a".repeat(255), "a".repeat(256), r#"\""#.repeat(255), r#"\""#.repeat(256)].map(|key| format!("\"{key}\""));
    for text in longest.iter().chain(&keys) {
        assert_alike(text);
    }
    for text in [
        "",
        "a",
        "A",
        "-a",
        "a-",
        "_",
        "1",
        "a1",
        "A_1",
        "a.b",
        "tok_1",
        "jfn_1",
        "tok",
        "Tok_1",
        "__FN_A",
        "é",
        "a\n",
        "a b",
        "\"a\"",
        "\"\"",
        "\"a\\\"\"",
        "\"a\\x\"",
        "\"\\\"",
        "\"é\"",
        "\" \"",
        "a\"b\"",
        "index.ts",
        "a/b.js",
        "/a.ts",
        "a//b.ts",
        "../a.ts",
        "a/../b.ts",
        "a/./b.ts",
        ".a.ts",
        "a/.b/c.ts",
        "a.ts/",
        "a.TS",
        "node_modules/a.ts",
        "a/node_modules/b.ts",
        "node_modules.ts",
        "xnode_modules/a.ts",
        "node_modules2/a.ts",
        "dist/a.md",
        "a/dist/b.md",
        "dist.json",
        "a\\b.ts",
        "a\u{7f}.ts",
        "a\u{85}.ts",
        "a\t.ts",
        "é.ts",
        "a..ts",
        "a.ts.txt",
        "ts",
        ".ts",
        "YQ==",
        "YQ=",
        "YQ",
        "YR==",
        "YWI=",
        "YWJ=",
        "YWJj",
        "YWJjYQ==",
        "YW Jj",
        "====",
        "-_==",
    ] {
        assert_alike(text);
    }
}

proptest! {
    #![proptest_config(properties::config(300))]

    #[test]
    fn so_of_any_text(text in "([ab/.-]|node_modules|dist|[.]ts|[.]md|\"|\\\\|tok_|[A-Z_0-9]|[=+]|\\PC){0,9}") {
        assert_alike(&text);
    }
}
