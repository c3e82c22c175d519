//! `jelou man`: the pages as files.

use serde::Serialize;

use crate::cli::reference::Man;
use crate::commands::Context;
use crate::embedded::Files;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Man pages that were written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
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
    let mut files = Vec::new();
    for (file, text) in Files::pages().iter() {
        std::fs::write(folder.join(file), text).map_err(failed)?;
        files.push(file.to_owned());
    }
    let done = format!("Wrote {} pages into {}", files.len(), args.dir.display());
    let dir = args.dir.display().to_string();
    Ok(Outcome::changed(PagesWritten { dir, pages: files.clone() }).quiet(files).line(Line::Done(done)))
}
