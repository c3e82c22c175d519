//! What every workflow here keeps to, the repository's own among them.

use yaml_rust2::Yaml;

use crate::support::workflow::{repository, steps, text, yaml};

const WORKFLOWS: [&str; 2] = ["ci-examples/github/end-to-end.yml", ".github/workflows/ci.yml"];

#[test]
fn every_action_is_pinned_by_its_full_commit() {
    for path in WORKFLOWS {
        let source = std::fs::read_to_string(repository(path)).unwrap();
        for step in steps(&yaml(path)) {
            let Some(uses) = step.uses else { continue };
            let (_, commit) = uses.split_once('@').unwrap_or_else(|| panic!("{path}: {uses}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {uses}");
            assert!(source.contains(&format!("{uses} # v")), "{path}: {uses} names its version");
        }
    }
}

#[test]
fn permissions_are_the_least_and_nothing_is_left_in_the_clone() {
    for path in WORKFLOWS {
        let workflow = yaml(path);
        assert_eq!(
            workflow["permissions"].as_hash().map(yaml_rust2::yaml::Hash::len),
            Some(0),
            "{path}: nothing by default"
        );
        for (name, job) in workflow["jobs"].as_hash().unwrap() {
            let permissions: Vec<(String, String)> =
                job["permissions"].as_hash().unwrap().iter().map(|(what, how)| (text(what), text(how))).collect();
            assert_eq!(permissions, [("contents".to_owned(), "read".to_owned())], "{path}: {name:?}");
            assert!(job["timeout-minutes"].as_i64().is_some(), "{path}: {name:?}");
            for step in job["steps"].as_vec().unwrap() {
                if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false), "{path}: {name:?}");
                }
            }
        }
        assert!(!workflow["concurrency"].is_badvalue(), "{path}");
    }
}

#[test]
fn nothing_is_templated_into_a_script() {
    for path in WORKFLOWS {
        for step in steps(&yaml(path)) {
            assert!(!step.run.unwrap_or_default().contains("${{"), "{path}: {}", step.name);
        }
    }
}

#[test]
fn the_repository_s_workflow_runs_the_script_that_people_run_and_cargo_deny() {
    let scripts: Vec<String> =
        steps(&yaml(".github/workflows/ci.yml")).into_iter().filter_map(|step| step.run).collect();
    assert_eq!(scripts, [".ci/run", ".ci/run clients", "cargo install --locked cargo-deny@0.20.2", "cargo deny check"]);
}

#[test]
fn a_management_token_is_given_to_the_steps_that_need_it_alone() {
    let workflow = yaml("ci-examples/github/end-to-end.yml");
    assert!(workflow["env"].is_badvalue());
    assert!(workflow["jobs"]["end-to-end"]["env"]["JELOU_TOKEN"].is_badvalue());
    let with_secret = |step: &Yaml| !step["env"]["JELOU_TOKEN"].is_badvalue();
    let steps = workflow["jobs"]["end-to-end"]["steps"].as_vec().unwrap();
    let names: Vec<String> = steps.iter().filter(|step| with_secret(step)).map(|step| text(&step["name"])).collect();
    assert_eq!(names, ["Find the function", "Create a token", "Revoke the token"]);
}
