//! `github/ephemeral.yml` and `github/preview-teardown.yml`: tokens that last as long as a pull
//! request at most.

use jelou::sandbox::Fault;

use super::super::broken::{self, Broken};
use super::super::{FUNCTION, names, shows_no_value};
use super::{Job, Ran};
use crate::support::cli::Cli;

const EPHEMERAL: &str = "ci-examples/github/ephemeral.yml";
const TEARDOWN: &str = "ci-examples/github/preview-teardown.yml";
const PULL_REQUEST: (&str, &str) = ("github.event.pull_request.number", "7");

fn run(file: &str, cli: &Cli) -> Ran {
    let ran = Job { context: &[PULL_REQUEST], ..Job::of(file) }.run(cli);
    shows_no_value(&ran.log);
    ran
}

#[test]
fn every_failure_of_the_matrix_stops_the_tests_and_leaves_nothing() {
    broken::matrix_of_passing(|cli| run(EPHEMERAL, cli).ended());
}

#[test]
fn the_status_of_the_tests_is_that_of_the_job_and_the_token_has_its_number() {
    let cli = Broken::FunctionFails.world();
    cli.sandbox.inject(Fault::status(403).method("DELETE"));
    run(EPHEMERAL, &cli).stopped_at("Test", 22, &[]);
    assert_eq!(names(&cli), ["default", "partner-api", "pr-7-4711-2"]);
    let token = cli.sandbox.tokens(FUNCTION).pop().unwrap();
    let end = token.expires_at.expect("an end").duration_since(token.created_at);
    assert!((3_590..=3_610).contains(&end.as_secs()), "{end:?}");
    run(TEARDOWN, &cli).stopped_at("Revoke the tokens", 0, &[]);
    assert_eq!(names(&cli), ["default", "partner-api"]);
}

/// Tokens of the pull request 7, and some whose names only begin alike.
fn with_previews(broken: Broken) -> Cli {
    let cli = broken.world();
    for name in ["pr-7-1", "pr-7-2", "pr-70-1", "pr-7"] {
        // In the broken worlds too.
        let (api, token) = (cli.sandbox.api_url(), cli.sandbox.pat());
        let mut command = cli.command(&["tokens", "create", "my-function", "--name", name, "--quiet", "--wait"]);
        command.env("JELOU_TOKEN", token).env("JELOU_API_URL", api).env("JELOU_GATEWAY_URL", cli.sandbox.gateway_url());
        command.assert().success();
    }
    cli
}

#[test]
fn the_tokens_of_a_closed_pull_request_are_revoked_and_no_others() {
    let cli = with_previews(Broken::Nothing);
    let ran = run(TEARDOWN, &cli);
    Broken::Nothing.was_told(&cli, &ran.ended());
    assert_eq!(names(&cli), ["default", "partner-api", "pr-70-1", "pr-7"]);
    Broken::Nothing.was_told(&cli, &run(TEARDOWN, &cli).ended());
    assert_eq!(names(&cli).len(), 4, "nothing is left to do");
}

#[test]
fn a_teardown_that_fails_says_so_and_revokes_nothing() {
    for broken in [Broken::ArchiveChanged, Broken::ArchiveMissing, Broken::ManagementToken, Broken::PlatformDown] {
        let cli = with_previews(broken);
        let before = broken::tokens(&cli);
        broken.was_told(&cli, &run(TEARDOWN, &cli).ended());
        assert_eq!(broken::tokens(&cli), before, "{broken:?}");
    }
    let cli = Broken::FunctionMissing.world();
    Broken::FunctionMissing.was_told(&cli, &run(TEARDOWN, &cli).ended());
}

#[test]
fn a_teardown_tells_apart_what_stayed_and_what_is_still_accepted() {
    for (fault, status, left) in [
        (Fault::status(403).times(1), 12, 5),
        (Fault::status(403).always(), 4, 6),
        (Fault::redeploy_fails().always(), 11, 4),
    ] {
        let cli = with_previews(Broken::Nothing);
        let what = format!("{fault:?}");
        cli.sandbox.inject(fault.method("DELETE"));
        run(TEARDOWN, &cli).stopped_at("Revoke the tokens", status, &[]);
        assert_eq!(names(&cli).len(), left, "{what}");
    }
}
