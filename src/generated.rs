//! What is generated from the types, the tables and the argument definitions, and committed, is up
//! to date. What the program prints, its screens and pictures, is compared in `tests/it`.

#[path = "../tests/it/support/repository.rs"]
mod repository;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::ArgAction;

use self::repository::{files, path, read, regenerates};
use crate::ci;
use crate::cli;
use crate::commands::reference::language_pages;
use crate::commands::reference::man_pages::pages;
use crate::commands::reference::schemas::{compose, file_of};
use crate::commands::reference::scopes;
use crate::commands::reference::topics;
use crate::config::env;
use crate::delivery;
use crate::exit;
use crate::sandbox::openapi;

/// It rewrites them. The program of the next build hands out the new ones.
const COMMAND: &str = "JELOU_REGENERATE=1 cargo test --lib generated";

/// Files that hold nothing but what is generated. Those of the same folder and ending that are not
/// generated any more must not stay.
#[track_caller]
fn check(folder: &str, ending: &str, generated: &[(String, String)]) {
    let names: BTreeSet<String> = generated.iter().map(|(name, _)| format!("{folder}/{name}")).collect();
    let stray: Vec<String> = files(folder, ending).into_iter().filter(|file| !names.contains(file)).collect();
    let is_current = |name: &str, text: &str| {
        std::fs::read_to_string(path(&format!("{folder}/{name}"))).is_ok_and(|found| found == text)
    };
    let stale: Vec<&(String, String)> = generated.iter().filter(|(name, text)| !is_current(name, text)).collect();
    if regenerates() {
        std::fs::create_dir_all(path(folder)).unwrap();
        stray.iter().for_each(|file| std::fs::remove_file(path(file)).unwrap());
        stale.iter().for_each(|(name, text)| std::fs::write(path(&format!("{folder}/{name}")), text).unwrap());
        return;
    }
    let stale: Vec<String> = stale.into_iter().map(|(name, _)| format!("{folder}/{name}")).collect();
    assert!(
        stale.is_empty() && stray.is_empty(),
        "not up to date: {stale:?}, no longer generated: {stray:?}; run `{COMMAND}` and look at the difference"
    );
}

#[test]
fn the_man_pages_are_up_to_date() {
    let pages: Vec<(String, String)> = pages().into_iter().map(|page| (page.file, page.text)).collect();
    check("man", "", &pages);
}

#[test]
fn the_manual_of_the_sandbox_is_up_to_date() {
    check("docs", "sandbox.md", &[("sandbox.md".to_owned(), language_pages::markdown())]);
}

#[test]
fn the_schemas_are_up_to_date() {
    let text = |value: &serde_json::Value| format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    let mut schemas: Vec<(String, String)> =
        compose::all().into_iter().map(|(command, schema)| (file_of(command), text(&schema))).collect();
    schemas.push(("cli.json".to_owned(), text(&serde_json::to_value(cli::describe("").unwrap()).unwrap())));
    schemas.push(("openapi.json".to_owned(), text(&openapi::document())));
    check("schema", ".json", &schemas);
}

fn exit_codes() -> String {
    let mut text = String::from("| status | code | when | again? |\n| --- | --- | --- | --- |\n");
    for row in exit::table() {
        let code = if row.code.is_empty() { String::new() } else { format!(" `{}`", row.code) };
        let again = if row.retryable { " yes" } else { "" };
        writeln!(text, "| {} |{code} | {} |{again} |", row.status, row.when).unwrap();
    }
    text
}

/// The sentences of `jelou help environment`.
fn settings() -> String {
    format!("{}\n\n{}\n", topics::WHICH_VARIABLE, topics::WHO_WINS)
}

fn environment() -> String {
    let mut text = String::from("| variable | meaning |\n| --- | --- |\n");
    for variable in env::ALL {
        writeln!(text, "| `{}` | {} |", variable.name, variable.meaning).unwrap();
    }
    text
}

#[test]
fn the_pages_have_the_tables() {
    for (page, name, table) in [
        ("docs/exit-codes.md", "exit-codes", exit_codes()),
        ("docs/environment.md", "settings", settings()),
        ("docs/environment.md", "environment", environment()),
        ("docs/environment.md", "ci-systems", ci::systems_markdown()),
        ("README.md", "sinks", delivery::markdown()),
        ("docs/scopes.md", "scopes", scopes::markdown()),
    ] {
        let text = read(page);
        let begin = format!("<!-- generated: {name} -->\n");
        let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("{page} has no line `{begin}`"));
        let (found, after) =
            rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{page} has no `<!-- end -->` behind `{begin}`"));
        if regenerates() {
            std::fs::write(path(page), format!("{before}{begin}{table}<!-- end -->{after}")).unwrap();
        } else {
            assert!(found == table, "{page}: the table `{name}` is not up to date; run `{COMMAND}`");
        }
    }
}

/// The whole surface in one file, so that a change of it is seen in review. What is in there may be
/// relied on: lines are added, not removed.
#[test]
fn the_command_line_is_the_reviewed_one() {
    let mut text = String::new();
    let mut root = cli::tree();
    root.build();
    describe(&root, "jelou", true, &mut text);
    check("tests/golden", "cli.txt", &[("cli.txt".to_owned(), text)]);
}

fn describe(command: &clap::Command, name: &str, is_root: bool, text: &mut String) {
    let aliases: Vec<&str> = command.get_all_aliases().collect();
    let aliases = if aliases.is_empty() { String::new() } else { format!(" (also {})", aliases.join(", ")) };
    let hidden = if command.is_hide_set() { " (hidden)" } else { "" };
    writeln!(text, "{name}{aliases}{hidden}").unwrap();
    for argument in command.get_arguments() {
        let is_help = matches!(argument.get_action(), ArgAction::Help | ArgAction::Version);
        if is_help || (argument.is_global_set() && !is_root) {
            continue;
        }
        let mut line = argument.to_string();
        if let (Some(short), false) = (argument.get_short(), argument.is_positional()) {
            line = format!("-{short}, {line}");
        }
        for (condition, note) in [
            (argument.is_required_set(), "required"),
            (argument.is_global_set(), "everywhere"),
            (matches!(argument.get_action(), ArgAction::Append | ArgAction::Count), "repeatable"),
            (argument.is_last_set(), "after --"),
        ] {
            if condition {
                write!(line, ", {note}").unwrap();
            }
        }
        let values: Vec<String> =
            argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if argument.get_action().takes_values() && !values.is_empty() {
            write!(line, ", one of {}", values.join("|")).unwrap();
        }
        let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        if argument.get_action().takes_values() && !defaults.is_empty() {
            write!(line, ", default {}", defaults.join(" ")).unwrap();
        }
        writeln!(text, "    {line}").unwrap();
    }
    for child in command.get_subcommands().filter(|child| child.get_name() != "help") {
        describe(child, &format!("{name} {}", child.get_name()), false, text);
    }
}
