//! Makes the man pages, one a command.
//!
//! Everything in them is said elsewhere: the argument definitions, the exit-code table, the list of
//! variables.

use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::language_pages;
use super::topics::{self, Part};
use crate::cli::topics::Topic;
use crate::cli::{self, Node};
use crate::config::env;
use crate::exit;

/// The first paragraph of the manual.
const DESCRIPTION: &str = "A token's value is shown once. jelou delivers it exactly once, or revokes it again. \
    stdout carries the result and nothing else, the exit status says what kind of failure it was, and nothing is ever asked where \
    nobody answers.";

/// A man page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The name of its file: `jelou-tokens-create.1`.
    pub(crate) file: String,
    /// It, in the language of `man(7)`.
    pub(crate) text: String,
}

/// Every page: `jelou(1)`, one for each command and group that the help shows, one for each topic,
/// and `jelou-sandbox-faults(7)`. A topic and a command of one name share a page.
pub(crate) fn pages() -> Vec<Page> {
    let nodes = cli::nodes().into_iter().filter(|node| !node.command.is_hide_set());
    let mut pages: Vec<Page> = nodes.map(page).collect();
    let topics: Vec<Page> = Topic::ALL.into_iter().map(topic_page).collect();
    topics.into_iter().for_each(|topic| {
        if pages.iter().all(|page| page.file != topic.file) {
            pages.push(topic);
        }
    });
    pages.push(language_pages::page());
    pages
}

fn topic_page(topic: Topic) -> Page {
    let title = format!("jelou-{}", topic.name());
    let mut roff = Roff::new();
    roff.control("SH", ["NAME"]);
    roff.text(vec![roman(format!("{title} - {}", topic.about()))]);
    roff.control("SH", ["DESCRIPTION"]);
    let text = text_of(heading(&title, 1), [roff, topic_parts(topic), see_also(topic.name())]);
    Page { file: format!("{title}.1"), text }
}

/// A page of these sections.
pub(super) fn text_of(heading: String, sections: impl IntoIterator<Item = Roff>) -> String {
    let mut text = heading.into_bytes();
    for part in sections {
        let written = part.to_writer(&mut text);
        debug_assert!(written.is_ok(), "memory takes every byte");
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// What a topic says, below a section that is open.
fn topic_parts(topic: Topic) -> Roff {
    let mut roff = Roff::new();
    for part in topics::parts(topic) {
        match part {
            Part::Text(text) => {
                roff.control("PP", []);
                roff.text(vec![roman(text)]);
            }
            Part::Table(title, rows) => {
                roff.control("SH", [title.to_uppercase().as_str()]);
                for (name, meaning) in rows {
                    roff.control("TP", []);
                    roff.text(vec![bold(name.trim())]);
                    roff.text(vec![roman(meaning)]);
                }
            }
            Part::Examples(lines) => examples(&mut roff, lines),
        }
    }
    roff
}

/// The text and the examples of a topic in the page of the command of its name, whose other
/// sections hold the rest.
fn topic_sections(topic: Topic) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["NOTES"]);
    for part in topics::parts(topic) {
        if let Part::Text(text) = part {
            roff.control("PP", []);
            roff.text(vec![roman(text)]);
        }
    }
    if let Some(Part::Examples(lines)) = topics::parts(topic).pop() {
        examples(&mut roff, lines);
    }
    roff
}

fn examples(roff: &mut Roff, lines: &[&str]) {
    roff.control("SH", ["EXAMPLES"]);
    roff.control("nf", []);
    for line in lines {
        roff.text(vec![roman(line.trim_start())]);
    }
    roff.control("fi", []);
}

fn see_also(name: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SEE ALSO"]);
    let rest = "(1), for the options that every command takes, the exit statuses and the environment";
    roff.text(vec![bold("jelou"), roman(rest)]);
    if name.starts_with("sandbox") {
        roff.text(vec![bold(language_pages::TITLE), roman("(7), for faults, scenarios and seed files")]);
    }
    if let Some(topic) = Topic::ALL.into_iter().find(|topic| topic.name() == name) {
        roff.control("PP", []);
        roff.text(vec![roman(format!("In the repository of jelou: {}", topic.pages()))]);
    }
    roff
}

/// `Man` leaves the empty date out, which moves what follows it to its place.
pub(super) fn heading(title: &str, section: u8) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(".TH {} {section} \"\" \"jelou {version}\" \"Jelou Functions\"\n", title.to_ascii_uppercase())
}

fn page(node: Node) -> Page {
    let Node { name, command } = node;
    let is_root = name.is_empty();
    let same_name = Topic::ALL.into_iter().find(|topic| topic.name() == name);
    let is_group = command.has_subcommands();
    let typed = if is_root { "jelou".to_owned() } else { format!("jelou {name}") };
    let title = typed.replace(' ', "-");
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long_about = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    // It begins with the short text.
    let more = long_about.split_once("\n\n").map(|(_, more)| more.replace('\n', " ")).unwrap_or_default();
    let aliases = command.get_visible_aliases().collect::<Vec<_>>().join(", ");
    let mut command = command.disable_help_subcommand(true).bin_name(typed.clone()).display_name(title.clone());
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).to_owned();
    // A group that is spelled in two ways has one page.
    let second_spellings: Vec<String> = command
        .get_subcommands()
        .filter(|child| child.has_subcommands() && cli::is_second_spelling(&format!("{name} {}", child.get_name())))
        .map(|child| child.get_name().to_owned())
        .collect();
    let command =
        second_spellings.iter().fold(command, |command, child| command.mut_subcommand(child, |c| c.hide(true)));
    let man = Man::new(command.override_usage(usage));
    let mut text = heading(&title, 1).into_bytes();
    let written = man
        .render_name_section(&mut text)
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| description(is_root, &about, &more, &aliases).to_writer(&mut text))
        .and_then(|()| man.render_options_section(&mut text))
        .and_then(|()| if is_group { man.render_subcommands_section(&mut text) } else { Ok(()) })
        .and_then(|()| same_name.map_or(Ok(()), |topic| topic_sections(topic).to_writer(&mut text)))
        .and_then(|()| rest(is_root, &after).to_writer(&mut text))
        .and_then(|()| if is_root { Ok(()) } else { see_also(&name).to_writer(&mut text) });
    debug_assert!(written.is_ok(), "memory takes every byte");
    Page { file: format!("{title}.1"), text: String::from_utf8_lossy(&text).into_owned() }
}

fn description(is_root: bool, about: &str, more: &str, aliases: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["DESCRIPTION"]);
    roff.text(vec![roman(format!("{about}."))]);
    if is_root {
        roff.control("PP", []);
        roff.text(vec![roman(DESCRIPTION)]);
    }
    if !more.is_empty() {
        roff.control("PP", []);
        roff.text(vec![roman(more)]);
    }
    if !aliases.is_empty() {
        roff.control("PP", []);
        roff.text(vec![roman("Also: "), bold(aliases)]);
    }
    roff
}

/// The sections that the argument definitions do not make.
fn rest(is_root: bool, after_help: &str) -> Roff {
    let mut roff = Roff::new();
    if is_root {
        roff.control("SH", ["EXIT STATUS"]);
        for row in exit::table() {
            roff.control("TP", []);
            roff.text(vec![bold(row.status.to_string())]);
            let again = if row.retryable { "; may be tried again" } else { "" };
            let what = if row.code.is_empty() { String::new() } else { format!("{}: ", row.code) };
            roff.text(vec![roman(format!("{what}{}{again}", row.when))]);
        }
        roff.control("SH", ["ENVIRONMENT"]);
        roff.text(vec![roman("A flag beats its variable. An empty value counts as unset.")]);
        for variable in env::ALL {
            roff.control("TP", []);
            roff.text(vec![bold(variable.name)]);
            roff.text(vec![roman(variable.meaning)]);
        }
        roff.control("SH", ["FILES"]);
        for (path, what) in FILES {
            roff.control("TP", []);
            roff.text(vec![bold(path)]);
            roff.text(vec![roman(what)]);
        }
    }
    let lines = after_help.lines().skip_while(|line| !line.starts_with("Example")).skip(1);
    let lines: Vec<&str> = lines.collect();
    if !lines.is_empty() {
        examples(&mut roff, &lines);
    }
    if is_root {
        roff.control("SH", ["SEE ALSO"]);
        let topics = Topic::ALL.map(|topic| format!("jelou-{}(1)", topic.name())).join(", ");
        roff.text(vec![roman(format!("{topics}, {}(7)", language_pages::TITLE))]);
        roff.control("PP", []);
        roff.text(vec![roman("In the repository of jelou: docs/README.md")]);
    }
    roff
}

const FILES: [(&str, &str); 2] = [
    ("jelou.json", "In a function's folder or above it: its slug, name, description and entrypoint."),
    (
        "credentials.json",
        "The stored profiles, in JELOU_CONFIG_DIR or the system's folder for settings (on Linux ~/.config/jelou).",
    ),
];
