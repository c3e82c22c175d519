//! Progress says what is waited for and for how long; nothing of it stays on the screen; a wait that
//! was too short names the command that goes on.

use std::time::Duration;

use jelou::sandbox::{Fault, Fixture, SandboxClock};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::terminal::AtTerminal;

/// A sandbox whose redeploys never become live.
fn stuck() -> (Cli, String) {
    let mut cli = Cli::with(|builder| builder.clock(SandboxClock::manual()).redeploy_delay(Duration::from_secs(3600)));
    cli.set("TERM", "xterm");
    let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json"]).ended(0).json();
    let deployment = created["data"]["deployment"]["id"].as_str().expect("an id").to_owned();
    (cli, deployment)
}

/// What is left on a screen of 100 columns: a line that is cleared leaves nothing, but of one that
/// was wrapped the first part stays.
fn left_on_screen(shown: &str) -> String {
    const COLUMNS: usize = 100;
    let mut lines = vec![String::new()];
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("\u{1b}[2K") {
            lines.last_mut().expect("a line").clear();
            rest = after;
            continue;
        }
        match c {
            '\r' => {}
            '\n' => lines.push(String::new()),
            c => {
                if lines.last().is_some_and(|line| line.chars().count() == COLUMNS) {
                    lines.push(String::new());
                }
                lines.last_mut().expect("a line").push(c);
            }
        }
        rest = &rest[c.len_utf8()..];
    }
    lines.join("\n")
}

#[test]
fn a_wait_says_what_it_waits_for_and_for_how_long() {
    let (cli, deployment) = stuck();
    for line in [
        format!("deployments wait my-function {deployment} --timeout 9m"),
        "tokens create my-function --name b --wait --timeout 9m".to_owned(),
        "tokens revoke my-function ci -y --wait --timeout 9m".to_owned(),
        "secrets set my-function A=1 --wait --timeout 9m".to_owned(),
    ] {
        let mut session = AtTerminal::start(cli.process(&line.split(' ').collect::<Vec<_>>()));
        session.until_said("Waiting for deployment dep_", 1);
        session.until_said("of my-function, at most 9m", 1);
        // The terminal shows the key behind what is waited for.
        session.types("\u{3}");
        session.until_said("^C", 1);
        session.signal(Signal::INT);
        let (status, as_before, shown) = session.end();
        assert_eq!((status, as_before), (130, true), "{line}: {shown:?}");
        assert!(!left_on_screen(&shown).contains("Waiting for"), "{line}: {shown:?}");
    }
}

/// A line that comes while a spinner turns is not written into it.
#[test]
fn other_lines_and_the_spinner_keep_apart() {
    let (cli, deployment) = stuck();
    cli.sandbox.inject(Fault::status(503).path("/v1/functions/*/deployments/*").times(2).after(1));
    let line = ["deployments", "wait", "my-function", &deployment, "-v"];
    let mut session = AtTerminal::start(cli.process(&line));
    session.until_said("request: GET", 4);
    session.signal(Signal::INT);
    let (status, _, shown) = session.end();
    let left = left_on_screen(&shown);
    assert_eq!(status, 130, "{shown:?}");
    assert!(!left.contains("Waiting for") && left.matches("request: GET").count() >= 4, "{left}");
    assert!(left.lines().all(|line| !line.contains("request: ") || line.starts_with("request: ")), "{left}");
}

/// Without control sequences nothing can move: a line says what is waited for.
#[test]
fn a_terminal_that_can_do_nothing_gets_a_line() {
    let (mut cli, deployment) = stuck();
    cli.set("TERM", "dumb");
    let wait = ["deployments", "wait", "my-function", &deployment, "--timeout", "0s"];
    let mut session = AtTerminal::start(cli.process(&wait));
    session.until_said(&format!("Waiting for deployment {deployment} of my-function, at most 0s\n"), 1);
    let (status, _, shown) = session.end();
    assert_eq!((status, shown.contains('\u{1b}')), (11, false), "{shown:?}");
    cli.set("JELOU_NO_SPINNERS", "1");
    let (status, _, shown) = AtTerminal::start(cli.process(&wait)).end();
    assert_eq!((status, shown.contains("Waiting")), (11, false), "{shown:?}");
}

#[test]
fn a_bulk_verb_counts_and_leaves_nothing() {
    let names: Vec<Value> = (0..12).map(|number| json!({"name": format!("pr-{number}")})).collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": names}]}).to_string();
    let fixture = Fixture::parse(&fixture).expect("a fixture");
    for (line, title) in [
        ("tokens prune my-function --name pr-* -y", "Revoking tokens"),
        ("tokens disable my-function pr-0 pr-1 pr-2 pr-3 pr-4 pr-5 pr-6 pr-7 pr-8 pr-9 -y", "Disabling tokens"),
    ] {
        let mut cli = Cli::with(|builder| builder.fixture(fixture.clone()));
        cli.set("TERM", "xterm");
        for method in ["DELETE", "PATCH"] {
            cli.sandbox.inject(Fault::hang_before().method(method).times(8));
        }
        let mut session = AtTerminal::start(cli.process(&line.split(' ').collect::<Vec<_>>()));
        session.until_said(title, 1);
        session.until_said("0/1", 1);
        cli.sandbox.release();
        session.signal(Signal::INT);
        let (status, as_before, shown) = session.end();
        let left = left_on_screen(&shown);
        assert_eq!((status, as_before), (130, true), "{shown:?}");
        assert!(!left.contains(title) && left.contains("INTERRUPTED") | left.contains("Interrupted"), "{left}");
    }
}

#[test]
fn a_wait_that_was_too_short_names_the_command_that_goes_on() {
    let (cli, deployment) = stuck();
    let go_on = |id: &str| format!("go on with `jelou deployments wait my-function {id} --timeout 10m`");
    let ran = cli.jelou(&["deployments", "wait", "my-function", &deployment, "--timeout", "0s"]).ended(11);
    assert!(ran.stderr.contains(&go_on(&deployment)), "{ran:?}");
    for line in [
        "tokens create my-function --name b --wait --timeout 0s --to file:token --json",
        "tokens disable my-function b -y --wait --timeout 0s --json",
        "tokens revoke my-function b -y --wait --timeout 0s --json",
        "secrets set my-function A=1 --wait --timeout 0s --json",
        "secrets delete my-function A -y --wait --timeout 0s --json",
    ] {
        let document = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(11).json();
        let hint = document["error"]["hint"].as_str().expect("a hint");
        let latest = cli.sandbox.deployments("my-function").into_iter().map(|it| go_on(it.id.as_str()));
        assert!(latest.into_iter().any(|go_on| hint.contains(&go_on)), "{line}: {hint}");
    }
    let long = ["deployments", "wait", "my-function", &deployment, "--timeout", "0s"];
    assert!(!cli.jelou(&long).ended(11).stderr.contains("wait again"));
}
