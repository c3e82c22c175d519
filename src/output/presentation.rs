//! How this run shows things: pure decisions from flags, environment and what the streams are.

use super::jq::Filter;
use crate::ci::JobEnvironment;
use crate::config::Env;
use crate::config::env;
use crate::error::Error;

/// What stdout carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the default, on a terminal or not.
    Human,
    /// The envelope.
    Json,
    /// The one value.
    Quiet,
    /// What a jq expression makes of the envelope.
    Jq,
}

/// `--color`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where a terminal shows them.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What the command line said of presentation.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "one per flag of the command line")]
pub struct PresentationFlags {
    /// `--json`.
    pub json: bool,
    /// `--compact`.
    pub compact: bool,
    /// `--human`.
    pub human: bool,
    /// `--agent`.
    pub agent: bool,
    /// `--jq`.
    pub jq: Option<String>,
    /// `--quiet`.
    pub quiet: bool,
    /// `--color`.
    pub color: ColorChoice,
    /// `-v`, counted.
    pub verbose: u8,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminals {
    /// stdin.
    pub stdin: bool,
    /// stdout.
    pub stdout: bool,
    /// stderr.
    pub stderr: bool,
}

impl Terminals {
    /// What the streams of this process are.
    #[allow(clippy::disallowed_methods, reason = "the streams are inspected, not written")]
    pub fn of_process() -> Self {
        use std::io::IsTerminal;
        Self {
            stdin: std::io::stdin().is_terminal(),
            stdout: std::io::stdout().is_terminal(),
            stderr: std::io::stderr().is_terminal(),
        }
    }
}

/// How this run shows things.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, each with its own name")]
pub struct Presentation {
    /// What stdout carries.
    pub format: Format,
    /// Whether JSON takes many lines.
    pub indent: bool,
    /// Whether stderr stays silent but for masks.
    pub agent: bool,
    /// The compiled `--jq`.
    pub filter: Option<Filter>,
    /// Colours on stdout.
    pub color_stdout: bool,
    /// Colours on stderr.
    pub color_stderr: bool,
    /// Whether `✓ ▸ ⚠` can be shown.
    pub unicode: bool,
    /// Whether this is a CI system, where nobody answers and nobody comes back.
    pub ci: bool,
    /// Whether stdout is the log of a CI job, which takes some lines for commands.
    pub stdout_is_log: bool,
    /// Which streams are terminals.
    pub terminals: Terminals,
    /// `-v`, counted.
    pub verbose: u8,
}

impl Presentation {
    /// Decides, before the first byte of I/O.
    ///
    /// # Errors
    /// `INPUT_ERROR` for flags that contradict each other and for a `--jq` that does not compile.
    pub fn resolve(
        flags: &PresentationFlags,
        environment: &Env,
        terminals: Terminals,
        job: &JobEnvironment,
    ) -> Result<Self, Error> {
        let json = flags.json || flags.agent;
        for (left, right, both) in [
            ("--quiet", "--json", flags.quiet && flags.json),
            ("--quiet", "--agent", flags.quiet && flags.agent),
            ("--quiet", "--jq", flags.quiet && flags.jq.is_some()),
            ("--human", "--json", flags.human && flags.json),
            ("--human", "--agent", flags.human && flags.agent),
            ("--human", "--jq", flags.human && flags.jq.is_some()),
        ] {
            if both {
                return Err(Error::input(format!("`{left}` and `{right}` exclude each other"))
                    .with_hint("`--quiet` prints the one value, `--json` the whole envelope"));
            }
        }
        let filter = flags.jq.as_deref().map(Filter::compile).transpose()?;
        let format = if filter.is_some() {
            Format::Jq
        } else if flags.quiet {
            Format::Quiet
        } else if json {
            Format::Json
        } else if flags.human {
            Format::Human
        } else {
            match environment.text(env::JELOU_OUTPUT) {
                None | Some("human") => Format::Human,
                Some("json") => Format::Json,
                Some(_) => return Err(Error::input("`JELOU_OUTPUT` is neither `json` nor `human`")),
            }
        };
        let color = |terminal: bool| !flags.agent && colors(flags.color, environment, terminal);
        Ok(Self {
            format,
            indent: terminals.stdout && !flags.compact && !flags.agent,
            agent: flags.agent,
            filter,
            color_stdout: color(terminals.stdout),
            color_stderr: color(terminals.stderr),
            unicode: shows_unicode(environment, terminals.stdout || terminals.stderr),
            ci: job.detection.is_ci(),
            stdout_is_log: false,
            terminals,
            verbose: flags.verbose,
        })
    }

    /// How a run shows a failure when its flags could not be understood.
    pub fn fallback(flags: &PresentationFlags, environment: &Env, terminals: Terminals, job: &JobEnvironment) -> Self {
        let by_environment = environment.text(env::JELOU_OUTPUT) == Some("json") && !flags.human;
        let json = flags.json || flags.agent || by_environment;
        let format = match (flags.json || flags.agent, flags.jq.is_some(), flags.quiet, json) {
            (true, _, _, _) => Format::Json,
            (_, true, _, _) => Format::Jq,
            (_, _, true, _) => Format::Quiet,
            (_, _, _, true) => Format::Json,
            _ => Format::Human,
        };
        Self {
            format,
            indent: terminals.stdout && !flags.compact && !flags.agent,
            agent: flags.agent,
            filter: None,
            color_stdout: false,
            color_stderr: colors(flags.color, environment, terminals.stderr),
            unicode: shows_unicode(environment, terminals.stderr),
            ci: job.detection.is_ci(),
            stdout_is_log: false,
            terminals,
            verbose: 0,
        }
    }
}

/// A flag decides; then `NO_COLOR` (no-color.org: set and not empty), then the two that force, then the terminal.
fn colors(choice: ColorChoice, environment: &Env, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment.text(env::NO_COLOR).is_some() => false,
        ColorChoice::Auto if environment.switch(env::CLICOLOR_FORCE) || environment.switch(env::FORCE_COLOR) => true,
        ColorChoice::Auto => terminal && environment.text("TERM") != Some("dumb"),
    }
}

/// A terminal shows Unicode where the locale says UTF-8; what is not a terminal gets the same bytes everywhere.
fn shows_unicode(environment: &Env, terminal: bool) -> bool {
    if !terminal {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| environment.text(name)).unwrap_or("");
    let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
    let console = matches!(environment.text("TERM"), Some("linux" | "dumb"));
    (utf8 || cfg!(target_os = "macos")) && !console
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        pairs.iter().copied().collect()
    }

    fn resolve(flags: &PresentationFlags, env: &Env) -> Result<Presentation, Error> {
        Presentation::resolve(flags, env, Terminals::default(), &JobEnvironment::observe(&|_| None))
    }

    #[test]
    fn a_flag_beats_the_environment() {
        let json = PresentationFlags { json: true, ..Default::default() };
        let quiet = PresentationFlags { quiet: true, ..Default::default() };
        let jq = PresentationFlags { jq: Some(".data".to_owned()), ..Default::default() };
        let human = PresentationFlags { human: true, ..Default::default() };
        let none = PresentationFlags::default();
        for (flags, output, format) in [
            (&none, "", Format::Human),
            (&none, "json", Format::Json),
            (&none, "human", Format::Human),
            (&json, "human", Format::Json),
            (&human, "json", Format::Human),
            (&quiet, "json", Format::Quiet),
            (&jq, "human", Format::Jq),
        ] {
            let shown = resolve(flags, &env(&[("JELOU_OUTPUT", output)]));
            assert_eq!(shown.expect("a valid choice").format, format, "{flags:?} {output}");
        }
    }

    #[test]
    fn refuses_contradictions_and_what_does_not_compile() {
        let both = PresentationFlags { json: true, quiet: true, ..Default::default() };
        let broken = PresentationFlags { jq: Some(".data[".to_owned()), ..Default::default() };
        for flags in [both, broken] {
            let error = resolve(&flags, &Env::default()).expect_err("a contradiction");
            assert_eq!(error.exit_status(), 2);
        }
        let unknown = resolve(&PresentationFlags::default(), &env(&[("JELOU_OUTPUT", "xml")]));
        assert_eq!(unknown.expect_err("an unknown format").exit_status(), 2);
    }

    #[test]
    fn colours_follow_the_conventions() {
        use ColorChoice::{Always, Auto, Never};
        for (choice, pairs, terminal, shown) in [
            (Auto, &[][..], true, true),
            (Auto, &[][..], false, false),
            (Always, &[("NO_COLOR", "1")][..], false, true),
            (Never, &[("FORCE_COLOR", "1")][..], true, false),
            (Auto, &[("NO_COLOR", "0")][..], true, false),
            (Auto, &[("NO_COLOR", "")][..], true, true),
            (Auto, &[("CLICOLOR_FORCE", "1")][..], false, true),
            (Auto, &[("CLICOLOR_FORCE", "0")][..], false, false),
            (Auto, &[("FORCE_COLOR", "1")][..], false, true),
            (Auto, &[("TERM", "dumb")][..], true, false),
        ] {
            assert_eq!(colors(choice, &env(pairs), terminal), shown, "{choice:?} {pairs:?} {terminal}");
        }
    }

    #[test]
    fn ascii_where_the_terminal_cannot_do_better() {
        for (pairs, terminal, unicode) in [
            (&[("LANG", "C")][..], true, false),
            (&[("LANG", "en_US.UTF-8")][..], true, true),
            (&[("LANG", "C.utf8")][..], true, true),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")][..], true, false),
            (&[("LANG", "C")][..], false, true),
            (&[("LANG", "en_US.UTF-8"), ("TERM", "linux")][..], true, false),
        ] {
            assert_eq!(
                shows_unicode(&env(pairs), terminal),
                unicode || (terminal && cfg!(target_os = "macos")),
                "{pairs:?}"
            );
        }
    }
}
