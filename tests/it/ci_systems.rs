//! CI systems other than GitHub Actions: each gets its own mask command, or none and a warning.

use serde_json::json;

use crate::support::cli::{Cli, Ran};
use crate::support::sandbox::value;

const CREATE: &str = "jelou tokens create my-function --name ci --json";

fn in_ci(variables: &[(&str, &str)]) -> Cli {
    let mut cli = Cli::new();
    cli.set("CI", "true");
    for (name, value) in variables {
        cli.set(name, value);
    }
    cli
}

/// Runs `T=$(command)` and prints `T`: stdout is what the step captured, stderr what went to the
/// log.
#[track_caller]
fn captured(cli: &Cli, command: &str) -> Ran {
    cli.bash(&format!("T=$({command})\nprintf '%s\\n' \"$T\"")).ended(0)
}

#[test]
fn azure_gets_logging_commands() {
    let cli = in_ci(&[("TF_BUILD", "True")]);
    let ran = captured(&cli, CREATE);
    let value = value(&ran.json()["data"]).to_owned();
    let first = ran.stderr.lines().next().unwrap();
    assert_eq!(first, format!("##vso[task.setsecret]{value}"));
    assert!(!ran.stderr.contains("::add-mask::"));
    let table = [("azure-var:T", "T"), ("azure-var:my.token", "my.token")];
    for (sink, name) in table {
        let args = format!("jelou tokens rotate my-function ci --json --to {sink} --to file:{name}");
        let ran = captured(&cli, &args);
        let value = std::fs::read_to_string(cli.folder().join(name)).unwrap();
        let lines: Vec<_> = ran.stderr.lines().filter(|line| line.contains(&value)).collect();
        assert_eq!(lines.first(), Some(&format!("##vso[task.setsecret]{value}").as_str()), "masked first");
        assert_eq!(
            lines.last(),
            Some(&format!("##vso[task.setvariable variable={name};issecret=true]{value}").as_str())
        );
        assert!(!ran.stdout.contains(&value));
    }
}

const AGENT: &str = "#!/bin/sh\n[ \"$*\" = 'redactor add' ] || exit 9\nenv | grep -c JELOU_TOKEN= >> \"$HOME/env\"\n\
                     cat >> \"$HOME/redacted\"\necho >> \"$HOME/redacted\"\necho chatter; echo chatter >&2\n";

fn on_buildkite(agent: Option<&str>) -> Cli {
    let mut cli = in_ci(&[("BUILDKITE", "true")]);
    if let Some(agent) = agent {
        let write = "mkdir bin && printf %s \"$1\" > bin/buildkite-agent && chmod +x bin/buildkite-agent";
        let made = std::process::Command::new("sh").args(["-c", write, "sh", agent]).current_dir(cli.folder()).status();
        assert!(made.unwrap().success());
        let path = format!("{}:{}", cli.folder().join("bin").display(), cli.env()["PATH"]);
        cli.set("PATH", &path);
    }
    cli
}

#[test]
fn buildkites_agent_gets_the_value_on_its_stdin() {
    let cli = on_buildkite(Some(AGENT));
    let ran = captured(&cli, CREATE);
    let value = value(&ran.json()["data"]).to_owned();
    let redacted = std::fs::read_to_string(cli.folder().join("home/redacted")).unwrap();
    assert!(redacted.lines().any(|line| line == value), "{redacted}");
    assert!(std::fs::read_to_string(cli.folder().join("home/env")).unwrap().lines().all(|count| count == "0"));
    assert!(!ran.stderr.contains(&value) && !ran.stderr.contains("chatter"), "{ran:?}");
    // The value and the output of the agent do not go to stderr.
    captured(&cli, "jelou tokens rotate my-function ci --json 2>/dev/null");
}

#[test]
fn without_buildkites_agent_no_token_is_created() {
    let cli = on_buildkite(None);
    for command in [CREATE, "jelou tokens exec my-function -- true", &format!("{CREATE} --to file:x")] {
        let ran = cli.bash(&format!("T=$({command})")).ended(2);
        assert!(ran.stderr.contains("buildkite-agent"), "{ran:?}");
    }
    assert_eq!(cli.sent(true), [""; 0]);
}

#[test]
fn an_agent_that_cannot_mask_is_detected_before_the_request() {
    for agent in ["#!/bin/sh\nexit 3\n", "#!/bin/sh\nkill -9 $$\n", "#!/no/such/interpreter\n"] {
        let cli = on_buildkite(Some(agent));
        for command in [CREATE, "jelou tokens exec my-function -- touch ran", &format!("{CREATE} --to file:x")] {
            let ran = cli.bash(&format!("T=$({command})")).ended(2);
            assert!(ran.stderr.contains("buildkite-agent"), "{ran:?}");
        }
        assert_eq!(cli.sent(true), [""; 0]);
        assert!(!cli.folder().join("ran").exists());
    }
}

/// The agent masks the probe value, then fails.
#[test]
fn a_mask_that_fails_undoes_the_token() {
    const ONCE: &str = "#!/bin/sh\ncat > /dev/null\n[ ! -e \"$HOME/asked\" ] || exit 3\n: > \"$HOME/asked\"\n";
    for (command, untouched) in [
        ("T=$(jelou tokens create my-function --name ci --quiet --to stdout --to file:x)", "x"),
        ("jelou tokens exec my-function -- touch ran", "ran"),
    ] {
        let cli = on_buildkite(Some(ONCE));
        let ran = cli.bash(command).ended(13);
        assert!(ran.stderr.contains("revoked again"), "{ran:?}");
        assert_eq!(cli.token_names("my-function"), ["default"]);
        assert!(!cli.folder().join(untouched).exists(), "masked before it is used anywhere: {ran:?}");
    }
}

/// A CI system that does not interpret the mask command would print it, with the value, into the
/// log.
#[test]
fn a_system_that_cannot_mask_gets_a_warning_and_no_command() {
    let systems: [&[(&str, &str)]; 12] = [
        &[("GITLAB_CI", "true")],
        &[("CIRCLECI", "true")],
        &[("JENKINS_URL", "http://x"), ("BUILD_ID", "1")],
        &[("TEAMCITY_VERSION", "1")],
        &[("BITBUCKET_BUILD_NUMBER", "1")],
        &[("DRONE", "true")],
        &[("CI", "woodpecker")],
        &[("CODEBUILD_BUILD_ID", "1")],
        &[("TRAVIS", "true")],
        &[("BUILDER_OUTPUT", "x")],
        &[("GITHUB_ACTIONS", "yes")],
        &[],
    ];
    for variables in systems {
        let cli = in_ci(variables);
        let ran = captured(&cli, CREATE);
        let value = value(&ran.json()["data"]).to_owned();
        assert!(!ran.stderr.contains(&value), "{variables:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("masked"), "{variables:?}: {}", ran.stderr);
        let codes: Vec<_> = ran.json()["warnings"].as_array().unwrap().iter().map(|it| it["code"].clone()).collect();
        assert!(codes.contains(&json!("MASK_UNSUPPORTED")), "{variables:?}: {codes:?}");
    }
}

#[test]
fn systems_that_disagree_get_no_mask_and_a_warning() {
    for variables in [
        [("GITHUB_ACTIONS", "true"), ("TF_BUILD", "True")],
        [("GITHUB_ACTIONS", "true"), ("GITLAB_CI", "true")],
        [("TF_BUILD", "True"), ("CIRCLECI", "true")],
    ] {
        let cli = in_ci(&variables);
        let ran = captured(&cli, CREATE);
        assert!(!ran.stderr.contains(value(&ran.json()["data"])), "{variables:?}: {}", ran.stderr);
        assert!(ran.json()["warnings"].to_string().contains("MASK_CONFLICT"), "{ran:?}");
    }
}

/// Outside of CI there is neither a mask nor a warning.
#[test]
fn outside_of_ci_nothing_is_masked() {
    for (name, value_of) in [("CI", "false"), ("CI", "0"), ("CI", ""), ("GITHUB_ACTIONS", "false")] {
        let mut cli = Cli::new();
        cli.set(name, value_of);
        let ran = captured(&cli, CREATE);
        assert!(
            !ran.stderr.contains(value(&ran.json()["data"])) && !ran.stderr.contains("mask"),
            "{name}={value_of}: {ran:?}"
        );
    }
}

/// `--agent` keeps the masks on stderr and nothing else.
#[test]
fn a_program_gets_the_masks_and_nothing_else_on_stderr() {
    let cli = in_ci(&[("GITHUB_ACTIONS", "true")]);
    let ran = captured(&cli, "jelou tokens create my-function --name ci --agent");
    let value = value(&ran.json()["data"]).to_owned();
    let lines: Vec<_> = ran.stderr.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.contains(&format!("::add-mask::{value}").as_str()), "{ran:?}");
    assert!(lines.iter().all(|line| line.starts_with("::add-mask::")), "{ran:?}");
    let names = ["ci", "my-function", "jfn_rt_sbx_"].map(|text| format!("::add-mask::{text}"));
    assert!(!lines.iter().any(|line| names.iter().any(|name| line == name)), "only the secret is masked");
}
