//! A bulk verb that a signal ends: nothing new is begun, every item is reported, and the process
//! ends by the signal.

use std::time::Duration;

use jelou::sandbox::{Fault, RetryAfter};
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::running::{Ended, until};

const HANGS: Duration = Duration::from_secs(30);

/// Creates tokens with these names; their ids.
fn tokens(cli: &Cli, names: &[String]) -> Vec<String> {
    names.iter().for_each(|name| {
        cli.jelou(&["tokens", "create", "my-function", "--name", name, "--quiet"]).ended(0);
    });
    let tokens = cli.sandbox.tokens("my-function").into_iter().filter(|token| token.name != "default");
    tokens.map(|token| token.id.to_string()).collect()
}

fn hangs(method: &str, path: &str) -> Fault {
    Fault::delay(HANGS).method(method).path(path).always()
}

#[track_caller]
fn document(cli: &Cli, ended: &Ended, signal: i32) -> Value {
    assert_eq!(ended.signal, Some(signal), "{ended:?}");
    let document = ended.ran.json();
    assert_eq!(document["ok"], false, "{ended:?}");
    assert_eq!(document["error"]["code"], "PARTIAL_FAILURE", "{ended:?}");
    assert_eq!(document["error"]["exit_code"], 128 + signal, "{ended:?}");
    let schema = cli.jelou(&["schema", document["command"].as_str().unwrap()]).ended(0).json();
    if let Err(error) = jsonschema::draft202012::new(&schema).unwrap_or_else(|_| panic!("{schema}")).validate(&document)
    {
        panic!("{error}: {document}");
    }
    document
}

fn statuses(document: &Value) -> Vec<&str> {
    document["data"].as_array().expect("an array").iter().map(|item| item["status"].as_str().unwrap()).collect()
}

/// Two are revoked, eight requests hang, and the rest waits for them.
fn twelve_of_which_eight_hang() -> (Cli, Vec<String>) {
    let cli = Cli::new();
    let names: Vec<String> = (0..12).map(|number| format!("pr-{number}")).collect();
    let ids = tokens(&cli, &names);
    for id in &ids[2..10] {
        cli.sandbox.inject(hangs("DELETE", &format!("/v1/functions/my-function/tokens/{id}")));
    }
    (cli, ids)
}

fn deletes(cli: &Cli) -> Vec<String> {
    cli.sent(true).into_iter().filter(|line| line.starts_with("DELETE")).collect()
}

#[test]
fn each_item_is_reported_within_the_five_seconds() {
    std::thread::scope(|scope| {
        for (signal, format) in [(2, "--json"), (15, "--human"), (1, "--quiet"), (3, "--agent")] {
            scope.spawn(move || each_item_is_reported_in(signal, format));
        }
    });
}

fn each_item_is_reported_in(signal: i32, format: &str) {
    let (cli, ids) = twelve_of_which_eight_hang();
    let mut arguments = vec!["tokens", "revoke", "my-function", "-y", format];
    arguments.extend(ids.iter().map(String::as_str));
    let mut running = cli.start(&arguments);
    until("ten were sent", || (deletes(&cli).len() == 10).then_some(()));
    running.signal(signal);
    let ended = running.end();
    assert_eq!(ended.signal, Some(signal), "{ended:?}");
    assert!(Duration::from_secs(4) < ended.took && ended.took < Duration::from_secs(8), "{:?}", ended.took);
    assert_eq!(deletes(&cli).len(), 10, "nothing new was begun");
    let summary = "Interrupted: 2 of 12 were revoked, 8 unknown, 2 not attempted";
    match format {
        "--json" | "--agent" => {
            let document = document(&cli, &ended, signal);
            let expected = [vec!["revoked"; 2], vec!["unknown"; 8], vec!["not_attempted"; 2]].concat();
            assert_eq!(statuses(&document), expected);
            assert_eq!(document["data"][9]["ref"], *ids[9]);
            assert_eq!(
                document["data"][11],
                json!({"ref": ids[11], "id": ids[11], "name": null, "status": "not_attempted", "error": null})
            );
            assert_eq!(document["error"]["message"], summary);
        }
        "--quiet" => assert_eq!(ended.ran.stdout, format!("{}\n{}\n", ids[0], ids[1])),
        _ => {
            assert!(ended.ran.stdout.contains(&format!("Not attempted: {}", ids[11])), "{ended:?}");
            assert!(ended.ran.stdout.contains(&format!("Maybe revoked: {}", ids[2])), "{ended:?}");
        }
    }
    assert_eq!(ended.ran.stderr.contains(summary), format != "--agent", "{ended:?}");
    assert!(format == "--agent" || ended.ran.stderr.contains(&format!("exit {}", 128 + signal)), "{ended:?}");
}

/// A second signal ends the waiting only if it comes a second after the first.
#[test]
fn a_second_signal_ends_the_waiting() {
    let (cli, ids) = twelve_of_which_eight_hang();
    let mut arguments = vec!["tokens", "revoke", "my-function", "-y", "--json"];
    arguments.extend(ids.iter().map(String::as_str));
    let mut running = cli.start(&arguments);
    until("ten were sent", || (deletes(&cli).len() == 10).then_some(()));
    until("it ends", || {
        running.signal(15);
        running.has_ended().then_some(())
    });
    let ended = running.end();
    assert!(Duration::from_secs(1) < ended.took && ended.took < Duration::from_secs(4), "{:?}", ended.took);
    let document = document(&cli, &ended, 15);
    assert_eq!(statuses(&document)[..3], ["revoked", "revoked", "unknown"]);
}

#[test]
fn every_bulk_verb_reports() {
    let table: [(&[&str], &str, &str); 5] = [
        (&["tokens", "prune", "my-function", "--name", "pr-*"], "DELETE", "revoked"),
        (&["tokens", "disable", "my-function", "pr-0", "pr-1"], "PATCH", "disabled"),
        (&["tokens", "enable", "my-function", "pr-0", "pr-1"], "PATCH", "enabled"),
        (&["tokens", "revoke", "my-function", "pr-0", "pr-1", "--ignore-missing"], "DELETE", "revoked"),
        (&["secrets", "delete", "my-function", "ONE", "TWO"], "DELETE", "deleted"),
    ];
    std::thread::scope(|scope| {
        for (arguments, method, status) in table {
            scope.spawn(move || a_bulk_verb_reports(arguments, method, status));
        }
    });
}

fn a_bulk_verb_reports(arguments: &[&str], method: &str, status: &str) {
    let cli = Cli::new();
    let ids = tokens(&cli, &["pr-0".to_owned(), "pr-1".to_owned()]);
    cli.jelou(&["secrets", "set", "my-function", "ONE=1", "TWO=2"]).ended(0);
    let second = if arguments[0] == "secrets" { "secrets/TWO".to_owned() } else { format!("tokens/{}", ids[1]) };
    cli.sandbox.inject(hangs(method, &format!("/v1/functions/my-function/{second}")));
    let before = cli.sandbox.requests().len();
    let mut running = cli.start(&[arguments, &["-y", "--json"]].concat());
    until("both were sent, and one answered", || {
        let sent = cli.sandbox.requests();
        let sent: Vec<_> = sent[before..].iter().filter(|request| request.method == method).collect();
        (sent.len() == 2 && sent.iter().any(|request| request.status == Some(200))).then_some(())
    });
    running.signal(15);
    let document = document(&cli, &running.end(), 15);
    assert_eq!(statuses(&document), [status, "unknown"], "{arguments:?}");
}

/// What waits for another attempt does not go on.
#[test]
fn no_retry_is_begun() {
    for (status, expected) in [(429, "failed"), (503, "failed")] {
        let cli = Cli::new();
        let ids = tokens(&cli, &["pr-0".to_owned(), "pr-1".to_owned()]);
        cli.sandbox.inject(Fault::status(status).retry_after(RetryAfter::Seconds(30)).method("DELETE").always());
        let mut running = cli.start(&["tokens", "revoke", "my-function", &ids[0], &ids[1], "-y", "--json"]);
        until("both were answered", || (deletes(&cli).len() == 2).then_some(()));
        running.signal(2);
        let ended = running.end();
        assert!(ended.took < Duration::from_secs(4), "{:?}", ended.took);
        assert_eq!(statuses(&document(&cli, &ended, 2)), [expected, expected]);
        assert_eq!(deletes(&cli).len(), 2);
    }
}

/// The change is stored, and who waits for its redeploy is told so.
#[test]
fn an_interrupted_wait_reports_what_was_done() {
    for arguments in [&["tokens", "revoke", "my-function", "pr-0", "-y"][..], &["secrets", "set", "my-function", "A=1"]]
    {
        let cli = Cli::new();
        tokens(&cli, &["pr-0".to_owned()]);
        cli.sandbox.inject(Fault::redeploy_hangs().always());
        let mut running = cli.start(&[arguments, &["--wait", "--json"]].concat());
        cli.until_sent("GET /v1/functions/my-function/deployments/");
        running.signal(15);
        let ended = running.end();
        assert!(ended.took < Duration::from_secs(4), "{:?}", ended.took);
        let document = document(&cli, &ended, 15);
        assert_eq!(document["data"].as_array().map(Vec::len), Some(1), "{document}");
        assert!(document["error"]["message"].as_str().unwrap().contains("the change is stored"), "{document}");
    }
}
