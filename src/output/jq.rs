//! `--jq`: a jq expression over the envelope, so that no `jq` need be installed.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};

use crate::error::Error;
use crate::exit::ErrorCode;

/// A compiled expression.
pub(crate) struct Filter(jaq_core::compile::Filter<jaq_core::Native<data::JustLut<Val>>>);

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Filter")
    }
}

impl Filter {
    /// Compiles an expression, before any request is sent.
    pub(super) fn compile(expression: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::input(format!("`--jq` is not a jq expression: `{expression}`"))
                .with_hint("for example `--jq .data.token`, or `--jq '.data[].id'`")
        };
        let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let defs = defs.filter(|def| !def.name.starts_with("halt"));
        // `halt` would end the process, with a token that nobody has seen left behind.
        let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs()).filter(|(name, ..)| *name != "halt");
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code: expression, path: () }).map_err(|_| wrong())?;
        Compiler::default().with_funs(funs).compile(modules).map(Self).map_err(|_| wrong())
    }

    /// Applies it to a JSON document: one line per output, strings raw.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if it fails on this document, gives null, or gives nothing.
    pub(super) fn apply(&self, document: &str) -> Result<String, Error> {
        let failed = |what: String| {
            Error::new(ErrorCode::UnknownError, format!("The `--jq` expression {what}"))
                .with_hint("`--json` shows the whole document")
        };
        let input = read::parse_single(document.as_bytes()).map_err(|_| failed("found no JSON".to_owned()))?;
        let ctx = Ctx::<data::JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let mut lines = String::new();
        for output in self.0.id.run((ctx, input)).map(unwrap_valr) {
            match output {
                Ok(Val::Null) => return Err(failed("gave null".to_owned())),
                Ok(Val::TStr(text)) => lines.push_str(&String::from_utf8_lossy(&text)),
                Ok(value) => lines.push_str(&value.to_string()),
                Err(error) => return Err(failed(format!("failed: {error}"))),
            }
            lines.push('\n');
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_strings_raw_and_the_rest_as_json() {
        let document = r#"{"data":[{"id":"tok_1","n":1},{"id":"tok_2","n":null}]}"#;
        for (expression, lines) in [
            (".data[].id", "tok_1\ntok_2\n"),
            (".data | length", "2\n"),
            (".data[0]", "{\"id\":\"tok_1\",\"n\":1}\n"),
            ("empty", ""),
            ("[.data[].id] | join(\",\")", "tok_1,tok_2\n"),
            (".data | map(select(.n == 1)) | .[].id", "tok_1\n"),
        ] {
            let filter = Filter::compile(expression).expect(expression);
            assert_eq!(filter.apply(document).expect(expression), lines, "{expression}");
        }
    }

    #[test]
    fn null_and_failures_are_errors() {
        for expression in [".data.token", ".nothing", ".data | keys | .nothing"] {
            let filter = Filter::compile(expression).expect(expression);
            assert_eq!(filter.apply(r#"{"data":"text"}"#).expect_err(expression).exit_status(), 1, "{expression}");
        }
        for expression in ["halt", "halt(0)", "halt_error", "if . then halt else . end"] {
            assert_eq!(Filter::compile(expression).expect_err(expression).exit_status(), 2, "{expression}");
        }
        assert_eq!(Filter::compile(".data[").expect_err("not jq").exit_status(), 2);
    }
}
