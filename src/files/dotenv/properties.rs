//! What bash makes of a file is what counts: thousands of files are read by both.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::Editable;
use super::tests::read_text;
use crate::properties;

/// The names that files of these tests assign to. The last one is set behind each file, so that it
/// tells whether bash came so far.
const NAMES: [&str; 4] = ["A", "B", "T", "END"];

/// One bash for many files; it reads each in a subshell, in an empty folder and without programs.
struct Bash {
    folder: tempfile::TempDir,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Bash {
    fn start() -> Self {
        const SCRIPT: &str = r#"PATH=/nowhere
            while read -r file; do
                ( set -a; . "$file" </dev/null >/dev/null 2>&1
                  for name in A B T END; do printf '%s\0' "${!name+=}${!name-}"; done ) || printf '\0\0\0\0'
            done"#;
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("bash");
        let path = std::env::var_os("PATH").unwrap();
        command
            .args(["--norc", "-c", SCRIPT])
            .env_clear()
            .env("PATH", path)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", folder.path());
        let piped = command.current_dir(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.stderr(Stdio::null()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { folder, child, input, output }
    }

    /// What each of [`NAMES`] is once bash has run a file; nothing if it is not set.
    fn run(&mut self, text: &str) -> [Option<String>; 4] {
        let file = self.folder.path().join(".file");
        std::fs::write(&file, format!("{text}\nEND=reached\n")).unwrap();
        writeln!(self.input, "{}", file.display()).unwrap();
        NAMES.map(|_| {
            let mut value = Vec::new();
            self.output.read_until(0, &mut value).unwrap();
            assert_eq!(value.pop(), Some(0), "bash has ended");
            String::from_utf8(value).unwrap().strip_prefix('=').map(str::to_owned)
        })
    }
}

impl Drop for Bash {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A line as people write them.
fn plain_line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ \t]{0,2}#[ a-z='\"\\\\]{0,6}",
        (
            lead(),
            name(),
            "[a-z/:,=@%+.-]{0,4}|'[a-z #$\"\\\\\n]{0,6}'|\"[a-z #'\n]{0,6}\"",
            "|[ \t]{1,2}(#[a-z '\"]{0,3})?"
        )
            .prop_map(|(lead, name, value, rest)| format!("{lead}{name}={value}{rest}")),
    ]
}

fn lead() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "export ", "  ", "export\t", " export  "])
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["A", "B", "T"])
}

/// A line of anything that means something to a shell.
fn wild_line() -> impl Strategy<Value = String> {
    let pieces = [
        "a", "b", "A", "T", " ", "\t", "\n", "'", "\"", "\\", "$", "`", "#", " #", "~", ":", "{", "}", ",", "..", "*",
        "?", "[", "]", "(", ")", ";", "&", "|", "<", ">", "!", "=", "+", "/", "$A", "${B}", "''", "\"\"", "'x y'",
        "\"x y\"", "\u{a0}", "\u{2003}", "\u{b}", "\u{c}", "é", "%", "^", "-", ".", "\\n", "\\\"", " T=", "export",
        "@", "{a,b}", "{1..3}", "~/a", ":~", "<<a", "1", "_",
    ];
    let equals = prop::sample::select(vec!["=", "=", "=", "=", "= ", " =", " = ", "+=", "[0]=", ""]);
    (lead(), name(), equals, prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..5))
        .prop_map(|(lead, name, equals, value)| format!("{lead}{name}{equals}{}", value.concat()))
}

fn file() -> impl Strategy<Value = String> {
    let line = prop_oneof![2 => plain_line(), 1 => wild_line()];
    (prop::collection::vec(line, 0..5), prop::sample::select(vec!["", "\n"]))
        .prop_map(|(lines, end)| lines.join("\n") + end)
        // bash runs it: what it redirects must stay in its folder.
        .prop_filter("a redirection to somewhere else", |text| !(text.contains('>') && text.contains(['/', '~'])))
}

/// Compares many files with what bash makes of them.
fn check(property: impl Fn(&str, &mut Bash) -> Result<(), TestCaseError>) {
    let bash = RefCell::new(Bash::start());
    let outcome = TestRunner::new(properties::config(400)).run(&file(), |text| property(&text, &mut bash.borrow_mut()));
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn what_is_read_is_what_bash_assigns() {
    check(|text, bash| {
        let Ok(variables) = read_text(text) else { return Ok(()) };
        let value = |name: &str| variables.iter().rfind(|(other, _)| other == name).map(|(_, value)| value.clone());
        let expected = [value("A"), value("B"), value("T"), Some("reached".to_owned())];
        prop_assert_eq!(&expected, &bash.run(text));

        let of_windows = format!("\u{feff}{}\r\n", text.trim_end_matches('\n').replace('\n', "\r\n"));
        prop_assert_eq!(read_text(&of_windows).ok(), Some(variables), "with other line ends and a mark");
        Ok(())
    });
}

#[test]
fn what_is_edited_is_what_bash_assigns_and_nothing_else_changes() {
    check(|text, bash| {
        let Ok(editable) = Editable::parse(text, "T") else {
            prop_assert!(read_text(text).is_err(), "what can be read can be edited");
            return Ok(());
        };
        let edited = editable.set("new");
        let [a, b, _, end] = bash.run(text);
        // A file with an error of syntax is run as far as that.
        if end.is_some() {
            prop_assert_eq!([a, b, Some("new".to_owned()), end], bash.run(&edited), "{:?}", edited.as_str());
        }
        if let Ok(before) = read_text(text) {
            let others = |variables: Vec<(String, String)>| -> Vec<_> {
                variables.into_iter().filter(|(name, _)| name != "T").collect()
            };
            let after = read_text(&edited).map_err(|error| TestCaseError::fail(error.message()))?;
            prop_assert!(after.contains(&("T".to_owned(), "new".to_owned())));
            prop_assert_eq!(others(after), others(before));
        }
        let again = Editable::parse(&edited, "T").map_err(TestCaseError::fail)?.set("new");
        prop_assert_eq!(again.as_str(), edited.as_str(), "a second time changes nothing");
        Ok(())
    });
}
