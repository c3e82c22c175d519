//! The blocks of one page, from top to bottom, in one folder and beside one sandbox.

use std::path::PathBuf;
use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};

use crate::completing::shells::SHELLS;
use crate::support::cli::{Cli, Ran};
use crate::support::markdown::{Block, blocks, essence, json_essence};
use crate::support::repository::{files, read};
use crate::support::{TIMEOUT, skipped, tools};

/// Why a block is not run; there is no other reason.
const NOT_RUN: [&str; 8] = [
    "it waits for you",
    "it needs the CI system",
    "it needs a release",
    "it needs another system",
    "it needs another program",
    "it shows what not to do",
    "PowerShell",
    "elvish",
];

/// What a block is for, by its language and the comment above it.
enum Use<'page> {
    /// Commands, and the status with which they end.
    Commands(i32),
    /// The same for busybox's shell, beside busybox's programs alone.
    Busybox,
    /// What the commands before it print.
    Printed,
    /// A file for the blocks after it.
    File(&'page str),
    /// Lines of a file of the repository.
    Excerpt(&'page str),
    /// A test of that name runs it.
    RunBy(&'page str),
    /// A shell for which the completions are tested.
    Completions(&'page str),
    NotRun,
}

/// How many blocks of a page there were of each kind that proves something.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    pub run: usize,
    pub compared: usize,
    pub excerpts: usize,
    pub by_other_tests: usize,
}

fn purpose(block: &Block) -> Option<Use<'_>> {
    let comment = block.comment.as_deref();
    if comment.is_some_and(|comment| comment.starts_with("generated: ") || comment.starts_with("measured: ")) {
        return None;
    }
    Some(match (block.language.as_str(), comment.map(|comment| comment.split_once(": "))) {
        ("sh", None) => Use::Commands(0),
        ("text" | "json", None) => Use::Printed,
        ("sh", Some(Some(("ends", status)))) => Use::Commands(status.parse().ok()?),
        ("sh", Some(Some(("shell", "busybox")))) => Use::Busybox,
        (_, Some(Some(("file", name)))) => Use::File(name),
        (_, Some(Some(("excerpt", path)))) => Use::Excerpt(path),
        (_, Some(Some(("run by", function)))) => Use::RunBy(function),
        ("sh", Some(Some(("completions", shell)))) => Use::Completions(shell),
        (_, Some(Some(("not run", why)))) if NOT_RUN.contains(&why) => Use::NotRun,
        _ => return None,
    })
}

/// Pages that begin without an account: their commands start a platform themselves.
const WITHOUT_ACCOUNT: [&str; 1] = ["docs/testing-pipelines.md"];

/// A sandbox with the functions that the pages speak of, in which a request takes 10 ms.
fn cli(page: &str) -> Cli {
    let functions = r#"{"functions": [{"slug": "my-function"}, {"slug": "other-function"}, {"slug": "my-fn"}]}"#;
    let functions = Fixture::parse(functions).unwrap();
    let mut cli =
        Cli::with(|builder| builder.fixture(functions).clock(SandboxClock::ticking(Duration::from_millis(10))));
    if WITHOUT_ACCOUNT.contains(&page) {
        cli.unset("JELOU_API_URL").unset("JELOU_GATEWAY_URL").unset("JELOU_TOKEN");
    }
    cli
}

/// Runs a page, and fails where it does not do what it says.
#[track_caller]
pub fn run(name: &str, page: &str) -> Seen {
    let cli = cli(name);
    let mut before: Option<Ran> = None;
    let mut seen = Seen::default();
    for block in &blocks(page) {
        let Some(wanted) = purpose(block) else {
            panic!("{name}: a block `{}` below {:?} that nobody runs:\n{}", block.language, block.comment, block.text);
        };
        match wanted {
            Use::Commands(status) => {
                let ran = cli.bash(&format!("set -uo pipefail\nexec 2>&1\n{}", block.text));
                assert_eq!(ran.status, status, "{name}:\n{}\nprinted:\n{}", block.text, ran.stdout);
                before = Some(ran);
                seen.run += 1;
            }
            Use::Busybox => {
                before = Some(busybox(&cli, &block.text));
                seen.run += 1;
            }
            Use::Printed => {
                let ran = before.take().unwrap_or_else(|| panic!("{name}: commands stand before it:\n{}", block.text));
                compare(name, block, &ran.stdout);
                seen.compared += 1;
            }
            Use::File(file) => _ = cli.write(file, &block.text),
            Use::Excerpt(file) => {
                assert!(is_excerpt(&block.text, &read(file)), "{name}: these lines are not in {file}:\n{}", block.text);
                seen.excerpts += 1;
            }
            Use::RunBy(function) => {
                let says = |file: &String| {
                    let text = read(file);
                    text.contains(&format!("fn {function}()")) && text.contains(name)
                };
                assert!(files("tests/it", ".rs").iter().any(says), "{name}: a test `{function}` reads this page");
                seen.by_other_tests += 1;
            }
            Use::Completions(shell) => assert!(SHELLS.contains(&shell), "{name}: {shell} completes in a test"),
            Use::NotRun => {}
        }
    }
    seen
}

/// Fails unless a block shows what was printed.
#[track_caller]
fn compare(name: &str, block: &Block, printed: &str) {
    if block.language == "json" {
        let start = printed.lines().position(|line| line.starts_with(['{', '[']));
        let printed: String = printed.lines().skip(start.unwrap_or(0)).collect::<Vec<_>>().join("\n");
        let parsed = |what: &str, text: &str| {
            let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {what}: {error}:\n{text}"));
            json_essence(&value)
        };
        assert_eq!(parsed("what is printed", &printed), parsed("the block", &block.text), "{name}");
        return;
    }
    assert_eq!(essence(printed), essence(&block.text), "{name}:\n{}", block.text);
}

/// Whether lines stand one after the other in a file, all of them indented by the same more.
fn is_excerpt(lines: &str, file: &str) -> bool {
    let (wanted, file): (Vec<&str>, Vec<&str>) = (lines.lines().collect(), file.lines().collect());
    let is_at = |found: &[&str]| {
        let more = found[0].len().checked_sub(wanted[0].len()).unwrap_or(usize::MAX);
        let indent = " ".repeat(more.min(40));
        found.iter().zip(&wanted).all(|(found, wanted)| {
            found.strip_prefix(indent.as_str()) == Some(*wanted) || (found.is_empty() && wanted.is_empty())
        })
    };
    !wanted.is_empty() && !wanted[0].is_empty() && file.windows(wanted.len()).any(is_at)
}

/// Runs a script by busybox's shell, with its programs and `jelou` alone in PATH; by `sh` where there
/// is no busybox.
fn busybox(cli: &Cli, script: &str) -> Ran {
    let script = format!("exec 2>&1\n{script}");
    let Some(program) = found("busybox") else {
        skipped("busybox is not installed; `sh` runs the block instead");
        let mut command = assert_cmd::Command::new("sh");
        command.args(["-e", "-c", &script]).env_clear().envs(cli.env()).current_dir(cli.folder());
        return Ran::of(command.timeout(TIMEOUT)).ended(0);
    };
    let folder = cli.folder().join("busybox-programs");
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        let output = std::process::Command::new(&program).arg("--list").output().unwrap();
        for applet in String::from_utf8(output.stdout).unwrap().lines() {
            std::os::unix::fs::symlink(&program, folder.join(applet)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_jelou"), folder.join("jelou")).unwrap();
    }
    let mut command = assert_cmd::Command::new(program);
    command.args(["sh", "-e", "-c", &script]).env_clear().envs(cli.env()).env("PATH", &folder);
    Ran::of(command.current_dir(cli.folder()).timeout(TIMEOUT)).ended(0)
}

/// Where a program is on PATH.
fn found(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").ok()?;
    std::env::split_paths(&path).find(|folder| tools::is_in(&folder.display().to_string(), name)).map(|f| f.join(name))
}

#[test]
fn an_excerpt_stands_line_for_line_in_its_file() {
    let file = "a\n  b\n\n    c\n";
    for (lines, expected) in [
        ("b\n\n  c\n", true),
        ("  b\n", true),
        ("a\n", true),
        ("a\nb\n", false),
        ("b\n  c\n", false),
        ("b\n\nc\n", false),
        ("", false),
    ] {
        assert_eq!(is_excerpt(lines, file), expected, "{lines:?}");
    }
}

/// What a page must not be able to do: hold a block that proves nothing.
#[test]
fn a_block_that_proves_nothing_fails() {
    let fails = |page: &str| {
        let page = page.to_owned();
        std::panic::catch_unwind(move || run("docs/made-up.md", &page)).is_err()
    };
    assert_eq!(
        run("docs/made-up.md", "```sh\necho a\n```\n```text\na\n```\n"),
        Seen { run: 1, compared: 1, ..Seen::default() }
    );
    for page in [
        "```sh\nfalse\n```\n",
        "```sh\necho a\n```\n```text\nb\n```\n",
        "```sh\necho; echo a\n```\n```text\na\n```\n",
        "```text\nnothing before it\n```\n",
        "```yaml\na: b\n```\n",
        "<!-- not run: no time -->\n```sh\ntrue\n```\n",
        "<!-- ends: 5 -->\n```sh\ntrue\n```\n",
        "<!-- excerpt: justfile -->\n```text\nno such line\n```\n",
        "<!-- run by: a_block_that_proves_nothing_fails_not -->\n```sh\ntrue\n```\n",
        "```sh\necho '{\"a\": 1}'\n```\n```json\n{\"a\": 2}\n```\n",
    ] {
        assert!(fails(page), "{page}");
    }
}
