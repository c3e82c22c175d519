//! What holds of every example of a system that is none of GitHub's kind: it needs the scopes that
//! its comment names, all of them and no others, and stops where a setting is missing.

use super::broken::{self, Broken, Ended};
use super::{azure, bitbucket, buildkite, circleci, gitlab, jenkins, pipeline_sh, read, woodpecker};
use crate::support::cli::Cli;
use crate::support::workflow::repository;

type Run = fn(&mut Cli) -> Ended;

const EXAMPLES: [(&str, Run); 8] = [
    ("azure/azure-pipelines.yml", azure::run),
    ("bitbucket/bitbucket-pipelines.yml", bitbucket::run),
    ("buildkite/pipeline.yml", buildkite::run),
    ("circleci/config.yml", circleci::run),
    ("gitlab/gitlab-ci.yml", gitlab::run),
    ("jenkins/Jenkinsfile", jenkins::run),
    ("sh/pipeline.sh", pipeline_sh::run_once),
    ("woodpecker/woodpecker.yml", woodpecker::run),
];

/// `(scopes: a, b, c)` in the comment at the top, over one line of comment or more.
fn named(example: &str) -> Vec<String> {
    let source = read(&repository(&format!("ci-examples/{example}")));
    let comment: Vec<&str> = source.lines().map(|line| line.trim_start_matches(['#', '/']).trim()).collect();
    let comment = comment.join(" ");
    let (_, rest) = comment.split_once("(scopes: ").unwrap_or_else(|| panic!("{example}: `(scopes: …)`"));
    let (scopes, _) = rest.split_once(')').unwrap_or_else(|| panic!("{example}: `(scopes: …)`"));
    scopes.split(", ").map(str::to_owned).collect()
}

/// Whether the example does all that it should with these scopes.
fn goes_well(run: Run, scopes: &[&str]) -> bool {
    let mut cli = Broken::Nothing.world();
    let token = cli.sandbox.issue_pat(scopes);
    cli.set("JELOU_TOKEN", &token);
    let before = broken::tokens(&cli);
    let ended = run(&mut cli);
    // Some systems take no notice of how the last part ends.
    !ended.failed && !ended.log.contains("lacks the scope") && broken::tokens(&cli) == before
}

#[test]
fn each_example_needs_the_scopes_that_it_names_and_all_of_them() {
    for (example, run) in EXAMPLES {
        let scopes = named(example);
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        assert!(goes_well(run, &scopes), "{example}: {scopes:?} is enough");
        for scope in &scopes {
            let fewer: Vec<&str> = scopes.iter().copied().filter(|other| other != scope).collect();
            assert!(!goes_well(run, &fewer), "{example}: without {scope}");
        }
    }
}

#[test]
fn a_setting_that_is_not_there_stops_each_example() {
    for (example, run) in EXAMPLES {
        let installs = example != "sh/pipeline.sh";
        let settings = ["JELOU_RELEASES", "JELOU_VERSION", "JELOU_SHA256"].into_iter().filter(|_| installs);
        for setting in settings.chain(["JELOU_TOKEN"]) {
            for missing in [Cli::unset, empty] {
                let mut cli = Broken::Nothing.world();
                missing(&mut cli, setting);
                let ended = run(&mut cli);
                assert!(ended.failed, "{example} without {setting}: {}", ended.log);
                assert_eq!(cli.sent(false), [""; 0], "{example} without {setting}");
            }
        }
    }
}

fn empty<'cli>(cli: &'cli mut Cli, setting: &str) -> &'cli mut Cli {
    cli.set(setting, "")
}
