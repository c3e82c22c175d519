//! `woodpecker/woodpecker.yml`: the commands are one script on the stdin of `/bin/sh -e`, which
//! prints each before it runs it (`script_posix.go`); before that, `${…}` is replaced.

use jelou::sandbox::Fault;

use super::broken::{self, Broken, Ended};
use super::job::Job;
use crate::support::cli::Cli;
use crate::support::workflow::{text, yaml};

/// The script that Woodpecker makes of commands.
fn script(commands: &[String]) -> String {
    let mut script = String::new();
    for command in commands {
        assert!(!command.contains("${") && !command.contains("$$"), "Woodpecker would replace it: {command}");
        let quoted = shlex::try_quote(command).unwrap();
        script.push_str(&format!("\necho + {quoted}\n{command}\n"));
    }
    script
}

/// The example, played.
pub(super) fn run(cli: &mut Cli) -> Ended {
    let file = yaml("ci-examples/woodpecker/woodpecker.yml");
    let steps = file["steps"].as_vec().unwrap();
    assert_eq!(steps.len(), 1, "what this test plays");
    let commands: Vec<String> = steps[0]["commands"].as_vec().unwrap().iter().map(text).collect();
    let mut job = Job::new(cli, &[("CI", "woodpecker"), ("CI_SYSTEM_NAME", "woodpecker")]);
    for (name, value) in steps[0]["environment"].as_hash().unwrap() {
        let name = text(name);
        match value["from_secret"].as_str() {
            Some(secret) => assert_eq!(secret.to_uppercase(), name, "the test has the secrets by these names"),
            None => job.set(&name, &text(value)),
        }
    }
    job.set("STEP", &script(&commands));
    let status = job.run("sh -c", "printf '%s' \"$STEP\" | /bin/sh -e", &[]);
    // What is hidden: the secrets that the step was given.
    let secret = cli.env().get("JELOU_TOKEN").filter(|value| value.len() > 3);
    let log = secret.map_or(job.log.clone(), |value| job.log.replace(value, "********"));
    Ended { failed: status != 0, log }
}

#[test]
fn whatever_breaks_stops_the_step_and_leaves_no_token() {
    broken::matrix(run);
}

#[test]
fn a_revocation_that_fails_makes_the_step_fail() {
    let mut cli = Broken::Nothing.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    let ended = run(&mut cli);
    assert!(ended.failed, "{}", ended.log);
    let left = super::names(&cli).pop().unwrap();
    assert!(left.starts_with("ci-"), "{left}");
    super::is_left_for_an_hour(&cli, &left);
}
