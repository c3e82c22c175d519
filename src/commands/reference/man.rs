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

/// Writes every page into a folder, replacing what has its name. Beside a folder `man1` those of
/// another section have one of their own.
pub(crate) fn run(cx: &Context, args: &Man) -> Result<Outcome, Error> {
    let folder = cx.folder.join(&args.dir);
    let failed =
        |cause: std::io::Error| Error::input(format!("{} cannot be written", args.dir.display())).caused_by(cause);
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let has_sections = folder.file_name().is_some_and(|name| name == "man1");
    let mut files = Vec::new();
    for (file, text) in Files::pages().iter() {
        // `man` finds a page in the folder of its section alone (hier(7)).
        let file = match file.rsplit_once('.') {
            Some((_, section)) if has_sections && section != "1" => format!("../man{section}/{file}"),
            _ => file.to_owned(),
        };
        let path = folder.join(&file);
        path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        std::fs::write(path, text).map_err(failed)?;
        files.push(file);
    }
    let done = format!("Wrote {} pages into {}", files.len(), args.dir.display());
    let dir = args.dir.display().to_string();
    Ok(Outcome::changed(PagesWritten { dir, pages: files.clone() }).quiet(files).line(Line::Done(done)))
}
