//! `github-actions.yml`, step by step, under GitHub's default shell.

use std::collections::BTreeMap;

use jelou::sandbox::{Fault, Plane};

use super::{FUNCTION, cli, missing, names, read, shows_no_value, stand_in};
use crate::support::cli::Cli;
use crate::support::runner::{Order, Runner};
use crate::support::tools;
use crate::support::workflow::{Step, expand, steps, yaml};

/// A job that has run.
struct Ran {
    /// The steps that ran, and how each ended.
    steps: Vec<(String, i32)>,
    log: String,
    /// The value that `JELOU_FUNCTION_TOKEN` had in the end.
    value: String,
}

impl Ran {
    fn status(&self, name: &str) -> Option<i32> {
        self.steps.iter().find(|(step, _)| step == name).map(|(_, status)| *status)
    }

    /// The job was stopped by this step, the steps behind it were left out, and the token was
    /// revoked all the same.
    #[track_caller]
    fn stopped_at(&self, name: &str, status: i32) {
        assert_eq!(self.status(name), Some(status), "{name}: {}", self.log);
        let (last, _) = self.steps.last().unwrap();
        assert_eq!(last, "Revoke the token", "{:?}", self.steps);
        let at = self.steps.iter().position(|(step, _)| step == name).unwrap();
        assert!(self.steps.len() <= at + 2, "nothing runs behind the broken step: {:?}", self.steps);
    }
}

/// Runs the example's steps as the runner would: after a failure only those with `if: always()`.
fn run(cli: &Cli, order: Order) -> Ran {
    tools::require();
    let path = stand_in(cli, "cargo", "printf '%s\\n' \"$@\" > cargo-arguments; exit ${CARGO_STATUS:-0}");
    let context = BTreeMap::from([
        ("github.run_id", "4711".to_owned()),
        ("github.run_attempt", "2".to_owned()),
        ("secrets.JELOU_TOKEN", cli.env()["JELOU_TOKEN"].clone()),
        ("vars.JELOU_REPOSITORY", "https://git.example/jelou".to_owned()),
        ("vars.JELOU_INSTALLED", String::new()),
        ("vars.JELOU_REVISION", "0123456789abcdef0123456789abcdef01234567".to_owned()),
    ]);
    let mut runner = Runner::new(cli.folder()).order(order).secret(&cli.env()["JELOU_TOKEN"]);
    for (name, value) in cli.env() {
        if !matches!(name.as_str(), "JELOU_TOKEN" | "PATH") {
            runner = runner.env(name, value);
        }
    }
    runner = runner.env("PATH", &path);
    let (mut ran, mut failed) = (Vec::new(), false);
    for step in steps(&yaml("ci-examples/github-actions.yml")) {
        let Some(script) = step.run.clone().filter(|_| !failed || step.always) else { continue };
        let result = runner.step(&with_env(cli, &step, &context, &script));
        failed |= result.failed;
        ran.push((step.name, result.status));
    }
    let log = runner.log().to_owned();
    runner.step("printf %s \"$JELOU_FUNCTION_TOKEN\" > value");
    let ran = Ran { steps: ran, log, value: read(&cli.folder().join("value")) };
    shows_no_value(&ran.log);
    assert!(!ran.log.contains(&cli.env()["JELOU_TOKEN"]), "{}", ran.log);
    ran
}

/// A script with its step's variables, which the script cannot see as text.
fn with_env(cli: &Cli, step: &Step, context: &BTreeMap<&str, String>, script: &str) -> String {
    let mut text = String::new();
    for (name, value) in &step.env {
        let value = if name == "FUNCTION_URL" {
            let address = format!("${{{{ vars.FUNCTION_URL || 'https://{FUNCTION}.fn.jelou.ai' }}}}");
            assert_eq!(value, &address, "the address in the vendor's docs, unless another is set");
            format!("{}/fn/{FUNCTION}", cli.sandbox.gateway_url())
        } else {
            expand(value, context)
        };
        let value = shlex::try_quote(&value).unwrap().into_owned();
        text.push_str(&format!("export {name}={value}\n"));
    }
    text + script
}

fn posts(cli: &Cli) -> Vec<String> {
    cli.sent(true).into_iter().filter(|line| line.contains("/tokens")).collect()
}

#[test]
fn a_token_is_created_used_and_revoked_within_the_job() {
    for order in [Order::StderrFirst, Order::StdoutFirst] {
        let cli = cli();
        let ran = run(&cli, order);
        assert!(ran.steps.iter().all(|(_, status)| *status == 0), "{:?}: {}", ran.steps, ran.log);
        assert_eq!(ran.steps.len(), 4, "{:?}", ran.steps);
        assert!(ran.value.starts_with("jfn_rt_sbx_"), "the value reached the next steps");
        assert!(!ran.log.contains(&ran.value), "{}", ran.log);
        let sent = posts(&cli);
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert_eq!(sent[0], "POST /v1/functions/my-function/tokens");
        assert!(sent[1].starts_with("DELETE /v1/functions/my-function/tokens/tok_"), "{sent:?}");
        assert_eq!(names(&cli), ["default", "partner-api"]);
        let calls = cli
            .sandbox
            .requests()
            .into_iter()
            .filter(|entry| entry.path == "/fn/my-function" && entry.method == "POST");
        assert_eq!(
            calls.map(|entry| (entry.method, entry.status)).collect::<Vec<_>>(),
            [("POST".to_owned(), Some(200))]
        );
        assert_eq!(
            read(&cli.folder().join("cargo-arguments")).lines().collect::<Vec<_>>().join(" "),
            "install --locked --git https://git.example/jelou --rev 0123456789abcdef0123456789abcdef01234567 jelou"
        );
    }
}

#[test]
fn a_token_has_the_name_of_its_run_and_an_end() {
    let cli = cli();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    run(&cli, Order::StderrFirst);
    let tokens = cli.sandbox.tokens(FUNCTION);
    let token = tokens.iter().find(|token| token.name == "ci-4711-2").expect("the token that could not be revoked");
    let end = token.expires_at.expect("an end").duration_since(token.created_at);
    assert!((3_590..=3_610).contains(&end.as_secs()), "{end:?}");
}

#[test]
fn a_broken_install_stops_the_job_before_anything_is_created() {
    let mut cli = cli();
    cli.set("CARGO_STATUS", "101");
    run(&cli, Order::StderrFirst).stopped_at("Install jelou", 101);
    assert_eq!(posts(&cli), [""; 0]);
}

#[test]
fn a_broken_create_stops_the_job_with_the_status_of_its_code() {
    let create = |fault: Fault| fault.method("POST").path("/v1/functions/*/tokens");
    for (fault, status) in [
        (create(Fault::status(400)), 6),
        (create(Fault::status(401)), 3),
        (create(Fault::status(403)), 4),
        (create(Fault::status(404)), 5),
        (create(Fault::status(409)), 7),
        (create(Fault::status(422)), 6),
        (create(Fault::status(429)), 8),
        (create(Fault::status(500)), 9),
        (create(Fault::redirect()), 9),
        (create(Fault::html(200)), 9),
        (create(Fault::reset_before()), 10),
    ] {
        let cli = cli();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault);
        let ran = run(&cli, Order::StderrFirst);
        ran.stopped_at("Create a token", status);
        assert_eq!(ran.status("Revoke the token"), Some(0), "{what}: {}", ran.log);
        assert_eq!(ran.value, "", "{what}");
        assert_eq!(names(&cli), ["default", "partner-api"], "{what}");
    }
}

#[test]
fn a_token_that_was_created_but_is_not_live_is_revoked() {
    let create = |fault: Fault| fault.method("POST").path("/v1/functions/*/tokens");
    for (fault, status) in [(create(Fault::redeploy_fails()), 11), (create(Fault::reset_after()), 10)] {
        let cli = cli();
        cli.sandbox.inject(fault);
        let ran = run(&cli, Order::StderrFirst);
        ran.stopped_at("Create a token", status);
        assert_eq!(ran.status("Revoke the token"), Some(0), "{}", ran.log);
        assert_eq!(names(&cli), ["default", "partner-api"]);
    }
}

#[test]
fn a_broken_call_stops_the_job_and_the_token_is_revoked() {
    let call = |fault: Fault| fault.on(Plane::Gateway).method("POST");
    for (fault, statuses) in [
        (call(Fault::status(500)), &[22][..]),
        (call(Fault::status(401)), &[22]),
        (call(Fault::reset_before()), &[52, 56]),
        (call(Fault::truncated()), &[18]),
        (call(Fault::answer(200, "[]")), &[1]),
        (call(Fault::garbled()), &[2, 4, 5]),
    ] {
        let cli = cli();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault);
        let ran = run(&cli, Order::StderrFirst);
        let status = ran.status("Call the function").unwrap();
        assert!(statuses.contains(&status), "{what}: {status}: {}", ran.log);
        ran.stopped_at("Call the function", status);
        assert_eq!(ran.status("Revoke the token"), Some(0), "{what}");
        assert_eq!(names(&cli), ["default", "partner-api"], "{what}");
    }
}

#[test]
fn a_missing_program_stops_the_job() {
    for (program, step) in [
        ("cargo", "Install jelou"),
        ("jelou", "Create a token"),
        ("curl", "Call the function"),
        ("jq", "Call the function"),
    ] {
        let mut cli = cli();
        if program == "cargo" {
            cli.set("CARGO_STATUS", "127");
        } else {
            let path = stand_in(&cli, program, &missing(program));
            cli.set("PATH", &path);
        }
        let ran = run(&cli, Order::StderrFirst);
        ran.stopped_at(step, 127);
        assert_eq!(names(&cli), ["default", "partner-api"], "{program}");
    }
}

#[test]
fn a_broken_revoke_fails_the_job() {
    for (fault, status) in [
        (Fault::status(401), 3),
        (Fault::status(403), 4),
        (Fault::status(409), 7),
        (Fault::status(503), 9),
        (Fault::reset_before(), 10),
    ] {
        let cli = cli();
        cli.sandbox.inject(fault.method("DELETE"));
        run(&cli, Order::StderrFirst).stopped_at("Revoke the token", status);
        assert_eq!(names(&cli), ["default", "partner-api", "ci-4711-2"]);
    }
}
