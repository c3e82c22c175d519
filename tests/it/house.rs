//! The rules of the house that the compiler does not know: what may depend on what, who may print, read the environment
//! or open a secret, and how long a file may be.

use std::collections::BTreeSet;

use crate::support::repository::{files, read};

/// The parts of the library from the bottom up, and what each may use of those below it. Nothing may use what stands
/// after it, so there is no cycle. `secret::…` is all of a part, `api::wire` a part of it.
const LAYERS: &[(&str, &[&str])] = &[
    ("exit", &[]),
    ("error", &["exit"]),
    ("warning", &[]),
    ("duration", &[]),
    ("json", &[]),
    ("program", &["error", "exit"]),
    ("secret", &["error", "exit"]),
    ("api", &["duration", "error", "exit", "json", "secret"]),
    ("sandbox", &["api::routes", "api::wire", "error", "exit", "secret"]),
    ("config", &["api::address", "api::wire", "error", "exit", "secret", "warning"]),
    ("ci", &["error", "exit", "program", "secret", "warning"]),
    (
        "delivery",
        &["api::RequestError", "api::wire", "config::private_file", "error", "exit", "program", "secret", "warning"],
    ),
    ("output", &["ci", "config::Env", "config::env", "error", "exit", "secret", "warning"]),
    ("cli", &["api", "delivery::KINDS", "duration", "exit"]),
    (
        "commands",
        &[
            "api", "ci", "cli", "config", "delivery", "duration", "error", "exit", "output", "program", "secret",
            "warning",
        ],
    ),
    ("app", &["ci", "cli", "commands", "config", "delivery", "error", "exit", "output"]),
    ("lib", &[]),
    ("main", &[]),
];

/// Files that may use more than their part.
const LAYER_EXCEPTIONS: &[(&str, &str)] =
    &[("src/commands/sandbox", "sandbox"), ("src/app/tests.rs", "sandbox"), ("src/app/tests.rs", "api")];

/// Files that name stdout or stderr.
const STREAMS: &[&str] = &[
    // The writer.
    "src/output/writer.rs",
    // Masks are flushed there before anything else is written.
    "src/commands/handover.rs",
    "src/commands/tokens/exec.rs",
    // A command sink's output goes to stderr.
    "src/delivery/command.rs",
    // What the streams are is looked at.
    "src/ci/streams.rs",
    "src/output/presentation.rs",
];

/// Where a value leaves its type: the header, the mask, the sinks, the file of profiles, the sandbox that must know it.
const EXPOSERS: &[&str] = &[
    "src/api/control.rs",
    "src/api/transport.rs",
    "src/ci/azure.rs",
    "src/ci/base64_forms.rs",
    "src/ci/buildkite.rs",
    "src/ci/github.rs",
    "src/ci/mask.rs",
    "src/commands/account/login.rs",
    "src/commands/tokens/exec.rs",
    "src/commands/tokens/verify.rs",
    "src/config/credentials/document.rs",
    "src/config/settings.rs",
    "src/delivery/azure_variable.rs",
    "src/delivery/bash_env.rs",
    "src/delivery/command.rs",
    "src/delivery/dotenv.rs",
    "src/delivery/file.rs",
    "src/delivery/github_file.rs",
    "src/delivery/plan.rs",
    "src/output/human.rs",
    "src/output/writer.rs",
    "src/sandbox/handle.rs",
    "src/sandbox/seed_file.rs",
    "src/sandbox/state/access.rs",
    "src/sandbox/state/secret.rs",
    "src/sandbox/state/token.rs",
    "src/sandbox/value.rs",
    "src/secret.rs",
];

/// What is read of the process and its environment, and where.
const PROCESS: &[(&str, &[&str])] = &[
    ("src/main.rs", &["args_os"]),
    ("src/app.rs", &["current_dir"]),
    ("src/config/env.rs", &["vars_os"]),
    ("src/commands/sandbox/run.rs", &["current_exe"]),
];

/// Functions of `std::env` that read nothing.
const PURE: &[&str] = &["split_paths", "join_paths", "JoinPathsError"];

const LONGEST_FILE: usize = 350;
/// Files that are longer and would not be clearer as two.
const LONG_FILES: &[&str] = &[];

/// A source file without its comments, and where it belongs.
struct Source {
    path: String,
    /// `api`, `commands`, … or the name of a file of the root.
    part: String,
    code: String,
}

impl Source {
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

fn sources() -> Vec<Source> {
    let sources = files("src", ".rs").into_iter().map(|path| {
        let part = path.split('/').nth(1).unwrap().trim_end_matches(".rs").to_owned();
        let text = read(&path);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        Source { part, code: code.collect::<Vec<_>>().join("\n"), path }
    });
    let sources: Vec<Source> = sources.collect();
    assert!(sources.len() > 100, "only {} files were found", sources.len());
    sources
}

/// Every `crate::…` path in a text, with the groups of `use` spelled out.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let begins_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        if !begins_a_word {
            expand("", &code[at + "crate::".len()..], &mut found);
        }
    }
    found
}

/// Spells a tree out behind a prefix; returns what comes after it.
fn expand<'a>(prefix: &str, tree: &'a str, found: &mut Vec<String>) -> &'a str {
    let mut rest = tree.trim_start();
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
    let head = format!("{prefix}{}", &rest[..end]);
    rest = &rest[end..];
    if !((head.is_empty() || head.ends_with("::")) && rest.starts_with('{')) {
        found.push(head.trim_end_matches(':').to_owned());
        return rest;
    }
    rest = &rest[1..];
    loop {
        rest = expand(&head, rest, found).trim_start();
        if let Some((alias, behind)) = rest.strip_prefix("as ").and_then(|rest| rest.split_once([',', '}'])) {
            rest = &rest[rest.len() - behind.len() - 1..];
            assert!(!alias.contains('{'), "an alias: {alias}");
        }
        match rest.chars().next() {
            Some(',') => rest = rest[1..].trim_start(),
            Some('}') => return &rest[1..],
            other => panic!("a `use` that is not understood: {other:?} in {tree:.80}"),
        }
        if let Some(behind) = rest.strip_prefix('}') {
            return behind;
        }
    }
}

fn allows(allowed: &str, path: &str) -> bool {
    path == allowed || path.strip_prefix(allowed).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn a_use_is_spelled_out() {
    let code = "use crate::api::{self, wire::{Id, Token as T}, Verdict,\n};\nlet x = crate::exit::DONE; use crate::{error, ci::Mask};\n$crate::no; other_crate::no";
    assert_eq!(
        paths(code),
        ["api::self", "api::wire::Id", "api::wire::Token", "api::Verdict", "exit::DONE", "error", "ci::Mask"]
            .map(str::to_owned)
    );
    assert!(allows("api::wire", "api::wire::Id") && !allows("api::wire", "api::wired") && !allows("api::wire", "api"));
}

#[test]
fn dependencies_point_one_way() {
    let mut below: Vec<&str> = Vec::new();
    for (part, uses) in LAYERS {
        for used in *uses {
            let name = used.split("::").next().unwrap();
            assert!(below.contains(&name), "`{part}` may use `{used}`, which does not stand before it");
        }
        below.push(part);
    }
    let mut wrong = Vec::new();
    for source in sources() {
        let (_, uses) = LAYERS.iter().find(|(part, _)| *part == source.part).unwrap_or_else(|| {
            panic!("{}: `{}` is a part of its own, say in LAYERS what it may use", source.path, source.part)
        });
        let exceptions = LAYER_EXCEPTIONS.iter().filter(|(prefix, _)| source.path.starts_with(prefix));
        let exceptions: Vec<&str> = exceptions.map(|(_, used)| *used).collect();
        for path in paths(&source.code) {
            let own = path.split("::").next() == Some(source.part.as_str());
            if !own && !uses.iter().chain(&exceptions).any(|allowed| allows(allowed, &path)) {
                wrong.push(format!("{} uses crate::{path}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed by the layers: {wrong:#?}");
}

/// What is allowed and used by nobody is not a rule but a leftover.
#[test]
fn every_permission_is_used() {
    let sources = sources();
    let mut unused = Vec::new();
    for (part, uses) in LAYERS {
        for used in *uses {
            let is_used = |source: &Source| paths(&source.code).iter().any(|path| allows(used, path));
            if !sources.iter().any(|source| source.part == *part && is_used(source)) {
                unused.push(format!("{part}: {used}"));
            }
        }
    }
    for file in EXPOSERS {
        if !sources.iter().any(|source| source.path == *file && source.code.contains(".expose()")) {
            unused.push(format!("{file}: expose"));
        }
    }
    for file in STREAMS {
        if !sources.iter().any(|source| source.path == *file && names_a_stream(&source.code)) {
            unused.push(format!("{file}: streams"));
        }
    }
    for file in LONG_FILES {
        if !sources.iter().any(|source| source.path == *file && read(file).lines().count() > LONGEST_FILE) {
            unused.push(format!("{file}: long"));
        }
    }
    assert!(unused.is_empty(), "allowed, but not used: {unused:#?}");
}

fn names_a_stream(code: &str) -> bool {
    ["io::stdout()", "io::stderr()"].iter().any(|stream| code.contains(stream))
}

#[test]
fn one_place_writes_to_the_streams() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        for forbidden in ["println!(", "eprintln!(", "print!(", "eprint!(", "dbg!(", "process::exit", "process::abort"]
        {
            if source.code.contains(forbidden) {
                wrong.push(format!("{}: {forbidden}", source.path));
            }
        }
        if names_a_stream(&source.code) && !STREAMS.contains(&source.path.as_str()) {
            wrong.push(format!("{}: a stream", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn one_place_reads_the_environment() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let allowed = PROCESS.iter().find(|(file, _)| *file == source.path).map_or(&[][..], |(_, names)| names);
        for (at, _) in source.code.match_indices("env::") {
            let before = &source.code[..at];
            let is_std = before.ends_with("std::") || before.ends_with("use std::");
            let rest = &source.code[at + "env::".len()..];
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if is_std && !allowed.contains(&name.as_str()) && !PURE.contains(&name.as_str()) {
                wrong.push(format!("{}: std::env::{name}", source.path));
            }
        }
        if source.code.contains("use std::env;") || source.code.contains("use std::{env") {
            wrong.push(format!("{}: imports std::env", source.path));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn commands_know_nothing_of_the_parser() {
    let of_clap = |source: &&Source| {
        source.code.match_indices("clap").any(|(at, _)| {
            let rest = source.code[at + "clap".len()..].trim_start();
            rest.starts_with("::") && !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    let outside = ["cli", "app"];
    let wrong: Vec<String> = sources()
        .iter()
        .filter(of_clap)
        .filter(|source| !outside.contains(&source.part.as_str()))
        .map(|source| source.path.clone())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_secret_is_opened_only_where_it_leaves() {
    let opened: BTreeSet<String> = sources()
        .into_iter()
        .filter(|source| !source.is_test() && source.code.contains(".expose()"))
        .map(|source| source.path)
        .collect();
    let allowed: BTreeSet<String> = EXPOSERS.iter().map(|file| (*file).to_owned()).collect();
    assert!(opened.is_subset(&allowed), "think twice, then list it: {:?}", &opened - &allowed);
}

#[test]
fn a_long_file_is_two() {
    let lengths = files("src", ".rs").into_iter().chain(files("tests", ".rs"));
    let long: Vec<String> = lengths
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(length, file)| *length > LONGEST_FILE && !LONG_FILES.contains(&file.as_str()))
        .map(|(length, file)| format!("{file}: {length} lines"))
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

/// A test file that nobody declares is never run.
#[test]
fn every_test_file_is_run() {
    for (folder, declared) in
        [("tests/it", read("tests/it/main.rs")), ("tests/it/support", read("tests/it/support/mod.rs"))]
    {
        for file in files(folder, ".rs") {
            let name = file.strip_prefix(&format!("{folder}/")).unwrap().trim_end_matches(".rs").to_owned();
            if name.contains('/') || name == "main" || name == "mod" {
                continue;
            }
            let is_declared = declared.lines().any(|line| line.trim_start_matches("pub ") == format!("mod {name};"));
            assert!(is_declared, "{file} is not declared");
        }
    }
}
