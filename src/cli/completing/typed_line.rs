//! What is typed before the cursor, read as far as it can be understood: an unknown option or a wrong
//! value takes nothing away from the rest.

use std::ffi::OsString;

/// The words before the cursor.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TypedLine {
    /// The command as `.command` says it.
    pub(crate) command: String,
    /// The options that take a value, by their id, with the value.
    options: Vec<(String, String)>,
    /// The other words before a `--`, without the command's.
    pub(crate) words: Vec<String>,
    /// The options without a value, by their id.
    switches: Vec<String>,
    /// How many words stand behind a `--`; nothing if there is none.
    pub(crate) behind_dashes: Option<usize>,
}

impl TypedLine {
    /// Reads the words, of which the first is the program.
    pub(super) fn read(words: &[OsString]) -> Self {
        let mut root = crate::cli::tree();
        root.build();
        let mut node = &root;
        let mut names: Vec<&str> = Vec::new();
        let mut line = Self::default();
        let mut words = words.iter().skip(1).map(|word| word.to_string_lossy());
        while let Some(word) = words.next() {
            if let Some(behind) = &mut line.behind_dashes {
                *behind += 1;
            } else if word == "--" {
                line.behind_dashes = Some(0);
            } else if let Some(long) = word.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let found = node.get_arguments().find(|argument| is_long(argument, name));
                line.note(found, value.map(str::to_owned), || words.next().map(Into::into));
            } else if let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) {
                for (at, letter) in cluster.char_indices() {
                    let found = node.get_arguments().find(|argument| argument.get_short() == Some(letter));
                    let rest = &cluster[at + letter.len_utf8()..];
                    let rest = rest.strip_prefix('=').unwrap_or(rest);
                    let takes_value = found.is_some_and(|argument| argument.get_action().takes_values());
                    line.note(found, (!rest.is_empty()).then(|| rest.to_owned()), || words.next().map(Into::into));
                    if takes_value {
                        break;
                    }
                }
            } else if let Some(next) = node.find_subcommand(&*word).filter(|_| line.words.is_empty()) {
                names.push(next.get_name());
                node = next;
            } else {
                line.words.push(word.into_owned());
            }
        }
        crate::cli::canonical(&names.join(" ")).clone_into(&mut line.command);
        line
    }

    fn note(&mut self, found: Option<&clap::Arg>, value: Option<String>, next: impl FnOnce() -> Option<String>) {
        let Some(argument) = found else { return };
        let id = argument.get_id().as_str().to_owned();
        if !argument.get_action().takes_values() {
            self.switches.push(id);
        } else if let Some(value) = value.or_else(next) {
            self.options.push((id, value));
        }
    }

    /// The value of an option, by its id; the last one if it was given several times.
    pub(crate) fn option(&self, id: &str) -> Option<&str> {
        self.options.iter().rev().find(|(found, _)| found == id).map(|(_, value)| value.as_str())
    }

    /// Whether an option without a value was given.
    pub(crate) fn has(&self, id: &str) -> bool {
        self.switches.iter().any(|found| found == id)
    }
}

fn is_long(argument: &clap::Arg, name: &str) -> bool {
    argument.get_long() == Some(name) || argument.get_all_aliases().unwrap_or_default().contains(&name)
}
