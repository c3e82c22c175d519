//! Every command that the README shows is run, and prints what the README says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};

use crate::completing::shells::SHELLS;
use crate::support::cli::{Cli, Ran};
use crate::support::markdown::{Block, blocks, essence};
use crate::support::tools;
use crate::support::workflow::repository;

fn read(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The block that `.ci/run` takes out of the README by its comment.
fn named(name: &str) -> String {
    commented("README.md", &format!("ci: {name}"))
}

/// The one block of a page below a comment.
#[track_caller]
pub fn commented(page: &str, comment: &str) -> String {
    let found: Vec<Block> =
        blocks(&read(page)).into_iter().filter(|block| block.comment.as_deref() == Some(comment)).collect();
    assert_eq!(found.len(), 1, "one block is below `{comment}`");
    found.into_iter().next().unwrap().text
}

/// A sandbox with the functions that the README speaks of, in which a request takes 10 ms.
fn cli() -> Cli {
    let functions = r#"{"functions": [{"slug": "my-function"}, {"slug": "other-function"}, {"slug": "my-fn"}]}"#;
    let functions = Fixture::parse(functions).unwrap();
    Cli::with(|builder| builder.fixture(functions).clock(SandboxClock::ticking(Duration::from_millis(10))))
}

#[test]
fn the_first_command_does_the_main_job() {
    let command = named("first-command");
    let started = command.strip_prefix("cargo run -- ").expect("it needs a Rust toolchain alone");
    let mut cli = cli();
    for name in ["JELOU_API_URL", "JELOU_GATEWAY_URL", "JELOU_TOKEN"] {
        cli.unset(name);
    }
    for words in ["jq", "curl", "bash"] {
        assert!(!command.split_whitespace().any(|word| word == words), "{words} is not needed");
    }
    let ran = cli.bash(&format!("exec 2>&1\njelou {started}")).ended(0);
    let promised: Vec<Block> = blocks(&read("README.md"))
        .into_iter()
        .filter(|block| block.comment.as_deref() == Some("printed by: first-command"))
        .collect();
    assert_eq!(promised.len(), 1);
    assert_eq!(essence(&ran.stdout), essence(&promised[0].text));
    assert!(ran.stdout.ends_with("refused with exit status 3\n"), "{ran:?}");
}

/// What a terminal shows as it is captured here: there the value of a new token stands alone, before
/// the rest of its block.
fn as_captured(mut shown: Vec<String>) -> Vec<String> {
    if let Some(at) = shown.iter().position(|line| line.starts_with("▸ Token ")) {
        let value = shown.remove(at).replace("▸ Token ", "");
        shown.insert(0, value);
    }
    shown
}

#[test]
fn the_tour_prints_what_it_says() {
    let tour: Vec<Block> = blocks(&read("README.md")).into_iter().filter(|block| block.comment.is_none()).collect();
    let mut script = "exec 2>&1\n".to_owned();
    let mut promised: BTreeMap<usize, &str> = BTreeMap::new();
    for (index, block) in tour.iter().enumerate() {
        match block.language.as_str() {
            "sh" => script.push_str(&format!("echo '@@@ {index}'\n{}", block.text)),
            "text" => {
                assert!(index > 0 && tour[index - 1].language == "sh", "an output follows its command");
                promised.insert(index - 1, &block.text);
            }
            other => panic!("a block of `{other}` is neither a command nor its output"),
        }
    }
    assert!(promised.len() > 5, "the tour shows what it prints");
    let ran = cli().bash(&script).ended(0);
    let mut printed: BTreeMap<usize, String> = BTreeMap::new();
    for part in ran.stdout.split("@@@ ").skip(1) {
        let (index, output) = part.split_once('\n').unwrap();
        printed.insert(index.parse().unwrap(), output.to_owned());
    }
    for (index, output) in promised {
        assert_eq!(essence(&printed[&index]), as_captured(essence(output)), "{}", tour[index].text);
    }
}

#[test]
fn every_command_shown_is_run() {
    let ci = read(".ci/run");
    let mut left_out = Vec::new();
    for block in blocks(&read("README.md")).into_iter().filter(|block| block.language == "sh") {
        match block.comment.as_deref().map(|comment| comment.split_once(": ").unwrap()) {
            None => {}
            Some(("completions", shell)) => assert!(SHELLS.contains(&shell), "{shell} completes in a test"),
            Some(("run by", name)) => assert_eq!(name, "what_is_installed_is_uninstalled"),
            Some(("ci", name)) => assert!(ci.contains(&format!("readme {name}\n")), "`.ci/run` runs {name}"),
            Some(_) => left_out.push(block.text),
        }
    }
    assert_eq!(left_out, ["jelou sandbox run -- bash\n"], "only what waits for a person is run by a test of its own");
    let cli = Cli::new();
    let ran =
        cli.jelou_with_stdin(&["sandbox", "run", "--", "bash"], "jelou tokens list my-function --quiet\n").ended(0);
    assert!(ran.stdout.starts_with("tok_"), "{ran:?}");
}

#[test]
fn the_test_command_is_the_one_that_names_what_is_missing() {
    assert_eq!(named("test-command"), "cargo test\n");
    tools::require();
    let folder = tempfile::tempdir().unwrap();
    for tool in ["bash", "curl"] {
        std::os::unix::fs::symlink("/bin/sh", folder.path().join(tool)).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    assert_eq!(
        tools::missing(path).as_deref(),
        Some("The tests need jq, which PATH does not have (on Debian: `apt-get install jq`)")
    );
    std::os::unix::fs::symlink("/bin/sh", folder.path().join("jq")).unwrap();
    assert_eq!(tools::missing(path), None);
    let readme = read("README.md");
    for tool in &tools::NEEDED {
        assert!(readme.contains(tool.name), "{} is named", tool.name);
    }
}

/// Everything that `docs/installing.md` installs, and that `login` and Tab write, is gone afterwards.
#[test]
fn what_is_installed_is_uninstalled() {
    let mut cli = Cli::new();
    let stub = cli.write("bin/cargo", "#!/bin/sh\necho \"$@\" >> cargo.log\n");
    std::fs::set_permissions(&stub, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", cli.folder().join("bin").display(), cli.env()["PATH"]);
    cli.set("PATH", &path);
    let text = read("docs/installing.md");
    let mut steps = blocks(&text).into_iter().filter(|block| {
        block.comment.as_deref().is_some_and(|comment| {
            comment.starts_with("completions: ") || comment == "run by: what_is_installed_is_uninstalled"
        })
    });
    let uninstall = steps.next_back().unwrap().text;
    let install: String = steps.map(|block| block.text).collect();
    assert!(install.contains("jelou man ") && uninstall.contains("cargo uninstall jelou\n"), "{install}{uninstall}");
    let used = "printf %s \"$JELOU_TOKEN\" | jelou login --token-stdin\n\
                JELOU_COMPLETE=fish jelou -- jelou tokens list ''\n";
    let ran = cli.bash(&format!("{install}{used}")).ended(0);
    assert!(ran.stdout.contains("my-function"), "{ran:?}");
    let home = cli.folder().join("home");
    let mut files = Vec::new();
    collect(&home, false, &mut files);
    let of = |name: &str| files.iter().any(|file| file.ends_with(name));
    for file in [
        "man1/jelou-tokens-create.1",
        "man7/jelou-sandbox-faults.7",
        "jelou/credentials.json",
        "jelou/completions.json",
        "_jelou",
        "jelou.fish",
    ] {
        assert!(of(file), "{file} was not installed: {files:?}");
    }
    let _ = cli.bash(&uninstall).ended(0);
    let mut left = Vec::new();
    collect(&home, false, &mut left);
    left.sort();
    assert_eq!(left, [home.join(".bashrc"), home.join(".zshrc")]);
    assert_eq!(std::fs::read_to_string(cli.folder().join("cargo.log")).unwrap(), "uninstall jelou\n");
}

/// Whether a line is like `export T=$(command)`, which loses the status of the command.
fn hides_a_failure(line: &str) -> bool {
    ["export ", "readonly ", "local ", "declare "].iter().any(|word| {
        line.match_indices(word).any(|(at, _)| {
            let starts = !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '`'));
            let declared = line[at + word.len()..].trim_start();
            let name = declared.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(declared.len());
            let value = declared[name..].strip_prefix('=').map(|value| value.trim_start_matches('"'));
            starts && name > 0 && value.is_some_and(|value| value.starts_with("$(") || value.starts_with('`'))
        })
    })
}

#[test]
fn examples_check_every_failure() {
    for (line, expected) in [
        ("export TOKEN=$(jelou tokens create)", true),
        ("  export TOKEN=\"$(jelou tokens create)\"", true),
        ("FOO=1 && export T=`jelou`", true),
        ("TOKEN=$(jelou tokens create)", false),
        ("export TOKEN", false),
        ("export JELOU_API_URL=http://127.0.0.1:1", false),
    ] {
        assert_eq!(hides_a_failure(line), expected, "{line}");
    }
    let mut files = Vec::new();
    for folder in ["", "src", "man", "ci-examples", "docs", ".github", ".ci", "bench"] {
        collect(&repository(folder), folder.is_empty(), &mut files);
    }
    assert!(files.len() > 100, "{}", files.len());
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            assert!(!hides_a_failure(line), "{}:{}: {line}", file.display(), number + 1);
            let echoed = line.contains("echo") && line.contains("=$(") && line.contains(">>");
            assert!(!echoed, "{}:{}: {line}", file.display(), number + 1);
        }
    }
}

/// The files of a folder, with or without its subfolders.
fn collect(folder: &Path, flat: bool, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_file() {
            files.push(path);
        } else if path.is_dir() && !flat {
            collect(&path, false, files);
        }
    }
}

#[test]
fn a_failing_example_stops_its_script() {
    let cli = Cli::new();
    for line in blocks(&read("README.md"))
        .into_iter()
        .filter(|block| block.comment.is_none() && block.text.starts_with("TOKEN=") && !block.text.contains("curl"))
    {
        let broken = line.text.replace("my-fn", "no-such-function");
        assert_ne!(broken, line.text);
        for shell in ["bash -e", "sh -e"] {
            let ran: Ran =
                cli.bash(&format!("set +e; {shell} <<'SCRIPT'\n{broken}echo went on\nSCRIPT\necho \"ended $?\""));
            assert_eq!(ran.stdout, "ended 5\n", "{shell}: {broken}");
        }
    }
}

#[test]
fn the_faults_in_the_help_are_parsed() {
    let cli = Cli::new();
    for command in ["run", "faults"] {
        let help = cli.jelou(&["sandbox", command, "--help"]).ended(0).stdout;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let shown: Vec<&str> = help.split("such as `").skip(1).map(|rest| rest.split('`').next().unwrap()).collect();
        assert_eq!(shown.len(), 1, "{help}");
        cli.jelou(&["sandbox", "run", "--fault", shown[0], "--", "true"]).ended(0);
    }
}

#[test]
fn the_columns_of_the_help_are_separated() {
    let help = Cli::new().jelou(&["help", "exit-codes"]).ended(0).stdout;
    for row in jelou::exit::table() {
        assert!(help.contains(&format!("{:>3}  {} ", row.status, row.code)), "{}", row.code);
    }
}
