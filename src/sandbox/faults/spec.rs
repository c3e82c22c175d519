//! Faults as text, for `--fault` and scenario files.

use serde_json::Value;

use super::fault::{Fault, FaultKind, Interception};
use super::kinds::{self, KINDS, Kind};
use super::script::without_last_slash;
use crate::error::Error;
use crate::sandbox::request_log::Plane;
use crate::typed_word;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The planes and options.
const WORDS: [&str; 7] = ["control", "gateway", "name", "after", "code", "body", "retry-after"];

impl Fault {
    /// Reads a fault as it is written for `--fault`.
    ///
    /// ```text
    /// KIND[=VALUE] [OPTION=VALUE]… [control|gateway] [METHOD] [/PATH] [xN|x*]
    ///
    /// status=503 POST /v1/functions/*/tokens x2
    /// status=429 retry-after=imf+2s
    /// delay=2s GET
    /// reset-after POST /v1/functions/*/tokens
    /// lag=5 x*
    /// retry-after=2 GET /v1/functions/*/deployments/* x*
    /// patch={"status": "paused"} GET /v1/functions/*/tokens/*
    /// ```
    ///
    /// Words are split as a shell would; the JSON of `patch=` is taken as it is. In a path `*`
    /// stands for one segment and `**` for any number; a slash at the end makes no difference. It
    /// is for one request unless `xN` says how many; `x*` is for all. `after=N` lets N requests
    /// that match pass first.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the wrong word.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        let wrong = |what: String| Error::input(format!("The fault `{spec}` is not valid: {what}"));
        let (mut fault, words) = if let Some((patch, rest)) = raw_patch(spec).map_err(wrong)? {
            (Self::patch(patch), split(rest).map_err(wrong)?)
        } else {
            let mut words = split(spec).map_err(wrong)?;
            if words.is_empty() {
                return Err(wrong("it is empty".to_owned()));
            }
            let first = words.remove(0);
            (kind(&first).map_err(|what| with_kinds(wrong(what), &first))?, words)
        };
        let mut roles = Vec::new();
        for word in &words {
            let role = role(word);
            if roles.contains(&role) {
                return Err(wrong(format!("`{word}` is a second {role}")));
            }
            roles.push(role);
            fault = narrowed(fault, word).map_err(|what| {
                let known = METHODS.iter().chain(&WORDS).copied();
                typed_word::similar("word", name_of(word), known).into_iter().fold(wrong(what), Error::with_hint)
            })?;
        }
        fault.spec = Some(spec.trim().to_owned());
        Ok(fault)
    }
}

fn split(words: &str) -> Result<Vec<String>, String> {
    shlex::split(words).ok_or_else(|| "a quote is not closed".to_owned())
}

/// `patch=` and JSON that no quote protects, and the words behind it. JSON in quotes is left to
/// the shell's rules, by which it was always read.
fn raw_patch(spec: &str) -> Result<Option<(Value, &str)>, String> {
    let Some(json) = spec.trim_start().strip_prefix("patch=") else { return Ok(None) };
    let of_shell = split(json).ok().and_then(|words| words.into_iter().next());
    let is_of_shell = of_shell.is_some_and(|word| serde_json::from_str::<Value>(&word).is_ok());
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<Value>();
    let patch = match values.next() {
        None => return Err("`patch` needs a value: `patch=JSON`".to_owned()),
        Some(_) if is_of_shell && json.starts_with(['\'', '"']) => return Ok(None),
        Some(Err(_)) if is_of_shell => return Ok(None),
        Some(Err(error)) => return Err(format!("what stands behind `patch=` is not JSON: {error}")),
        Some(Ok(patch)) => patch,
    };
    let rest = &json[values.byte_offset()..];
    if rest.is_empty() || rest.starts_with(char::is_whitespace) {
        return Ok(Some((patch, rest)));
    }
    Err("a blank must stand behind the JSON of `patch=`".to_owned())
}

/// The error about a first word: with an example of its kind, or with the kinds that there are.
fn with_kinds(error: Error, word: &str) -> Error {
    if let Some(kind) = KINDS.iter().find(|kind| kind.name == name_of(word)) {
        return error.with_hint(format!("for example `{}`", kind.example));
    }
    let meant = typed_word::similar("fault", name_of(word), KINDS.iter().map(|kind| kind.name));
    let forms = KINDS.iter().map(Kind::form).collect::<Vec<_>>().join(", ");
    meant
        .into_iter()
        .fold(error, Error::with_hint)
        .with_hint(format!("a fault is one of {forms}"))
        .with_hint("`jelou sandbox faults --help` explains them")
}

/// What stands before the value.
fn name_of(word: &str) -> &str {
    word.split('=').next().unwrap_or(word)
}

fn kind(word: &str) -> Result<Fault, String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    kinds::read(name, value)
}

/// What a word behind the kind says. Each is said once: of two that differ one would not count.
fn role(word: &str) -> String {
    match word.split_once('=') {
        _ if METHODS.contains(&word) => "method".to_owned(),
        _ if word.starts_with('/') => "path".to_owned(),
        _ if ["control", "gateway"].contains(&word) => "plane".to_owned(),
        Some((option, _)) => format!("`{option}`"),
        None if word.starts_with('x') => "count".to_owned(),
        None => word.to_owned(),
    }
}

fn narrowed(mut fault: Fault, word: &str) -> Result<Fault, String> {
    if METHODS.contains(&word) {
        return Ok(fault.method(word));
    }
    if word.starts_with('/') {
        fault.path = Some(
            glob::Pattern::new(without_last_slash(word))
                .map_err(|error| format!("`{word}` is not a pattern: {error}"))?,
        );
        return Ok(fault);
    }
    if let Some(option) = word.split_once('=') {
        return with_option(fault, word, option);
    }
    match (word, word.strip_prefix('x')) {
        ("control", _) => Ok(fault.on(Plane::Control)),
        ("gateway", _) => Ok(fault.on(Plane::Gateway)),
        (_, Some("*")) => Ok(fault.always()),
        (_, Some(count)) => match count.parse() {
            Ok(count) if count > 0 => Ok(fault.times(count)),
            _ => Err(format!("`{word}` is not `x` and how many requests it is for")),
        },
        _ => Err(format!("`{word}` is neither a method, nor a path that begins with `/`, nor `xN`")),
    }
}

fn with_option(mut fault: Fault, word: &str, (option, value): (&str, &str)) -> Result<Fault, String> {
    let text = value.to_owned();
    match (option, &mut fault.kind) {
        ("name", _) => return Ok(fault.named(text)),
        ("after", _) => match value.parse() {
            Ok(count) => return Ok(fault.after(count)),
            Err(_) => return Err(format!("`{word}` is not `after=` and how many requests pass first")),
        },
        ("code", FaultKind::Intercept(Interception::Status { code, .. })) => *code = Some(text),
        ("body", FaultKind::Intercept(Interception::Status { body, .. })) => *body = Some(text),
        ("retry-after", FaultKind::Intercept(Interception::Status { .. })) => {
            return Ok(fault.retry_after(kinds::of_retry_after(value)?));
        }
        ("code" | "body" | "retry-after", _) => return Err(format!("`{option}` goes with `status` alone")),
        _ => return Err(format!("there is no option `{option}`")),
    }
    Ok(fault)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::faults::{Alteration, Delay, RetryAfter, fault_kinds};
    use crate::sandbox::state::{BuildResult, Lag};

    #[test]
    fn every_kind_is_read() {
        let status = |retry_after| Interception::Status { status: 429, code: None, body: None, retry_after };
        for (spec, expected) in [
            ("status=429", FaultKind::Intercept(status(None))),
            ("status=429 retry-after=7", FaultKind::Intercept(status(Some(RetryAfter::Seconds(7))))),
            (
                "status=429 retry-after=rfc850+2s",
                FaultKind::Intercept(status(Some(RetryAfter::Rfc850(Duration::from_secs(2))))),
            ),
            ("status=429 retry-after=soon", FaultKind::Intercept(status(Some(RetryAfter::Text("soon".to_owned()))))),
            ("html", FaultKind::Intercept(Interception::Html(502))),
            ("html=200", FaultKind::Intercept(Interception::Html(200))),
            ("redirect", FaultKind::Intercept(Interception::Redirect(None))),
            ("redirect=http://h:1/x", FaultKind::Intercept(Interception::Redirect(Some("http://h:1/x".to_owned())))),
            ("reset-before", FaultKind::Intercept(Interception::Reset)),
            ("reset-after", FaultKind::Alter(Alteration::Reset)),
            ("truncated", FaultKind::Alter(Alteration::Truncated)),
            ("garbled", FaultKind::Alter(Alteration::Garbled)),
            ("oversized", FaultKind::Alter(Alteration::Oversized)),
            (r#"patch='{"a":1}'"#, FaultKind::Alter(Alteration::Patch(serde_json::json!({"a": 1})))),
            (
                r#"patch={"a": [1, "b c"]} GET"#,
                FaultKind::Alter(Alteration::Patch(serde_json::json!({"a": [1, "b c"]}))),
            ),
            ("delay=1m", FaultKind::Delay(Delay::Time(Duration::from_secs(60)))),
            ("hang-before", FaultKind::Delay(Delay::Release)),
            ("hang-after", FaultKind::Alter(Alteration::Held)),
            ("status-after=304", FaultKind::Alter(Alteration::Status(304))),
            ("replay", FaultKind::Alter(Alteration::Replay)),
            ("retry-after=2", FaultKind::Alter(Alteration::RetryAfter(RetryAfter::Seconds(2)))),
            ("redeploy-fails", FaultKind::Redeploy(BuildResult::Fails)),
            ("redeploy-hangs", FaultKind::Redeploy(BuildResult::Hangs)),
            ("lag=5", FaultKind::Lag(Lag::Requests(5))),
            ("lag=5s", FaultKind::Lag(Lag::Time(jiff::SignedDuration::from_secs(5)))),
            ("key-ignored", FaultKind::KeyIgnored),
        ] {
            assert_eq!(Fault::parse(spec).unwrap().kind, expected, "{spec}");
        }
    }

    #[test]
    fn every_kind_that_is_offered_is_read() {
        for (kind, _) in fault_kinds() {
            let values = if kind.ends_with('=') { &["503", "2s", "{}"][..] } else { &[""] };
            let is_read = values.iter().any(|value| Fault::parse(&format!("{kind}{value}")).is_ok());
            assert!(is_read, "{kind}");
        }
        assert!(fault_kinds().count() > 15);
    }

    #[test]
    fn the_words_behind_the_kind_may_come_in_any_order() {
        let fault = Fault::parse("status=503 x3 name=flaky gateway /fn/** POST code=X body='a b'").unwrap();
        assert_eq!(fault.name, "flaky");
        assert_eq!(fault.left, Some(3));
        assert_eq!(fault.plane, Some(Plane::Gateway));
        assert_eq!(fault.method.as_deref(), Some("POST"));
        assert_eq!(fault.path.unwrap().as_str(), "/fn/**");
        assert_eq!(Fault::parse("status=503 after=4 x2").unwrap().passing, 4);
        assert_eq!(Fault::parse("status=503 x*").unwrap().left, None);
        assert_eq!(Fault::parse("status=503").unwrap().left, Some(1));
    }

    /// However its JSON is quoted, it is the same patch, and the words behind it count.
    #[test]
    fn a_patch_is_taken_as_it_is() {
        for spec in [
            r#"patch={"a":"b c","d":"it's \"x\""} GET /v1/me x2"#,
            r#" patch={ "a": "b c", "d": "it's \"x\"" }   x2 GET /v1/me "#,
            r#"patch='{"a":"b c","d":"it\u0027s \"x\""}' GET /v1/me x2"#,
            "patch={\n\"a\": \"b c\",\n\"d\": \"it's \\\"x\\\"\"}\nGET /v1/me\nx2",
            r#"patch="{\"a\":\"b c\",\"d\":\"it's \\\"x\\\"\"}" GET /v1/me x2"#,
        ] {
            let fault = Fault::parse(spec).unwrap_or_else(|error| panic!("{spec}: {error}"));
            let expected = serde_json::json!({"a": "b c", "d": "it's \"x\""});
            assert_eq!(fault.kind, FaultKind::Alter(Alteration::Patch(expected)), "{spec}");
            assert_eq!((fault.method.as_deref(), fault.left), (Some("GET"), Some(2)), "{spec}");
            assert_eq!(fault.path.unwrap().as_str(), "/v1/me", "{spec}");
            assert_eq!(fault.spec.as_deref(), Some(spec.trim()));
        }
        for spec in ["patch=null", "patch=[1, 2]", r#"patch="text""#, "patch=3 x*"] {
            assert!(Fault::parse(spec).is_ok(), "{spec}");
        }
        for spec in ["patch=", "patch={", r#"patch={"a":1}x2"#, "patch={} nonsense", "patch=text"] {
            assert!(Fault::parse(spec).is_err(), "{spec}");
        }
    }

    #[test]
    fn an_error_names_the_wrong_word() {
        for (spec, word) in [
            ("", "empty"),
            ("boom", "`boom`"),
            ("status", "`status` needs a value"),
            ("status=99", "`99`"),
            ("status=abc", "`abc`"),
            ("garbled=1", "`garbled` takes no value"),
            ("delay=soon", "`soon`"),
            ("patch={", "what stands behind `patch=` is not JSON"),
            ("patch=", "`patch` needs a value"),
            (r#"patch={"a": yes} GET"#, "what stands behind `patch=` is not JSON"),
            ("patch={}x2", "a blank must stand behind"),
            ("reset-after post", "`post`"),
            ("reset-after x0", "`x0`"),
            ("reset-after xyz", "`xyz`"),
            ("reset-after /a[", "`/a[`"),
            ("reset-after code=X", "`code` goes with `status` alone"),
            ("reset-after depth=3", "`depth`"),
            ("reset-after after=two", "`after=two`"),
            ("status-after", "`status-after` needs a value"),
            ("status=503 body='x", "quote"),
            ("status=503 GET POST", "`POST` is a second method"),
            ("status=503 /a /b", "`/b` is a second path"),
            ("status=503 control gateway", "`gateway` is a second plane"),
            ("status=503 x2 x*", "`x*` is a second count"),
            ("status=503 after=1 after=2", "`after=2` is a second `after`"),
            ("status=503 code=A code=B", "`code=B` is a second `code`"),
            ("patch={} GET GET", "`GET` is a second method"),
        ] {
            let error = Fault::parse(spec).unwrap_err();
            assert_eq!(error.code(), crate::exit::ErrorCode::InputError);
            assert!(error.message().contains(word), "{spec}: {}", error.message());
        }
    }
}
