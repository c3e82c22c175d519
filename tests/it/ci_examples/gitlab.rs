//! `gitlab/gitlab-ci.yml`: GitLab's runner makes one script of `before_script` and `script`, and runs
//! `after_script` in a shell of its own whatever happened, without looking at how that ends. With
//! bash its options are `-eo pipefail`, else `-e` (`shells/bash.go` of gitlab-org/gitlab-runner).

use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use crate::support::cli::Cli;
use crate::support::workflow::{text, variables, yaml};

const SHELLS: [&str; 2] = ["bash -eo pipefail -c", "sh -e -c"];

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    run_with(cli, SHELLS[0])
}

fn run_with(cli: &mut Cli, shell: &str) -> Ended {
    let file = yaml("ci-examples/gitlab/gitlab-ci.yml");
    let job = &file["end-to-end"];
    let lines = |key: &str| job[key].as_vec().unwrap().iter().map(text).collect::<Vec<_>>().join("\n");
    let mut runner = Job::new(cli, &[("GITLAB_CI", "true"), ("CI_JOB_ID", "4711")]);
    for (name, value) in variables(&job["variables"]) {
        runner.set(&name, &value.replace("$CI_JOB_ID", "4711"));
    }
    let status = runner.run(shell, &format!("{}\n{}", lines("before_script"), lines("script")), &[]);
    runner.run(shell, &lines("after_script"), &[]);
    Ended { failed: status != 0, log: runner.log }
}

#[test]
fn whatever_breaks_stops_the_job_and_leaves_no_token() {
    for shell in SHELLS {
        broken::matrix_of_ignored_end(|cli| run_with(cli, shell));
    }
}

#[test]
fn a_token_that_could_not_be_revoked_has_the_name_of_its_job_and_an_end() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(!ended.failed, "GitLab takes no notice of `after_script`: {}", ended.log);
    assert!(ended.log.contains("FORBIDDEN, exit 4"), "{}", ended.log);
    super::is_left_for_an_hour(&cli, "ci-4711");
}
