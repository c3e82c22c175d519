//! `file:PATH`: the value, without a newline, in a file of mode 0600.
//!
//! The file gets its name once its content is on the disk, and only if nothing has that name, a
//! dangling symbolic link included. With `--force`, a rename replaces an existing regular file, so
//! that programs which have it open keep the old content, and undoing brings it back.

use std::path::PathBuf;

use anyhow::anyhow;

use super::sink::{BoxFuture, Sink, ready, unusable};
use super::target::{Target, file_path};
use crate::error::Error;
use crate::files::{self, Existing, WrittenFile};
use crate::secret::RuntimeToken;
use crate::warning::Warning;

pub(super) struct FileSink {
    path: PathBuf,
    force: bool,
    written: Option<WrittenFile>,
}

impl FileSink {
    pub(super) fn parse(path: &str, force: bool) -> Result<Self, String> {
        Ok(Self { path: file_path(path)?, force, written: None })
    }
}

impl Sink for FileSink {
    fn label(&self) -> String {
        format!("file:{}", self.path.display())
    }

    fn target(&self) -> Target {
        Target::file(&self.path)
    }

    fn check(&mut self) -> BoxFuture<'_, Result<Vec<Warning>, Error>> {
        Box::pin(async move {
            let refuse = |cause| unusable(&self.label(), cause);
            let existing = files::existing(&self.path).map_err(refuse)?;
            if existing.is_some() && !self.force {
                return Err(refuse(anyhow!("the file exists")).with_hint("`--force` replaces it"));
            }
            files::check_folder(&self.path).map_err(refuse)?;
            if let Some(metadata) = existing {
                files::check_replaceable(&self.path, &metadata).map_err(refuse)?;
                files::check_kept(&self.path).map_err(refuse)?;
            }
            Ok(Vec::new())
        })
    }

    #[allow(clippy::disallowed_methods, reason = "a sink takes the value")]
    fn write<'a>(&'a mut self, token: &'a RuntimeToken) -> BoxFuture<'a, anyhow::Result<()>> {
        Box::pin(async move {
            let replaces = self.force && files::existing(&self.path)?.is_some();
            let existing = if replaces { Existing::KeepAside } else { Existing::Refuse };
            self.written = Some(files::write_file(&self.path, token.secret().expose().as_bytes(), existing)?);
            Ok(())
        })
    }

    fn undo(&mut self) -> BoxFuture<'_, anyhow::Result<()>> {
        ready(self.written.take().map_or(Ok(()), WrittenFile::undo))
    }

    fn commit(&mut self) -> anyhow::Result<()> {
        self.written.take().map_or(Ok(()), WrittenFile::commit)
    }
}
