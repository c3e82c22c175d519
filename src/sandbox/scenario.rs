//! A scenario: settings and faults in a file, so that a pipeline can be tested against the same
//! faults again.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::faults::{Fault, parse_duration};
use crate::error::Error;
use crate::strict_json;

/// The content of `--scenario FILE`.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// The seed of the random numbers.
    pub seed: Option<u64>,
    /// From a change until it is live.
    pub redeploy_delay: Option<Duration>,
    /// Requests a second at the control plane.
    pub rate_limit: Option<u32>,
    /// In the order in which they apply.
    pub faults: Vec<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct ScenarioFile {
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
    /// {"seed": 7, "redeploy_delay": "2s", "rate_limit": 50,
    ///  "faults": ["reset-after POST /v1/functions/*/tokens"]}
    /// ```
    ///
    /// # Errors
    /// `INPUT_ERROR` that names what is wrong.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: ScenarioFile = strict_json::from_slice(text.as_bytes())
            .map_err(|error| Error::input(format!("The scenario is not valid: {error}")))?;
        let redeploy_delay = file.redeploy_delay.map(|text| {
            parse_duration(&text).ok_or_else(|| {
                Error::input(format!(
                    "The scenario is not valid: `redeploy_delay` is not a time such as `2s`: `{text}`"
                ))
            })
        });
        Ok(Self {
            seed: file.seed,
            redeploy_delay: redeploy_delay.transpose()?,
            rate_limit: file.rate_limit,
            faults: file.faults.iter().map(|spec| Fault::parse(spec)).collect::<Result<_, _>>()?,
        })
    }

    /// Reads a scenario's file.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it cannot be read, or as [`Scenario::parse`].
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
    fn an_error_names_what_is_wrong() {
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
