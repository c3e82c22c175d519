//! The help as it is shown: the examples before the options, the commands of the program by task,
//! the flags of every command in the long help alone. Every text stands elsewhere.

use std::ffi::OsString;

use clap::builder::{StyledStr, Styles};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, CommandFactory};

use super::reference::Help;
use super::topics::Topic;
use super::{Cli, fault_help, single, spelled_on};
use crate::config::env;

/// The commands of the program by what somebody wants to do.
const TASKS: [(&str, &[&str]); 5] = [
    ("Tokens", &["tokens"]),
    ("Functions", &["init", "deploy", "functions", "deployments", "rollback", "secrets", "call"]),
    ("Account", &["login", "logout", "whoami", "auth"]),
    ("Sandbox", &["sandbox"]),
    ("Reference", &["help", "schema", "completions", "man"]),
];

const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}{after-help}\n\n{all-args}";

/// The widest a line gets, on a wider terminal too.
pub(super) const WIDEST: usize = 100;

/// The units, said once for all flags of a command.
const DURATION: &str = "DURATION";
const UNITS: &str = "A DURATION is a whole number and its unit: 500ms, 90s, 10m, 12h, 30d, 2w. Several may follow each \
    other: 1h30m. A day has 24 hours.";

/// The parser of the program. `help` knows the topics; below a group it is about that group.
pub(super) fn parser() -> Command {
    let help = |about: &'static str| Help::augment_args(Command::new("help")).about(about);
    let below = move |group: Command| {
        if group.has_subcommands() { group.subcommand(help("Show the help of a command").hide(true)) } else { group }
    };
    let root = Cli::command().mut_subcommands(move |command| below(command).mut_subcommands(below));
    root.subcommand(help("Show the help of a command, or explain a topic"))
}

/// What stands behind `jelou help`, if the line asks for that: the words of a command or a topic.
pub fn asked_for(line: &[OsString]) -> Option<Vec<String>> {
    if !line.iter().any(|word| word == "help") {
        return None;
    }
    let matches = parser().try_get_matches_from(line).ok()?;
    let (mut words, mut at) = (Vec::new(), &matches);
    while let Some((name, below)) = at.subcommand() {
        if name == "help" {
            words.extend(below.get_many::<String>("words").into_iter().flatten().cloned());
            return Some(words);
        }
        words.push(name.to_owned());
        at = below;
    }
    None
}

/// Whether a line asks for help by `-h` or `--help`, as far as that is seen without its parser.
pub(crate) fn may_be_asked_for(line: &[OsString]) -> bool {
    line.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "-h" || word == "--help")
}

/// The help that a line asks for by `-h` or `--help`, in the width of the terminal.
pub(crate) fn of_line(line: &[OsString], colors: bool) -> Option<String> {
    let help = of_single(line, colors);
    help.or_else(|| Some(text(&of_any(line)?, colors)))
}

/// The same if the line names a command in full, laid out without the others. What is not styled
/// need not be stripped of it.
pub(super) fn of_single(line: &[OsString], colors: bool) -> Option<String> {
    let (command, rest) = single::described(line)?;
    let styles = if colors { Styles::styled() } else { Styles::plain() };
    let command = laid_out(global_flags_in_long_help(with_variables(command.styles(styles))));
    Some(displayed(command.max_term_width(WIDEST), &rest)?.ansi().to_string())
}

/// The same for any line.
pub(super) fn of_any(line: &[OsString]) -> Option<StyledStr> {
    let words: Vec<String> = line.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    displayed(shown(&spelled_on(&words)), &line.iter().collect::<Vec<_>>())
}

fn displayed(command: Command, words: &[&OsString]) -> Option<StyledStr> {
    // The process ends soon; to free the command would cost as much as to build it.
    let error = Box::leak(Box::new(command)).try_get_matches_from_mut(words).err()?;
    (error.kind() == ErrorKind::DisplayHelp).then(|| error.render())
}

/// A text with its styles, or without them.
pub(crate) fn text(styled: &StyledStr, colors: bool) -> String {
    if colors { styled.ansi().to_string() } else { styled.to_string() }
}

/// The help of a command or group by its name without `jelou`; empty for the program.
pub(crate) fn of_command(name: &str, is_long: bool) -> Option<StyledStr> {
    let mut root = shown(name);
    root.build();
    let mut words = name.split(' ').filter(|word| !word.is_empty());
    let mut node = words.try_fold(root, |node, word| node.find_subcommand(word).cloned())?;
    Some(if is_long { node.render_long_help() } else { node.render_help() })
}

/// Adds to the help of flags the variable that says the same.
pub(super) fn with_variables(command: Command) -> Command {
    // Where a default could be the wrong function, the word for it says of none.
    let has_default =
        command.get_positionals().filter_map(Arg::get_help).any(|help| help.to_string().contains(env::JELOU_FUNCTION));
    let command = command.mut_args(|argument| {
        let variable = argument.get_long().and_then(env::of_flag);
        let variable = variable.filter(|variable| has_default || *variable != env::JELOU_FUNCTION);
        let (Some(variable), Some(help)) = (variable, argument.get_help()) else { return argument };
        let help = format!("{help} [env: {variable}]");
        argument.help(help)
    });
    command.mut_subcommands(with_variables)
}

/// The tree with the layout of the help, and the arguments of the command of this name; a group
/// shows those of no other.
fn shown(name: &str) -> Command {
    let tree = single::with_arguments(parser(), &|other| other == name);
    let root = global_flags_in_long_help(with_variables(tree));
    let tasks = by_task(&root);
    let root = root.mut_subcommands(laid_out);
    let examples = examples(&root);
    // The commands stand in the template, by task.
    let root = root.mut_subcommands(|command| command.hide(true)).override_usage("jelou [OPTIONS] <COMMAND>");
    let template = TEMPLATE.replace("{all-args}", &format!("{tasks}{{all-args}}"));
    with_examples(root, examples).help_template(template)
}

fn global_flags_in_long_help(command: Command) -> Command {
    command.mut_args(|argument| if argument.is_global_set() { argument.hide_short_help(true) } else { argument })
}

fn laid_out(command: Command) -> Command {
    let takes = |argument: &Arg| {
        let names = argument.get_value_names().unwrap_or_default();
        !argument.is_global_set() && names.iter().any(|name| name == DURATION)
    };
    let units = if command.get_arguments().any(takes) { format!("\n\n{}", wrapped(UNITS)) } else { String::new() };
    let examples = examples(&command);
    let explained = (command.get_name() == "faults").then(|| {
        let is_styled = command.get_styles().get_header() != Styles::plain().get_header();
        let language = text(&fault_help::of_faults().into(), is_styled);
        format!("{}\n\n{language}", examples.clone().unwrap_or_default())
    });
    let command = with_examples(command, examples).help_template(format!("{TEMPLATE}{units}"));
    let command = match explained {
        Some(text) => command.after_long_help(text),
        None => command,
    };
    command.mut_subcommands(laid_out)
}

fn with_examples(command: Command, examples: Option<String>) -> Command {
    match examples {
        Some(examples) => command.after_help(examples),
        None => command,
    }
}

/// The text below the usage, its headings in the style of the others.
fn examples(command: &Command) -> Option<String> {
    let text = command.get_after_help()?.to_string();
    let styles = command.get_styles();
    let line = |line: &str| match line.strip_suffix(':').filter(|heading| heading.starts_with("Example")) {
        Some(heading) => heading_in(styles, heading),
        None => line.to_owned(),
    };
    Some(text.lines().map(line).collect::<Vec<_>>().join("\n"))
}

pub(crate) fn heading(text: &str) -> String {
    heading_in(&Styles::styled(), text)
}

fn heading_in(styles: &Styles, text: &str) -> String {
    let style = styles.get_header();
    format!("{style}{text}:{style:#}")
}

/// The commands under the heading of their task, then the topics.
fn by_task(root: &Command) -> String {
    let about = |name: &&str| {
        let command = root.find_subcommand(name)?;
        Some((command.get_name().to_owned(), command.get_about()?.to_string()))
    };
    let tasks = TASKS.iter().map(|(task, names)| ((*task).to_owned(), names.iter().filter_map(about).collect()));
    let topics = Topic::ALL.map(|topic| (topic.name().to_owned(), topic.about().to_owned()));
    let blocks = tasks.chain([("Topics of jelou help".to_owned(), topics.to_vec())]);
    let shown: Vec<String> =
        blocks.map(|(title, rows): (String, Vec<_>)| format!("{}\n{}\n\n", heading(&title), columns(&rows))).collect();
    format!("{}{}\n\n", shown.concat(), wrapped(MORE))
}

const MORE: &str = "More: docs/README.md in the repository of jelou; `jelou man` writes the man pages.";

/// Two columns, the second wrapped in the width of the terminal.
pub(crate) fn columns(rows: &[(String, String)]) -> String {
    let longest = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(FIRST_COLUMN);
    let commands = rows.iter().map(|(name, about)| Command::new(format!("{name:longest$}")).about(about.clone()));
    let mut list =
        Command::new("jelou").max_term_width(WIDEST).disable_help_subcommand(true).help_template("{subcommands}");
    list = list.subcommands(commands);
    list.render_help().ansi().to_string().trim_end().to_owned()
}

/// So that the columns of several blocks stand below each other.
const FIRST_COLUMN: usize = "completions".len();

/// A paragraph in the width of the terminal.
pub(crate) fn wrapped(text: &str) -> String {
    let mut paragraph = Command::new("jelou").max_term_width(WIDEST).about(text.to_owned()).help_template("{about}");
    paragraph.render_help().ansi().to_string().trim_end().to_owned()
}
