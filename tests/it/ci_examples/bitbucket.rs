//! `bitbucket/bitbucket-pipelines.yml`: the commands of a step are one script of bash (of `sh` where
//! there is no bash) that stops at the first failure; `after-script` is another one, whose end does
//! not count.

use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use crate::support::cli::Cli;
use crate::support::workflow::{text, yaml};

const STEP: &str = "{6f1e4c1b-3d0b-4a52-9f0e-0f7f0f9c8b11}";

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    run_with(cli, "bash -e -c")
}

fn run_with(cli: &mut Cli, shell: &str) -> Ended {
    let file = yaml("ci-examples/bitbucket/bitbucket-pipelines.yml");
    let step = &file["pipelines"]["branches"]["main"][0]["step"];
    let lines = |key: &str| step[key].as_vec().unwrap().iter().map(text).collect::<Vec<_>>().join("\n");
    let variables = [
        ("BITBUCKET_BUILD_NUMBER", "12"),
        ("BITBUCKET_COMMIT", "0123456789abcdef"),
        ("BITBUCKET_STEP_UUID", STEP),
        ("BITBUCKET_STEP_RUN_NUMBER", "2"),
    ];
    let mut job = Job::new(cli, &variables);
    let status = job.run(shell, &lines("script"), &[]);
    job.run(shell, &lines("after-script"), &[("BITBUCKET_EXIT_CODE", &status.to_string())]);
    Ended { failed: status != 0, log: job.log }
}

#[test]
fn whatever_breaks_stops_the_step_and_leaves_no_token() {
    for shell in ["bash -e -c", "sh -e -c"] {
        broken::matrix_of_ignored_end(|cli| run_with(cli, shell));
    }
}

#[test]
fn a_token_that_could_not_be_revoked_has_the_name_of_its_step_and_an_end() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(!ended.failed, "Bitbucket takes no notice of `after-script`: {}", ended.log);
    assert!(ended.log.contains("FORBIDDEN, exit 4"), "{}", ended.log);
    super::is_left_for_an_hour(&cli, &format!("ci-{}-2", STEP.trim_matches(['{', '}'])));
}
