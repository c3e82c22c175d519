//! `rollback`: the code of an earlier deployment, in one request with a key. Which word is what, the
//! menu at a terminal, and what is said where the outcome is not known.

use jelou::sandbox::{Fault, LoggedRequest};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::terminal::{AtTerminal, Streams};

const SLUG: &str = "my-function";

/// Two deployments of `my-function` beside that of the fixture: the newest first, with the size of
/// its code.
fn deployed_twice() -> (Cli, Vec<(String, u64)>) {
    let cli = Cli::new();
    cli.write("project/jelou.json", r#"{"slug":"my-function"}"#);
    for code in ["export default 1;", "export default (input: unknown) => ({ input });"] {
        cli.write("project/index.ts", code);
        cli.jelou(&["deploy", "project", "-y", "--wait"]).ended(0);
    }
    let deployments = cli.sandbox.deployments(SLUG);
    let size = |it: &jelou::api::wire::Deployment| it.files.iter().map(|file| file.size).sum();
    let all: Vec<(String, u64)> = deployments.iter().map(|it| (it.id.to_string(), size(it))).collect();
    assert_eq!(all.len(), 3, "{all:?}");
    (cli, all)
}

fn rollbacks(cli: &Cli) -> Vec<LoggedRequest> {
    cli.sandbox.requests().into_iter().filter(|request| request.path.ends_with("/rollback")).collect()
}

#[test]
fn the_code_of_then_runs_again_in_a_deployment_of_its_own() {
    for spelling in [&["rollback"][..], &["functions", "rollback"], &["function", "rollback"]] {
        let (cli, deployments) = deployed_twice();
        let (old, size) = &deployments[1];
        let words = [spelling, &[SLUG, old, "-y", "--wait", "--json"]].concat();
        let document = cli.jelou(&words).ended(0).json();
        assert_eq!((&document["command"], &document["data"]["status"]), (&json!("rollback"), &json!("live")));
        let new = document["data"]["id"].as_str().unwrap();
        assert!(deployments.iter().all(|(id, _)| id != new), "{document}");
        let sizes = document["data"]["files"].as_array().unwrap().iter().map(|it| it["size"].as_u64().unwrap());
        assert_eq!(sizes.sum::<u64>(), *size);
        let active = cli.sandbox.function(SLUG).unwrap().active_deployment_id;
        assert_eq!(active.unwrap().as_str(), new);
        let sent = rollbacks(&cli);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].path, format!("/v1/functions/my-function/deployments/{old}/rollback"));
        assert!(sent[0].idempotency_key.as_ref().is_some_and(|key| key.len() == 38), "a quoted UUID: {sent:?}");
    }
}

#[test]
fn a_deployment_alone_is_one_of_the_default_function() {
    let (mut cli, deployments) = deployed_twice();
    let old = deployments[1].0.as_str();
    let without = cli.jelou(&["rollback", old, "-y"]).ended(2);
    assert!(without.stderr.contains("MISSING_FUNCTIONS_PROJECT"), "{without:?}");
    cli.write("jelou.json", r#"{"slug":"my-function"}"#);
    cli.jelou(&["rollback", old, "-y"]).ended(0);
    cli.set("JELOU_FUNCTION", "other-function");
    let other = cli.jelou(&["rollback", old, "-y"]).ended(5);
    assert!(other.stderr.contains(old) && other.stderr.contains("NOT_FOUND"), "{other:?}");
    cli.jelou(&["rollback", SLUG, old, "-y"]).ended(0);
    cli.jelou(&["rollback", "-f", SLUG, old, "-y"]).ended(0);
    let paths: Vec<String> = rollbacks(&cli).into_iter().map(|request| request.path).collect();
    let path = |slug: &str| format!("/v1/functions/{slug}/deployments/{old}/rollback");
    assert_eq!(paths, [path(SLUG), path("other-function"), path(SLUG), path(SLUG)]);
}

#[test]
fn words_that_name_no_rollback_are_refused_before_anything_is_sent() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", SLUG);
    for (words, said) in [
        (&[][..], "DEPLOYMENT"),
        (&["-y"], "DEPLOYMENT"),
        (&[SLUG, "-y"], "DEPLOYMENT"),
        (&["-f", SLUG, "-y"], "DEPLOYMENT"),
        (&[SLUG, "tok_1", "-y"], "`tok_1` was taken for the DEPLOYMENT"),
        (&[SLUG, "other-function", "-y"], "`other-function` was taken for the DEPLOYMENT"),
        (&["-f", SLUG, "other-function", "-y"], "`other-function` was taken for the DEPLOYMENT"),
        (&[SLUG, "dep_a/b", "-y"], "`dep_a/b` was taken for the DEPLOYMENT"),
        (&["dep_a b", "-y"], "`dep_a b` was taken for the DEPLOYMENT"),
        (&["My_Function", "-y"], "`My_Function` was taken for the DEPLOYMENT"),
        (&["dep_1", "dep_2", "-y"], "`dep_1` is not a slug"),
        (&["dep_1", SLUG, "-y"], "`dep_1` is not a slug"),
        (&["-f", SLUG, "dep_1", "dep_2", "-y"], "One DEPLOYMENT is expected"),
        (&["My_Function", "dep_1", "-y"], "`My_Function` is not a slug"),
        (&[SLUG, "dep_1", "dep_2", "-y"], "dep_2"),
        (&[SLUG, "dep_1"], "add `-y`"),
        (&["dep_1"], "add `-y`"),
    ] {
        let ran = cli.jelou(&[&["rollback"][..], words].concat()).ended(2);
        assert!(ran.stderr.contains(said) && ran.stdout.is_empty(), "{words:?}: {ran:?}");
    }
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn a_terminal_asks_which_one_and_does_not_offer_what_is_active() {
    for (keys, chosen) in [("\r", 1), ("\u{1b}[B\r", 2)] {
        let (cli, deployments) = deployed_twice();
        let (active, target) = (&deployments[0].0, &deployments[chosen].0);
        cli.sandbox.inject(Fault::redeploy_fails());
        cli.jelou(&["secrets", "set", SLUG, "A=1", "--wait"]).ended(11);
        let failed = cli.sandbox.deployments(SLUG)[0].id.to_string();
        let mut session = AtTerminal::start(cli.process(&["rollback", SLUG]));
        session.until_asked("Roll back to which deployment", 1);
        session.types(keys);
        session.until_shown("(y/N)");
        session.types("y\r");
        let (status, _, screen) = session.end();
        assert_eq!(status, 0, "{screen}");
        let (above, menu) = screen.split_once("Roll back to which deployment").unwrap();
        assert!(above.contains(&format!("Active: {active}")) && !menu.contains(active.as_str()), "{screen}");
        assert!(!menu.contains(&failed), "what was never live is not offered: {screen}");
        assert!(menu.contains(&deployments[1].0) && menu.contains(&deployments[2].0), "{screen}");
        assert!(screen.contains(&format!("Roll my-function back to {target}")), "{screen}");
        assert!(screen.contains(&format!("Rolled back to {target}")), "{screen}");
        let path = format!("/v1/functions/my-function/deployments/{target}/rollback");
        assert_eq!(rollbacks(&cli).pop().unwrap().path, path);
    }
}

/// Every change of a token starts a redeploy of the same code, which nobody goes back to.
#[test]
fn the_menu_offers_code_and_not_every_redeploy_of_it() {
    let (cli, deployments) = deployed_twice();
    for number in 0..16 {
        cli.jelou(&["tokens", "create", SLUG, "--name", &format!("t{number}"), "--wait"]).ended(0);
    }
    let mut session = AtTerminal::start(cli.process(&["rollback", SLUG]));
    session.until_asked("Roll back to which deployment", 1);
    session.types("\u{1b}");
    let (_, _, screen) = session.end();
    assert!(deployments.iter().all(|(id, _)| screen.contains(id.as_str())), "{screen}");
    let (_, menu) = screen.split_once("Roll back to which").unwrap();
    assert!(!menu.contains("token_created"), "{screen}");
}

#[test]
fn a_person_can_decline_at_each_question() {
    let (cli, deployments) = deployed_twice();
    let old = deployments[1].0.as_str();
    let session = cli.at_terminal(&["rollback", SLUG, old], Streams::All, Some(("(y/N)", "n\r"))).ended(14);
    assert!(session.screen.contains(&format!("Roll my-function back to {old} (live, deploy")), "{session:?}");
    cli.at_terminal(&["rollback", SLUG], Streams::All, Some(("which deployment", "\u{1b}"))).ended(14);
    cli.at_terminal(&["rollback", SLUG, "dep_nobody"], Streams::All, None).ended(5);
    let only = cli.at_terminal(&["rollback", "other-function"], Streams::All, None).ended(2);
    assert!(only.screen.contains("no earlier deployment"), "{only:?}");
    for flags in [&["--no-input"][..], &["--json"], &["--quiet"]] {
        let words = [&["rollback", SLUG], flags].concat();
        cli.at_terminal(&words, Streams::All, None).ended(2);
    }
    assert_eq!(rollbacks(&cli).len(), 0);
}

#[test]
fn without_wait_a_warning_says_so_and_with_it_a_failed_redeploy_is_not_live() {
    let (cli, deployments) = deployed_twice();
    let old = deployments[1].0.as_str();
    let document = cli.jelou(&["rollback", SLUG, old, "-y", "--json"]).ended(0).json();
    let new = document["data"]["id"].as_str().unwrap();
    assert_eq!(document["warnings"][0]["code"], "NOT_YET_LIVE", "{document}");
    assert!(document["warnings"][0]["message"].as_str().unwrap().contains(new), "{document}");
    assert_eq!(document["breadcrumbs"][0]["command"], format!("jelou deployments wait my-function {new}"));
    cli.jelou(&["deployments", "wait", SLUG, new]).ended(0);
    cli.sandbox.inject(Fault::redeploy_fails());
    let failed = cli.jelou(&["rollback", SLUG, old, "-y", "--wait", "--json"]).ended(11).json();
    assert_eq!((&failed["data"]["status"], &failed["error"]["code"]), (&json!("failed"), &json!("NOT_LIVE")));
}

#[test]
fn what_the_platform_refuses_is_an_error_with_its_code() {
    let (cli, deployments) = deployed_twice();
    let old = deployments[1].0.as_str();
    cli.jelou(&["rollback", "other-function", old, "-y"]).ended(5);
    cli.jelou(&["rollback", "nobody", old, "-y"]).ended(5);
    cli.sandbox.inject(Fault::redeploy_fails());
    cli.jelou(&["secrets", "set", SLUG, "A=1", "--wait"]).ended(11);
    let failed = cli.sandbox.deployments(SLUG)[0].id.to_string();
    let refused = cli.jelou(&["rollback", SLUG, &failed, "-y"]).ended(7);
    assert!(refused.stderr.contains("CONFLICT") && refused.stderr.contains(&failed), "{refused:?}");
}

#[test]
fn a_lost_answer_rolls_back_once_or_is_named_as_unknown() {
    let path = "/v1/functions/*/deployments/*/rollback";
    let (cli, deployments) = deployed_twice();
    cli.sandbox.inject(Fault::reset_after().method("POST").path(path));
    cli.jelou(&["rollback", SLUG, &deployments[1].0, "-y"]).ended(0);
    assert_eq!(cli.sandbox.deployments(SLUG).len(), 4);
    let keys: Vec<_> = rollbacks(&cli).into_iter().map(|request| request.idempotency_key).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    for (key, retryable) in [(&[][..], false), (&["--idempotency-key", "nightly"], true)] {
        let (cli, deployments) = deployed_twice();
        let old = deployments[1].0.as_str();
        cli.sandbox.inject(Fault::reset_after().method("POST").path(path).always());
        let words = [&["rollback", SLUG, old, "-y", "--json", "--retries", "1"], key].concat();
        let error = cli.jelou(&words).ended(10).json()["error"].clone();
        assert_eq!(error["details"]["outcome"], "unknown", "{error}");
        assert_eq!((&error["details"]["name"], &error["retryable"]), (&json!(old), &json!(retryable)), "{error}");
        assert!(error["hint"].as_str().unwrap().contains("jelou deployments list my-function"), "{error}");
    }
}

#[test]
fn an_answer_about_something_else_is_not_believed() {
    let (cli, deployments) = deployed_twice();
    let old = deployments[1].0.as_str();
    for patch in [json!({"function": "other-function"}), json!({"id": old}), json!({"id": "../x"})] {
        cli.sandbox.inject(Fault::patch(patch.clone()).method("POST"));
        let ran = cli.jelou(&["rollback", SLUG, old, "-y", "--json"]).ended(9);
        assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{patch}: {ran:?}");
    }
}

#[test]
fn a_signal_says_what_may_have_happened() {
    let (cli, deployments) = deployed_twice();
    let old = deployments[1].0.clone();
    let hangs = std::time::Duration::from_secs(30);
    cli.sandbox.inject(Fault::delay(hangs).method("POST").path("/v1/functions/*/deployments/*/rollback"));
    let mut running = cli.start(&["rollback", SLUG, &old, "-y"]);
    cli.until_sent(&format!("POST /v1/functions/my-function/deployments/{old}/rollback"));
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert!(ended.ran.stderr.contains(&old) && ended.ran.stderr.contains("may have happened"), "{ended:?}");
}
