//! The files of a deploy as people see them before they agree, and `--dry-run`, which stops there.

use serde::Serialize;

use super::bundle::Bundle;
use crate::api::wire::limits::{MAX_FILES, MAX_TOTAL_BYTES};
use crate::api::wire::{FileSize, Slug};
use crate::config::project::Project;
use crate::output::{Line, Outcome, size};

/// What a deploy would send.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct WouldDeploy {
    /// The slug.
    function: Slug,
    /// Always true.
    dry_run: bool,
    /// The file that the platform starts.
    entrypoint: String,
    /// The files that would be uploaded.
    files: Vec<FileSize>,
    /// All of them together, in bytes.
    bytes: u64,
    /// Files of another kind, which would stay here.
    skipped: Vec<String>,
}

/// `▸ Files: index.ts (1.2 KB), …`, the entrypoint first (docs, “Deployment”).
pub(super) fn line(bundle: &Bundle, entrypoint: &str) -> Line {
    let (first, others): (Vec<_>, Vec<_>) = bundle.sizes.iter().partition(|file| file.path == entrypoint);
    let shown = |file: &FileSize| format!("{} ({})", file.path, size::shown(file.size));
    Line::Field("Files:", first.into_iter().chain(others).map(shown).collect::<Vec<_>>().join(", "))
}

/// The result of `--dry-run`: nothing was sent.
pub(super) fn dry_run(project: &Project, bundle: Bundle) -> Outcome {
    let total = format!(
        "{} of {MAX_FILES} files, {} of {}",
        bundle.sizes.len(),
        size::shown(bundle.bytes as u64),
        size::shown(MAX_TOTAL_BYTES as u64)
    );
    let files = line(&bundle, &project.entrypoint);
    let data = WouldDeploy {
        function: project.slug.clone(),
        dry_run: true,
        entrypoint: project.entrypoint.clone(),
        bytes: bundle.bytes as u64,
        files: bundle.sizes,
        skipped: bundle.skipped,
    };
    Outcome::read(data)
        .line(files)
        .line(Line::Field("Total:", total))
        .line(Line::Done(format!("Would deploy {}; nothing was sent", project.slug)))
}
