//! The pipelines in `ci-examples/` are run step by step: they work, and they stop at the first
//! failure.

mod azure;
mod bitbucket;
mod broken;
mod buildkite;
mod circleci;
mod forgejo;
mod github;
mod gitlab;
mod jenkins;
mod job;
mod pipeline_sh;
mod policy;
mod powershell;
mod revoke;
mod rotate_all;
mod scopes;
mod systems;
mod woodpecker;

use std::path::Path;

use jelou::sandbox::Fixture;

use crate::support::cli::Cli;

/// What the examples call their function.
const FUNCTION: &str = "my-function";

/// A sandbox with tokens of other people, which no example may touch, and without retries, which
/// only cost time here.
fn cli() -> Cli {
    let content = r#"{"functions": [{"slug": "my-function", "tokens": [{"name": "partner-api"}]}]}"#;
    let content = Fixture::parse(content).unwrap();
    let mut cli = Cli::with(|builder| builder.fixture(content));
    cli.set("JELOU_RETRIES", "0");
    cli
}

/// The names of the tokens there are.
fn names(cli: &Cli) -> Vec<String> {
    cli.sandbox.tokens(FUNCTION).into_iter().map(|token| token.name).collect()
}

/// A program of ours in front of PATH; returns the new PATH.
fn stand_in(cli: &Cli, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let file = cli.write(&format!("stand-ins/{name}"), format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let folder = file.parent().unwrap().display().to_string();
    let path = &cli.env()["PATH"];
    if path.starts_with(&folder) { path.clone() } else { format!("{folder}:{path}") }
}

/// What a shell says of a program that is not there.
fn missing(name: &str) -> String {
    format!("echo '{name}: command not found' >&2; exit 127")
}

/// No value of a runtime token, in no part longer than the prefix that lists show.
fn shows_no_value(text: &str) {
    for (at, _) in text.match_indices("jfn_rt_sbx_") {
        let value = text[at + "jfn_rt_sbx_".len()..].chars().take_while(char::is_ascii_alphanumeric).count();
        assert!(value <= 4, "a value is shown: {text}");
    }
}

/// The token of a run whose revocation failed: nobody knows its value, and it ends by itself.
#[track_caller]
fn is_left_for_an_hour(cli: &Cli, name: &str) {
    assert_eq!(names(cli), ["default", "partner-api", name]);
    let token = cli.sandbox.tokens(FUNCTION).pop().expect("the token");
    let lifetime = token.expires_at.expect("an end").duration_since(token.created_at);
    assert!((3_590..=3_610).contains(&lifetime.as_secs()), "{lifetime:?}");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
