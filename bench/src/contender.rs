//! One way to do a job: a program, its arguments, and what it must print.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;

use serde_json::Value;

use crate::answers::VALUE;

/// A contender.
pub struct Contender {
    /// Whose column it has: `jelou`, `curl`, `curl and jq`, `Node`, …
    pub name: &'static str,
    pub program: PathBuf,
    pub words: Vec<OsString>,
    pub environment: Vec<(&'static str, OsString)>,
    /// The file of the stage that is its stdin.
    pub stdin: Option<&'static str>,
    /// What is measured writes to `/dev/null`, unless it must not.
    pub keeps_output: bool,
    pub prints: Prints,
}

/// What a contender must print to be believed.
#[derive(Clone, Copy, Debug)]
pub enum Prints {
    Anything,
    /// The value of the new token.
    Value,
    /// How many tokens there are, alone.
    Number(usize),
    /// A line for each token, no two alike.
    Lines(usize),
    /// A JSON object for each token, a line each, no two alike.
    JsonLines(usize),
    /// A heading and a line for each token.
    Table(usize),
    /// An envelope whose `data` has so many tokens.
    Data(usize),
    /// Whatever it likes, if so many tokens were revoked.
    Revokes(usize),
}

impl Contender {
    pub fn new(name: &'static str, program: impl Into<PathBuf>, words: &[&str], prints: Prints) -> Self {
        Self {
            name,
            program: program.into(),
            words: words.iter().map(OsString::from).collect(),
            environment: Vec::new(),
            stdin: None,
            // `jelou` refuses to throw a new token away.
            keeps_output: matches!(prints, Prints::Value),
            prints,
        }
    }

    pub fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    pub fn reading(mut self, file: &'static str) -> Self {
        self.stdin = Some(file);
        self
    }
}

impl Prints {
    /// Whether it is what was printed, and what was revoked meanwhile.
    pub fn is(self, printed: &str, revoked: usize) -> bool {
        let lines = || printed.lines().collect::<HashSet<_>>();
        match self {
            Self::Anything => true,
            Self::Value => printed.matches(VALUE).count() == 1,
            Self::Number(number) => printed.trim() == number.to_string(),
            Self::Lines(number) => lines().len() == number && printed.lines().count() == number,
            Self::JsonLines(number) => {
                let is_token =
                    |line: &&str| serde_json::from_str(line).is_ok_and(|token: Value| token["id"].is_string());
                lines().len() == number && printed.lines().all(|line| is_token(&line))
            }
            Self::Table(number) => lines().len() == number + 1,
            Self::Data(number) => {
                let envelope: Value = serde_json::from_str(printed).unwrap_or_default();
                envelope["data"].as_array().is_some_and(|data| data.len() == number)
            }
            Self::Revokes(number) => revoked == number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_prints_something_else_is_not_believed() {
        let two = "{\"id\":\"a\"}\n{\"id\":\"b\"}\n";
        for (prints, right, wrong) in [
            (Prints::Value, format!("{{\"token\":\"{VALUE}\"}}"), vec!["", "{\"token\":null}"]),
            (Prints::Number(2), "2\n".to_owned(), vec!["", "3\n", "22\n"]),
            (Prints::Lines(2), "a\nb\n".to_owned(), vec!["", "a\n", "a\na\n", "a\nb\nc\n", "a\nb\nb\n"]),
            (Prints::JsonLines(2), two.to_owned(), vec!["a\nb\n", "{\"id\":\"a\"}\n", "{}\n{\"id\":\"b\"}\n"]),
            (Prints::Table(2), "NAME\na\nb\n".to_owned(), vec!["", "NAME\na\n", "NAME\na\na\n"]),
            (Prints::Data(2), "{\"data\":[1,2]}".to_owned(), vec!["", "{\"data\":[1]}", "{\"data\":2}", "[1,2]"]),
        ] {
            assert!(prints.is(&right, 0), "{prints:?}: {right}");
            for wrong in wrong {
                assert!(!prints.is(wrong, 0), "{prints:?}: {wrong}");
            }
        }
        assert!(Prints::Revokes(2).is("", 2) && !Prints::Revokes(2).is("", 1));
    }
}
