//! `bash-env:NAME`: `export NAME='VALUE'` at the end of the file that `BASH_ENV` names.
//!
//! Bash reads that file at the start of every later step of a `CircleCI` job. `CircleCI` sets the variable and leaves the
//! creation of the file to the first step that writes to it; here that means mode 0600.

use std::path::PathBuf;

use anyhow::anyhow;
use zeroize::Zeroizing;

use super::append::{self, Appended};
use super::place;
use super::sink::unusable;
use super::spec::Place;
use super::variable::check_environment_name;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

const VARIABLE: &str = "BASH_ENV";

pub(super) struct BashEnv {
    name: String,
    appended: Option<Appended>,
}

impl BashEnv {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        check_environment_name(name)?;
        Ok(Self { name: name.to_owned(), appended: None })
    }

    pub(super) fn label(&self) -> String {
        format!("bash-env:{}", self.name)
    }

    pub(super) fn place(&self) -> Place {
        Place::entry_of("bash-env", &self.name)
    }

    pub(super) fn check(&self, env: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Warning>, Error> {
        let usable = path(env).and_then(|path| match append::open(&path)? {
            Some(_) => Ok(()),
            None => place::check_folder(&path),
        });
        usable.map_err(|cause| unusable(&self.label(), cause))?;
        Ok(Vec::new())
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) fn write(&mut self, token: &RuntimeToken, env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<()> {
        // Single quotes are enough: no token has one in it (see `secret::is_token_shaped`).
        let line = Zeroizing::new(format!("export {}='{}'\n", self.name, token.secret().expose()));
        append::append(&path(env)?, true, &line, &mut self.appended)
    }

    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        self.appended.take().map_or(Ok(()), Appended::undo)
    }
}

fn path(env: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<PathBuf> {
    env(VARIABLE).map(PathBuf::from).ok_or_else(|| anyhow!("`{VARIABLE}` is not set"))
}
