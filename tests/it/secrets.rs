//! Secrets: their keys are printed, their values never.

use serde_json::json;

use crate::support::cli::{Cli, Ran};

const SET: &[&str] = &["secrets", "set", "my-function"];

#[track_caller]
fn keeps_quiet(ran: Ran) -> Ran {
    assert!(!ran.stdout.contains("hunter2") && !ran.stderr.contains("hunter2"), "{ran:?}");
    ran
}

#[test]
fn many_are_set_by_one_request_and_their_values_never_shown() {
    for format in [&[][..], &["--json"], &["--quiet"], &["-v", "-v"]] {
        let cli = Cli::new();
        cli.write("app.env", "# a comment\nexport B=\"hunter2 two\"\nC='hunter2=three'\n");
        let arguments =
            [SET, &["A=hunter2=one", "B=replaced", "--from-env", "app.env", "--stdin", "D"], format].concat();
        keeps_quiet(cli.jelou_with_stdin(&arguments, "hunter2 four\n")).ended(0);
        for (key, value) in [("A", "hunter2=one"), ("B", "hunter2 two"), ("C", "hunter2=three"), ("D", "hunter2 four")]
        {
            assert!(cli.sandbox.secret_is("my-function", key, value), "{key}");
        }
        assert_eq!(cli.sent(true), ["PUT /v1/functions/my-function/secrets"]);
    }
}

#[test]
fn keys_are_listed() {
    let cli = Cli::new();
    cli.jelou(&[SET, &["ZED=hunter2", "A_1=hunter2"]].concat()).ended(0);
    for format in [&[][..], &["--json"], &["--quiet"]] {
        let ran = keeps_quiet(cli.jelou(&[&["secrets", "list", "my-function"], format].concat()).ended(0));
        assert!(ran.stdout.contains("ZED") && ran.stdout.contains("A_1"), "{ran:?}");
    }
}

#[test]
fn malformed_keys_and_pairs_are_refused_before_any_request() {
    let cli = Cli::new();
    cli.write("bad.env", "hunter2 is not a pair\n");
    cli.write("lower.env", "lower=hunter2\n");
    for arguments in [
        &["lower=hunter2"][..],
        &["1A=hunter2"],
        &["A-B=hunter2"],
        &["=hunter2"],
        &["hunter2"],
        &["A=1", "--from-env", "bad.env"],
        &["--from-env", "lower.env"],
        &["--from-env", "nowhere.env"],
        &[],
    ] {
        keeps_quiet(cli.jelou(&[SET, arguments].concat())).ended(2);
    }
    cli.jelou(&["secrets", "delete", "my-function", "lower", "-y"]).ended(2);
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn secrets_are_deleted() {
    let cli = Cli::new();
    cli.jelou(&[SET, &["A=1", "B=2"]].concat()).ended(0);
    let arguments = ["secrets", "delete", "my-function", "A", "NOBODY", "A", "-y", "--json"];
    let document = cli.jelou(&arguments).ended(12).json();
    let statuses: Vec<_> = document["data"].as_array().unwrap().iter().map(|item| item["status"].clone()).collect();
    assert_eq!(statuses, [json!("deleted"), json!("failed")], "{document}");
    cli.jelou(&[SET, &["A=1"]].concat()).ended(0);
    let ran = cli.jelou(&["secrets", "delete", "my-function", "A", "NOBODY", "-y", "--quiet"]).ended(12);
    assert_eq!(ran.stdout, "A\n", "what is gone, and nothing else");
    assert_eq!(cli.jelou(&["secrets", "list", "my-function", "--quiet"]).ended(0).stdout, "B\n");
}
