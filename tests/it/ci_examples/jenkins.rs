//! `jenkins/Jenkinsfile`: each step `sh` is a file that `sh -xe` runs, with stdout and stderr in
//! one log (`BourneShellScript.java`), so each command is printed with its values. After a failure
//! the other stages are left out, and `post { always { … } }` runs.

use std::fs::File;

use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use super::read;
use crate::support::cli::Cli;
use crate::support::workflow::repository;

/// A step `sh` of the file.
struct Step {
    script: String,
    /// Whether it stands in `withCredentials`.
    has_credential: bool,
    /// Whether it runs after a failure, too.
    always: bool,
}

/// The steps, in their order. The file is not parsed as Groovy: it has one block or one end of a
/// script on a line, which is asserted where it matters.
fn steps() -> Vec<Step> {
    let text = read(&repository("ci-examples/jenkins/Jenkinsfile"));
    assert!(!text.contains('\\'), "Groovy would make something of it, which this test does not");
    let (mut steps, mut blocks, mut script): (Vec<Step>, Vec<String>, Option<String>) = (Vec::new(), Vec::new(), None);
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(lines) = &mut script {
            if trimmed == "'''" {
                let opened = |name: &str| blocks.iter().any(|block| block.starts_with(name));
                steps.push(Step {
                    script: script.take().unwrap(),
                    has_credential: opened(
                        "withCredentials([string(credentialsId: 'jelou-token', variable: 'JELOU_TOKEN')])",
                    ),
                    always: opened("post") && opened("always"),
                });
            } else {
                lines.push_str(line);
                lines.push('\n');
            }
        } else if trimmed == "sh '''" {
            script = Some(String::new());
        } else if trimmed.starts_with("//") {
        } else if let Some(block) = trimmed.strip_suffix('{') {
            blocks.push(block.trim().to_owned());
        } else if trimmed == "}" {
            blocks.pop().expect("a block that is open");
        } else {
            assert!(!trimmed.starts_with("sh "), "a step that this test would not see: {line}");
        }
    }
    assert!(blocks.is_empty() && script.is_none(), "{blocks:?}");
    steps
}

const BUILD: [(&str, &str); 3] = [
    ("BUILD_URL", "https://jenkins.example/job/a%20folder/job/end%20to%20end/12/"),
    ("JOB_NAME", "a folder/end to end"),
    ("BUILD_NUMBER", "12"),
];

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    run_build(cli, &BUILD)
}

fn run_build(cli: &mut Cli, build: &[(&str, &str)]) -> Ended {
    let temporary = cli.folder().join("workspace@tmp").display().to_string();
    let variables = [
        ("JENKINS_URL", "https://jenkins.example/"),
        ("BUILD_ID", "12"),
        // Slashes of the job's name are dashes in it.
        ("BUILD_TAG", "jenkins-a folder-end to end-12"),
        // Jenkins sets it and does not make the folder.
        ("WORKSPACE_TMP", &temporary),
        ("FUNCTION", "my-function"),
    ];
    let mut job = Job::new(cli, &variables);
    for (name, value) in build {
        job.set(name, value);
    }
    let credential = cli.env().get("JELOU_TOKEN").cloned().unwrap_or_default();
    job.unset("JELOU_TOKEN");
    let mut failed = false;
    for (number, step) in steps().into_iter().enumerate() {
        if failed && !step.always {
            continue;
        }
        let file = cli.write(&format!("durable/{number}/script.sh"), &step.script).display().to_string();
        let log = File::create(cli.folder().join(format!("durable/{number}/jenkins-log.txt"))).unwrap();
        let more: &[(&str, &str)] = if step.has_credential { &[("JELOU_TOKEN", &credential)] } else { &[] };
        let mut command = job.command("sh -xe", &file, more);
        let status = command.stdout(log.try_clone().unwrap()).stderr(log).status().unwrap();
        failed |= !status.success();
        job.log.push_str(&read(&cli.folder().join(format!("durable/{number}/jenkins-log.txt"))));
    }
    Ended { failed, log: job.log }
}

#[test]
fn whatever_breaks_stops_the_build_and_leaves_no_token() {
    broken::matrix(|cli| {
        let ended = run(cli);
        assert!(!cli.folder().join("workspace@tmp/token").exists(), "the value does not stay in a file");
        ended
    });
}

#[test]
fn every_command_is_printed_and_none_has_the_value() {
    let mut cli = Broken::Nothing.world();
    let ended = run(&mut cli);
    assert!(!ended.failed, "{}", ended.log);
    assert!(ended.log.contains("\n+ mkdir -p "), "the shell prints what it runs: {}", ended.log);
    super::shows_no_value(&ended.log);
}

#[test]
fn the_management_token_is_given_to_the_steps_that_need_it_alone() {
    let given: Vec<bool> = steps().iter().map(|step| step.has_credential).collect();
    assert_eq!(given, [false, true, false, true], "install, create, call, revoke");
}

/// Jenkins knows no `BUILD_URL` until somebody has set its own address.
#[test]
fn every_build_of_every_job_has_a_token_of_its_own_name() {
    let long = "a".repeat(70);
    let jobs = ["a/b", "a-b", "a b", &format!("one/{long}"), &format!("two/{long}")];
    let mut names = std::collections::BTreeSet::new();
    for job in jobs {
        let url = format!("https://jenkins.example/job/{}/12/", job.replace('/', "/job/").replace(' ', "%20"));
        let tag = format!("jenkins-{}-12", job.replace('/', "-"));
        let of_job = [("JOB_NAME", job), ("BUILD_NUMBER", "12"), ("BUILD_TAG", &tag)];
        for build in [[&of_job[..], &[("BUILD_URL", &url)]].concat(), of_job.to_vec()] {
            let mut cli = Broken::Nothing.world();
            cli.sandbox.inject(Fault::status(403).method("DELETE"));
            let ended = run_build(&mut cli, &build);
            assert!(ended.failed, "{}", ended.log);
            names.insert(super::names(&cli).pop().unwrap());
        }
    }
    assert_eq!(names.len(), 2 * jobs.len(), "{names:?}");
}

#[test]
fn a_revocation_that_fails_makes_the_build_fail() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(ended.failed, "{}", ended.log);
    let left = super::names(&cli).pop().unwrap();
    assert!(left.starts_with("ci-") && left.ends_with("-12"), "{left}");
    super::is_left_for_an_hour(&cli, &left);
}
