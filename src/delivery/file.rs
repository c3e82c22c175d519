//! `file:PATH`: the value and no newline, in a file of its own.
//!
//! Mode 0600 from birth. The file gets its name only once its content is on the disk, and only if nothing has that name,
//! a dangling symbolic link included. With `--force` an existing regular file is replaced by a rename, so that whoever
//! has it open keeps the old content, and comes back on undo.

use std::path::PathBuf;

use anyhow::anyhow;

use super::place::{self, Existing, Placed};
use super::sink::unusable;
use super::spec::Place;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct FileSink {
    path: PathBuf,
    force: bool,
    placed: Option<Placed>,
}

impl FileSink {
    pub(super) fn parse(path: &str, force: bool) -> Result<Self, String> {
        place::check_path(path)?;
        Ok(Self { path: PathBuf::from(path), force, placed: None })
    }

    pub(super) fn label(&self) -> String {
        format!("file:{}", self.path.display())
    }

    pub(super) fn place(&self) -> Place {
        Place::file(&self.path, None)
    }

    pub(super) fn check(&self) -> Result<Vec<Warning>, Error> {
        let existing = place::existing(&self.path).map_err(|cause| unusable(&self.label(), cause))?;
        if existing.is_some() && !self.force {
            return Err(unusable(&self.label(), anyhow!("the file exists")).with_hint("`--force` replaces it"));
        }
        place::check_folder(&self.path).map_err(|cause| {
            let error = unusable(&self.label(), cause);
            if self.path.starts_with("~") {
                return error.with_hint("behind `file:` the shell leaves `~` as it is; write `$HOME` instead");
            }
            error
        })?;
        Ok(Vec::new())
    }

    #[allow(clippy::disallowed_methods, reason = "the sink")]
    pub(super) fn write(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        let existing =
            if self.force && place::existing(&self.path)?.is_some() { Existing::Replace } else { Existing::Refuse };
        self.placed = Some(place::put(&self.path, token.secret().expose().as_bytes(), existing)?);
        Ok(())
    }

    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        self.placed.take().map_or(Ok(()), Placed::undo)
    }

    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        self.placed.take().map_or(Ok(()), Placed::settle)
    }
}
