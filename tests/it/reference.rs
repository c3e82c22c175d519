//! `jelou schema`, `completions`, `man` and the help texts.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{Command, Stdio};

use jelou::cli;
use jelou::cli::topics::Topic;

use crate::support::cli::Cli;
use crate::support::repository::{files, path, read};

fn have(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_schema_is_found_by_name_alias_group_and_place() {
    let cli = Cli::new();
    let title = |arguments: &[&str]| cli.jelou(arguments).ended(0).json()["title"].clone();
    assert_eq!(title(&["schema", "tokens", "create"]), "jelou tokens create --json");
    assert_eq!(title(&["schema", "token", "ls"]), "jelou tokens list --json");
    assert_eq!(title(&["schema", "tokens create"]), "jelou tokens create --json");
    assert_eq!(title(&["schema", "functions", "deploy"]), "jelou deploy --json");
    assert_eq!(title(&["schema", "failure"]), "jelou --json");
    let group = cli.jelou(&["schema", "auth"]).ended(0).json();
    assert_eq!(group.as_object().unwrap().keys().collect::<Vec<_>>(), ["auth list", "auth switch", "auth remove"]);
    let all = cli.jelou(&["schema"]).ended(0).json();
    let enveloped = cli.jelou(&["schema", "--json"]).ended(0).json();
    assert_eq!(enveloped["data"], all);
    assert!(all["tokens create"]["oneOf"].is_array());
}

/// Those of the build that is tested: after `just regenerate` the next build has the new ones.
#[test]
fn the_schemas_are_the_committed_ones() {
    let cli = Cli::new();
    let all = cli.jelou(&["schema"]).ended(0).json();
    let mut names: Vec<String> = all.as_object().unwrap().keys().cloned().collect();
    names.push("failure".to_owned());
    let file = |name: &String| format!("schema/{}.json", name.replace(' ', "-"));
    let expected: BTreeSet<String> = names.iter().map(file).collect();
    let other = ["schema/cli.json", "schema/openapi.json"];
    let committed = files("schema", ".json").into_iter().filter(|file| !other.contains(&file.as_str()));
    assert_eq!(committed.collect::<BTreeSet<_>>(), expected);
    for name in &names {
        // The program escapes what a log would obey, as `#`.
        let printed = serde_json::to_string_pretty(&cli.jelou(&["schema", name]).ended(0).json()).unwrap();
        assert_eq!(format!("{printed}\n"), read(&file(name)), "{name}");
        assert!(name == "failure" || serde_json::to_string_pretty(&all[name]).unwrap() == printed, "{name}");
    }
}

#[test]
fn a_schema_of_an_unknown_command_names_the_known_ones() {
    let cli = Cli::new();
    for words in [&["tokens", "creat"][..], &["create"], &["tokens", "create", "now"]] {
        let ran = cli.jelou(&[&["schema"][..], words].concat()).ended(2);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains(&format!("There is no command `{}`", words.join(" "))), "{ran:?}");
        assert!(ran.stderr.contains("tokens revoke"), "{ran:?}");
    }
}

#[test]
fn completions_are_the_same_in_every_format_and_ask_this_program() {
    let cli = Cli::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = cli.jelou(&["completions", shell]).ended(0).stdout;
        let asks = script.contains("JELOU_COMPLETE") && script.contains("jelou -- ");
        assert!(asks && script.contains(shell), "{shell} does not ask: {script}");
        assert!(!script.contains(env!("CARGO_BIN_EXE_jelou")), "{shell}: {script}");
        assert_eq!(cli.jelou(&["completions", shell, "--quiet"]).ended(0).stdout, script, "{shell}");
        let json = cli.jelou(&["completions", shell, "--json"]).ended(0).json();
        assert_eq!(json["data"]["shell"], shell);
        assert_eq!(json["data"]["script"].as_str().unwrap().trim_end(), script.trim_end(), "{shell}");
    }
}

/// bash loads the script and completes a line with it.
#[test]
fn bash_completes_with_the_script() {
    let cli = Cli::new();
    let ran = cli
        .bash(
            r#"
            source <(jelou completions bash)
            COMP_WORDS=(jelou tokens reg); COMP_CWORD=2; COMPREPLY=()
            _jelou jelou reg tokens
            printf '%s\n' "${COMPREPLY[@]}"
            "#,
        )
        .ended(0);
    assert_eq!(ran.stdout, "regenerate\n");
}

#[test]
fn man_writes_a_page_for_every_command() {
    let cli = Cli::new();
    let ran = cli.jelou(&["man", "out/pages", "--json"]).ended(0).json();
    let listed: Vec<String> = serde_json::from_value(ran["data"]["pages"].clone()).unwrap();
    for node in cli::nodes().into_iter().filter(|node| !node.command.is_hide_set()) {
        let file = format!("jelou {}", node.name).trim().replace(' ', "-") + ".1";
        assert!(listed.contains(&file), "no page {file}");
        let text = std::fs::read_to_string(cli.folder().join("out/pages").join(&file)).unwrap();
        let about = node.command.get_about().unwrap().to_string();
        let first = about.split([' ', '`', '\'']).next().unwrap();
        assert!(text.starts_with(".TH JELOU") && text.contains(first), "{file}: {text}");
    }
    for topic in Topic::ALL {
        let file = format!("jelou-{}.1", topic.name());
        assert_eq!(listed.iter().filter(|listed| **listed == file).count(), 1, "one page {file}");
        let text = std::fs::read_to_string(cli.folder().join("out/pages").join(&file)).unwrap();
        assert!(text.contains(".SH EXAMPLES\n"), "{file}: {text}");
    }
    let codes = std::fs::read_to_string(cli.folder().join("out/pages/jelou-exit-codes.1")).unwrap();
    assert!(jelou::exit::table().iter().all(|row| codes.contains(&row.code.replace('-', "\\-"))), "{codes}");
    let committed: Vec<String> = files("man", "").iter().map(|file| file.replace("man/", "")).collect();
    assert_eq!(listed, committed);
    for file in &committed {
        assert_eq!(
            std::fs::read_to_string(cli.folder().join("out/pages").join(file)).unwrap(),
            read(&format!("man/{file}"))
        );
    }
    assert!(cli.jelou(&["man", "out/pages/jelou.1"]).ended(2).stderr.contains("cannot be written"));
}

#[test]
fn the_pages_are_clean_for_mandoc() {
    let pages = files("man", "");
    assert!(pages.len() > 30 && pages.iter().all(|page| read(page).len() > 200), "{} pages", pages.len());
    if !have("mandoc") {
        crate::support::skipped("mandoc is not installed, so the pages were not linted");
        return;
    }
    let pages = pages.iter().map(|page| path(page));
    let linted = Command::new("mandoc").args(["-T", "lint", "-W", "error"]).args(pages).output().unwrap();
    assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stdout));
}

#[test]
fn every_command_shows_an_example_that_can_be_typed() {
    let mut seen = 0;
    for node in cli::nodes().into_iter().filter(|node| !node.is_group() || node.name.is_empty()) {
        let help = node.command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("no example in `{}`", node.name));
        let mut has_own = false;
        for line in examples.lines().skip(1) {
            for typed in line.split("jelou ").skip(1).filter(|typed| !typed.is_empty()) {
                let end = [" | ", " && ", " < ", " > ", ")"].iter().filter_map(|end| typed.find(end)).min();
                let typed = &typed[..end.unwrap_or(typed.len())];
                let Some(words) = shlex::split(typed) else { continue };
                let line: Vec<OsString> =
                    std::iter::once("jelou".into()).chain(words.into_iter().map(Into::into)).collect();
                let parsed = cli::parse(&line);
                let parsed = parsed.unwrap_or_else(|error| panic!("`{}`: jelou {typed}: {error}", node.name));
                has_own |= parsed.command() == cli::canonical(&node.name) || node.name.is_empty();
                seen += 1;
            }
        }
        assert!(has_own, "no example of `{}` itself", node.name);
    }
    assert!(seen > 40, "{seen} examples");
}

#[test]
fn every_argument_and_command_is_described() {
    for node in cli::nodes() {
        assert!(node.command.get_about().is_some(), "`{}` is not described", node.name);
        for argument in node.command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            assert!(!help.is_empty() && !help.ends_with('.'), "`{}` {}: {help:?}", node.name, argument.get_id());
        }
    }
}
