//! `jelou deployments download`: the files of a deployment, in a folder or a tar archive.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::artifact::{self, ArtifactFile};
use crate::api::wire::{FileSize, Id, Slug};
use crate::cli::deployments::Download;
use crate::commands::Context;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::files::{self, Existing, Mode, Together};
use crate::output::table::{Column, Table};
use crate::output::{Line, Outcome, size};
use crate::warning::Warning;

/// The time of every file in an archive, so that two archives of a deployment are the same bytes:
/// 1980-01-01, before which some programs take a time for wrong.
const TIME_IN_ARCHIVE: u64 = 315_532_800;

/// Endings of archives that are not written. A folder of such a name is not what anybody means.
const OTHER_ARCHIVES: [&str; 10] = ["gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "zip", "7z", "rar"];

/// The files of a deployment, on this machine.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct DownloadedDeployment {
    /// The deployment.
    deployment: Id,
    /// The slug of its function.
    function: Slug,
    /// The folder or the archive.
    path: String,
    /// What is in it.
    files: Vec<FileSize>,
}

/// Where the files go.
enum Target {
    Archive(PathBuf),
    Folder(PathBuf),
}

/// Downloads a deployment.
///
/// # Errors
/// `INPUT_ERROR` for what exists already, before anything is written; `API_ERROR` for an answer that
/// cannot be written as it is.
pub(crate) async fn run(cx: &Context, args: &Download) -> Result<Outcome, Error> {
    let (function, id) = args.of.sorted()?;
    let slug = cx.function(function).await?;
    let shown = args.output.clone().unwrap_or_else(|| PathBuf::from(id.as_str()));
    let target = Target::parse(shown.clone(), args.force)?;
    let answer = cx.control()?.artifact(&slug, &id).await?;
    let artifact = artifact::parse(answer.value)?;
    let place = Place { force: args.force, target };
    place.check(&artifact)?;
    // A signal that comes while files are written drops this future, and that undoes them.
    cx.interrupts.receive()?;
    let written = place.write(&artifact).await?;
    for left in written.commit() {
        cx.warn(Warning::new("FILE_LEFT", format!("{left:#}")));
    }
    Ok(outcome(&id, &slug, &shown, &artifact, answer.request_id))
}

fn outcome(id: &Id, slug: &Slug, shown: &Path, files: &[ArtifactFile], request_id: Option<String>) -> Outcome {
    let path = shown.display().to_string();
    let rows = files.iter().map(|file| vec![file.path.as_str().to_owned(), size::shown(file.content.len() as u64)]);
    let table = Table { header: vec![Column::name("File", 0), Column::whole("Size", 0)], rows: rows.collect() };
    let size_of =
        |file: &ArtifactFile| FileSize { path: file.path.as_str().to_owned(), size: file.content.len() as u64 };
    let data = DownloadedDeployment {
        deployment: id.clone(),
        function: slug.clone(),
        path: path.clone(),
        files: files.iter().map(size_of).collect(),
    };
    Outcome::changed_by(data, vec![path.clone()])
        .line(Line::Done(format!("Downloaded {id} to {path}")))
        .line(Line::Table(table))
        .quiet(vec![path])
        .request_id(request_id)
}

impl Target {
    /// What ends in `.tar` is an archive, also `.tar` alone; anything else is a folder.
    fn parse(path: PathBuf, force: bool) -> Result<Self, Error> {
        let shown = path.display();
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        if OTHER_ARCHIVES.contains(&ending) {
            return Err(Error::input(format!("`{shown}` has the ending of an archive that is not written here"))
                .with_hint("name a folder, or a file that ends in `.tar`"));
        }
        if path.file_name().is_some_and(|name| name == "-") {
            return Err(Error::input("The files are not written to stdout")
                .with_hint("name a folder, or a file that ends in `.tar`"));
        }
        if ending == "tar" {
            let typed = path.to_string_lossy();
            if typed.ends_with('/') || typed.ends_with("/.") {
                return Err(Error::input(format!("`{shown}` is written as a folder, with the ending of an archive"))
                    .with_hint("name a folder, or a file that ends in `.tar`"));
            }
            let existing = files::existing(&path).map_err(unwritable)?;
            if existing.is_some() && !force {
                return Err(exists(&[format!("{shown}")]));
            }
            files::check_folder(&path).map_err(unwritable)?;
            return Ok(Self::Archive(path));
        }
        if path.exists() && !path.is_dir() {
            return Err(Error::input(format!("`{shown}` is not a folder"))
                .with_hint("name a folder, or a file that ends in `.tar`"));
        }
        if path.is_symlink() && !path.exists() {
            return Err(Error::input(format!("`{shown}` is a symbolic link that leads nowhere")));
        }
        // Without a `.` at its end, under which no folder can be made.
        Ok(Self::Folder(path.components().collect()))
    }
}

/// Where the files go, and whether they may replace others.
struct Place {
    force: bool,
    target: Target,
}

impl Place {
    /// Looks for what is there already, before anything is written.
    fn check(&self, artifact: &[ArtifactFile]) -> Result<(), Error> {
        let Target::Folder(root) = &self.target else { return Ok(()) };
        let mut present = Vec::new();
        for ArtifactFile { path, .. } in artifact {
            for folder in path.folders().map(|folder| root.join(folder)) {
                match folder.symlink_metadata() {
                    Ok(found) if found.is_symlink() => {
                        return Err(Error::input(format!("`{}` is a symbolic link", folder.display()))
                            .with_hint("name another folder with `-o`"));
                    }
                    Ok(found) if !found.is_dir() => {
                        return Err(Error::input(format!("`{}` is not a folder", folder.display()))
                            .with_hint("name another folder with `-o`"));
                    }
                    _ => {}
                }
            }
            if files::existing(&path.below(root)).map_err(unwritable)?.is_some() {
                present.push(path.as_str().to_owned());
            }
        }
        if present.is_empty() || self.force { Ok(()) } else { Err(exists(&present)) }
    }

    /// Writes everything, or nothing.
    async fn write(&self, artifact: &[ArtifactFile]) -> Result<Together, Error> {
        let mut written = Together::default();
        match self.write_into(artifact, &mut written).await {
            Ok(()) => Ok(written),
            Err(error) => Err(written.undo(error)),
        }
    }

    async fn write_into(&self, artifact: &[ArtifactFile], written: &mut Together) -> Result<(), Error> {
        let root = match &self.target {
            Target::Folder(root) => root,
            Target::Archive(path) => {
                let bytes = archive(artifact).map_err(unwritable)?;
                return self.write_file(path, &bytes, written);
            }
        };
        written.folder(root).map_err(unwritable)?;
        for ArtifactFile { path, content } in artifact {
            // Lets a signal be heard.
            tokio::task::yield_now().await;
            let (file, shown) = (path.below(root), path.as_str());
            if written.wrote(&file) {
                let message = format!("The server's answer has `{shown}` twice for a file system that ignores case");
                return Err(Error::new(ErrorCode::ApiError, message).with_hint("write an archive with `-o FILE.tar`"));
            }
            written.folder(files::folder_of(&file)).map_err(unwritable)?;
            self.write_file(&file, content, written)?;
        }
        Ok(())
    }

    fn write_file(&self, path: &Path, content: &[u8], written: &mut Together) -> Result<(), Error> {
        let existing = if self.force { Existing::KeepAside } else { Existing::Refuse };
        written.file(path, content, existing, Mode::Usual).map_err(unwritable)
    }
}

/// The bytes of a tar archive.
fn archive(artifact: &[ArtifactFile]) -> anyhow::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for ArtifactFile { path, content } in artifact {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(TIME_IN_ARCHIVE);
        builder.append_data(&mut header, path.as_str(), content.as_slice()).context("the archive cannot be made")?;
    }
    builder.into_inner().context("the archive cannot be made")
}

fn exists(paths: &[String]) -> Error {
    files::exist_already(paths).with_hint("`--force` replaces what exists; `-o` names another place")
}

fn unwritable(cause: anyhow::Error) -> Error {
    Error::input("The files cannot be written").caused_by(cause)
}
