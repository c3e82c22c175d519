//! The kinds of fault and the words behind them, each a row: how it is written, what it does, an
//! example. The help, the man page, `docs/sandbox.md`, the completions and the parser use this one
//! table.

use super::fault::Fault;
use super::retry_after::RetryAfter;
use crate::duration;

/// A kind of fault.
pub(crate) struct Kind {
    /// What it begins with.
    pub(crate) name: &'static str,
    /// How it is read, and with it whether a value stands behind its name.
    read: Read,
    /// What happens, in the present tense.
    pub(crate) what: &'static str,
    /// A fault of this kind as it is typed, which a test runs.
    pub(crate) example: &'static str,
}

/// How the value behind a name is read; the text is what the value is called.
enum Read {
    Alone(fn() -> Fault),
    With(&'static str, fn(&str) -> Result<Fault, String>),
    MayHave(&'static str, fn() -> Fault, fn(&str) -> Result<Fault, String>),
}

impl Kind {
    /// How it is written: `status=N`, `html[=N]`, `reset-after`.
    pub(crate) fn form(&self) -> String {
        match self.read {
            Read::Alone(_) => self.name.to_owned(),
            Read::With(value, _) => format!("{}={value}", self.name),
            Read::MayHave(value, ..) => format!("{}[={value}]", self.name),
        }
    }

    /// Its beginning: `status=` where a value must follow, else the name alone.
    pub(crate) fn beginning(&self) -> String {
        if matches!(self.read, Read::With(..)) { format!("{}=", self.name) } else { self.name.to_owned() }
    }
}

/// Every kind, in the order of the stages in which they apply.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "delay",
        read: Read::With("TIME", |time| duration::parse(time).map(Fault::delay)),
        what: "Waits, then handles the request, even if the client has gone by then",
        example: "delay=200ms GET /v1/functions/* x3",
    },
    Kind {
        name: "hang-before",
        read: Read::Alone(Fault::hang_before),
        what: "Changes nothing and never answers",
        example: "hang-before GET /v1/me",
    },
    Kind {
        name: "status",
        read: Read::With("N", |status| of_status(status).map(Fault::status)),
        what: "Answers N (200 to 599) with an error in JSON; the platform never sees the request",
        example: "status=503 GET /v1/** x2",
    },
    Kind {
        name: "html",
        read: Read::MayHave("N", || Fault::html(BAD_GATEWAY), |status| of_status(status).map(Fault::html)),
        what: "Answers with an HTML page of status N (502), as a proxy before the platform does",
        example: "html=502 POST /v1/functions/*/tokens",
    },
    Kind {
        name: "redirect",
        read: Read::MayHave("URL", Fault::redirect, |address| Ok(Fault::redirect_to(address))),
        what: "Answers 307, to URL or to a path where every request is a violation",
        example: "redirect GET /v1/me",
    },
    Kind {
        name: "reset-before",
        read: Read::Alone(Fault::reset_before),
        what: "Resets the connection before anything is changed",
        example: "reset-before DELETE /v1/functions/*/tokens/*",
    },
    Kind {
        name: "key-ignored",
        read: Read::Alone(Fault::key_ignored),
        what: "Ignores the idempotency key of a POST, as if the platform did not know it",
        example: "key-ignored POST /v1/functions/*/tokens x*",
    },
    Kind {
        name: "redeploy-fails",
        read: Read::Alone(Fault::redeploy_fails),
        what: "The redeploy that the change starts fails",
        example: "redeploy-fails POST /v1/functions/*/tokens",
    },
    Kind {
        name: "redeploy-hangs",
        read: Read::Alone(Fault::redeploy_hangs),
        what: "The redeploy that the change starts builds until the next change supersedes it",
        example: "redeploy-hangs POST /v1/functions/*/tokens",
    },
    Kind {
        name: "lag",
        read: Read::With("N|TIME", |lag| match lag.parse() {
            Ok(requests) => Ok(Fault::lag(requests)),
            Err(_) => duration::parse(lag).map(Fault::lag_for),
        }),
        what: "The gateway learns of a live redeploy N requests, or this time, later",
        example: "lag=5 POST /v1/functions/*/tokens",
    },
    Kind {
        name: "reset-after",
        read: Read::Alone(Fault::reset_after),
        what: "Makes the change, then resets the connection: the answer is lost",
        example: "reset-after POST /v1/functions/*/tokens",
    },
    Kind {
        name: "status-after",
        read: Read::With("N", |status| of_status(status).map(Fault::status_after)),
        what: "Makes the change, then answers N with an error in its place",
        example: "status-after=504 POST /v1/functions/*/tokens",
    },
    Kind {
        name: "hang-after",
        read: Read::Alone(Fault::hang_after),
        what: "Makes the change and never answers",
        example: "hang-after POST /v1/functions/*/tokens",
    },
    Kind {
        name: "truncated",
        read: Read::Alone(Fault::truncated),
        what: "Sends half of the answer's body, and closes the connection",
        example: "truncated GET /v1/functions/*/tokens",
    },
    Kind {
        name: "garbled",
        read: Read::Alone(Fault::garbled),
        what: "Sends a body that is not JSON",
        example: "garbled GET /v1/functions",
    },
    Kind {
        name: "oversized",
        read: Read::Alone(Fault::oversized),
        what: "Sends a body of 10 MB",
        example: "oversized GET /v1/functions/*/deployments",
    },
    Kind {
        name: "replay",
        read: Read::Alone(Fault::replay),
        what: "Sends the last answer to another request of the same method and route, as a cache that mixes them up",
        example: "replay after=1 GET /v1/functions/*",
    },
    Kind {
        name: "patch",
        read: Read::With("JSON", |json| {
            let patch = serde_json::from_str(json).map_err(|error| format!("`{json}` is not JSON: {error}"))?;
            Ok(Fault::patch(patch))
        }),
        what: "Changes the answer by a JSON merge patch (RFC 7396), which is taken as it is, without quotes",
        example: r#"patch={"name": "some one else"} GET /v1/me"#,
    },
    Kind {
        name: "retry-after",
        read: Read::With("WHEN", |when| of_retry_after(when).map(Fault::add_retry_after)),
        what: "Adds `Retry-After` to the platform's own answer",
        example: "retry-after=1 GET /v1/functions/*/deployments/* x*",
    },
];

const BAD_GATEWAY: u16 = 502;

/// What may stand behind a kind, and what it means.
pub(crate) const WORDS: &[(&str, &str)] = &[
    ("METHOD", "Only requests of this method: GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS"),
    (
        "/PATH",
        "Only requests to this path, without its query: `*` stands for one segment, `**` for any number; a slash at \
         the end makes no difference, and `/fn/SLUG/…` is a function however it is reached",
    ),
    ("control, gateway", "Only requests to the control plane (`/v1/…`), to the gateway (`/fn/…`)"),
    ("xN, x*", "For the next N requests that match, for all of them; without it for one"),
    ("after=N", "Lets N requests that match pass first"),
    ("name=TEXT", "How the journal calls it; without it, its kind"),
    ("code=TEXT", "With `status`: the code in the body"),
    ("body=TEXT", "With `status`: the body, exactly"),
    (
        "retry-after=WHEN",
        "With `status`: the header `Retry-After`. WHEN is `120` (seconds), `imf+2s`, `rfc850+2s` or `asctime+2s` \
         (a time so far ahead, in each of the forms of HTTP), or any other text as it is",
    ),
];

/// The beginning of every kind and what it does, for completions.
pub(crate) fn fault_kinds() -> impl Iterator<Item = (String, &'static str)> {
    KINDS.iter().map(|kind| (kind.beginning(), kind.what))
}

/// Reads the first word of a fault.
pub(super) fn read(name: &str, value: Option<&str>) -> Result<Fault, String> {
    let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| format!("there is no fault `{name}`"))?;
    match (&kind.read, value) {
        (Read::Alone(make) | Read::MayHave(_, make, _), None) => Ok(make()),
        (Read::With(_, make) | Read::MayHave(_, _, make), Some(value)) => make(value),
        (Read::With(..), None) => Err(format!("`{name}` needs a value: `{}`", kind.form())),
        (Read::Alone(_), Some(_)) => Err(format!("`{name}` takes no value")),
    }
}

fn of_status(text: &str) -> Result<u16, String> {
    let status = text.parse().ok().filter(|status| (200..=599).contains(status));
    status.ok_or_else(|| format!("`{text}` is not a status from 200 to 599"))
}

/// `120`, `imf+2s`, `rfc850+2s`, `asctime+2s`; anything else is sent as it is.
pub(super) fn of_retry_after(text: &str) -> Result<RetryAfter, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_a_fault_of_its_kind() {
        for kind in KINDS {
            let fault = Fault::parse(kind.example).unwrap_or_else(|error| panic!("{}: {error}", kind.example));
            assert_eq!(fault.name, kind.name);
            assert!(kind.example.starts_with(&kind.beginning()), "{}", kind.example);
            assert!(kind.example.len() < 60 && kind.what.len() < 110 && !kind.what.ends_with('.'), "{}", kind.name);
        }
        assert!(KINDS.len() > 15);
    }

    #[test]
    fn every_word_that_is_explained_is_read() {
        for (form, _) in WORDS {
            for word in form.split(", ") {
                let word = match word {
                    "METHOD" => "GET".to_owned(),
                    "/PATH" => "/v1/**".to_owned(),
                    "xN" => "x3".to_owned(),
                    word => word.replace("=N", "=3").replace("=TEXT", "=text").replace("=WHEN", "=imf+2s"),
                };
                assert!(Fault::parse(&format!("status=503 {word}")).is_ok(), "{word}");
            }
        }
    }
}
