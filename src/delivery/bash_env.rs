//! `bash-env:NAME`: `export NAME='VALUE'` at the end of the file that `BASH_ENV` names.
//!
//! Bash reads that file at the start of every later step of a `CircleCI` job. `CircleCI` sets the
//! variable and leaves it to the first step that writes to the file to create it; here it gets mode
//! 0600.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use zeroize::Zeroizing;

use super::SinkContext;
use super::sink::{BoxFuture, Sink, ready, unusable};
use super::target::Target;
use super::variable_name::VariableName;
use crate::error::Error;
use crate::files::{self, Appended};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

const PATH_VARIABLE: &str = "BASH_ENV";

pub(super) struct BashEnv {
    name: VariableName,
    path: Option<PathBuf>,
    appended: Option<Appended>,
}

impl BashEnv {
    pub(super) fn parse(name: &str, context: &SinkContext) -> Result<Self, String> {
        let path = (context.env)(PATH_VARIABLE).map(PathBuf::from);
        Ok(Self { name: VariableName::parse(name)?, path, appended: None })
    }

    fn path(&self) -> anyhow::Result<&Path> {
        self.path.as_deref().ok_or_else(|| anyhow!("`{PATH_VARIABLE}` is not set"))
    }

    fn try_check(&self) -> Result<Vec<Warning>, Error> {
        let usable = self.path().and_then(|path| match files::open_for_append(path)? {
            Some(_) => Ok(()),
            None => files::check_folder(path),
        });
        usable.map_err(|cause| unusable(&self.label(), cause))?;
        Ok(Vec::new())
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    fn try_write(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        let path = self.path()?.to_owned();
        // Single quotes are enough: no token contains one (see `secret::is_token_shaped`).
        let line = Zeroizing::new(format!("export {}='{}'\n", self.name, token.secret().expose()));
        files::append(&path, true, &line, &mut self.appended)
    }
}

impl Sink for BashEnv {
    fn label(&self) -> String {
        format!("bash-env:{}", self.name)
    }

    fn target(&self) -> Target {
        match &self.path {
            Some(path) => Target::variable_in(path, "bash-env", self.name.as_str()),
            None => Target::named("bash-env", self.name.as_str()),
        }
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        ready(self.try_check())
    }

    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        ready(self.try_write(token))
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(self.appended.take().map_or(Ok(()), Appended::undo))
    }
}
