//! `jelou init`: the files of a function in this folder, as the vendor's CLI writes them (docs,
//! Quickstart). Code that exists is never replaced: the vendor's own workflow runs `init --force`
//! beside an `index.ts` that is the function.

mod choices;
mod project_files;
mod templates;

use serde::Serialize;

use super::Context;
use super::issuance::undo_report::outcome_unknown;
use crate::api::wire::{CreateFunction, Slug};
use crate::api::{IdempotencyKey, RequestError};
use crate::cli::init::{Args, OnPlatform};
use crate::config::project::FILE;
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::warning::Warning;
use choices::Choices;
pub(crate) use project_files::ProjectFile;
use project_files::{Fate, ProjectFiles};

/// A project that was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct ProjectWritten {
    /// The slug of its function.
    function: Slug,
    /// `create` or `link`; null if only files were written.
    mode: Option<OnPlatform>,
    /// What became of each file.
    files: Vec<ProjectFile>,
}

/// Writes the files of a project, and creates or finds its function before.
///
/// # Errors
/// `INPUT_ERROR` before any request for files that exist or cannot be written; `CONFLICT` for a
/// function that exists already and `NOT_FOUND` for one that does not, and then no file is written.
pub(crate) async fn run(cx: &Context, args: &Args) -> Result<Outcome, Error> {
    let earlier = project_files::earlier(&cx.folder)?;
    let files = ProjectFiles::look(&cx.folder, earlier, args.force)?;
    files.check()?;
    let choices = Choices::of(cx, args, files.earlier.as_ref())?;
    warn_of_what_goes(cx, &files, &choices);
    let request_id = match choices.mode {
        None => None,
        Some(OnPlatform::Create) => create(cx, args, &choices).await?,
        Some(OnPlatform::Link) => link(cx, &choices.slug).await?,
    };
    cx.interrupts.receive()?;
    let written = files.write(&choices).await.map_err(|error| unwritten(error, &files, &choices))?;
    cx.ledger.if_interrupted(None);
    Ok(outcome(cx, written, choices, request_id))
}

fn outcome(cx: &Context, files: Vec<ProjectFile>, choices: Choices, request_id: Option<String>) -> Outcome {
    let slug = choices.slug;
    let names = |fate: Fate| {
        let names = files.iter().filter(|file| file.status == fate).map(|file| file.path.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let (written, kept) = (names(Fate::Written), names(Fate::Kept));
    if !kept.is_empty() {
        cx.output.say(&format!("Kept as they are: {kept}"));
    }
    let done = match choices.mode {
        Some(OnPlatform::Create) => format!("Created {slug}"),
        Some(OnPlatform::Link) => format!("Linked {slug}"),
        None => format!("Wrote the files of {slug}"),
    };
    let what = vec![slug.to_string()];
    Outcome::changed_by(ProjectWritten { function: slug, mode: choices.mode, files }, what.clone())
        .line(Line::Done(done))
        .line(Line::Field("Files:", written))
        .quiet(what)
        .next("jelou deploy", "deploy its code; the first deploy issues the default token")
        .request_id(request_id)
}

/// Says what a `jelou.json` that is rewritten loses.
fn warn_of_what_goes(cx: &Context, files: &ProjectFiles, choices: &Choices) {
    let Some(earlier) = &files.earlier else { return };
    if earlier.slug != choices.slug {
        let mut message = format!("`{FILE}` was about `{}` and is now about `{}`", earlier.slug, choices.slug);
        let lost = [
            ("id", earlier.id.is_some()),
            ("name", earlier.name.is_some() && choices.name.is_none()),
            ("description", earlier.description.is_some() && choices.description.is_none()),
        ];
        let lost: Vec<&str> = lost.into_iter().filter(|(_, is_lost)| *is_lost).map(|(key, _)| key).collect();
        if !lost.is_empty() {
            message.push_str(&format!("; it loses `{}`", lost.join("`, `")));
        }
        cx.warn(Warning::new("OTHER_FUNCTION", message));
    } else if let (Some(id), None) = (&earlier.id, files.kept_id(choices)) {
        let message = format!("`{FILE}` loses the `id` `{id}`, for the function that is made has another one");
        cx.warn(Warning::new("OTHER_FUNCTION", message));
    }
    if !earlier.unknown_keys.is_empty() {
        let keys = earlier.unknown_keys.join("`, `");
        cx.warn(Warning::new("UNKNOWN_KEYS", format!("`{FILE}` loses keys that nothing reads: `{keys}`")));
    }
}

/// Makes the function. Gives the request's id.
async fn create(cx: &Context, args: &Args, choices: &Choices) -> Result<Option<String>, Error> {
    let slug = &choices.slug;
    let key = args.idempotency_key.clone().unwrap_or_else(IdempotencyKey::random);
    let body = CreateFunction::new(slug, choices.name.as_deref(), choices.description.as_deref());
    let control = cx.control()?;
    cx.interrupts.receive()?;
    cx.ledger.if_interrupted(Some(format!("The function {slug} may exist now; {}", how_to_go_on(args.force, slug))));
    let created = control.create_function(&body, &key).await.map_err(|error| not_created(error, args, slug, &key))?;
    cx.ledger.if_interrupted(Some(format!("The function {slug} exists now; {}", how_to_go_on(args.force, slug))));
    Ok(created.request_id)
}

fn not_created(error: RequestError, args: &Args, slug: &Slug, key: &IdempotencyKey) -> Error {
    if error.code() == ErrorCode::Conflict {
        return error.into_error().with_hint(format!("if it is yours, {}", how_to_go_on(args.force, slug)));
    }
    let otherwise = format!("{} if the function exists; no file was written", how_to_go_on(args.force, slug));
    outcome_unknown(error, slug.as_str(), key, &otherwise)
}

/// Looks whether the function exists. Gives the request's id.
async fn link(cx: &Context, slug: &Slug) -> Result<Option<String>, Error> {
    match cx.control()?.function(slug).await {
        Ok(found) => Ok(found.request_id),
        Err(error) if error.code() == ErrorCode::NotFound => {
            Err(error.into_error().with_hint("`jelou functions list` shows the functions; `--mode create` makes one"))
        }
        Err(error) => Err(error.into_error()),
    }
}

/// The error of files that could not be written after all.
fn unwritten(error: Error, files: &ProjectFiles, choices: &Choices) -> Error {
    if choices.mode != Some(OnPlatform::Create) {
        return error;
    }
    let slug = &choices.slug;
    let error = error.with_more(&format!("; the function {slug} exists now")).without_hints();
    // What is left now is not of this run. What cannot be looked at is in the way, too.
    let needs_force = files.existing().map_or(true, |existing| !existing.is_empty());
    error.with_hint(how_to_go_on(needs_force, slug))
}

fn how_to_go_on(force: bool, slug: &Slug) -> String {
    let force = if force { " --force" } else { "" };
    format!("go on with `jelou init {slug} --mode link{force}`")
}
