//! All sinks of a run, from the options to the last clean-up.

use serde::Serialize;

use super::kinds;
use super::sink::{Sink, SinkContext, Stdout};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

/// All sinks of a run, in the order given.
pub(crate) struct SinkSet {
    sinks: Vec<Box<dyn Sink>>,
}

/// A sink that may still hold the value of a token that was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotUndone {
    /// As in `delivered_to`.
    pub sink: String,
    /// Why it could not be undone.
    pub reason: String,
}

impl SinkSet {
    /// Reads the `--to` options; none means `stdout`. `force` lets `file:` replace an existing
    /// file. Two of one target are refused.
    pub(crate) fn parse(specs: &[String], force: bool, context: &SinkContext) -> Result<Self, Error> {
        let none = [Stdout::LABEL.to_owned()];
        let specs = if specs.is_empty() { &none } else { specs };
        let mut set = Self::none();
        for spec in specs {
            set.push(kinds::parse(spec, force, context)?)?;
        }
        // What is printed without being a sink would still stand between the lines of that file.
        let stdout = Stdout.target();
        if let Some(sink) =
            set.sinks.iter().find(|sink| sink.label() != Stdout::LABEL && sink.target().conflicts_with(&stdout))
        {
            let label = sink.label();
            return Err(Error::input(format!("`--to {label}` and the output of this command have the same target")));
        }
        Ok(set)
    }

    pub(crate) fn none() -> Self {
        Self { sinks: Vec::new() }
    }

    fn push(&mut self, sink: Box<dyn Sink>) -> Result<(), Error> {
        let target = sink.target();
        if let Some(earlier) = self.sinks.iter().find(|earlier| earlier.target().conflicts_with(&target)) {
            let (one, two) = (earlier.label(), sink.label());
            return Err(Error::input(format!("`--to {one}` and `--to {two}` have the same target")));
        }
        self.sinks.push(sink);
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn of(sink: Box<dyn Sink>) -> Self {
        Self { sinks: vec![sink] }
    }

    /// Whether the value is to be printed, which the caller does.
    pub(crate) fn has_stdout(&self) -> bool {
        self.labels().iter().any(|label| label == Stdout::LABEL)
    }

    /// Whether there is any sink but standard output.
    pub(crate) fn has_others(&self) -> bool {
        !self.other_labels().is_empty()
    }

    /// The labels of all but standard output.
    pub(crate) fn other_labels(&self) -> Vec<String> {
        self.labels().into_iter().filter(|label| label != Stdout::LABEL).collect()
    }

    /// What `delivered_to` says once every sink, standard output included, is written.
    pub(crate) fn labels(&self) -> Vec<String> {
        self.sinks.iter().map(|sink| sink.label()).collect()
    }

    /// Tries every sink as far as that is possible without a value. Leaves no trace. Fails like the
    /// first sink that would fail.
    pub(crate) async fn check(&mut self) -> Result<Vec<Warning>, Error> {
        let mut warnings: Vec<Warning> = Vec::new();
        for sink in &mut self.sinks {
            for warning in sink.check().await? {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
        Ok(warnings)
    }

    /// Writes the value to every sink but standard output, in order, those last that cannot be undone,
    /// each once `may_begin` allows it, and returns all [labels](Self::labels).
    ///
    /// # Errors
    /// `DELIVERY_ERROR` for the first sink that fails, which `details` names. It and those written
    /// before it are still to be undone.
    pub(crate) async fn deliver(
        &mut self,
        token: &RuntimeToken,
        may_begin: impl AsyncFn(),
    ) -> Result<Vec<String>, Error> {
        for is_final in [false, true] {
            for sink in self.sinks.iter_mut().filter(|sink| sink.is_final() == is_final) {
                may_begin().await;
                if let Err(cause) = sink.write(token).await {
                    return Err(not_delivered(&sink.label(), &cause, token));
                }
            }
        }
        Ok(self.labels())
    }

    /// Takes back whatever was written, last sink first, and returns what could not be. Does
    /// nothing the second time.
    pub(crate) async fn undo(&mut self) -> Vec<NotUndone> {
        let mut not_undone = Vec::new();
        for sink in self.sinks.iter_mut().rev() {
            if let Err(cause) = sink.undo().await {
                not_undone.push(NotUndone { sink: sink.label(), reason: format!("{cause:#}") });
            }
        }
        not_undone
    }

    /// Drops what undoing would have needed, such as the content that a file had before.
    pub(crate) fn commit(&mut self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for sink in &mut self.sinks {
            if let Err(cause) = sink.commit() {
                let message = format!("`{}` is written, but not cleaned up: {cause:#}", sink.label());
                warnings.push(Warning::new("SINK_NOT_CLEANED", message));
            }
        }
        warnings
    }
}

/// `.error.details` of a failed delivery.
#[derive(Serialize)]
struct Details<'a> {
    sink: &'a str,
}

#[allow(clippy::disallowed_methods, reason = "the value is looked for in the text of a foreign error")]
fn not_delivered(label: &str, cause: &anyhow::Error, token: &RuntimeToken) -> Error {
    let mut reason = format!("{cause:#}");
    if reason.contains(token.secret().expose()) {
        "the reason repeats the value and is withheld".clone_into(&mut reason);
    }
    let message = format!("The new token could not be delivered to `{label}`: {reason}");
    Error::new(ErrorCode::DeliveryError, message).with_fields(&Details { sink: label })
}
