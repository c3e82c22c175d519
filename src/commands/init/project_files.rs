//! Which files a project has, what is there already, and writing all of them or none.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use super::choices::Choices;
use super::templates;
use crate::api::wire::limits::DEFAULT_ENTRYPOINT;
use crate::cli::init::OnPlatform;
use crate::commands::deploy::check_entrypoint;
use crate::config::project::{FILE, Project};
use crate::error::Error;
use crate::files::{self, Existing, Mode, Together};

const DENO: &str = "deno.json";
const DOT_ENV: &str = ".env";
const GITIGNORE: &str = ".gitignore";

/// A file of a project.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ProjectFile {
    /// Its path in the folder.
    pub(super) path: String,
    /// What became of it.
    pub(super) status: Fate,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Fate {
    /// It is new, or was rewritten.
    Written,
    /// It existed and is as it was.
    Kept,
}

/// The files of a project in a folder.
pub(super) struct ProjectFiles {
    folder: PathBuf,
    /// What the `jelou.json` says that is there already.
    pub(super) earlier: Option<Project>,
    entrypoint: String,
    /// The names of those that exist.
    present: Vec<String>,
}

/// What a `jelou.json` that is there says.
///
/// # Errors
/// `INPUT_ERROR` for what is no regular file, and for one that cannot be read: its entrypoint is
/// not known, so that not even `--force` may rewrite it.
pub(super) fn earlier(folder: &Path) -> Result<Option<Project>, Error> {
    files::existing(&folder.join(FILE)).map_err(unwritable)?;
    Project::read(folder).map_err(|error| error.with_hint(format!("mend or remove `{FILE}`")))
}

impl ProjectFiles {
    /// Looks what is there.
    ///
    /// # Errors
    /// `INPUT_ERROR` for a file that exists without `--force`, for a symbolic link, and for an
    /// entrypoint that no deploy takes.
    pub(super) fn look(folder: &Path, earlier: Option<Project>, force: bool) -> Result<Self, Error> {
        let entrypoint = earlier.as_ref().map_or(DEFAULT_ENTRYPOINT, |earlier| &earlier.entrypoint).to_owned();
        check_entrypoint(&entrypoint)?;
        let linked = Path::new(&entrypoint).ancestors().skip(1).map(|part| folder.join(part));
        if let Some(link) = linked.filter(|part| part != folder).find(|part| part.is_symlink()) {
            return Err(unwritable(anyhow!("`{}` is a symbolic link", link.display())));
        }
        let mut files = Self { folder: folder.to_owned(), earlier, entrypoint, present: Vec::new() };
        files.present = files.existing()?;
        if !files.present.is_empty() && !force {
            return Err(exist(&files.present));
        }
        Ok(files)
    }

    /// The files of a project, but for `.gitignore`, which may always be there.
    fn names(&self) -> [&str; 4] {
        [FILE, &self.entrypoint, DENO, DOT_ENV]
    }

    /// Those that are there now.
    ///
    /// # Errors
    /// `INPUT_ERROR` for what is no regular file.
    pub(super) fn existing(&self) -> Result<Vec<String>, Error> {
        let mut existing = Vec::new();
        for name in self.names() {
            if files::existing(&self.folder.join(name)).map_err(unwritable)?.is_some() {
                existing.push(name.to_owned());
            }
        }
        Ok(existing)
    }

    /// What is written, in this order: the name, the content, and who may read it.
    fn wanted(&self, choices: &Choices) -> Vec<(&str, String, Mode)> {
        let all = [
            (FILE, templates::jelou_json(choices, self.kept_id(choices), &self.entrypoint), Mode::Usual),
            (&self.entrypoint, templates::index_ts(choices), Mode::Usual),
            (DENO, templates::deno_json(), Mode::Usual),
            (DOT_ENV, templates::dot_env(choices), Mode::Private),
        ];
        all.into_iter().filter(|(name, ..)| self.is_written(name)).collect()
    }

    /// Whether a file of a project is written: code that exists is not.
    fn is_written(&self, name: &str) -> bool {
        name == FILE || !self.is_present(name)
    }

    /// The function's id, if `jelou.json` has it already. Another function has another one, and so has
    /// one that is being made.
    pub(super) fn kept_id(&self, choices: &Choices) -> Option<&str> {
        let earlier = self.earlier.as_ref().filter(|earlier| earlier.slug == choices.slug);
        earlier.filter(|_| choices.mode != Some(OnPlatform::Create)).and_then(|earlier| earlier.id.as_deref())
    }

    fn is_present(&self, name: &str) -> bool {
        self.present.iter().any(|present| present == name)
    }

    /// Tries whether the files can be written, and leaves no trace.
    ///
    /// # Errors
    /// `INPUT_ERROR` if one cannot.
    pub(super) fn check(&self) -> Result<(), Error> {
        let gitignore = lacking_lines(&self.folder.join(GITIGNORE))?.map(|_| GITIGNORE);
        for name in self.names().into_iter().filter(|name| self.is_written(name)).chain(gitignore) {
            let path = self.folder.join(name);
            let nearest = path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(&self.folder);
            files::check_folder(&nearest.join(FILE)).map_err(unwritable)?;
            if let Some(metadata) = files::existing(&path).map_err(unwritable)? {
                files::check_replaceable(&path, &metadata).map_err(unwritable)?;
                files::check_kept(&path).map_err(unwritable)?;
            }
        }
        Ok(())
    }

    /// Writes them all, or none. What has changed since [`ProjectFiles::look`] is not overwritten.
    ///
    /// # Errors
    /// `INPUT_ERROR` that names the file, and what is left if undoing failed.
    pub(super) async fn write(&self, choices: &Choices) -> Result<Vec<ProjectFile>, Error> {
        let mut together = Together::default();
        match self.write_into(choices, &mut together).await {
            Ok(written) => {
                // A second name of the earlier file that stays is harmless, and no reason to fail.
                together.commit();
                let is_kept = |name: &&String| !written.contains(name);
                let kept = self.present.iter().filter(is_kept).cloned().collect::<Vec<_>>();
                let of = |paths: Vec<String>, status| paths.into_iter().map(move |path| ProjectFile { path, status });
                Ok(of(written, Fate::Written).chain(of(kept, Fate::Kept)).collect())
            }
            Err(error) => Err(together.undo(error)),
        }
    }

    async fn write_into(&self, choices: &Choices, together: &mut Together) -> Result<Vec<String>, Error> {
        let appeared: Vec<String> = self.existing()?.into_iter().filter(|name| !self.is_present(name)).collect();
        if !appeared.is_empty() {
            return Err(exist(&appeared));
        }
        if self.earlier.is_some() && Project::read(&self.folder).ok().flatten() != self.earlier {
            return Err(Error::input(format!("`{FILE}` has changed meanwhile, so nothing was written")));
        }
        let mut written = Vec::new();
        for (name, content, mode) in self.wanted(choices) {
            // Lets a signal be heard: what was written is then undone.
            tokio::task::yield_now().await;
            let existing = if self.is_present(name) { Existing::KeepAside } else { Existing::Refuse };
            let path = self.folder.join(name);
            together.folder(files::folder_of(&path)).map_err(unwritable)?;
            together.file(&path, content.as_bytes(), existing, mode).map_err(unwritable)?;
            written.push(name.to_owned());
        }
        let path = self.folder.join(GITIGNORE);
        if let Some(content) = lacking_lines(&path)? {
            together.file(&path, content.as_bytes(), Existing::KeepAside, Mode::Usual).map_err(unwritable)?;
            written.push(GITIGNORE.to_owned());
        }
        Ok(written)
    }
}

fn exist(names: &[String]) -> Error {
    files::exist_already(names)
        .with_hint(format!("`--force` rewrites `{FILE}` alone, writes what is missing, and keeps the other files"))
}

/// The `.gitignore` with what it lacks; nothing if it lacks nothing.
///
/// # Errors
/// `INPUT_ERROR` for what is no regular file or no text.
fn lacking_lines(path: &Path) -> Result<Option<String>, Error> {
    let bytes = match files::existing(path).map_err(unwritable)? {
        None => Vec::new(),
        Some(_) => std::fs::read(path).map_err(|cause| unwritable(cause.into()))?,
    };
    files::utf_8(&bytes).map_err(|cause| {
        Error::input(format!("`{GITIGNORE}` cannot be read as text, so it would be broken")).caused_by(cause)
    })?;
    // With its byte order mark, which stays. It was UTF-8 just above.
    Ok(templates::gitignore(&String::from_utf8_lossy(&bytes)))
}

fn unwritable(cause: anyhow::Error) -> Error {
    Error::input("The project's files cannot be written").caused_by(cause)
}
