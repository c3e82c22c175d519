//! How this run shows things: pure decisions from flags, environment and what the streams are.

use super::human::Style;
use super::jq::Filter;
use super::json::Layout;
use crate::ci::{Destination, JobEnvironment};
use crate::config::Env;
use crate::config::env;
use crate::error::Error;

/// What stdout carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people: the default, on a terminal or not.
    Human,
    /// The envelope.
    Json,
    /// The one value.
    Quiet,
    /// What a jq expression makes of the envelope.
    Jq,
}

/// What the command line said of presentation, one field a flag.
#[derive(Clone, Debug, Default)]
pub(crate) struct PresentationFlags {
    pub(crate) json: bool,
    pub(crate) compact: bool,
    pub(crate) human: bool,
    pub(crate) agent: bool,
    pub(crate) jq: Option<String>,
    pub(crate) quiet: bool,
    /// `always`, `never`, or by the environment and the terminal.
    pub(crate) color: Option<bool>,
    pub(crate) verbose: u8,
}

/// How a person who waits is told what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProgressKind {
    /// By spinners and bars.
    Moving,
    /// By a line: the terminal has no control sequences.
    Lines,
    Nothing,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terminals {
    pub(crate) stdin: bool,
    pub(crate) stdout: bool,
    pub(crate) stderr: bool,
    /// How many columns the terminal has at which stdout is, or else stderr, if it says so.
    pub(crate) columns: Option<u16>,
}

impl Terminals {
    #[allow(clippy::disallowed_methods, reason = "the streams are inspected, not written")]
    pub(crate) fn of_process() -> Self {
        use std::io::{IsTerminal, stderr, stdin, stdout};
        Self {
            stdin: stdin().is_terminal(),
            stdout: stdout().is_terminal(),
            stderr: stderr().is_terminal(),
            columns: columns_of(stdout()).or_else(|| columns_of(stderr())),
        }
    }
}

fn columns_of(stream: impl std::os::fd::AsFd) -> Option<u16> {
    rustix::termios::tcgetwinsize(stream).ok().map(|size| size.ws_col)
}

/// How this run shows things.
#[derive(Debug)]
pub(crate) struct Presentation {
    pub(crate) format: Format,
    pub(crate) layout: Layout,
    /// What says so, for `--verbose`.
    format_origin: &'static str,
    /// Whether stderr stays silent but for masks.
    pub(crate) agent: bool,
    /// The compiled `--jq`.
    pub(crate) filter: Option<Filter>,
    pub(super) stdout: Style,
    pub(super) stderr: Style,
    /// Whether this is a CI system, where nobody answers and nobody comes back.
    pub(crate) ci: bool,
    /// Whether `--jq` writes to the log of a CI job, which takes some lines for commands.
    pub(crate) stdout_is_log: bool,
    pub(crate) terminals: Terminals,
    pub(super) progress: ProgressKind,
    pub(crate) verbose: u8,
}

impl Presentation {
    /// Decides, before the first byte of I/O.
    ///
    /// # Errors
    /// `INPUT_ERROR` for flags that contradict each other, a `--jq` that does not compile, and an
    /// unknown `JELOU_OUTPUT`.
    pub(crate) fn resolve(
        flags: &PresentationFlags,
        environment: &Env,
        terminals: Terminals,
        job: &JobEnvironment,
    ) -> Result<Self, Error> {
        for (left, is_left) in [("--quiet", flags.quiet), ("--human", flags.human)] {
            for (right, is_right) in [("--json", flags.json), ("--agent", flags.agent), ("--jq", flags.jq.is_some())] {
                if is_left && is_right {
                    return Err(Error::input(format!("`{left}` and `{right}` exclude each other"))
                        .with_hint("`--quiet` prints the one value, `--json` the whole envelope"));
                }
            }
        }
        let filter = flags.jq.as_deref().map(|expression| Filter::compile(expression, environment)).transpose()?;
        let chosen = flags.json
            || flags.agent
            || flags.jq.is_some()
            || flags.quiet
            || flags.human
            || environment.switch(env::JELOU_FORCE_HUMAN_OUTPUT);
        if !chosen && !matches!(environment.text(env::JELOU_OUTPUT), None | Some("human" | "json")) {
            return Err(Error::input("`JELOU_OUTPUT` is neither `json` nor `human`"));
        }
        let shown = Self::fallback(flags, environment, terminals, job);
        Ok(Self {
            format: if filter.is_some() { Format::Jq } else { shown.format },
            format_origin: if filter.is_some() { "`--jq`" } else { shown.format_origin },
            stdout_is_log: filter.is_some() && job.destination() == Destination::JobLog,
            filter,
            ..shown
        })
    }

    /// The format, and what says so.
    pub(crate) fn told(&self) -> (&'static str, &'static str) {
        let format = match self.format {
            Format::Human => "human",
            Format::Json => "json",
            Format::Quiet => "the value alone",
            Format::Jq => "json through a jq expression",
        };
        (format, self.format_origin)
    }

    /// How a run shows a failure, also when its flags could not be understood: then `--json` wins
    /// over `--jq`, whose output is empty on failure.
    pub(crate) fn fallback(
        flags: &PresentationFlags,
        environment: &Env,
        terminals: Terminals,
        job: &JobEnvironment,
    ) -> Self {
        let is_human = flags.human || environment.switch(env::JELOU_FORCE_HUMAN_OUTPUT);
        let (format, format_origin) = match environment.text(env::JELOU_OUTPUT) {
            _ if flags.agent => (Format::Json, "`--agent`"),
            _ if flags.json => (Format::Json, "`--json`"),
            _ if flags.jq.is_some() => (Format::Jq, "`--jq`"),
            _ if flags.quiet => (Format::Quiet, "`--quiet`"),
            Some("json") if !is_human => (Format::Json, "`JELOU_OUTPUT`"),
            _ if flags.human => (Format::Human, "`--human`"),
            _ if is_human => (Format::Human, "`JELOU_FORCE_HUMAN_OUTPUT`"),
            Some("human") => (Format::Human, "`JELOU_OUTPUT`"),
            _ => (Format::Human, "the default"),
        };
        let is_indented = terminals.stdout && !flags.compact && !flags.agent;
        let unicode = shows_unicode(environment, terminals.stdout || terminals.stderr);
        let style = |terminal: bool| {
            let color = !flags.agent && colors(flags.color, environment, terminal);
            let width = if terminal { width(environment, terminals) } else { None };
            Style { unicode, color, width, wraps: !job.detection.is_ci() }
        };
        Self {
            format,
            format_origin,
            layout: if is_indented { Layout::Indented } else { Layout::OneLine },
            agent: flags.agent,
            filter: None,
            stdout: style(terminals.stdout),
            stderr: style(terminals.stderr),
            ci: job.detection.is_ci(),
            stdout_is_log: false,
            terminals,
            progress: match environment.text("TERM") {
                _ if environment.switch(env::JELOU_NO_SPINNERS) => ProgressKind::Nothing,
                Some("dumb") | None => ProgressKind::Lines,
                _ => ProgressKind::Moving,
            },
            verbose: flags.verbose,
        }
    }
}

impl Presentation {
    /// How the help stands on stdout: whether in colour, and whether beyond ASCII.
    pub(crate) fn of_help(&self) -> (bool, bool) {
        (self.stdout.color, self.stdout.unicode)
    }

    /// The same on stderr.
    pub(crate) fn of_help_on_stderr(&self) -> (bool, bool) {
        (self.stderr.color, self.stderr.unicode)
    }
}

/// A flag decides; then `NO_COLOR` (no-color.org: set and not empty), then the two that force, then
/// the terminal.
fn colors(choice: Option<bool>, environment: &Env, terminal: bool) -> bool {
    match choice {
        Some(choice) => choice,
        None if environment.text(env::NO_COLOR).is_some() => false,
        None if environment.switch(env::CLICOLOR_FORCE) || environment.switch(env::FORCE_COLOR) => true,
        None => terminal && environment.text("TERM") != Some("dumb"),
    }
}

/// A terminal shows Unicode where the locale says UTF-8; what is not a terminal gets the same bytes
/// everywhere.
fn shows_unicode(environment: &Env, terminal: bool) -> bool {
    if !terminal {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.text(name)).unwrap_or("");
    let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    let console = matches!(environment.text("TERM"), Some("linux" | "dumb"));
    (utf8 || cfg!(target_os = "macos")) && !console
}

/// How many columns the terminal has; nothing for one that does not say.
fn width(environment: &Env, terminals: Terminals) -> Option<usize> {
    let named = environment.text(env::COLUMNS).and_then(|columns| columns.parse().ok());
    let named = named.filter(|columns| *columns > 0);
    named.or(terminals.columns.map(usize::from)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        pairs.iter().copied().collect()
    }

    #[test]
    fn a_flag_beats_the_environment_and_jq_beats_json() {
        let (env, job) = (env(&[("JELOU_OUTPUT", "human")]), JobEnvironment::observe(&|_| None));
        let json = PresentationFlags { json: true, ..Default::default() };
        let both = PresentationFlags { jq: Some(".data".to_owned()), ..json.clone() };
        for (flags, format) in [(json, Format::Json), (both, Format::Jq)] {
            let shown = Presentation::resolve(&flags, &env, Terminals::default(), &job);
            assert_eq!(shown.expect("a valid choice").format, format, "{flags:?}");
        }
    }

    #[test]
    fn colours_follow_the_conventions() {
        let (auto, always, never) = (None, Some(true), Some(false));
        for (choice, pairs, terminal, shown) in [
            (auto, &[][..], true, true),
            (auto, &[][..], false, false),
            (always, &[("NO_COLOR", "1")][..], false, true),
            (never, &[("FORCE_COLOR", "1")][..], true, false),
            (auto, &[("NO_COLOR", "0")][..], true, false),
            (auto, &[("NO_COLOR", "")][..], true, true),
            (auto, &[("CLICOLOR_FORCE", "1")][..], false, true),
            (auto, &[("CLICOLOR_FORCE", "0")][..], false, false),
            (auto, &[("FORCE_COLOR", "1")][..], false, true),
            (auto, &[("TERM", "dumb")][..], true, false),
        ] {
            assert_eq!(colors(choice, &env(pairs), terminal), shown, "{choice:?} {pairs:?} {terminal}");
        }
    }

    #[test]
    fn the_width_is_that_of_the_terminal_unless_columns_says_another() {
        let on = |columns| Terminals { columns, ..Terminals::default() };
        for (pairs, terminals, expected) in [
            (&[][..], on(Some(80)), Some(80)),
            (&[("COLUMNS", "40")][..], on(Some(80)), Some(40)),
            (&[("COLUMNS", "0")][..], on(Some(80)), Some(80)),
            (&[("COLUMNS", "wide")][..], on(Some(80)), Some(80)),
            (&[("COLUMNS", "-1")][..], on(None), None),
            (&[][..], on(Some(0)), None),
        ] {
            assert_eq!(width(&env(pairs), terminals), expected, "{pairs:?} {terminals:?}");
        }
    }

    #[test]
    fn ascii_where_the_terminal_cannot_do_better() {
        // A terminal of macOS shows all characters, unless it is a console.
        let macos = cfg!(target_os = "macos");
        for (pairs, terminal, unicode) in [
            (&[("LANG", "C")][..], true, macos),
            (&[("LANG", "en_US.UTF-8")][..], true, true),
            (&[("LANG", "C.utf8")][..], true, true),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")][..], true, macos),
            (&[("LANG", "C")][..], false, true),
            (&[("LANG", "en_US.UTF-8"), ("TERM", "linux")][..], true, false),
        ] {
            assert_eq!(shows_unicode(&env(pairs), terminal), unicode, "{pairs:?}");
        }
    }
}
