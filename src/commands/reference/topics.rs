//! The topics of the help, as text for a terminal and for man pages. What a table says is taken
//! from that table.

use crate::cli;
use crate::cli::help::{columns, heading, wrapped};
use crate::cli::topics::Topic;
use crate::config::env;
use crate::delivery;
use crate::exit;

/// A piece of a topic.
pub(super) enum Part {
    Text(&'static str),
    /// Under a heading: a word and what it means, a line each.
    Table(&'static str, Vec<(String, String)>),
    /// Lines that can be typed.
    Examples(&'static [&'static str]),
}

/// What a topic says, in its order.
pub(super) fn parts(topic: Topic) -> Vec<Part> {
    match topic {
        Topic::Environment => environment(),
        Topic::Sinks => sinks(),
        Topic::Ci => ci(),
        Topic::Sandbox => sandbox(),
        Topic::Jq => jq(),
        Topic::ExitCodes => exit_codes(),
    }
}

/// A topic with its colours, in the width of the terminal.
pub(crate) fn text(topic: Topic) -> String {
    let shown = parts(topic).into_iter().map(|part| match part {
        Part::Text(text) => wrapped(text),
        Part::Table(title, rows) => format!("{}\n{}", heading(title), columns(&rows)),
        Part::Examples(lines) => format!("{}\n{}", heading("Examples"), wrapped(&format!("  {}", lines.join("\n  ")))),
    });
    let about = wrapped(&format!("{}.", topic.about()));
    let more = wrapped(&format!(
        "More: {} in the repository of jelou; `man jelou-{}`, where `jelou man` has written the pages.",
        topic.pages(),
        topic.name()
    ));
    let blocks: Vec<String> = std::iter::once(about).chain(shown).chain([more]).collect();
    format!("{}\n", blocks.join("\n\n"))
}

/// Which of two settings is taken. `docs/environment.md` says the same.
pub(crate) const WHICH_VARIABLE: &str =
    "A flag beats its variable. An empty value counts as unset; so do `CI=false` and `CI=0`.";
pub(crate) const WHO_WINS: &str = "The credential is that of `--profile`, else `JELOU_TOKEN`, else that of \
    `JELOU_PROFILE`, else that of the active profile. The function is the one that the line names, else \
    `JELOU_FUNCTION`, else `function` in the `jelou.json` of this folder or the nearest one above.";

fn environment() -> Vec<Part> {
    let rows = env::ALL.iter().map(|variable| (variable.name.to_owned(), variable.meaning.to_owned()));
    vec![
        Part::Text(WHICH_VARIABLE),
        Part::Text(WHO_WINS),
        Part::Table("Variables", rows.collect()),
        Part::Examples(&["JELOU_TOKEN=$PAT JELOU_FUNCTION=my-fn jelou tokens list", "jelou whoami -v"]),
    ]
}

fn sinks() -> Vec<Part> {
    let rows = delivery::forms_and_meanings().map(|(form, does)| (form.to_owned(), does.to_owned()));
    vec![
        Part::Text(
            "`--to SINK` says where a new value goes; it can be repeated, and without it the value goes to stdout. \
             Every sink is checked before the token is created. If one fails afterwards, those already written are \
             undone, the token is revoked, and the exit status is 13.",
        ),
        Part::Table("Sinks", rows.collect()),
        Part::Examples(&[
            "jelou tokens create my-fn --name ci --to file:./token",
            "jelou tokens create my-fn --name ci --to github-env:JELOU_FUNCTION_TOKEN --wait",
            "jelou tokens rotate my-fn ci --to secret:other-fn/MY_FN_TOKEN",
            "jelou tokens create my-fn --name ci --to 'command:gh secret set MY_FN_TOKEN'",
        ]),
    ]
}

fn ci() -> Vec<Part> {
    vec![
        Part::Text(
            "stdout carries the result and nothing else, so `TOKEN=$(jelou tokens create my-fn --name ci)` holds the \
             value alone. Nothing is ever asked where `CI` is set: what needs a confirmation needs `-y`.",
        ),
        Part::Text(
            "On GitHub, Forgejo and Gitea Actions, Azure Pipelines and Buildkite a new value is masked in the job's \
             log before it is written anywhere. The mask goes to stderr, which must reach the runner: a command that \
             creates a token is refused if stderr is a file, `/dev/null` or read by a program of the step. On other \
             systems a warning says that the log cannot be masked.",
        ),
        Part::Text(
            "A command that would print a new value into the job's own log is refused before anything is created. \
             Use `--to` or `$(…)`; `--print-token` overrides. `deploy` withholds the value there instead.",
        ),
        Part::Text(
            "`jelou sandbox run --as github -- CMD` plays the runner of GitHub Actions for a command on this machine: \
             what is masked, logged and refused there is masked, logged and refused here.",
        ),
        Part::Text(
            "`--agent` is for programs: one JSON document on one line, no question, no colour, nothing on stderr but \
             masks. Exit statuses are those of `jelou help exit-codes`, whatever the format.",
        ),
        Part::Examples(&[
            "TOKEN=$(jelou tokens create my-fn --name ci --quiet)",
            "jelou tokens create my-fn --name ci --to github-env:JELOU_FUNCTION_TOKEN --wait",
            "jelou tokens exec my-fn -- ./e2e.sh",
            "jelou sandbox run --as github -- bash -e ./step.sh",
        ]),
    ]
}

fn sandbox() -> Vec<Part> {
    let below = cli::nodes().into_iter().filter_map(|node| {
        let verb = node.name.strip_prefix("sandbox ")?.to_owned();
        Some((verb, node.command.get_about()?.to_string()))
    });
    let verbs = below.collect();
    vec![
        Part::Text(
            "The sandbox is the platform on 127.0.0.1: control plane and gateway with their rules, without the \
             vendor's servers and without the functions' code. `jelou sandbox run -- CMD` starts it, runs a command \
             against it, and leaves nothing behind; `jelou sandbox start` leaves it running, with `--detach` in the \
             background.",
        ),
        Part::Text(
            "`run` begins with `my-function`, which is deployed and has its `default` token, and `other-function`. \
             CMD finds the addresses and credentials in its environment, and this program on its PATH. Its tokens \
             begin `jfn_rt_sbx_` and `jfn_pat_sbx_`, and are sent to this machine alone.",
        ),
        Part::Text(
            "`--fault SPEC` makes requests fail as a network and a platform can: KIND[=VALUE] [OPTION=VALUE]… \
             [control|gateway] [METHOD] [/PATH] [xN|x*]. In a path `*` stands for one segment and `**` for any number. \
             It is for one request unless `xN` says how many. `--fault help` explains all of it.",
        ),
        Part::Text(
            "`--seed N` makes ids and values repeatable, `--seed-file FILE` says what there is at the beginning, \
             `--scenario NAME|FILE` holds faults and settings; `lost-answers`, `flaky`, `slow-redeploys`, `rate-limited` \
             and `clock-skew` come with the program. `GET /openapi.json` describes the API. \
             `jelou-sandbox-faults(7)` has all of this.",
        ),
        Part::Table("Commands of jelou sandbox", verbs),
        Part::Examples(&[
            "jelou sandbox run -- bash",
            "jelou sandbox run --fault 'reset-after POST /v1/functions/*/tokens' -- ./pipeline.sh",
            "jelou sandbox run --fault 'status=503 retry-after=1 x2' --redeploy-delay 3s -- ./pipeline.sh",
            "jelou sandbox run --as github -- bash -e ./step.sh",
            "jelou sandbox run --scenario lost-answers --strict-faults -- ./pipeline.sh",
            "jelou sandbox start --port 8787 --state ./sandbox.json",
            "environment=$(jelou sandbox start --detach) && eval \"$environment\"",
        ]),
    ]
}

fn jq() -> Vec<Part> {
    vec![
        Part::Text(
            "`--jq EXPR` applies a jq expression to the document of `--json` and prints strings raw. No jq need be \
             installed. The expression is compiled before anything is sent; it is applied to successes, and on failure \
             stdout is empty.",
        ),
        Part::Text(
            "The language is that of jq 1.7, by jaq 3: no modules, no `?//`, no assignment below a null or behind the \
             end of an array (`.[5] = 9`); an object indexed by a number is null, `todate` keeps a fraction, `5.7 % 3` \
             is 2.7. A null prints `null`. `env` and `$ENV` lack the credentials.",
        ),
        Part::Text(
            "Where a new token goes to stdout, the output must hold the value (`.data.token`), else the token is \
             revoked again and the exit status is 13.",
        ),
        Part::Examples(&[
            "jelou tokens list my-fn --jq '.data[] | \"\\(.name) \\(.status)\"'",
            "jelou tokens list my-fn --jq '[.data[] | select(.last_used_at == null)] | length'",
            "TOKEN=$(jelou tokens create my-fn --name ci --jq .data.token)",
        ]),
    ]
}

fn exit_codes() -> Vec<Part> {
    let rows = exit::table().into_iter().map(|row| {
        let again = if row.retryable { "; may be tried again" } else { "" };
        (format!("{:>3}  {}", row.status, row.code).trim_end().to_owned(), format!("{}{again}", row.when))
    });
    vec![
        Part::Text(
            "The exit status says what kind of failure it was, in every format. The code stands in `.error.code` of \
             the JSON document and at the end of the line on stderr.",
        ),
        Part::Table("Exit statuses", rows.collect()),
        Part::Text(
            "“May be tried again” means that the same command may succeed and cannot double anything. `tokens exec` \
             and `sandbox run` pass the status of their command on.",
        ),
        Part::Examples(&["jelou tokens list my-fn || echo \"exit status $?\""]),
    ]
}
