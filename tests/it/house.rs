//! Rules that neither the compiler nor clippy knows: which part may use which, and how long a file
//! may be. Who may print, read the environment or expose a secret is in clippy.toml.

use std::collections::BTreeSet;

use crate::support::repository::{files, read};

/// The parts of the library from the bottom up, and what each may use of those below it. Nothing
/// may use what stands after it, so there is no cycle. `secret::…` is all of a part, `api::wire` a
/// part of it.
const LAYERS: &[(&str, &[&str])] = &[
    ("exit", &[]),
    ("error", &["exit"]),
    ("warning", &[]),
    ("duration", &[]),
    ("embedded", &[]),
    ("strict_json", &[]),
    ("typed_path", &[]),
    ("typed_word", &[]),
    ("std_streams", &[]),
    ("ignored_signals", &[]),
    // For the tests of what it is used in.
    ("properties", &[]),
    ("moment", &["duration", "properties"]),
    ("files", &["error", "properties"]),
    ("program", &["error", "exit"]),
    ("runner", &[]),
    ("secret", &["error", "exit"]),
    ("api", &["duration", "error", "exit", "properties", "secret", "strict_json", "typed_word"]),
    (
        "sandbox",
        &[
            "api::routes",
            "api::wire",
            "duration",
            "embedded",
            "error",
            "exit",
            "files",
            "properties",
            "secret",
            "strict_json",
            "typed_word",
        ],
    ),
    (
        "config",
        &[
            "api::IdempotencyKey",
            "api::address",
            "api::proxy",
            "api::wire",
            "error",
            "exit",
            "files",
            "properties",
            "secret",
            "strict_json",
            "typed_path",
            "typed_word",
            "warning",
        ],
    ),
    ("ci", &["error", "exit", "program", "secret", "warning"]),
    (
        "delivery",
        &[
            "api::RequestError",
            "api::wire",
            "error",
            "exit",
            "files",
            "program",
            "secret",
            "std_streams",
            "typed_path",
            "typed_word",
            "warning",
        ],
    ),
    (
        "output",
        &[
            "ci",
            "config::Env",
            "config::env",
            "error",
            "exit",
            "ignored_signals",
            "program",
            "properties",
            "secret",
            "std_streams",
            "warning",
        ],
    ),
    (
        "cli",
        &[
            "api",
            "config::env",
            "delivery",
            "duration",
            "error",
            "moment",
            "properties",
            "sandbox::language",
            "typed_path",
        ],
    ),
    (
        "commands",
        &[
            "api",
            "ci",
            "cli",
            "config",
            "delivery",
            "duration",
            "embedded",
            "error",
            "exit",
            "files",
            "ignored_signals",
            "moment",
            "output",
            "program",
            "properties",
            "secret",
            "std_streams",
            "typed_word",
            "warning",
        ],
    ),
    (
        "app",
        &["api", "ci", "cli", "commands", "config", "error", "exit", "output", "std_streams", "typed_word", "warning"],
    ),
    // Tests.
    ("generated", &["ci", "cli", "commands", "config::env", "delivery", "exit", "sandbox"]),
    ("lib", &["api", "commands", "error", "output"]),
    ("main", &[]),
];

/// Files that may use more than their part.
const LAYER_EXCEPTIONS: &[(&str, &str)] = &[
    ("src/commands/sandbox", "sandbox"),
    ("src/commands/sandbox", "runner"),
    ("src/commands/reference/schemas.rs", "sandbox::admin_api"),
    ("src/commands/reference/language_pages.rs", "sandbox::language"),
    ("src/app/tests.rs", "sandbox"),
    ("src/app/tests.rs", "api"),
];

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

/// Every `crate::…` path in a text, by its first word and, if it is spelled out, its second: `api`,
/// `api::wire`. Of a group such as `crate::api::{wire, …}` the words before the brace count.
fn paths(code: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    for (at, begin) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| is_part(c) || c == '$') {
            continue;
        }
        let words: Vec<&str> = code[at + begin.len()..].split("::").take(2).collect();
        let leading = |text: &str| text.chars().take_while(|c| is_part(*c)).collect::<String>();
        let (part, second) = (leading(words[0]), words.get(1).map_or_else(String::new, |word| leading(word)));
        assert!(!part.is_empty(), "`use crate::{{…}}` hides what is used: write one `use` for each part");
        let is_path = part == words[0] && !second.is_empty();
        found.insert(if is_path { format!("{part}::{second}") } else { part });
    }
    found
}

fn allows(allowed: &str, path: &str) -> bool {
    path == allowed || path.strip_prefix(allowed).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn the_parts_that_a_file_uses_are_found() {
    let code = "use crate::api::{self, Verdict};\nuse crate::api::wire::{Id, Token};\nlet x = crate::exit::DONE; $crate::no; a_crate::no";
    assert_eq!(paths(code), ["api", "api::wire", "exit::DONE"].map(str::to_owned).into());
    assert!(allows("api::wire", "api::wire") && !allows("api::wire", "api::wired") && !allows("api::wire", "api"));
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
fn every_allowed_dependency_is_used() {
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
    for file in LONG_FILES {
        if !sources.iter().any(|source| source.path == *file && read(file).lines().count() > LONGEST_FILE) {
            unused.push(format!("{file}: long"));
        }
    }
    assert!(unused.is_empty(), "allowed, but not used: {unused:#?}");
}

#[test]
fn only_cli_and_app_use_clap() {
    let of_clap = |source: &&Source| {
        source.code.match_indices("clap").any(|(at, _)| {
            let rest = source.code[at + "clap".len()..].trim_start();
            rest.starts_with("::") && !source.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    };
    let outside = ["cli", "app", "generated"];
    let wrong: Vec<String> = sources()
        .iter()
        .filter(of_clap)
        .filter(|source| !outside.contains(&source.part.as_str()))
        .map(|source| source.path.clone())
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn files_are_short() {
    let lengths = ["src", "tests", "bench/src"].into_iter().flat_map(|folder| files(folder, ".rs"));
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

/// The command is `jelou deployments wait`, so the messages and the pages call the thing by that
/// word. The vendor's other word stays in the names of the sandbox's flags, faults and scenarios.
#[test]
fn people_read_one_word_for_a_deployment() {
    let pages = files("man", "1").into_iter().filter(|page| !page.contains("sandbox"));
    let docs =
        files("docs", ".md").into_iter().filter(|page| page != "docs/sandbox.md").chain(["README.md".to_owned()]);
    for file in files("tests/it/screens", "snap").into_iter().chain(pages).chain(docs) {
        for line in read(&file).lines() {
            let line = line.replace("\\-", "-").replace("redeploy-", "").replace("slow-redeploys", "");
            assert!(!line.contains("redeploy"), "{file}: {line}");
        }
    }
}
