//! A platform that refuses to give the token of an earlier run does not say that it is gone.

use std::path::PathBuf;

use jelou::sandbox::Fault;

use super::{CREATE, RECOVER, create_and_wait, intents, kill_while_waiting};
use crate::support::cli::Cli;

/// A repeat that was not carried out tells nothing of the token that the first run may have made.
#[test]
fn a_refused_repeat_with_the_same_key_keeps_the_entry_of_the_first_run() {
    let mut cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST").times(1));
    let create = [&CREATE[..], &["--idempotency-key", "nightly", "--retries", "0"]].concat();
    cli.jelou(&create).ended(10);
    let first = intents(&cli);
    assert_eq!(first.len(), 1);
    for (status, ended) in [(403, 4), (422, 6), (429, 8)] {
        cli.sandbox.inject(Fault::status(status).method("POST").times(1));
        cli.jelou(&create).ended(ended);
        assert_eq!(intents(&cli), first, "{status}");
    }
    let token = cli.env()["JELOU_TOKEN"].clone();
    cli.set("JELOU_TOKEN", "jpat_refused");
    cli.jelou(&create).ended(3);
    assert_eq!(intents(&cli), first);
    cli.set("JELOU_TOKEN", &token);
    cli.jelou(&create).ended(0);
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
}

/// Such an answer does not tell that the token is gone.
#[test]
fn an_entry_stays_when_the_platform_refuses_to_give_the_token() {
    for status in [400, 413, 422] {
        let cli = Cli::new();
        kill_while_waiting(&cli, &create_and_wait());
        cli.sandbox.inject(Fault::status(status).method("POST").times(2));
        cli.jelou(&RECOVER).ended(6);
        assert_eq!(intents(&cli).len(), 1, "{status}");
        cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(6);
        assert_eq!(intents(&cli).len(), 1, "{status}");
        cli.jelou(&RECOVER).ended(0);
        assert_eq!(intents(&cli), Vec::<PathBuf>::new());
    }
}

/// On a platform that ignores keys the name is taken, by the token that was left behind: it is
/// named, and the entry stays until somebody has looked.
#[test]
fn the_token_that_takes_its_own_name_is_named() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    cli.sandbox.inject(Fault::key_ignored().method("POST"));
    let failed = cli.jelou(&RECOVER).ended(7).json();
    let left = cli.sandbox.tokens("my-function")[1].id.to_string();
    assert_eq!(failed["error"]["details"]["orphan"]["id"], left);
    assert_eq!(intents(&cli).len(), 1);
    cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(0);
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

/// A credential that does not see the function gets a 404 too, so the tokens are looked at.
#[test]
fn a_404_does_not_hide_a_token_that_is_there() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    cli.sandbox.inject(Fault::status(404).method("POST").times(1));
    let failed = cli.jelou(&RECOVER).ended(5).json();
    let left = cli.sandbox.tokens("my-function")[1].id.to_string();
    assert_eq!(failed["error"]["details"]["orphan"]["id"], left);
    assert_eq!(intents(&cli).len(), 1);
    cli.jelou(&RECOVER).ended(0);
}

/// An outcome that nobody knows can be asked again with the recorded key, and safely.
#[test]
fn recovering_from_a_broken_platform_can_be_tried_again() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    cli.sandbox.inject(Fault::status(500).method("POST").times(1));
    let failed = cli.jelou(&[&RECOVER[..], &["--retries", "0"]].concat()).ended(9).json();
    assert_eq!(failed["error"]["retryable"], true, "{failed}");
    assert!(failed["error"]["hint"].as_str().unwrap().contains("`jelou tokens recover` again"), "{failed}");
    cli.jelou(&RECOVER).ended(0);
}
