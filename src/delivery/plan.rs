//! The plan: all sinks of a run, from the options to the last clean-up.

use serde_json::json;

use super::Surroundings;
use super::sink::Sink;
use super::spec;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// All sinks of a run, in the order given.
pub struct Plan {
    sinks: Vec<Sink>,
}

/// A sink that may still hold the value of a token that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUndone {
    /// The sink, as in `delivered_to`.
    pub sink: String,
    /// Why it could not be undone.
    pub reason: String,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.labels()).finish()
    }
}

impl Plan {
    /// Reads the `--to` options; none means `stdout`. `force` lets `file:` replace an existing file.
    ///
    /// # Errors
    /// `INPUT_ERROR` if one is not known or makes no sense, or if two of them name the same place.
    pub fn parse(specs: &[String], force: bool) -> Result<Self, Error> {
        let mut sinks: Vec<Sink> = Vec::new();
        for spec in specs {
            let sink = spec::parse(spec, force)?;
            if let Some(earlier) = sinks.iter().find(|earlier| earlier.place().overlaps(&sink.place())) {
                return Err(Error::input(format!(
                    "`--to {}` and `--to {}` write to the same place",
                    earlier.label(),
                    sink.label()
                )));
            }
            sinks.push(sink);
        }
        if sinks.is_empty() {
            sinks.push(Sink::Stdout);
        }
        Ok(Self { sinks })
    }

    /// Whether the value is to be printed. The printing is not done here.
    pub fn has_stdout(&self) -> bool {
        self.sinks.iter().any(|sink| matches!(sink, Sink::Stdout))
    }

    /// What `delivered_to` says once everything, standard output included, is written.
    pub fn labels(&self) -> Vec<String> {
        self.sinks.iter().map(Sink::label).collect()
    }

    /// Tries every sink as far as that is possible without a value. Leaves no trace.
    ///
    /// # Errors
    /// `INPUT_ERROR` for the first sink that would fail, or what the platform said about a function's secret.
    pub async fn check(&mut self, around: &mut Surroundings<'_>) -> Result<Vec<Warning>, Error> {
        let mut warnings: Vec<Warning> = Vec::new();
        for sink in &mut self.sinks {
            for warning in sink.check(around).await? {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
        Ok(warnings)
    }

    /// Writes the value to every sink but standard output, in order, and returns what `delivered_to` says once that is
    /// written too.
    ///
    /// # Errors
    /// `DELIVERY_ERROR` for the first sink that fails. It and those before it have been undone by then; `details` names
    /// the sink, and in `not_undone` each one that may still hold the value.
    pub async fn hand_over(
        &mut self,
        token: &RuntimeToken,
        around: &mut Surroundings<'_>,
    ) -> Result<Vec<String>, Error> {
        for index in 0..self.sinks.len() {
            if let Err(cause) = self.sinks[index].write(token, around).await {
                let label = self.sinks[index].label();
                let not_undone = self.undo(around).await;
                return Err(not_handed_over(&label, &cause, token, &not_undone));
            }
        }
        Ok(self.labels())
    }

    /// Takes back whatever was written, last sink first, and returns what could not be. Does nothing the second time.
    pub async fn undo(&mut self, around: &mut Surroundings<'_>) -> Vec<NotUndone> {
        let mut not_undone = Vec::new();
        for sink in self.sinks.iter_mut().rev() {
            if let Err(cause) = sink.undo(around).await {
                not_undone.push(NotUndone { sink: sink.label(), reason: format!("{cause:#}") });
            }
        }
        not_undone
    }

    /// Throws away what undoing would have needed, such as the content that a file had before.
    pub fn settle(&mut self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for sink in &mut self.sinks {
            if let Err(cause) = sink.settle() {
                let message = format!("`{}` is written, but not tidied up: {cause:#}", sink.label());
                warnings.push(Warning::new("SINK_NOT_SETTLED", message));
            }
        }
        warnings
    }
}

#[allow(clippy::disallowed_methods, reason = "the sink")]
fn not_handed_over(label: &str, cause: &anyhow::Error, token: &RuntimeToken, not_undone: &[NotUndone]) -> Error {
    let mut reason = format!("{cause:#}");
    if reason.contains(token.secret().expose()) {
        "the reason repeats the value and is withheld".clone_into(&mut reason);
    }
    let left: Vec<_> = not_undone.iter().map(|left| json!({"sink": left.sink, "reason": left.reason})).collect();
    let error =
        Error::new(ErrorCode::DeliveryError, format!("The new token could not be handed over to `{label}`: {reason}"))
            .with_details(json!({"sink": label, "not_undone": left}));
    if not_undone.is_empty() {
        return error;
    }
    let names: Vec<_> = not_undone.iter().map(|left| format!("`{}`", left.sink)).collect();
    error.with_hint(format!("remove the value from {}, which could not be undone", names.join(", ")))
}
