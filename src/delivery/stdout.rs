//! `stdout`: named among the sinks, but written by `output::Output`, the one writer of standard
//! output.

use super::sink::{BoxFuture, Sink, ready};
use super::target::Target;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) const LABEL: &str = "stdout";

pub(super) struct Stdout;

impl Sink for Stdout {
    fn label(&self) -> String {
        LABEL.to_owned()
    }

    fn target(&self) -> Target {
        Target::named(LABEL, "")
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        ready(Ok(Vec::new()))
    }

    fn write<'a>(&'a mut self, _: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        ready(Ok(()))
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(Ok(()))
    }
}
