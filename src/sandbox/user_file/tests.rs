//! What is said of files that are wrong, in both languages.

use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Colour {
    Red,
    DarkBlue,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    name: String,
    count: Option<u8>,
    #[serde(default)]
    flags: Vec<bool>,
    #[serde(default)]
    parts: Vec<Part>,
    colour: Option<Colour>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    id: u64,
    at: Option<String>,
}

fn read(text: &str) -> Result<Whole, String> {
    parse(text, "The file").map_err(|error| error.message())
}

#[test]
fn a_number_that_json_has_not_is_refused() {
    for number in ["nan", "inf", "-inf", "1e999"] {
        let wrong = read(&format!("name = 'a'\ncount = {number}\n")).unwrap_err();
        assert!(wrong.contains(&format!("`{number}` is not a number that JSON has")), "{wrong}");
    }
}

#[test]
fn the_same_is_read_from_both_languages() {
    let json = r#"{"name": "a", "count": 7, "flags": [true], "parts": [{"id": 1, "at": "2026-01-01"}], "colour": "dark-blue"}"#;
    let toml = "name = 'a' # a comment\ncount = 0x7\nflags = [true]\ncolour = \"dark-blue\"\n[[parts]]\nid = 1\nat = 2026-01-01\n";
    let whole = read(json).unwrap();
    assert_eq!(read(toml).unwrap(), whole);
    assert_eq!(
        (whole.count, whole.parts[0].at.as_deref(), whole.colour),
        (Some(7), Some("2026-01-01"), Some(Colour::DarkBlue))
    );
    assert_eq!(read("name = 'a'").unwrap(), read(r#" {"name": "a", "count": null}"#).unwrap());
}

#[test]
fn an_error_names_the_key_and_what_is_expected() {
    for (text, said) in [
        (r#"{"name": 3}"#, "is not valid: `name`: expected a text, found `3`"),
        ("name = 3", "is not valid: `name`: expected a text, found `3`"),
        ("name = 'a'\ncount = 256", "`count`: expected a whole number from 0 to 255, found `256`"),
        ("name = 'a'\ncount = -1", "`count`: expected a whole number from 0 to 255, found `-1`"),
        (r#"{"name": "a", "count": 1.5}"#, "`count`: expected a whole number from 0 to 255, found `1.5`"),
        (r#"{"name": "a", "count": "7"}"#, "`count`: expected a whole number from 0 to 255, found a text"),
        (r#"{"name": "a", "flags": true}"#, "`flags`: expected a list, found `true`"),
        ("name = 'a'\nflags = {}", "`flags`: expected an array, found a table"),
        (r#"{"name": "a", "flags": [true, null]}"#, "`flags[1]`: expected `true` or `false`, found null"),
        (r#"{"name": "a", "parts": [{"id": 1}, {"id": "x"}]}"#, "`parts[1].id`: expected a whole number from 0 to"),
        (r#"{"name": "a", "parts": [[1, "x"]]}"#, "`parts[0]`: expected an object, found a list"),
        ("name = 'a'\nparts = [1]", "`parts[0]`: expected a table, found `1`"),
        (r#"{"name": "a", "parts": [{}]}"#, "`parts[0]`: the key `id` is missing"),
        (r#"{"name": "a", "colour": "green"}"#, "`colour`: expected one of `red`, `dark-blue`"),
        (r#"{"name": "a", "colour": 3}"#, "`colour`: expected one of `red`, `dark-blue`, found `3`"),
        (r#"{"names": "a"}"#, "is not valid: there is no key `names`; the keys here are `name`, `count`, `flags`,"),
        ("name = 'a'\n[[parts]]\nid = 1\nwhen = 2", "`parts[0]`: there is no key `when`; the keys here are `id`, `at`"),
        ("{}", "is not valid: the key `name` is missing"),
        ("[]", "is not valid: expected an object, found a list"),
        ("null", "is not valid: expected an object, found null"),
        ("name", "is not TOML: line 1: "),
    ] {
        let found = read(text).unwrap_err();
        assert!(found.starts_with("The file ") && found.contains(said), "{text}: {found}");
        for foreign in ["u8", "u64", "string", "sequence", "boolean", "struct", "enum", "variant", "map", "null null"] {
            assert!(!found.contains(foreign), "{text}: {found}");
        }
    }
}

#[test]
fn what_cannot_be_read_at_all_names_its_line() {
    for (text, said) in [
        ("{", "The file is not JSON: line 1: it ends too early"),
        ("{\"name\":\n \"a\",}", "The file is not JSON: line 2: trailing comma"),
        ("{\"name\": \"a\"} x", "The file is not JSON: line 1: trailing characters"),
        ("{\"name\": \"a\",\n\"name\": \"b\"}", "The file is not JSON: line 2: the key `name` is there twice"),
        ("name = 'a'\nname = 'b'", "The file is not TOML: line 2: duplicate key"),
        ("name = 'a'\n\nflags = [", "The file is not TOML: line 3: unclosed array"),
        ("name = a", "The file is not TOML: line 1: string values must be quoted"),
        ("count = 0xffffffffffffffffffffffffffffffffff", "The file is not TOML: `"),
    ] {
        let found = read(text).unwrap_err();
        assert!(found.starts_with(said), "{text}: {found}");
    }
}

/// A file may hold secrets.
#[test]
fn a_text_is_not_repeated() {
    for text in [r#"{"name": "a", "count": "hidden"}"#, "name = 'a'\nparts = 'hidden'", "name = 'a'\ncolour = 'hidden'"]
    {
        assert!(!read(text).unwrap_err().contains("hidden"), "{text}");
    }
}

#[test]
fn the_ending_of_a_name_says_the_language() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        super::read::<Whole>(&path, "The file").map_err(|error| error.message())
    };
    assert!(write("a.toml", "name = 'a'").is_ok() && write("a.json", "{\"name\":\"a\"}").is_ok());
    assert!(write("A.TOML", "name = 'a'").is_ok());
    // A pipe (`<(…)`) has no ending.
    assert!(write("63", "name = 'a'").is_ok() && write("64", "\n{\"name\":\"a\"}").is_ok());
    assert!(write("b.json", "name = 'a'").unwrap_err().contains("/b.json` is not JSON: line 1: "));
    assert!(write("b.toml", "{\"name\":\"a\"}").unwrap_err().contains("/b.toml` is not TOML: line 1: "));
    let absent = super::read::<Whole>(&folder.path().join("absent"), "The file").unwrap_err();
    assert!(absent.message().contains("/absent` cannot be read: "), "{}", absent.message());
}
