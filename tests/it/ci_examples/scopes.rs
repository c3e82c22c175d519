//! The scopes that an example's comment names are those that it needs, no more and no fewer.

use std::collections::BTreeSet;

use super::broken::Broken;
use super::github::Job;
use super::stand_in;
use crate::support::cli::Cli;
use crate::support::repository::{files, read};

const CONTEXT: [(&str, &str); 2] =
    [("github.event.pull_request.number", "7"), ("github.repository", "owner/repository")];

/// `(scopes: a, b, c)`, over one line of comment or more.
fn named(source: &str) -> Vec<String> {
    let comment: Vec<&str> = source.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect();
    let comment = comment.join(" ");
    let (_, rest) = comment.split_once("(scopes: ").expect("`(scopes: …)`");
    let (scopes, _) = rest.split_once(')').expect("`(scopes: …)`");
    scopes.split(", ").map(str::to_owned).collect()
}

/// A world in which each example has something to do, and whether it went well.
fn goes_well(file: &str, scopes: &[&str]) -> bool {
    let broken = if file.ends_with("deploy.yml") { Broken::FunctionMissing } else { Broken::Nothing };
    let mut cli = broken.world();
    cli.write("my-function/jelou.json", r#"{"function": "my-function"}"#);
    cli.write("my-function/index.ts", "export default async () => ({ ok: true });\n");
    let path = stand_in(&cli, "gh", "cat > /dev/null");
    cli.set("PATH", &path);
    if file.ends_with("teardown.yml") {
        cli.jelou(&["tokens", "create", "my-function", "--name", "pr-7-1", "--quiet", "--wait"]).ended(0);
    }
    run(&mut cli, file, scopes)
}

fn run(cli: &mut Cli, file: &str, scopes: &[&str]) -> bool {
    let pat = cli.sandbox.issue_pat(scopes);
    cli.set("JELOU_TOKEN", &pat);
    let secrets = [("SECRETS_TOKEN", "github_pat_0123456789")];
    let ended = Job { context: &CONTEXT, secrets: &secrets, ..Job::of(file) }.run(cli).ended();
    assert!(ended.failed || !ended.log.contains("lacks the scope"), "{file}: {}", ended.log);
    !ended.failed
}

#[test]
fn each_workflow_needs_the_scopes_that_it_names_and_all_of_them() {
    let workflows: Vec<String> =
        files("ci-examples/github", ".yml").into_iter().chain(files("ci-examples/forgejo", ".yml")).collect();
    assert_eq!(workflows.len(), 6, "{workflows:?}");
    for file in workflows {
        let scopes = named(&read(&file));
        let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
        assert_eq!(scopes.len(), scopes.iter().collect::<BTreeSet<_>>().len(), "{file}: each once");
        assert!(goes_well(&file, &scopes), "{file}: {scopes:?} is enough");
        for scope in &scopes {
            let fewer: Vec<&str> = scopes.iter().copied().filter(|other| other != scope).collect();
            assert!(!goes_well(&file, &fewer), "{file}: without {scope}");
        }
    }
}
