//! JSON that a person wrote: an error names the key and what belongs there.

use serde::de::DeserializeOwned;

use crate::strict_json;

/// Reads it; else says what is wrong, without the value that stands there: it may be a secret.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    strict_json::from_slice_with_path(text.as_bytes()).map_err(|(path, error)| {
        let (line, column) = (error.line(), error.column());
        let said = error.to_string();
        let said = said.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&said);
        let place = if path == "." { String::new() } else { format!("`{path}`: ") };
        format!("{place}{} (line {line}, column {column})", in_plain_words(said))
    })
}

/// What serde says, without the names of its types and the value that it found.
fn in_plain_words(said: &str) -> String {
    let found = ["invalid type: ", "invalid value: "].iter().find_map(|begin| said.strip_prefix(begin));
    let Some((found, expected)) = found.and_then(|found| found.rsplit_once(", expected ")) else {
        return said.to_owned();
    };
    let expected = match expected {
        "a boolean" => "true or false",
        "a sequence" => "an array",
        "a map" => "an object",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        other => other,
    };
    let found = match found.split([' ', '`']).next().unwrap_or_default() {
        "string" | "character" => "a string",
        "integer" | "floating" | "number" => "a number",
        "boolean" => "true or false",
        "sequence" => "an array",
        "map" => "an object",
        "null" | "unit" | "Option" => "null",
        _ => "something else",
    };
    if said.starts_with("invalid value: ") {
        format!("expected {expected}")
    } else {
        format!("expected {expected}, not {found}")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, expecting = "an object")]
    #[allow(dead_code, reason = "only its errors are looked at")]
    struct Inner {
        name: String,
        #[serde(default)]
        on: bool,
        count: Option<u32>,
        list: Option<Vec<f64>>,
    }

    #[test]
    fn an_error_names_the_key_and_what_belongs_there() {
        for (text, said) in [
            (r#"[{"name":"a","on":"hunter2, expected x"}]"#, "`[0].on`: expected true or false, not a string"),
            (r#"[{"name":true}]"#, "`[0].name`: expected a string, not true or false"),
            (r#"[{"name":null}]"#, "`[0].name`: expected a string, not null"),
            (r#"[{"name":{}}]"#, "`[0].name`: expected a string, not an object"),
            (r#"[{"name":"a","count":-1}]"#, "`[0].count`: expected a whole number that is not negative"),
            (
                r#"[{"name":"a","count":1.5}]"#,
                "`[0].count`: expected a whole number that is not negative, not a number",
            ),
            (r#"[{"name":"a","list":[1,"2"]}]"#, "`[0].list[1]`: expected a number, not a string"),
            (r#"[{"on":true}]"#, "`[0]`: missing field `name`"),
            (r#"[{"name":"a","nam":1}]"#, "`[0].nam`: unknown field `nam`"),
            (r#"[["a"]]"#, "`[0]`: expected an object, not an array"),
            ("{}", "expected an array, not an object"),
            ("[", "EOF while parsing a list (line 1, column 1)"),
        ] {
            let error = read::<Vec<Inner>>(text).expect_err(text);
            assert!(error.starts_with(said), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
