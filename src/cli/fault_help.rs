//! The language of the sandbox on a terminal: below `jelou sandbox faults --help`, and alone where
//! `help` stands in the place of a fault, a scenario or a seed file. No command is needed for that.

use std::ffi::OsString;

use super::help::{columns, heading, wrapped};
use super::spelled_on;
use crate::sandbox::language::{self, Part, Row};

const HELP: &str = "help";

type Told = fn() -> Vec<Part>;

/// The flags in whose place `help` can stand, and what is said then.
const FLAGS: [(&str, Told); 3] =
    [("--fault", language::faults), ("--scenario", language::scenarios), ("--seed-file", language::seed_files)];

/// What a line asks for, if it asks for the language.
pub(crate) fn of_line(line: &[OsString]) -> Option<String> {
    let words: Vec<String> =
        line.iter().skip(1).take_while(|word| *word != "--").map(|word| word.to_string_lossy().into_owned()).collect();
    if !words.iter().any(|word| word == HELP || word.ends_with("=help")) {
        return None;
    }
    let parts = match spelled_on(&words).as_str() {
        "sandbox run" | "sandbox start" => {
            let stands_for = |flag: &str| {
                words.iter().any(|word| word.strip_prefix(flag) == Some("=help"))
                    || words.windows(2).any(|pair| pair[0] == flag && pair[1] == HELP)
            };
            FLAGS.iter().find(|(flag, _)| stands_for(flag))?.1()
        }
        // Beside another word it would be a fault of that name, which there is not.
        "sandbox faults" if words.iter().filter(|word| !word.starts_with('-')).eq(["sandbox", "faults", HELP]) => {
            language::faults()
        }
        _ => return None,
    };
    Some(format!("{}\n", text(&parts)))
}

/// What stands below the help of `jelou sandbox faults`.
pub(super) fn of_faults() -> String {
    text(&language::faults())
}

fn text(parts: &[Part]) -> String {
    let block = |part: &Part| match part {
        Part::Text(text) => wrapped(text),
        Part::Table(title, rows) => format!("{}\n{}", heading(title), table(rows)),
        Part::File(title, name, text) => {
            let lines = text.lines().map(|line| format!("  {line}").trim_end().to_owned());
            format!("{}\n{}", heading(&format!("{title} ({name})")), lines.collect::<Vec<_>>().join("\n"))
        }
    };
    parts.iter().map(block).collect::<Vec<_>>().join("\n\n")
}

/// Two columns; an example stands below what it is one of, in the quotes that a shell wants.
fn table(rows: &[Row]) -> String {
    let row = |row: &Row| {
        let example = row.example.map(|example| format!("\n'{example}'")).unwrap_or_default();
        (row.term.clone(), format!("{}{example}", row.meaning))
    };
    columns(&rows.iter().map(row).collect::<Vec<_>>())
}
