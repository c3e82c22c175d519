//! The language of the sandbox as a man page, `jelou-sandbox-faults(7)`, and as Markdown,
//! `docs/sandbox.md`.

use std::fmt::Write as _;

use clap_mangen::roff::{Roff, bold, roman};
use serde_json::Value;

use super::man_pages::{Page, heading, text_of};
use crate::cli;
use crate::sandbox::language::{Chapter, Part, Row, chapters};

/// The name of the man page, without its section.
pub(super) const TITLE: &str = "jelou-sandbox-faults";
const ABOUT: &str = "The faults, scenarios and seed files of jelou sandbox";

/// The man page; section 7 is for conventions, and section 1 has the command.
pub(super) fn page() -> Page {
    let mut roff = Roff::new();
    roff.control("SH", ["NAME"]);
    roff.text(vec![roman(format!("{TITLE} - {ABOUT}"))]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text(vec![
        bold("jelou sandbox run"),
        roman(" [--fault SPEC]... [--scenario NAME|FILE] [--seed-file FILE] -- CMD"),
    ]);
    for Chapter { title, parts } in chapters() {
        roff.control("SH", [title.to_uppercase().as_str()]);
        parts.iter().for_each(|part| add(&mut roff, part));
    }
    roff.control("SH", ["SEE ALSO"]);
    roff.text(vec![bold("jelou-sandbox"), roman("(1), "), bold(TITLE), roman("(1), "), bold("jelou"), roman("(1)")]);
    let text = text_of(heading(TITLE, 7), [roff]);
    Page { file: format!("{TITLE}.7"), text }
}

fn add(roff: &mut Roff, part: &Part) {
    match part {
        Part::Text(text) => {
            roff.control("PP", []);
            for line in text.lines() {
                match line.strip_prefix("- ") {
                    Some(item) => {
                        roff.control("IP", ["-", "2"]);
                        roff.text(vec![roman(item)]);
                    }
                    None => _ = roff.text(vec![roman(line)]),
                }
            }
        }
        Part::Table(title, rows) => {
            roff.control("SS", [*title]);
            for Row { term, meaning, example } in rows {
                roff.control("TP", []);
                roff.text(vec![bold(term)]);
                roff.text(vec![roman(meaning)]);
                if let Some(example) = example {
                    roff.control("br", []);
                    roff.text(vec![roman(format!("'{example}'"))]);
                }
            }
        }
        Part::File(title, name, text) => {
            roff.control("SS", [format!("{title} ({name})").as_str()]);
            roff.control("nf", []);
            text.lines().for_each(|line| _ = roff.text(vec![roman(line)]));
            roff.control("fi", []);
        }
    }
}

const INTRODUCTION: &str = "\
`jelou sandbox` is the platform on 127.0.0.1: control plane and gateway with their rules, without the vendor's servers and without the functions' code.

- `jelou sandbox run -- CMD` starts it, runs a command against it, and leaves nothing behind. Its tokens, addresses and this program are in the environment of CMD.
- `jelou sandbox start` leaves it running, and prints what to set so that other commands find it.

";

/// The whole of `docs/sandbox.md`.
pub(crate) fn markdown() -> String {
    let mut text = format!("# {ABOUT}\n\n{INTRODUCTION}");
    text.push_str("While it runs, these commands ask it:\n\n| command | what it does |\n| --- | --- |\n");
    for node in cli::nodes() {
        let Some(verb) = node.name.strip_prefix("sandbox ") else { continue };
        let about = node.command.get_about().map(ToString::to_string).unwrap_or_default();
        if !matches!(verb, "run" | "start") {
            writeln!(text, "| `jelou sandbox {verb}` | {} |", cell(&about)).unwrap_or_default();
        }
    }
    text.push_str(&options());
    for Chapter { title, parts } in chapters() {
        write!(text, "\n## {title}\n").unwrap_or_default();
        for part in &parts {
            text.push_str(&of_part(part));
        }
    }
    text
}

/// What `run` and `start` take besides what every command takes.
fn options() -> String {
    let of = |verb: &str| {
        let node = serde_json::to_value(cli::describe(&format!("sandbox {verb}"))).unwrap_or_default();
        node["options"].as_array().cloned().unwrap_or_default()
    };
    let (run, start) = (of("run"), of("start"));
    let mut text = "\n## Options of run and start\n\n| option | of | what it does |\n| --- | --- | --- |\n".to_owned();
    for option in run.iter().chain(start.iter().filter(|option| !run.contains(option))) {
        let word = |key: &str| option[key].as_str().unwrap_or_default();
        let written = format!("{} {}", word("name"), word("value"));
        let verbs = [("run", &run), ("start", &start)].into_iter().filter(|(_, options)| options.contains(option));
        let verbs: Vec<&str> = verbs.map(|(verb, _)| verb).collect();
        let mut about = word("description").to_owned();
        let values: Vec<_> = option["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !values.is_empty() {
            write!(about, ": `{}`", values.join("`, `")).unwrap_or_default();
        }
        writeln!(text, "| `{}` | {} | {} |", cell(written.trim_end()), verbs.join(", "), cell(&about))
            .unwrap_or_default();
    }
    text
}

fn of_part(part: &Part) -> String {
    match part {
        Part::Text(text) => format!("\n{text}\n"),
        Part::Table(title, rows) => {
            let has_examples = rows.iter().any(|row| row.example.is_some());
            let (header, rule) = if has_examples { (" | example", " | ---") } else { ("", "") };
            let mut table = format!("\n### {title}\n\n| written | meaning{header} |\n| --- | ---{rule} |\n");
            for Row { term, meaning, example } in rows {
                let example = example.map(|example| format!(" | `'{}'`", cell(example))).unwrap_or_default();
                let terms = term.split(", ").map(|term| format!("`{}`", cell(term))).collect::<Vec<_>>().join(", ");
                writeln!(table, "| {terms} | {}{example} |", cell(meaning)).unwrap_or_default();
            }
            table
        }
        Part::File(title, name, text) => {
            let language = name.rsplit('.').next().unwrap_or_default();
            // The comment says which test uses the file: every block of `docs/` has one that does.
            let run_by = "<!-- run by: every_file_that_is_shown_is_used_as_it_stands -->";
            format!("\n### {title}\n\n`{name}`:\n\n{run_by}\n```{language}\n{text}```\n")
        }
    }
}

/// A text in a cell of a table, whose borders are `|`.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
