//! On what was measured.

use std::process::Command;

use crate::stage::Stage;

/// The first word of what a program says of itself that looks like a version.
fn version(stage: &Stage, program: &str, words: &[&str]) -> Option<String> {
    said(&mut stage.command(stage.find(program)?), words)
}

fn said(command: &mut Command, words: &[&str]) -> Option<String> {
    let output = command.args(words).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().find_map(|word| {
        let from = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
        from[..end].contains('.').then(|| from[..end].to_owned())
    })
}

/// The rivals that are installed, with their versions.
pub fn rivals(stage: &Stage) -> Vec<String> {
    let requests = "import requests; print(requests.__version__)";
    let requests = version(stage, "python3", &["-c", requests])
        .map_or_else(|| " (urllib)".to_owned(), |version| format!(" (requests {version})"));
    ["curl", "jq", "node", "python3", "gh"]
        .into_iter()
        .filter_map(|program| {
            let version = version(stage, program, &["--version"])?;
            Some(match program {
                "node" => format!("Node {version}"),
                "python3" => format!("Python {version}{requests}"),
                _ => format!("{program} {version}"),
            })
        })
        .collect()
}

/// The rivals that are not installed.
pub fn missing(stage: &Stage) -> Vec<&'static str> {
    ["curl", "jq", "node", "python3", "gh"].into_iter().filter(|program| stage.find(program).is_none()).collect()
}

/// How many processors there are, and of what kind.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{cores} cores, {}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// What decides on the number of instructions beside our own code: the processor as valgrind shows
/// it chooses among the routines of ring and of the C library, and the compiler writes the rest.
pub fn of_instructions(stage: &Stage, roots: usize) -> String {
    let of = |name: &str, version: Option<String>| format!("{name} {}", version.unwrap_or_else(|| "?".to_owned()));
    [
        format!("{}{}", std::env::consts::ARCH, vectors()),
        of("libc", version(stage, "ldd", &["--version"])),
        of("valgrind", version(stage, "valgrind", &["--version"])),
        of("rustc", said(&mut Command::new("rustc"), &["--version"])),
        format!("{roots} roots"),
    ]
    .join(", ")
}

/// The widest vectors that valgrind passes on.
#[cfg(target_arch = "x86_64")]
fn vectors() -> &'static str {
    if std::arch::is_x86_feature_detected!("avx2") { " with AVX2" } else { "" }
}

#[cfg(not(target_arch = "x86_64"))]
fn vectors() -> &'static str {
    ""
}
