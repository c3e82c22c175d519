//! `gitlab-ci.yml`: GitLab's runner joins `before_script` and `script` under `set -eo pipefail`,
//! and runs `after_script` in a shell of its own whatever happened.

use jelou::sandbox::{Fault, Plane};

use super::{FUNCTION, cli, missing, names, shows_no_value, stand_in};
use crate::support::cli::Cli;
use crate::support::workflow::{text, variables, yaml};

/// How the job and its clean-up ended.
fn run(cli: &mut Cli) -> (i32, i32) {
    let file = yaml("ci-examples/gitlab/gitlab-ci.yml");
    let job = &file["end-to-end"];
    let lines = |key: &str| job[key].as_vec().unwrap().iter().map(text).collect::<Vec<_>>().join("\n");
    let path = stand_in(cli, "cargo", "exit ${CARGO_STATUS:-0}");
    cli.set("PATH", &path).set("CI", "true").set("GITLAB_CI", "true").set("CI_JOB_ID", "4711");
    cli.set("JELOU_REPOSITORY", "https://git.example/jelou").set("JELOU_REVISION", "0123456789abcdef");
    for (name, value) in variables(&job["variables"]) {
        cli.set(&name, &value.replace("$CI_JOB_ID", "4711"));
    }
    let address = format!("{}/fn/{FUNCTION}", cli.sandbox.gateway_url());
    cli.set("FUNCTION_URL", &address);
    let script = format!("set -o pipefail\n{}\n{}", lines("before_script"), lines("script"));
    let (ran, after) = (cli.bash(&script), cli.bash(&format!("set -o pipefail\n{}", lines("after_script"))));
    for output in [&ran.stdout, &ran.stderr, &after.stdout, &after.stderr] {
        shows_no_value(output);
    }
    (ran.status, after.status)
}

#[test]
fn a_token_is_created_used_and_revoked_within_the_job() {
    let mut cli = cli();
    assert_eq!(run(&mut cli), (0, 0));
    assert_eq!(names(&cli), ["default", "partner-api"]);
    let calls =
        cli.sandbox.requests().into_iter().filter(|entry| entry.path == "/fn/my-function" && entry.method == "POST");
    assert_eq!(calls.map(|entry| entry.status).collect::<Vec<_>>(), [Some(200)]);
}

#[test]
fn a_broken_step_stops_the_job_and_the_token_is_revoked() {
    let create = |fault: Fault| fault.method("POST").path("/v1/functions/*/tokens");
    for (fault, status) in [
        (create(Fault::status(403)), 4),
        (create(Fault::status(409)), 7),
        (create(Fault::redeploy_fails()), 11),
        (Fault::status(500).on(Plane::Gateway).method("POST"), 22),
    ] {
        let mut cli = cli();
        cli.sandbox.inject(fault);
        assert_eq!(run(&mut cli), (status, 0));
        assert_eq!(names(&cli), ["default", "partner-api"]);
    }
    let mut cli = cli();
    let path = stand_in(&cli, "curl", &missing("curl"));
    cli.set("PATH", &path);
    assert_eq!(run(&mut cli), (127, 0));
    assert_eq!(names(&cli), ["default", "partner-api"]);
}
