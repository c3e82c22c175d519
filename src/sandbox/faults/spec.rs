//! Faults as text, for `--fault` and scenario files.

use super::fault::{Fault, FaultKind, Interception};
use super::retry_after::RetryAfter;
use crate::duration;
use crate::error::Error;
use crate::sandbox::request_log::Plane;
use crate::typed_word;

const KINDS: &str = "status=N, html[=N], redirect[=URL], reset-before, reset-after, truncated, garbled, oversized, \
                     patch=JSON, retry-after=WHEN, delay=TIME, \
                     hang-before, hang-after, status-after=N, replay, redeploy-fails, redeploy-hangs, lag=N|TIME, key-ignored";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The planes and options.
const WORDS: [&str; 7] = ["control", "gateway", "name", "after", "code", "body", "retry-after"];
/// Every kind as it is begun: `status=` where a value must follow, else the name alone.
pub(crate) fn fault_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.split(',').map(str::trim).map(|form| match form.find(['[', '=']) {
        Some(at) if form[at..].starts_with('=') => &form[..=at],
        Some(at) => &form[..at],
        None => form,
    })
}

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
    /// patch='{"status":"paused"}' GET /v1/functions/*/tokens/*
    /// ```
    ///
    /// Words are split as a shell would. In a path `*` stands for one segment and `**` for any
    /// number. It is for one request unless `xN` says how many; `x*` is for all. `after=N` lets N
    /// requests that match pass first.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the wrong word.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        let wrong = |what: String| Error::input(format!("The fault `{spec}` is not valid: {what}"));
        let words = shlex::split(spec).ok_or_else(|| wrong("a quote is not closed".to_owned()))?;
        let (first, rest) = words.split_first().ok_or_else(|| wrong("it is empty".to_owned()))?;
        let mut fault = kind(first).map_err(|what| {
            let known = KINDS.split(", ").map(|kind| kind.split(['=', '[']).next().unwrap_or(kind));
            let meant = typed_word::similar("fault", name_of(first), known);
            meant.into_iter().fold(wrong(what), Error::with_hint).with_hint(format!("a fault is one of {KINDS}"))
        })?;
        for word in rest {
            fault = narrowed(fault, word).map_err(|what| {
                let known = METHODS.iter().chain(&WORDS).copied();
                typed_word::similar("word", name_of(word), known).into_iter().fold(wrong(what), Error::with_hint)
            })?;
        }
        fault.spec = Some(spec.trim().to_owned());
        Ok(fault)
    }
}

/// What stands before the value.
fn name_of(word: &str) -> &str {
    word.split('=').next().unwrap_or(word)
}

fn kind(word: &str) -> Result<Fault, String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
    Ok(match (name, value) {
        ("status", Some(value)) => Fault::status(status(value)?),
        ("html", None) => Fault::html(502),
        ("html", Some(value)) => Fault::html(status(value)?),
        ("redirect", None) => Fault::redirect(),
        ("redirect", Some(address)) => Fault::redirect_to(address),
        ("reset-before", None) => Fault::reset_before(),
        ("reset-after", None) => Fault::reset_after(),
        ("truncated", None) => Fault::truncated(),
        ("garbled", None) => Fault::garbled(),
        ("oversized", None) => Fault::oversized(),
        ("patch", Some(value)) => {
            Fault::patch(serde_json::from_str(value).map_err(|error| format!("`{value}` is not JSON: {error}"))?)
        }
        ("retry-after", Some(value)) => Fault::add_retry_after(retry_after(value)?),
        ("hang-before", None) => Fault::hang_before(),
        ("hang-after", None) => Fault::hang_after(),
        ("status-after", Some(value)) => Fault::status_after(status(value)?),
        ("replay", None) => Fault::replay(),
        ("delay", Some(value)) => Fault::delay(duration::parse(value)?),
        ("redeploy-fails", None) => Fault::redeploy_fails(),
        ("redeploy-hangs", None) => Fault::redeploy_hangs(),
        ("lag", Some(value)) => match value.parse() {
            Ok(requests) => Fault::lag(requests),
            Err(_) => Fault::lag_for(duration::parse(value)?),
        },
        ("key-ignored", None) => Fault::key_ignored(),
        ("status" | "status-after" | "patch" | "retry-after" | "delay" | "lag", None) => {
            return Err(format!("`{name}` needs a value"));
        }
        (_, Some(_)) if kind(name).is_ok() => return Err(format!("`{name}` takes no value")),
        _ => return Err(format!("there is no fault `{name}`")),
    })
}

fn narrowed(mut fault: Fault, word: &str) -> Result<Fault, String> {
    if METHODS.contains(&word) {
        return Ok(fault.method(word));
    }
    if word.starts_with('/') {
        fault.path = Some(glob::Pattern::new(word).map_err(|error| format!("`{word}` is not a pattern: {error}"))?);
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
            return Ok(fault.retry_after(retry_after(value)?));
        }
        ("code" | "body" | "retry-after", _) => return Err(format!("`{option}` goes with `status` alone")),
        _ => return Err(format!("there is no option `{option}`")),
    }
    Ok(fault)
}

/// `120`, `imf+2s`, `rfc850+2s`, `asctime+2s`; anything else is sent as it is.
fn retry_after(text: &str) -> Result<RetryAfter, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(RetryAfter::Seconds(seconds));
    }
    match text.split_once('+') {
        Some(("imf", ahead)) => Ok(RetryAfter::ImfFixdate(duration::parse(ahead)?)),
        Some(("rfc850", ahead)) => Ok(RetryAfter::Rfc850(duration::parse(ahead)?)),
        Some(("asctime", ahead)) => Ok(RetryAfter::Asctime(duration::parse(ahead)?)),
        _ => Ok(RetryAfter::Text(text.to_owned())),
    }
}

fn status(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| (200..=599).contains(status));
    status.ok_or_else(|| format!("`{text}` is not a status from 200 to 599"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sandbox::faults::{Alteration, Delay};
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
        for kind in fault_kinds() {
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
            ("patch={", "`{`"),
            ("reset-after post", "`post`"),
            ("reset-after x0", "`x0`"),
            ("reset-after xyz", "`xyz`"),
            ("reset-after /a[", "`/a[`"),
            ("reset-after code=X", "`code` goes with `status` alone"),
            ("reset-after depth=3", "`depth`"),
            ("reset-after after=two", "`after=two`"),
            ("status-after", "`status-after` needs a value"),
            ("status=503 body='x", "quote"),
        ] {
            let error = Fault::parse(spec).unwrap_err();
            assert_eq!(error.code(), crate::exit::ErrorCode::InputError);
            assert!(error.message().contains(word), "{spec}: {}", error.message());
        }
    }
}
