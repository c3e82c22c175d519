//! `--jq`: a jq expression over the envelope, so that no `jq` need be installed.
//!
//! jq is a programming language: an expression may never end, recurse without end, or ask for all
//! memory. By then a new token may exist, which must be undone. So the expression is compiled
//! before any request, and applied by a process of its own ([`process`]), which can be left behind
//! at a signal and whose end, however bad, is an error like any other.

mod process;
mod program;

use zeroize::Zeroizing;

use crate::config::Env;
use crate::error::Error;
use crate::exit::ErrorCode;

pub(crate) use process::{asked_for, evaluate_for_parent};

/// The longest expression, in bytes. The stack of the compiler is large enough for this many
/// levels.
const LONGEST: usize = 64 * 1024;

/// An expression that compiles, and what a process needs to apply it.
#[derive(Debug)]
pub(crate) struct Filter {
    expression: String,
    evaluator: process::Evaluator,
}

impl Filter {
    /// Compiles an expression, before any request is sent.
    ///
    /// # Errors
    /// `INPUT_ERROR` that says what is wrong with it, and where.
    pub(super) fn compile(expression: &str, env: &Env) -> Result<Self, Error> {
        if expression.len() > LONGEST {
            return Err(Error::input(format!("`--jq` is longer than {} KiB", LONGEST >> 10))
                .with_hint("`--json` prints the whole document for a `jq` of your own"));
        }
        let program = expression.to_owned();
        process::with_deep_stack(move || program::compile(&program).map(drop))
            .unwrap_or_else(|| Err("it cannot be compiled here".to_owned()))
            .map_err(|wrong| {
                Error::input(format!("`--jq {expression}`: {wrong}"))
                    .with_hint("the language is that of jq 1.7 without modules and `?//`, by jaq 3")
            })?;
        Ok(Self { expression: expression.to_owned(), evaluator: process::Evaluator::prepare(env)? })
    }

    /// Applies it to a JSON document: one line per output, strings raw.
    ///
    /// # Errors
    /// `UNKNOWN_ERROR` if it fails on this document, or does not end well.
    pub(super) async fn apply(&self, document: &str) -> Result<Zeroizing<String>, Error> {
        let failed = |what: String| {
            Error::new(ErrorCode::UnknownError, format!("The `--jq` expression {what}"))
                .with_hint("`--json` shows the whole document")
        };
        self.evaluator.apply(&self.expression, document).await.map_err(failed)
    }
}
