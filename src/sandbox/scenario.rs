//! A scenario: settings and faults in a file, so that a pipeline can be tested against the same
//! faults again.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::faults::Fault;
use crate::duration;
use crate::error::Error;
use crate::files;
use crate::strict_json;

/// The content of `--scenario FILE`.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
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
        let invalid = |what: String| Error::input(format!("The scenario is not valid: {what}"));
        let file: ScenarioFile =
            strict_json::from_slice(text.as_bytes()).map_err(|error| invalid(error.to_string()))?;
        let delay = |text: String| duration::parse(&text).map_err(|what| invalid(format!("`redeploy_delay`: {what}")));
        Ok(Self {
            seed: file.seed,
            redeploy_delay: file.redeploy_delay.map(delay).transpose()?,
            rate_limit: file.rate_limit,
            faults: file.faults.iter().map(|spec| Fault::parse(spec)).collect::<Result<_, _>>()?,
        })
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        Self::parse(&read_text(path)?)
    }
}

/// The text of a file that the user named.
fn read_text(path: &Path) -> Result<Zeroizing<String>, Error> {
    files::read_text(path)
        .map_err(|error| Error::input(format!("`{}` cannot be read", path.display())).caused_by(error))
}
