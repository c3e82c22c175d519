//! The table of scopes in `docs/scopes.md` is true of the sandbox: each command runs with what it
//! says and with nothing more, and is refused, in the server's words, without any one of them.

use std::collections::BTreeSet;

use jelou::cli;
use jelou::commands::reference::scopes::{
    ALL_FUNCTIONS, CHECK, CREATE, IF_EXISTS, LINK, MENU, NEEDS, NEW_FUNCTION, NOT_BY_ID, Needs, PICKER, QUESTION,
    REVOKE, SECRET_SINK, WAIT,
};
use jelou::sandbox::{Fault, Fixture, SCOPES};
use serde_json::json;

use crate::support::cli::{Cli, Ran};
use crate::support::running::until;
use crate::support::terminal::Streams;

/// A command, which of its conditions hold, and a line. TOKEN and DEPLOYMENT stand for ids.
const LINES: &[(&str, &[&str], &str)] = &[
    ("tokens create", &[], "tokens create my-function --name new"),
    ("tokens create", &[WAIT], "tokens create my-function --name new --wait"),
    ("tokens create", &[SECRET_SINK], "tokens create my-function --name new --to secret:other-function/T"),
    ("tokens create", &[], "tokens create my-function --name new --if-exists rotate"),
    ("tokens create", &[IF_EXISTS], "tokens create my-function --name extra --if-exists rotate"),
    ("tokens list", &[], "tokens list my-function --name ex*"),
    ("tokens info", &[], "tokens info my-function TOKEN"),
    ("tokens info", &[], "tokens info my-function extra"),
    ("tokens revoke", &[], "tokens revoke my-function TOKEN -y"),
    ("tokens revoke", &[NOT_BY_ID], "tokens revoke my-function extra -y"),
    ("tokens revoke", &[WAIT], "tokens revoke my-function TOKEN -y --wait"),
    ("tokens rotate", &[], "tokens rotate my-function extra"),
    ("tokens rotate", &[], "tokens rotate my-function TOKEN --grace 10m"),
    ("tokens rotate", &[SECRET_SINK], "tokens rotate my-function TOKEN --to secret:other-function/T"),
    ("tokens regenerate", &[], "tokens regenerate my-function TOKEN -y"),
    ("tokens regenerate", &[WAIT], "tokens regenerate my-function extra -y --wait"),
    ("tokens regenerate", &[SECRET_SINK], "tokens regenerate my-function extra -y --to secret:other-function/T"),
    ("tokens disable", &[], "tokens disable my-function TOKEN -y"),
    ("tokens disable", &[NOT_BY_ID], "tokens disable my-function extra -y"),
    ("tokens disable", &[WAIT], "tokens disable my-function TOKEN -y --wait"),
    ("tokens enable", &[], "tokens enable my-function TOKEN"),
    ("tokens enable", &[NOT_BY_ID], "tokens enable my-function extra"),
    ("tokens enable", &[WAIT], "tokens enable my-function TOKEN --wait"),
    ("tokens whois", &[], "tokens whois my-function"),
    ("tokens whois", &[ALL_FUNCTIONS], "tokens whois"),
    ("tokens whois", &[ALL_FUNCTIONS, CHECK], "tokens whois --check"),
    ("tokens whois", &[REVOKE], "tokens whois -f my-function --revoke -y"),
    ("tokens whois", &[ALL_FUNCTIONS, REVOKE, WAIT], "tokens whois --revoke -y --wait"),
    ("tokens prune", &[], "tokens prune my-function --name extra -y"),
    ("tokens prune", &[WAIT], "tokens prune my-function --name extra -y --wait"),
    ("tokens exec", &[], "tokens exec my-function -- true"),
    ("tokens recover", &[], "tokens recover"),
    ("tokens recover", &[], "tokens recover --revoke -y"),
    ("tokens recover", &[SECRET_SINK], "tokens recover --to secret:other-function/T"),
    ("deploy", &[], "deploy again -y"),
    ("deploy", &[NEW_FUNCTION], "deploy new -y"),
    ("deploy", &[WAIT], "deploy again -y --wait"),
    ("deploy", &[NEW_FUNCTION, SECRET_SINK], "deploy new -y --to secret:other-function/T"),
    ("init", &[], "init fresh --no-input"),
    ("init", &[CREATE], "init fresh --mode create --no-input"),
    ("init", &[LINK], "init my-function --mode link --no-input"),
    ("functions list", &[], "functions list"),
    ("functions info", &[], "functions info my-function"),
    ("functions create", &[], "functions create fresh"),
    ("functions delete", &[], "functions delete other-function -y"),
    ("deployments list", &[], "deployments list my-function"),
    ("deployments info", &[], "deployments info my-function DEPLOYMENT"),
    ("deployments wait", &[], "deployments wait my-function DEPLOYMENT"),
    ("deployments download", &[], "deployments download my-function DEPLOYMENT"),
    ("rollback", &[], "rollback my-function DEPLOYMENT -y"),
    ("rollback", &[WAIT], "rollback my-function DEPLOYMENT -y --wait"),
    ("secrets list", &[], "secrets list my-function"),
    ("secrets set", &[], "secrets set my-function B=1"),
    ("secrets set", &[WAIT], "secrets set my-function B=1 --wait"),
    ("secrets delete", &[], "secrets delete my-function A -y"),
    ("secrets delete", &[WAIT], "secrets delete my-function A -y --wait"),
];

/// A command, its condition, a line that asks at a terminal, what is asked there and answered.
type Question = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const SURE: (&str, &str) = ("(y/N)", "y\r");

const QUESTIONS: &[Question] = &[
    ("tokens revoke", NOT_BY_ID, "tokens revoke my-function TOKEN", &[SURE]),
    ("tokens disable", NOT_BY_ID, "tokens disable my-function TOKEN", &[SURE]),
    ("secrets delete", QUESTION, "secrets delete my-function A", &[SURE]),
    ("rollback", QUESTION, "rollback my-function DEPLOYMENT", &[SURE]),
    ("rollback", MENU, "rollback my-function", &[("which deployment", "\r"), SURE]),
    ("tokens list", "", "tokens list", &[("Which function", "\r")]),
];

/// What has no row in the table and sends something to the control plane, or could.
const WITHOUT_SCOPES: &[&str] =
    &["whoami", "tokens verify my-function", "call my-function", "login --token-stdin", "auth list"];

const KEPT_LOCAL: &[&str] = &["login", "logout", "whoami", "auth ", "sandbox ", "schema", "completions", "man"];

fn needs(command: &str) -> &'static Needs {
    NEEDS.iter().find(|needs| needs.command == command).unwrap_or_else(|| panic!("`{command}` has no row"))
}

fn also(command: &str, condition: &str) -> &'static [&'static str] {
    let row = needs(command).also.iter().find(|(when, _)| *when == condition);
    row.unwrap_or_else(|| panic!("`{command}` has no `{condition}`")).1
}

/// A sandbox in which every line has something to do. Scopes are taken away at the end.
fn cli(line: &str, scopes: &[&str]) -> (Cli, Vec<String>) {
    let fixture = json!({"functions": [
        {"slug": "my-function", "tokens": [{"name": "extra"}], "secrets": {"A": "1"}}, {"slug": "other-function"}]});
    let fixture = Fixture::parse(&fixture.to_string()).unwrap();
    let mut cli = Cli::with(|builder| builder.fixture(fixture));
    let token = cli.sandbox.tokens("my-function").into_iter().find(|token| token.name == "extra").unwrap();
    let deployment = cli.sandbox.deployments("my-function").remove(0);
    let value = cli.sandbox.default_token("my-function").unwrap();
    for (folder, slug) in [("again", "my-function"), ("new", "new-function")] {
        cli.write(&format!("{folder}/jelou.json"), json!({"function": slug}).to_string());
        cli.write(&format!("{folder}/index.ts"), "export default 1");
    }
    if line.starts_with("tokens recover") {
        cli.sandbox.inject(Fault::reset_before().method("POST").always());
        let create = ["tokens", "create", "my-function", "--name", "left", "--retries", "20"];
        let mut running = cli.start(&create);
        until("the request", || cli.sent(false).iter().any(|sent| sent.starts_with("POST")).then_some(()));
        running.signal(9);
        assert_eq!(running.end().signal, Some(9));
        cli.sandbox.clear_faults();
    }
    if line.starts_with("rollback") {
        cli.jelou(&["deploy", "again", "-y", "--wait"]).ended(0);
    }
    let pat = cli.sandbox.issue_pat(scopes);
    cli.set("JELOU_TOKEN", &pat).set("JELOU_FUNCTION_TOKEN", &value);
    let line = line.replace("TOKEN", token.id.as_str()).replace("DEPLOYMENT", deployment.id.as_str());
    (cli, line.split(' ').map(str::to_owned).collect())
}

/// What preparing a line has sent.
fn sent_before(line: &str) -> &'static [&'static str] {
    if line.starts_with("rollback") { &["POST /v1/functions/my-function/deployments"] } else { &[] }
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

/// With a runtime token on stdin, for those that read a text; to be checked, with one that is gone.
#[must_use]
fn run(cli: &Cli, line: &[String]) -> Ran {
    let is_checked = line.iter().any(|word| word == "--check");
    let text = if is_checked { "jfn_rt_sbx_goneA1b2C3d4E5f6" } else { cli.env()["JELOU_FUNCTION_TOKEN"].as_str() };
    cli.jelou_with_stdin(&words(line), text)
}

fn all_but(scope: &str) -> Vec<&'static str> {
    SCOPES.into_iter().filter(|other| *other != scope).collect()
}

#[test]
fn every_line_needs_what_the_table_says_and_nothing_else() {
    for (command, conditions, line) in LINES {
        let also = conditions.iter().flat_map(|condition| also(command, condition));
        let needed: BTreeSet<&str> = needs(command).always.iter().chain(also).copied().collect();
        let (cli, line) = cli(line, &needed.iter().copied().collect::<Vec<_>>());
        let ran = run(&cli, &line).ended(0);
        assert!(!ran.stderr.contains("lacks the scope"), "{line:?}: {ran:?}");
    }
}

/// What was done before the refusal came is kept or undone: waiting comes after the change, and the
/// sinks after the token.
#[test]
fn without_one_of_its_scopes_a_command_is_refused_in_the_servers_words() {
    for (command, conditions, typed) in LINES {
        let also = conditions.iter().flat_map(|condition| also(command, condition));
        for scope in needs(command).always.iter().chain(also) {
            let (cli, line) = cli(typed, &all_but(scope));
            let ran = run(&cli, &line);
            let sentence = format!("The credential lacks the scope `{scope}`");
            assert!(ran.stderr.contains(&sentence), "{typed}: {ran:?}");
            let comes_late = match *scope {
                "deployments:read" => !command.starts_with("deployments "),
                "secrets:write" => conditions.contains(&SECRET_SINK),
                _ => false,
            };
            if conditions.contains(&CHECK) && *scope == "deployments:read" {
                assert_eq!(ran.status, 12, "{typed} without {scope}: {ran:?}");
            } else if comes_late {
                assert!([11, 13].contains(&ran.status), "{typed} without {scope}: {ran:?}");
            } else {
                assert_eq!(ran.status, 4, "{typed} without {scope}: {ran:?}");
                assert!(ran.stderr.contains(&format!("{sentence} (FORBIDDEN, exit 4)")), "{ran:?}");
                assert!(ran.stderr.contains("`jelou whoami`"), "{ran:?}");
            }
        }
    }
}

#[test]
fn a_question_needs_what_the_table_says() {
    for (command, condition, typed, asked) in QUESTIONS {
        let also = if condition.is_empty() { &[PICKER][..] } else { also(command, condition) };
        let (with, line) = cli(typed, &[needs(command).always, also].concat());
        let session = with.converse(&words(&line), asked).ended(0);
        assert!(!session.screen.contains("lacks the scope"), "{session:?}");
        for scope in also {
            let (without, line) = cli(typed, &all_but(scope));
            let session = without.at_terminal(&words(&line), Streams::All, None).ended(4);
            assert!(session.screen.contains(&format!("lacks the scope `{scope}`")), "{session:?}");
            assert_eq!(without.sent(true), sent_before(typed));
        }
    }
}

#[test]
fn what_is_not_in_the_table_needs_no_scope() {
    for line in WITHOUT_SCOPES {
        let (cli, line) = cli(line, &[]);
        let pat = cli.env()["JELOU_TOKEN"].clone();
        cli.jelou_with_stdin(&words(&line), &pat).ended(0);
    }
}

/// No row, condition or command is left out.
#[test]
fn every_command_is_in_the_table_or_needs_nothing() {
    for node in cli::nodes().iter().filter(|node| !node.is_group()) {
        let name = cli::canonical(&node.name);
        let is_tested = WITHOUT_SCOPES.iter().any(|line| line.starts_with(name));
        let is_local = KEPT_LOCAL.iter().any(|local| name.starts_with(local)) || name.is_empty();
        let has_row = NEEDS.iter().any(|needs| needs.command == name);
        assert!(has_row != (is_tested || is_local), "`{name}`: a row of scopes.rs, or a reason why it needs none");
    }
    for Needs { command, always, also } in NEEDS {
        assert!(cli::nodes().iter().any(|node| node.name == *command), "there is no `{command}`");
        let lines = || LINES.iter().filter(|(of, ..)| of == command);
        assert!(lines().any(|(_, conditions, _)| conditions.is_empty()), "no line runs `{command}`");
        for (condition, scopes) in *also {
            let is_run = lines().any(|(_, conditions, _)| conditions.contains(condition));
            let is_asked = QUESTIONS.iter().any(|(of, when, ..)| of == command && when == condition);
            assert!(is_run || is_asked, "`{command}`: no line has {condition}");
            assert!(scopes.iter().all(|scope| SCOPES.contains(scope)));
        }
        assert!(always.iter().all(|scope| SCOPES.contains(scope)));
    }
}
