//! Commands in a log: `::name key=value,…::data` (version 2) and `##[name key=value;…]data`
//! (version 1).

use std::collections::BTreeMap;

/// Whose runner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// actions/runner: white space of any kind before `::`, names in any case, version 1 anywhere
    /// in a line.
    GitHub,
    /// nektos/act: both versions, at column 0 and to the letter.
    Act,
    /// Forgejo's runner: version 2 at column 0, nothing decoded.
    Forgejo,
    /// Gitea's `act_runner`: likewise.
    Gitea,
}

/// A command found in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionCommand {
    /// The name, in lower case.
    pub name: String,
    /// By name, in lower case.
    pub properties: BTreeMap<String, String>,
    pub data: String,
}

const REGISTERED: [&str; 16] = [
    "add-mask",
    "debug",
    "notice",
    "warning",
    "error",
    "group",
    "endgroup",
    "echo",
    "add-matcher",
    "remove-matcher",
    "set-output",
    "save-state",
    "set-env",
    "add-path",
    "stop-commands",
    "internal-set-repo-path",
];

/// Finds a command in a line; `stop_token` is a command as well while commands are stopped.
pub fn parse(dialect: Dialect, line: &str, stop_token: Option<&str>) -> Option<ActionCommand> {
    let known = |command: &ActionCommand| {
        REGISTERED.into_iter().chain(stop_token).any(|name| match dialect {
            Dialect::GitHub => command.name.eq_ignore_ascii_case(name),
            Dialect::Act | Dialect::Forgejo | Dialect::Gitea => command.name == name,
        })
    };
    let anywhere = |line: &str| version_1(&line[line.find("##[")?..]).filter(known);
    let found = match dialect {
        Dialect::GitHub => version_2(line.trim_start(), true).filter(known).or_else(|| anywhere(line)),
        Dialect::Act => version_2(line, true).filter(known).or_else(|| version_1(line).filter(known)),
        Dialect::Forgejo | Dialect::Gitea => version_2(line, false).filter(known),
    }?;
    Some(ActionCommand { name: found.name.to_ascii_lowercase(), ..found })
}

/// Whether a name is that of a command, so that it cannot be a stop token.
pub fn is_registered(name: &str) -> bool {
    REGISTERED.iter().any(|registered| registered.eq_ignore_ascii_case(name))
}

fn version_2(line: &str, decodes: bool) -> Option<ActionCommand> {
    let (head, data) = line.strip_prefix("::")?.split_once("::")?;
    let plain = |text: &str| text.to_owned();
    let data = if decodes { unescape(data, &[("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]) } else { plain(data) };
    let property = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")];
    Some(command(head, ',', data, |text| if decodes { unescape(text, &property) } else { plain(text) }))
}

fn version_1(line: &str) -> Option<ActionCommand> {
    let (head, data) = line.strip_prefix("##[")?.split_once(']')?;
    let escapes = [("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%")];
    Some(command(head, ';', unescape(data, &escapes), |text| unescape(text, &escapes)))
}

fn command(head: &str, separator: char, data: String, unescape: impl Fn(&str) -> String) -> ActionCommand {
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.trim().split(separator).filter_map(|pair| pair.split_once('='));
    let properties = properties.map(|(key, value)| (key.trim().to_ascii_lowercase(), unescape(value))).collect();
    ActionCommand { name: name.to_owned(), properties, data }
}

fn unescape(text: &str, escapes: &[(&str, &str)]) -> String {
    escapes.iter().fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}
