//! A scenario: settings and faults in a file, so that a pipeline can be tested against the same
//! faults again. Some come with the program.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::faults::Fault;
use super::user_file;
use crate::duration;
use crate::error::Error;

/// How errors name it.
const WHAT: &str = "The scenario";

/// The content of `--scenario FILE`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
pub struct Scenario {
    pub seed: Option<u64>,
    /// From a change until it is live.
    #[serde(default, deserialize_with = "typed_duration")]
    pub redeploy_delay: Option<Duration>,
    /// Requests a second at the control plane.
    #[serde(default, deserialize_with = "positive")]
    pub rate_limit: Option<u32>,
    /// How far the clock of the sandbox is ahead of this machine's.
    #[serde(default, deserialize_with = "typed_duration")]
    pub clock_ahead: Option<Duration>,
    /// In the order in which they apply.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// A duration as the command line takes it.
fn typed_duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| duration::parse(&text)).transpose().map_err(serde::de::Error::custom)
}

/// A limit of 0 would let nothing through, as `--rate-limit` says.
fn positive<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    match Option::<u32>::deserialize(deserializer)? {
        Some(0) => Err(serde::de::Error::custom("expected a whole number from 1, found `0`")),
        limit => Ok(limit),
    }
}

/// A fault as it is written for `--fault`.
impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spec = String::deserialize(deserializer)?;
        Self::parse(&spec).map_err(|error| {
            let hints = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            serde::de::Error::custom(format_args!("{}{hints}", error.message()))
        })
    }
}

impl Scenario {
    /// Reads a scenario, in JSON or TOML:
    ///
    /// ```toml
    /// seed = 7
    /// redeploy_delay = "2s"
    /// rate_limit = 50
    /// faults = ["reset-after POST /v1/functions/*/tokens"]
    /// ```
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the key and what is expected there.
    pub fn parse(text: &str) -> Result<Self, Error> {
        user_file::parse(text, WHAT)
    }

    /// Reads a file; its ending says whether it is TOML or JSON.
    ///
    /// # Errors
    /// As [`Scenario::parse`]; and if the file cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        user_file::read(path, WHAT)
    }

    /// A scenario that comes with the program; nothing if none has this name.
    ///
    /// # Errors
    /// As [`Scenario::parse`], but a test reads them all.
    pub fn named(name: &str) -> Option<Result<Self, Error>> {
        let named = NAMED.iter().find(|named| named.name == name)?;
        Some(Self::parse(named.text).map(|scenario| {
            let faults = scenario.faults.into_iter().map(|fault| fault.in_scenario(named.name)).collect();
            Self { faults, ..scenario }
        }))
    }
}

/// A scenario that comes with the program.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: &'static str,
    /// What happens in it.
    pub(crate) what: &'static str,
    /// What a pipeline does wrong that fails in it.
    pub(crate) finds: &'static str,
    /// As a file would have it.
    pub(crate) text: &'static str,
}

pub(crate) const NAMED: [Named; 5] = [
    Named {
        name: "lost-answers",
        what: "The platform makes a change, and its answer is lost: a reset, half of a body, a 502 or a 504",
        finds: "commands that send the request again without an idempotency key, which ends in a 409 or in a second token, and commands that give up",
        text: include_str!("scenarios/lost-answers.toml"),
    },
    Named {
        name: "flaky",
        what: "Single requests fail in every way that passes: 500, 502, 503, an HTML page, a reset, a delay",
        finds: "commands without retries, and steps whose failure nobody sees",
        text: include_str!("scenarios/flaky.toml"),
    },
    Named {
        name: "slow-redeploys",
        what: "A change takes two seconds until it is live, and the gateway learns of it two requests later",
        finds: "a new token that is used without `--wait`, and a revoked one that is believed to be dead",
        text: include_str!("scenarios/slow-redeploys.toml"),
    },
    Named {
        name: "rate-limited",
        what: "The control plane takes five requests a second, and answers some with 429 or 503 and `Retry-After`",
        finds: "loops that ask without a pause, and clients that do not read `Retry-After` in all its forms",
        text: include_str!("scenarios/rate-limited.toml"),
    },
    Named {
        name: "clock-skew",
        what: "The platform's clock is two hours ahead of this machine's; `Retry-After` is a time of its clock",
        finds: "times of the platform that are held against `date` of this machine",
        text: include_str!("scenarios/clock-skew.toml"),
    },
];

/// The names of those that come with the program, and what happens in each.
pub(crate) fn scenarios() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMED.iter().map(|named| (named.name, named.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_scenario_is_read() {
        for named in &NAMED {
            let scenario = Scenario::named(named.name).unwrap().unwrap();
            assert!(!scenario.faults.is_empty() && scenario.seed.is_some(), "{}", named.name);
        }
        assert!(Scenario::named("nothing").is_none());
    }

    #[test]
    fn an_error_names_the_key() {
        for (text, said) in [
            (r#"{"fault": []}"#, "there is no key `fault`; the keys here are `seed`, `redeploy_delay`,"),
            (r#"{"redeploy_delay": "soon"}"#, "`redeploy_delay`: `soon` is not a duration such as"),
            (r#"{"redeploy_delay": 3}"#, "`redeploy_delay`: expected a text, found `3`"),
            ("clock_ahead = true", "`clock_ahead`: expected a text, found `true`"),
            ("rate_limit = 0", "`rate_limit`: expected a whole number from 1, found `0`"),
            ("seed = -1", "`seed`: expected a whole number from 0 to"),
            (
                r#"{"faults": ["delay=1s", "boom"]}"#,
                "`faults[1]`: The fault `boom` is not valid: there is no fault `boom`",
            ),
            ("faults = 'delay=1s'", "`faults`: expected an array, found a text"),
            ("faults = [['delay=1s']]", "`faults[0]`: expected a text, found an array"),
            ("{", "The scenario is not JSON: line 1: it ends too early"),
            ("[7]", "The scenario is not valid: there is no key `7`"),
        ] {
            let message = Scenario::parse(text).unwrap_err().message();
            assert!(message.contains(said), "{text}: {message}");
        }
    }
}
