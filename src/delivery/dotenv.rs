//! `dotenv:PATH:NAME`: a variable in a dotenv file, added at the end or replaced where it is.
//!
//! A new file has mode 0600; an existing one keeps its mode and owner and everything else in it. It is replaced as a
//! whole, so that a program which reads it meanwhile sees the old file or the new one.

use std::fs::{Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use anyhow::Context;
use zeroize::Zeroizing;

use super::dotenv_text;
use super::place::{self, Existing, Placed};
use super::sink::unusable;
use super::spec::Place;
use super::variable::check_environment_name;
use crate::config::private_file::open_existing;
use crate::error::Error;
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct Dotenv {
    path: PathBuf,
    name: String,
    placed: Option<Placed>,
}

/// An existing file as it was read.
struct Before {
    text: Zeroizing<String>,
    metadata: Metadata,
}

impl Dotenv {
    /// Splits at the last colon, for a path may hold one and a name may not.
    pub(super) fn parse(rest: &str) -> Result<Self, String> {
        let Some((path, name)) = rest.rsplit_once(':') else {
            return Err("a path and a name are expected, with `:` between them".to_owned());
        };
        place::check_path(path)?;
        check_environment_name(name)?;
        Ok(Self { path: PathBuf::from(path), name: name.to_owned(), placed: None })
    }

    pub(super) fn label(&self) -> String {
        format!("dotenv:{}:{}", self.path.display(), self.name)
    }

    pub(super) fn place(&self) -> Place {
        Place::file(&self.path, Some(&self.name))
    }

    pub(super) fn check(&self) -> Result<Vec<Warning>, Error> {
        let before = self.read().and_then(|before| place::check_folder(&self.path).map(|()| before));
        match before.map_err(|cause| unusable(&self.label(), cause))? {
            Some(before) if is_open_to_others(&before.metadata) => Ok(vec![Warning::new(
                "LOOSE_FILE_MODE",
                format!("`{}` can be opened by other users", self.path.display()),
            )]),
            _ => Ok(Vec::new()),
        }
    }

    fn read(&self) -> anyhow::Result<Option<Before>> {
        let Some((mut file, metadata)) = open_existing(&self.path, OpenOptions::new().read(true))? else {
            return Ok(None);
        };
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).with_context(|| format!("`{}` cannot be read", self.path.display()))?;
        Ok(Some(Before { text, metadata }))
    }

    pub(super) fn write(&mut self, token: &RuntimeToken) -> anyhow::Result<()> {
        let before = self.read()?;
        let text = before.as_ref().map_or("", |before| before.text.as_str());
        let text = Zeroizing::new(dotenv_text::set(text, &self.name, token.secret().expose()));
        let existing = before.as_ref().map_or(Existing::Refuse, |before| Existing::Inherit(&before.metadata));
        self.placed = Some(place::put(&self.path, text.as_bytes(), existing)?);
        Ok(())
    }

    pub(super) fn undo(&mut self) -> anyhow::Result<()> {
        self.placed.take().map_or(Ok(()), Placed::undo)
    }

    pub(super) fn settle(&mut self) -> anyhow::Result<()> {
        self.placed.take().map_or(Ok(()), Placed::settle)
    }
}

fn is_open_to_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o077 != 0
}
