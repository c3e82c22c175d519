//! `jelou man`: the pages as files.

use serde_json::json;

use super::pages::pages;
use crate::cli::reference::Man;
use crate::commands::Context;
use crate::error::Error;
use crate::output::{Line, Outcome};

/// Writes every page into a folder, replacing what has its name.
///
/// # Errors
/// `INPUT_ERROR` if the folder cannot be written.
pub fn run(cx: &Context, args: &Man) -> Result<Outcome, Error> {
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
    Ok(Outcome::changed(json!({ "dir": args.dir.display().to_string(), "pages": files }))
        .quiet(files)
        .line(Line::Done(done)))
}
