//! A scenario: settings and faults in a file, so that a pipeline can be tested against the same bad day again.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::faults::{Fault, parse_duration};
use crate::api::wire::strict_json;
use crate::error::Error;

/// What `--scenario FILE` holds.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Makes ids and values the same in every run.
    pub seed: Option<u64>,
    /// How long a change takes until it is live.
    pub redeploy_delay: Option<Duration>,
    /// How many requests the control plane takes a second.
    pub rate_limit: Option<u32>,
    /// The faults, in the order in which they come.
    pub faults: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    seed: Option<u64>,
    redeploy_delay: Option<String>,
    rate_limit: Option<u32>,
    #[serde(default)]
    faults: Vec<String>,
}

impl Scenario {
    /// Reads the JSON of a scenario:
    ///
    /// ```json
    /// {"seed": 7, "redeploy_delay": "2s", "rate_limit": 50, "faults": ["reset-after POST /v1/functions/*/tokens"]}
    /// ```
    ///
    /// # Errors
    /// `INPUT_ERROR` that says what makes no sense.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let written: Written = strict_json::from_slice(text.as_bytes())
            .map_err(|error| Error::input(format!("The scenario makes no sense: {error}")))?;
        let redeploy_delay = written.redeploy_delay.map(|text| {
            parse_duration(&text).ok_or_else(|| {
                Error::input(format!(
                    "The scenario makes no sense: `redeploy_delay` is not a time such as `2s`: `{text}`"
                ))
            })
        });
        Ok(Self {
            seed: written.seed,
            redeploy_delay: redeploy_delay.transpose()?,
            rate_limit: written.rate_limit,
            faults: written.faults.iter().map(|spec| Fault::parse(spec)).collect::<Result<_, _>>()?,
        })
    }

    /// Reads a scenario's file.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot be read or makes no sense.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&read_text(path)?)
    }
}

/// The text of a file that the user named.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::input(format!("`{}` cannot be read", path.display())).caused_by(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_settings_and_faults() {
        let text = r#"{"seed":7,"redeploy_delay":"2s","rate_limit":5,"faults":["status=503 x2","lag=1"]}"#;
        let scenario = Scenario::parse(text).unwrap();
        assert_eq!(scenario.seed, Some(7));
        assert_eq!(scenario.redeploy_delay, Some(Duration::from_secs(2)));
        assert_eq!(scenario.rate_limit, Some(5));
        assert_eq!(scenario.faults.len(), 2);
        assert!(Scenario::parse("{}").unwrap().faults.is_empty());
    }

    #[test]
    fn an_error_says_what_makes_no_sense() {
        for (text, word) in [
            (r#"{"fault":[]}"#, "`fault`"),
            (r#"{"redeploy_delay":"soon"}"#, "`soon`"),
            (r#"{"faults":["boom"]}"#, "`boom`"),
            ("{", "EOF"),
            ("[7, null, null, []]", "sequence"),
        ] {
            let message = Scenario::parse(text).unwrap_err().message();
            assert!(message.contains(word), "{message}");
        }
    }
}
