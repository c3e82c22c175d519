//! `github/end-to-end.yml`: created, handed to the next steps, used, revoked.

use jelou::sandbox::{Fault, Plane};

use super::super::broken::{self, Broken};
use super::super::{FUNCTION, missing, names, shows_no_value, stand_in};
use super::{Job, Ran};
use crate::support::cli::Cli;
use crate::support::runner::Order;

const FILE: &str = "ci-examples/github/end-to-end.yml";
const REVOKE: &[&str] = &["Revoke the token"];

fn run(cli: &Cli) -> Ran {
    let ran = Job::of(FILE).run(cli);
    shows_no_value(&ran.log);
    ran
}

fn world() -> Cli {
    Broken::Nothing.world()
}

fn create(fault: Fault) -> Fault {
    fault.method("POST").path("/v1/functions/*/tokens")
}

#[test]
fn every_failure_of_the_matrix_stops_the_job_and_leaves_nothing() {
    broken::matrix(|cli| run(cli).ended());
}

#[test]
fn a_token_is_created_used_and_revoked_within_the_job() {
    for order in [Order::StderrFirst, Order::StdoutFirst] {
        let cli = world();
        let ran = Job { order, ..Job::of(FILE) }.run(&cli);
        assert!(ran.steps.iter().all(|(_, status)| *status == 0), "{:?}: {}", ran.steps, ran.log);
        assert_eq!(ran.steps.len(), 5, "{:?}", ran.steps);
        assert!(ran.value.starts_with("jfn_rt_sbx_"), "the value reached the next steps");
        assert!(!ran.log.contains(&ran.value), "{}", ran.log);
        let sent = cli.sent(true);
        assert_eq!(sent.len(), 3, "{sent:?}");
        assert_eq!(sent[..2], ["POST /v1/functions/my-function/tokens", "POST /fn/my-function"]);
        assert!(sent[2].starts_with("DELETE /v1/functions/my-function/tokens/tok_"), "{sent:?}");
    }
}

#[test]
fn a_token_has_the_name_of_its_run_and_an_end() {
    let cli = world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    run(&cli).stopped_at("Revoke the token", 4, &[]);
    let tokens = cli.sandbox.tokens(FUNCTION);
    let token = tokens.iter().find(|token| token.name == "ci-4711-2").expect("the token that could not be revoked");
    let end = token.expires_at.expect("an end").duration_since(token.created_at);
    assert!((3_590..=3_610).contains(&end.as_secs()), "{end:?}");
}

#[test]
fn a_broken_install_stops_the_job_before_anything_is_asked() {
    for (broken, status) in [(Broken::ArchiveChanged, 1), (Broken::ArchiveMissing, 37)] {
        run(&broken.world()).stopped_at("Install jelou", status, &[]);
    }
}

/// As where a variable of the repository is not set, or a secret is not given to a fork.
#[test]
fn a_setting_that_is_not_there_stops_the_job() {
    for (setting, step, status) in [
        ("JELOU_RELEASES", "Install jelou", 3),
        ("JELOU_VERSION", "Install jelou", 37),
        ("JELOU_SHA256", "Install jelou", 1),
        ("JELOU_TOKEN", "Find the function", 3),
    ] {
        let mut cli = world();
        cli.set(setting, "");
        run(&cli).stopped_at(step, status, &[]);
        assert_eq!(cli.sent(false), [""; 0], "{setting}");
    }
}

#[test]
fn a_broken_create_stops_the_job_with_the_status_of_its_code() {
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
        (create(Fault::redeploy_fails()), 11),
        (create(Fault::reset_after()), 10),
    ] {
        let cli = world();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault);
        let ran = run(&cli);
        ran.stopped_at("Create a token", status, REVOKE);
        assert_eq!(ran.status("Revoke the token"), Some(0), "{what}: {}", ran.log);
        assert_eq!(names(&cli), ["default", "partner-api"], "{what}");
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
        let cli = world();
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault);
        let ran = run(&cli);
        let status = ran.status("Call the function").unwrap();
        assert!(statuses.contains(&status), "{what}: {status}: {}", ran.log);
        ran.stopped_at("Call the function", status, REVOKE);
        assert_eq!(ran.status("Revoke the token"), Some(0), "{what}");
        assert_eq!(names(&cli), ["default", "partner-api"], "{what}");
    }
}

#[test]
fn a_missing_program_stops_the_job() {
    for (program, step, clean_up) in [
        ("curl", "Install jelou", &[][..]),
        ("sha256sum", "Install jelou", &[]),
        ("tar", "Install jelou", &[]),
        ("jq", "Call the function", REVOKE),
    ] {
        let mut cli = world();
        let path = stand_in(&cli, program, &missing(program));
        cli.set("PATH", &path);
        run(&cli).stopped_at(step, 127, clean_up);
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
        let cli = world();
        cli.sandbox.inject(fault.method("DELETE"));
        run(&cli).stopped_at("Revoke the token", status, &[]);
        assert_eq!(names(&cli), ["default", "partner-api", "ci-4711-2"]);
    }
}
