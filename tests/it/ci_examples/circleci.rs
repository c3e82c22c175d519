//! `circleci/config.yml`: each step is a script of bash, which reads `$BASH_ENV` first; after a
//! failure only steps with `when: always` run.

use jelou::sandbox::Fault;
use yaml_rust2::Yaml;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use super::read;
use crate::support::cli::Cli;
use crate::support::workflow::{text, variables, yaml};

const JOB: &str = "5c6a4f4e-7a31-4f0d-8f4f-2f6f2d0e9d10";

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    let file = yaml("ci-examples/circleci/config.yml");
    let description = &file["jobs"]["end-to-end"];
    let bash_env = cli.write("bash.env", "").display().to_string();
    let variables_of_system = [("CIRCLECI", "true"), ("CIRCLE_WORKFLOW_JOB_ID", JOB), ("BASH_ENV", bash_env.as_str())];
    let mut job = Job::new(cli, &variables_of_system);
    for (name, value) in variables(&description["environment"]) {
        job.set(&name, &value);
    }
    let shell = format!("{} -c", text(&description["shell"]));
    let mut failed = false;
    for step in description["steps"].as_vec().unwrap() {
        let run = &step["run"];
        if run.is_badvalue() {
            assert_eq!(step, &Yaml::String("checkout".to_owned()));
            continue;
        }
        let always = match run["when"].as_str() {
            None => false,
            Some("always") => true,
            Some(other) => panic!("`when: {other}` is not understood"),
        };
        if !failed || always {
            failed |= job.run(&shell, &text(&run["command"]), &[]) != 0;
        }
    }
    Ended { failed, log: job.log }
}

#[test]
fn whatever_breaks_stops_the_job_and_leaves_no_token() {
    broken::matrix(run);
}

#[test]
fn the_value_goes_from_step_to_step_by_the_file_that_bash_reads() {
    let mut cli = Broken::Nothing.world();
    let ended = run(&mut cli);
    assert!(!ended.failed, "{}", ended.log);
    let handed_on = read(&cli.folder().join("bash.env"));
    assert_eq!(handed_on.matches("export JELOU_FUNCTION_TOKEN='jfn_rt_sbx_").count(), 1, "{handed_on}");
    assert!(
        ended.log.contains("No value can be masked at run time in CircleCI"),
        "jelou says that CircleCI does not hide it: {}",
        ended.log
    );
}

#[test]
fn a_revocation_that_fails_makes_the_job_fail() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(ended.failed, "{}", ended.log);
    super::is_left_for_an_hour(&cli, &format!("ci-{JOB}"));
}
