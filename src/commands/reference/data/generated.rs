//! `.data` of `completions` and `man`.

use schemars::JsonSchema;

/// The completions of a shell.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CompletionScript {
    /// The shell.
    pub shell: String,
    /// The script.
    pub script: String,
}

/// Man pages that were written.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PagesWritten {
    /// The folder, as it was given.
    pub dir: String,
    /// The files.
    pub pages: Vec<String>,
}
