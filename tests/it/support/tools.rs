//! The programs that the tests need beside a Rust toolchain.

use std::path::Path;

/// A program, and the Debian package that brings it.
pub struct Tool {
    pub name: &'static str,
    pub package: &'static str,
}

/// Without these the pipelines of the README and of the vendor's docs cannot be run.
pub const NEEDED: [Tool; 3] = [
    Tool { name: "bash", package: "bash" },
    Tool { name: "curl", package: "curl" },
    Tool { name: "jq", package: "jq" },
];

/// Whether a program is found in a search path.
pub fn is_in(path: &str, name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::env::split_paths(path)
        .map(|folder| folder.join(name))
        .any(|file| Path::metadata(&file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0))
}

/// Whether a program is on this process's PATH.
pub fn is_installed(name: &str) -> bool {
    std::env::var("PATH").is_ok_and(|path| is_in(&path, name))
}

/// What is missing, as a sentence that names it.
pub fn missing(path: &str) -> Option<String> {
    let lacking: Vec<&Tool> = NEEDED.iter().filter(|tool| !is_in(path, tool.name)).collect();
    if lacking.is_empty() {
        return None;
    }
    let list = |of: fn(&Tool) -> &'static str| lacking.iter().map(|tool| of(tool)).collect::<Vec<_>>();
    Some(format!(
        "The tests need {}, which PATH does not have (on Debian: `apt-get install {}`)",
        list(|tool| tool.name).join(" and "),
        list(|tool| tool.package).join(" ")
    ))
}

/// Fails by naming what is missing, before a script fails for it in a way that is hard to read.
#[track_caller]
pub fn require() {
    if let Some(sentence) = missing(&std::env::var("PATH").unwrap_or_default()) {
        panic!("{sentence}");
    }
}
