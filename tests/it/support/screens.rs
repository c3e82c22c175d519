//! Screens: what a person sees of commands (status, stdout, stderr), held against a reviewed file
//! in `tests/it/screens/`.
//!
//! A file that differs or is missing fails the test. `JELOU_REGENERATE=1` writes the files instead,
//! as it does for everything that is generated and committed; so does `cargo insta test --review`.

use std::collections::BTreeMap;

use super::cli::{Cli, Ran};
use super::repository;
use super::terminal::Session;

/// Where the reviewed files lie.
pub const FOLDER: &str = "tests/it/screens";

/// The screens of one test, one below the other.
#[derive(Default)]
pub struct Screens(String);

impl Screens {
    /// Runs a line in a shell, adds its screen, and returns what it wrote.
    #[must_use = "a failure is only seen if the status is asserted"]
    #[track_caller]
    pub fn run(&mut self, cli: &Cli, line: &str) -> Ran {
        let ran = cli.bash(line);
        self.add(cli, line, &ran);
        ran
    }

    /// Adds the screen of a line that was run already.
    pub fn add(&mut self, cli: &Cli, line: &str, ran: &Ran) {
        self.push(cli, line, ran.status, &[("out", &ran.stdout), ("err", &ran.stderr)]);
    }

    /// Adds what a terminal showed.
    pub fn add_session(&mut self, cli: &Cli, line: &str, session: &Session) {
        self.push(cli, line, session.status, &[("tty", &session.screen)]);
    }

    fn push(&mut self, cli: &Cli, line: &str, status: i32, streams: &[(&str, &str)]) {
        let mut screen = format!("$ {line}\n(exit {status})\n");
        for (stream, text) in streams {
            for shown in text.lines() {
                screen.push_str(format!("{stream} | {shown}").trim_end());
                screen.push('\n');
            }
            if !text.is_empty() && !text.ends_with('\n') {
                screen.push_str(&format!("{stream} has no line end\n"));
            }
        }
        // Both change from run to run.
        let screen = screen.replace(&format!("127.0.0.1:{}", cli.sandbox.port()), "127.0.0.1:PORT0");
        let screen = screen.replace(&cli.folder().display().to_string(), "/FOLDER");
        // The files show Linux's numbers of a reset and of a refused connection; macOS has its own.
        let screen = if cfg!(target_os = "macos") {
            screen.replace("(os error 54)", "(os error 104)").replace("(os error 61)", "(os error 111)")
        } else {
            screen
        };
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&screen);
    }

    /// The screens as they are compared, with what is random numbered.
    pub fn text(&self) -> String {
        redact(&self.0)
    }

    /// Compares all screens with the file of this name.
    #[track_caller]
    pub fn check(self, name: &str) {
        let text = redact(&self.0);
        if repository::regenerates() {
            // insta takes this order from the environment alone, which a test cannot change without
            // `unsafe`.
            let file = repository::path(&format!("{FOLDER}/{name}.snap"));
            std::fs::write(file, format!("---\nsource: tests/it/support/screens.rs\n---\n{text}")).expect("a snapshot");
            return;
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../screens");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description("`just regenerate` writes the file; review the difference");
        settings.bind(|| insta::assert_snapshot!(name, text));
    }
}

/// Numbers what is random by its first appearance, in the same width, so that the columns of tables
/// stay as they are: ids, values and prefixes of tokens, UUIDs. Milliseconds and the real time
/// become a word.
pub fn redact(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut numbers = BTreeMap::new();
    let mut redacted = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, from_word) = rest.split_at(start);
        let (word, behind) = from_word.split_at(from_word.find(|c| !is_part(c)).unwrap_or(from_word.len()));
        redacted.push_str(before);
        rest = behind;
        if let Some((time, after)) = leading_time(from_word) {
            redacted.push_str(&time);
            rest = after;
        } else if let Some(at) = random_part(word) {
            let (kind, random) = word.split_at(at);
            let numbered = numbers.keys().filter(|(of, length, _)| *of == kind && *length == random.len()).count();
            let number = *numbers.entry((kind, random.len(), random)).or_insert(numbered + 1);
            redacted.push_str(&format!("{kind}{number:0width$}", width = random.len()));
        } else if behind.starts_with(" ms") && word.bytes().all(|byte| byte.is_ascii_digit()) {
            redacted.push('N');
        } else {
            redacted.push_str(word);
        }
    }
    redacted + rest
}

/// A time at the beginning of a text, and what follows it. It is shown in whole seconds; one of the
/// system's clock, not of the sandbox's, as `NOW`.
fn leading_time(text: &str) -> Option<(String, &str)> {
    let end = text.find('Z').filter(|end| (19..=29).contains(end))? + 1;
    let time: jiff::Timestamp = text[..end].parse().ok()?;
    let is_recent = time.duration_until(jiff::Timestamp::now()).abs() < jiff::SignedDuration::from_hours(1);
    let shown = if is_recent { "NOW".to_owned() } else { time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() };
    Some((shown, &text[end..]))
}

/// Where the random part of a word begins.
fn random_part(word: &str) -> Option<usize> {
    for kind in ["jfn_rt_sbx_", "jfn_pat_sbx_"] {
        // A whole value has 40 characters behind its kind, the prefix that is listed 4.
        if word.starts_with(kind) && matches!(word.len() - kind.len(), 4 | 40) {
            return Some(kind.len());
        }
    }
    if uuid::Uuid::try_parse(word).is_ok() && word.len() == 36 {
        return Some(0);
    }
    // What `tokens recover` takes as an id.
    if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return Some(0);
    }
    let (_, random) = word.split_once('_').filter(|(kind, _)| kind.len() == 3)?;
    (random.len() == 16).then_some(4)
}

#[test]
fn random_words_are_numbered_by_kind() {
    let text = "tok_589jZvC7U8PTQyrM tok_TA1MyfaLBbis0VLE (tok_589jZvC7U8PTQyrM) jfn_rt_sbx_Vjb9.. tok_nobody 12 ms 2026-04-05T09:10:00.629007337Z.";
    let expected = "tok_0000000000000001 tok_0000000000000002 (tok_0000000000000001) jfn_rt_sbx_0001.. tok_nobody N ms 2026-04-05T09:10:00Z.";
    assert_eq!(redact(text), expected);
}
