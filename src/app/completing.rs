//! A shell asks what can be typed next: `JELOU_COMPLETE=SHELL jelou -- WORD…`, as the scripts of
//! `jelou completions` do. The last word is the one at the cursor. bash gives its line up to the
//! cursor and the part of the word that it will replace on stdin, each with a NUL behind it, since
//! it takes `:` and `=` for ends of words.
//!
//! Nothing is said on stderr and no status tells of a failure: somebody is typing.

mod shell_words;

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::rc::Rc;
use std::time::Duration;

use clap_complete::Shell;

use super::{arguments, job_around, prepare, runtime};
use crate::cli;
use crate::cli::completing::{self, Candidate, Known, Question};
use crate::commands::Context;
use crate::commands::completing::known;
use crate::config::{Env, env};
use crate::output::sanitise::clean;
use crate::output::{Output, Presentation, Terminals};
use crate::std_streams;

/// How long an answer may take in all: the platform is given a little less.
const WITHIN: Duration = Duration::from_secs(1);

/// A line of bash and the part of its last word, at most: a wrong stdin must not fill the memory.
const LONGEST_LINE: u64 = 1 << 20;

/// A shell's question.
pub(super) struct Asked {
    shell: Shell,
    /// The program, and the words up to the cursor.
    words: Vec<OsString>,
    /// How many bytes of the last word the shell does not replace.
    kept: usize,
}

impl Asked {
    /// Only what no command line of a person is: the variable names a shell, and nothing stands
    /// before `--`.
    pub(super) fn of(env: &Env, line: &[OsString]) -> Option<Self> {
        let shell: Shell = env.text(env::JELOU_COMPLETE)?.parse().ok()?;
        let words = line.get(2..).filter(|_| line[1] == "--")?;
        if shell != Shell::Bash {
            let mut words = words.to_vec();
            if words.is_empty() {
                return None;
            }
            // fish gives the word at the cursor with its quotes.
            if let Some(last) = words.last_mut().filter(|_| shell == Shell::Fish) {
                *last = shell_words::split(&last.to_string_lossy()).pop().unwrap_or_default().into();
            }
            return Some(Self { shell, words, kept: 0 });
        }
        // On stdin: a here-string of the line must not be seen in the process list.
        let mut text = Vec::new();
        std_streams::stdin().take(LONGEST_LINE).read_to_end(&mut text).ok()?;
        let words: Vec<OsString> =
            text.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect();
        let typed = shell_words::split(&words[0].to_string_lossy());
        let replaced = words.get(1).map(|word| shell_words::split(&word.to_string_lossy()).pop().unwrap_or_default());
        let last = typed.last().map_or("", String::as_str);
        let kept = last.len() - replaced.as_deref().filter(|replaced| last.ends_with(*replaced)).unwrap_or(last).len();
        let typed = without_redirections(typed);
        Some(Self { shell, words: typed.into_iter().map(OsString::from).collect(), kept })
    }

    fn last(&self) -> String {
        self.words.last().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Whether the shell lists files better than we do: with its own quotes and `~`.
    fn lists_files(&self) -> bool {
        matches!(self.shell, Shell::Bash | Shell::Zsh)
    }
}

/// The words without what the shell keeps for itself: `<<< TEXT`, `< FILE`, `2> FILE`. The last
/// word is the one at the cursor and stays.
fn without_redirections(words: Vec<String>) -> Vec<String> {
    let last = words.len() - 1;
    let mut is_target = false;
    let kept = words.into_iter().enumerate().filter(|(at, word)| {
        let was_target = std::mem::take(&mut is_target);
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit() || c == '&');
        let target = rest.trim_start_matches(['<', '>', '&']);
        let is_redirection = rest.starts_with(['<', '>']);
        is_target = is_redirection && target.is_empty();
        *at == last || !(was_target || is_redirection)
    });
    kept.map(|(_, word)| word).collect()
}

/// Prints what fits. What takes longer than [`WITHIN`] is left: a file of certificates that is a
/// pipe without a writer, or a list of very many names.
pub(super) fn answer(asked: Asked, env: Env) -> u8 {
    let (done, found) = std::sync::mpsc::channel();
    let look = std::thread::Builder::new().name("completing".to_owned()).spawn(move || {
        // Nobody waits for it any more if it took too long.
        let _ = done.send(text(&asked, &env));
    });
    let text = look.ok().and_then(|_| found.recv_timeout(WITHIN).ok()).unwrap_or_default();
    u8::from(Output::stream(&text).is_err())
}

fn text(asked: &Asked, env: &Env) -> String {
    let question = completing::question(&asked.words);
    let known = question.as_ref().map(|question| look_up(question, env));
    match (question, known) {
        (Some(question), Some(Known::Files { prefix })) if asked.lists_files() => {
            // What stands before the path, in characters: `--to=file:`.
            let before = asked.last().chars().count() - question.typed.chars().count() + prefix.chars().count();
            format!("\tfiles {before}\n")
        }
        (_, known) => {
            let found = completing::candidates(&asked.words, known.unwrap_or(Known::Words(Vec::new())));
            found.iter().filter_map(|candidate| line_of(asked, candidate)).collect()
        }
    }
}

/// A candidate as its shell's script reads it. What a shell could take for something else than one
/// word is not offered.
fn line_of(asked: &Asked, candidate: &Candidate) -> Option<String> {
    let word = candidate.word.as_str();
    if clean(word) != word {
        return None;
    }
    let help = candidate.help.as_deref().map(clean).filter(|help| !help.is_empty());
    Some(match (asked.shell, help) {
        (Shell::Bash, _) => format!("{}\n", word.get(asked.kept..)?),
        (Shell::Elvish, _) | (_, None) => format!("{word}\n"),
        (_, Some(help)) => format!("{word}\t{help}\n"),
    })
}

fn look_up(question: &Question, env: &Env) -> Known {
    let cx = context(question, env);
    let Ok(runtime) = runtime() else { return Known::Words(Vec::new()) };
    let known = runtime.block_on(known(cx.as_ref(), question));
    // A look-up of a name that hangs must not hold the process back.
    runtime.shutdown_background();
    known
}

/// What a command of that line would work with: silent, asking nobody, sending once.
fn context(question: &Question, env: &Env) -> Option<Context> {
    let mut line: Vec<String> = ["jelou", "--agent", "--retries=0", "--request-timeout=1s"].map(str::to_owned).into();
    for (id, option) in
        [("profile", "--profile"), ("api_url", "--api-url"), ("gateway_url", "--gateway-url"), ("ca_cert", "--ca-cert")]
    {
        line.extend(question.line.option(id).map(|value| format!("{option}={value}")));
    }
    if question.line.has("allow_http") {
        line.push("--allow-http".to_owned());
    }
    line.push("whoami".to_owned());
    let line: Vec<OsString> = line.into_iter().map(OsString::from).collect();
    let parsed = cli::parse(&line).ok()?;
    let (terminals, job) = (Terminals::default(), job_around(env));
    let flags = arguments::presentation_flags(&parsed.cli.global);
    let output = Rc::new(Output::new(Presentation::fallback(&flags, env, terminals, &job)));
    prepare(parsed.command(), &parsed.cli, env.clone(), terminals, job, &output).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_keeps_is_no_word_of_the_line() {
        for (line, words) in [
            ("jelou login --token-stdin <<< secret --prof", &["jelou", "login", "--token-stdin", "--prof"][..]),
            ("jelou login <<<secret --prof", &["jelou", "login", "--prof"]),
            ("jelou tokens list 2>/dev/null < file my", &["jelou", "tokens", "list", "my"]),
            ("jelou tokens list &> log ", &["jelou", "tokens", "list", ""]),
            ("jelou tokens list > o", &["jelou", "tokens", "list", "o"]),
        ] {
            assert_eq!(without_redirections(shell_words::split(line)), words, "{line}");
        }
    }
}
