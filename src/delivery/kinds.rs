//! The kinds of sink: the table that `--to` is parsed by, and that help, man page, messages and
//! README show.

use super::azure_variable::AzureVariable;
use super::command::Command;
use super::dotenv::Dotenv;
use super::environment_file::{BASH_ENV, EnvironmentFile, GITHUB_ENV, GITHUB_OUTPUT};
use super::file::FileSink;
use super::function_secret::FunctionSecret;
use super::sink::{Sink, SinkContext, Stdout};
use crate::error::Error;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX};
use crate::typed_word;

/// One kind of sink.
pub(super) struct Kind {
    /// How it is written, such as `file:PATH`.
    pub(super) form: &'static str,
    /// What it does: a verb and its objects.
    pub(super) does: &'static str,
    parse: Parse,
}

/// Reads what stands behind the colon; `force` is `--force`. The error is only the reason;
/// [`parse`] adds the option.
type Parse = fn(rest: &str, force: bool, context: &SinkContext) -> Result<Box<dyn Sink>, String>;

pub(super) const KINDS: &[Kind] = &[
    Kind {
        form: "stdout",
        does: "prints the value; refused where it would end in a CI job's log or in `/dev/null`",
        parse: |_, _, _| Ok(Box::new(Stdout)),
    },
    Kind {
        form: "file:PATH",
        does: "writes the value, without a newline, to a new file of mode 0600; `--force` replaces a file",
        parse: |rest, force, _| boxed(FileSink::parse(rest, force)),
    },
    Kind {
        form: "github-env:NAME",
        does: "sets a variable for the next steps of a GitHub Actions job (`$GITHUB_ENV`)",
        parse: |rest, _, context| boxed(EnvironmentFile::parse(&GITHUB_ENV, rest, context)),
    },
    Kind {
        form: "github-output:NAME",
        does: "sets an output of a GitHub Actions step (`$GITHUB_OUTPUT`); a masked value does not reach other jobs",
        parse: |rest, _, context| boxed(EnvironmentFile::parse(&GITHUB_OUTPUT, rest, context)),
    },
    Kind {
        form: "dotenv:PATH:NAME",
        does: "sets a variable in a dotenv file; a token that stood there is not revoked",
        parse: |rest, _, _| boxed(Dotenv::parse(rest)),
    },
    Kind {
        form: "bash-env:NAME",
        does: "exports a variable to the next steps of a CircleCI job (`$BASH_ENV`)",
        parse: |rest, _, context| boxed(EnvironmentFile::parse(&BASH_ENV, rest, context)),
    },
    Kind {
        form: "azure-var:NAME",
        does: "sets a secret variable for the next steps of an Azure Pipelines job",
        parse: |rest, _, context| boxed(AzureVariable::on_stderr(rest, context.azure_log)),
    },
    Kind {
        form: "secret:SLUG/KEY",
        does: "stores the value as a secret of another function",
        parse: |rest, _, context| boxed(FunctionSecret::parse(rest, context)),
    },
    Kind {
        form: "command:CMD",
        does: "runs a command with the value on its standard input, after all other sinks; CMD is split into words, without a shell",
        parse: |rest, _, context| boxed(Command::parse(rest, context)),
    },
];

fn boxed<S: Sink + 'static>(sink: Result<S, String>) -> Result<Box<dyn Sink>, String> {
    Ok(Box::new(sink?))
}

impl Kind {
    fn prefix(&self) -> &'static str {
        self.form.split(':').next().unwrap_or(self.form)
    }

    /// What stands behind the prefix and the colon of a `--to` option of this kind.
    fn rest_of<'a>(&self, spec: &'a str) -> Option<&'a str> {
        let rest = spec.strip_prefix(self.prefix())?;
        if self.form == self.prefix() { rest.is_empty().then_some(rest) } else { rest.strip_prefix(':') }
    }
}

/// Reads one `--to` option.
pub(super) fn parse(spec: &str, force: bool, context: &SinkContext) -> Result<Box<dyn Sink>, Error> {
    let Some((kind, rest)) = KINDS.iter().find_map(|kind| Some((kind, kind.rest_of(spec)?))) else {
        let unknown = Error::input(format!("`--to {}` is not a known sink", without_secrets(spec)));
        let meant = meant(spec).into_iter().fold(unknown, Error::with_hint);
        return Err(meant.with_hint(format!("known sinks are {}", forms("`"))));
    };
    (kind.parse)(rest, force, context).map_err(|reason| {
        // A command line may hold a secret of its own.
        let shown = if kind.prefix() == "command" { "command:…" } else { without_secrets(spec) };
        Error::input(format!("`--to {shown}` is not valid: {reason}"))
            .with_hint(format!("`{}` {}", kind.form, kind.does))
    })
}

/// What may have been meant by a text that is no sink.
fn meant(spec: &str) -> Option<String> {
    let typed = spec.split(':').next().unwrap_or(spec);
    let is_path = typed == spec && spec.contains(['/', '.']);
    if is_path && without_secrets(spec) == spec {
        return Some(format!("`--to file:{}` writes to a file", typed_word::quoted(spec)));
    }
    let near = typed_word::nearest(typed, KINDS.iter().map(Kind::prefix));
    let form = |prefix: &&str| KINDS.iter().find(|kind| kind.prefix() == *prefix).map(|kind| kind.form);
    typed_word::listed("sink", &near.iter().filter_map(form).collect::<Vec<_>>())
}

/// If a token was typed instead of a sink, the error must not show it.
fn without_secrets(spec: &str) -> &str {
    if [RUNTIME_PREFIX, MANAGEMENT_PREFIX].iter().any(|prefix| spec.contains(prefix)) { "…" } else { spec }
}

fn forms(quote: &str) -> String {
    KINDS.iter().map(|kind| format!("{quote}{}{quote}", kind.form)).collect::<Vec<_>>().join(", ")
}

/// The help of `--to` in one paragraph.
pub(crate) fn help() -> String {
    format!("Where the value goes, repeatable: {} [default: stdout]", forms(""))
}

/// The help of `--to` with what each kind does, a paragraph each.
pub(crate) fn long_help() -> String {
    let mut text = "Where the value goes, repeatable [default: stdout]".to_owned();
    for kind in KINDS {
        text.push_str(&format!("\n\n`{}` {}", kind.form, kind.does));
    }
    text
}

/// How each kind is written, and what it does.
pub(crate) fn forms_and_meanings() -> impl Iterator<Item = (&'static str, &'static str)> {
    KINDS.iter().map(|kind| (kind.form, kind.does))
}

/// The kinds in Markdown, as the README shows them.
pub fn markdown() -> String {
    let mut text = "| sink | what it does |\n| --- | --- |\n".to_owned();
    for kind in KINDS {
        text.push_str(&format!("| `{}` | {} |\n", kind.form, kind.does));
    }
    text
}
