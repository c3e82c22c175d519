//! `jelou man`: the pages as files.

use schemars::JsonSchema;
use serde::Serialize;

use super::man_pages::pages;
use crate::cli::reference::Man;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Man pages that were written.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct PagesWritten {
    /// The folder, as it was given.
    dir: String,
    /// The files.
    pages: Vec<String>,
}

/// Writes every page into a folder, replacing what has its name.
pub(crate) fn run(cx: &Context, args: &Man) -> Result<Outcome, Error> {
    let folder = cx.folder.join(&args.dir);
    let failed =
        |cause: std::io::Error| Error::input(format!("{} cannot be written", args.dir.display())).caused_by(cause);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let pages = pages();
    for page in &pages {
        std::fs::write(folder.join(&page.file), &page.text).map_err(failed)?;
    }
    let files: Vec<String> = pages.into_iter().map(|page| page.file).collect();
    let done = format!("Wrote {} pages into {}", files.len(), args.dir.display());
    let dir = args.dir.display().to_string();
    Ok(Outcome::changed(PagesWritten { dir, pages: files.clone() }).quiet(files).line(Line::Done(done)))
}
