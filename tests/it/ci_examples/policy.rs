//! What every example keeps to, and every workflow here, the repository's own among them.

use yaml_rust2::Yaml;

use crate::support::repository::{self, read};
use crate::support::workflow::{steps, text, yaml};

/// GitHub's examples, and the workflow of this repository.
fn of_github() -> Vec<String> {
    let mut files = repository::files("ci-examples/github", ".yml");
    assert!(files.len() >= 5, "{files:?}");
    files.push(".github/workflows/ci.yml".to_owned());
    files
}

/// The examples that are workflows.
fn workflows() -> Vec<String> {
    let mut files = repository::files("ci-examples/github", ".yml");
    files.extend(repository::files("ci-examples/forgejo", ".yml"));
    files
}

/// The examples of CI systems, which install the program.
fn of_systems() -> Vec<String> {
    let mut files = repository::files("ci-examples", "");
    // Scripts find it on `PATH`.
    let of_scripts = |file: &String| ["sh", "powershell"].iter().any(|folder| file.contains(&format!("/{folder}/")));
    files.retain(|file| file.matches('/').count() == 2 && !of_scripts(file));
    files
}

fn jobs(workflow: &Yaml) -> impl Iterator<Item = (String, &Yaml)> {
    workflow["jobs"].as_hash().expect("jobs").iter().map(|(name, job)| (text(name), job))
}

#[test]
fn every_action_is_pinned_by_its_full_commit() {
    let mut pinned = 0;
    for path in of_github().into_iter().chain(workflows()) {
        let source = read(&path);
        for uses in steps(&yaml(&path)).into_iter().filter_map(|step| step.uses) {
            let (_, commit) = uses.split_once('@').unwrap_or_else(|| panic!("{path}: {uses}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {uses}");
            assert!(source.contains(&format!("{uses} # v")), "{path}: {uses} names its version");
            pinned += 1;
        }
    }
    assert!(pinned > 3, "{pinned}");
}

#[test]
fn permissions_are_the_least_and_nothing_is_left_in_the_clone() {
    for path in of_github() {
        let workflow = yaml(&path);
        let length = |node: &Yaml| node.as_hash().map(yaml_rust2::yaml::Hash::len);
        assert_eq!(length(&workflow["permissions"]), Some(0), "{path}: nothing by default");
        for (name, job) in jobs(&workflow) {
            let given = job["permissions"].as_hash().unwrap_or_else(|| panic!("{path}: {name}"));
            let given: Vec<(String, String)> = given.iter().map(|(what, how)| (text(what), text(how))).collect();
            let mut needed = Vec::new();
            for step in job["steps"].as_vec().unwrap() {
                if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                    needed = vec![("contents".to_owned(), "read".to_owned())];
                    assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false), "{path}: {name}");
                }
            }
            assert_eq!(given, needed, "{path}: {name}");
        }
        assert!(!workflow["concurrency"].is_badvalue(), "{path}");
    }
}

#[test]
fn every_job_has_a_time_limit_and_runs_wait_for_each_other() {
    for path in workflows() {
        let workflow = yaml(&path);
        assert_eq!(workflow["concurrency"]["cancel-in-progress"].as_bool(), Some(false), "{path}");
        assert!(workflow["concurrency"]["group"].as_str().is_some(), "{path}");
        for (name, job) in jobs(&workflow) {
            assert!(job["timeout-minutes"].as_i64().is_some_and(|minutes| minutes <= 15), "{path}: {name}");
        }
    }
}

#[test]
fn nothing_is_templated_into_a_script() {
    for path in of_github().into_iter().chain(workflows()) {
        for step in steps(&yaml(&path)) {
            assert!(!step.run.unwrap_or_default().contains("${{"), "{path}: {}", step.name);
        }
    }
}

/// Every step of the shell stops at its first failure, in a pipe and at a variable that is not set
/// too.
#[test]
fn every_script_is_strict() {
    for path in workflows() {
        for step in steps(&yaml(&path)).into_iter().filter(|step| step.run.is_some()) {
            assert_eq!(
                step.shell.as_deref(),
                Some("bash --noprofile --norc -euo pipefail {0}"),
                "{path}: {}",
                step.name
            );
        }
    }
}

#[test]
fn the_repository_s_workflow_runs_the_script_that_people_run_and_cargo_deny() {
    let scripts: Vec<String> =
        steps(&yaml(".github/workflows/ci.yml")).into_iter().filter_map(|step| step.run).collect();
    let (tools, checks): (Vec<_>, Vec<_>) = scripts.iter().partition(|script| script.starts_with("rustup "));
    assert_eq!(checks, [".ci/run", ".ci/run clients", "cargo install --locked cargo-deny@0.20.2", "cargo deny check"]);
    assert_eq!(tools.len(), 2, "one compiler for both: {tools:?}");
    let compiler = |path: &str| text(&yaml(path)["env"]["RUST"]);
    assert_eq!(compiler(".github/workflows/ci.yml"), compiler(".github/workflows/release.yml"));
}

/// A secret is a variable of one step that calls the program, and nothing else.
#[test]
fn a_secret_is_given_to_the_steps_that_need_it_alone() {
    for path in workflows() {
        let workflow = yaml(&path);
        let mut without = Vec::new();
        let mut in_steps = 0;
        for (_, job) in jobs(&workflow) {
            for step in job["steps"].as_vec().unwrap() {
                let run = step["run"].as_str().unwrap_or_default();
                for (name, value) in step["env"].as_hash().into_iter().flatten() {
                    let (name, value) = (text(name), text(value));
                    if value.contains("secrets.") {
                        let secret = value.strip_prefix("${{ secrets.").and_then(|rest| rest.strip_suffix(" }}"));
                        assert!(secret.is_some_and(|secret| !secret.contains(' ')), "{path}: {name}: {value}");
                        assert!(run.contains("jelou "), "{path}: {name}: {run}");
                        in_steps += 1;
                    }
                }
                if step["env"]["JELOU_TOKEN"].is_badvalue() {
                    without.push(run.to_owned());
                }
            }
        }
        assert!(in_steps > 0, "{path}");
        assert_eq!(read(&path).matches("${{ secrets.").count(), in_steps, "{path}: secrets stand nowhere else");
        assert!(!without.iter().any(|run| run.contains("jelou ")), "{path}: {without:?}");
    }
}

/// On GitHub and Azure a run that is cancelled signals the step's own process alone, so that has to
/// be the one that knows what to undo. The runners of Forgejo and Gitea kill all of a step at once.
#[test]
fn what_issues_or_prunes_is_the_process_of_its_step() {
    let azure = "ci-examples/azure/azure-pipelines.yml";
    let of_azure = yaml(azure)["jobs"][0]["steps"].as_vec().unwrap().iter().map(|step| text(&step["bash"])).collect();
    let scripts = |path: &str| steps(&yaml(path)).into_iter().filter_map(|step| step.run).collect::<Vec<_>>();
    let of_github = workflows().into_iter().filter(|path| path.starts_with("ci-examples/github/"));
    let all = of_github.map(|path| (scripts(&path), path));
    for (runs, path) in all.chain([(of_azure, azure.to_owned())]) {
        let mut seen = 0;
        for run in runs {
            for verb in ["tokens create", "tokens rotate", "tokens exec", "tokens prune", "deploy"] {
                let all = run.matches(&format!("jelou {verb} ")).count();
                assert_eq!(run.matches(&format!("exec jelou {verb} ")).count(), all, "{path}: {run}");
                seen += all;
            }
        }
        assert!(seen > 0, "{path}");
    }
}

/// What keeps strangers' branches away, and one run from the other, where the file says it.
#[test]
fn azure_queues_pushes_and_buildkite_runs_for_the_main_branch_alone() {
    let trigger = &yaml("ci-examples/azure/azure-pipelines.yml")["trigger"];
    assert_eq!(trigger["batch"].as_str(), Some("true"), "the schema of Azure knows it as a string");
    assert_eq!(trigger["branches"]["include"].as_vec().unwrap().iter().map(text).collect::<Vec<_>>(), ["main"]);
    let step = &yaml("ci-examples/buildkite/pipeline.yml")["steps"][0];
    assert_eq!(step["if"].as_str(), Some("build.branch == pipeline.default_branch"));
    assert_eq!(step["concurrency"].as_i64(), Some(1));
}

/// A token that crosses jobs would stand in GitHub's data base in the clear, or be dropped; what
/// strangers send gets no secrets.
#[test]
fn no_token_leaves_its_job_and_no_secret_meets_a_fork() {
    for path in workflows() {
        let workflow = yaml(&path);
        assert!(jobs(&workflow).all(|(_, job)| job["outputs"].is_badvalue()), "{path}");
        let events = &workflow["on"];
        let named = |event: &str| match events {
            Yaml::Hash(map) => map.keys().any(|key| key.as_str() == Some(event)),
            other => other.as_str() == Some(event),
        };
        assert!(!named("pull_request_target") && !named("workflow_run"), "{path}");
        if named("pull_request") {
            let own = "github.event.pull_request.head.repo.full_name == github.repository";
            for (name, job) in jobs(&workflow) {
                assert_eq!(job["if"].as_str(), Some(own), "{path}: {name}");
            }
        }
    }
}

/// `FOLDER` is the user's, or one of the job where jobs of others run as the same user on one
/// machine.
const INSTALLATION: [&str; 5] = [
    "release=jelou-v$JELOU_VERSION-x86_64-unknown-linux-musl",
    r#"curl -fsSL --max-time 120 --retry 3 -o "$release.tar.gz" "$JELOU_RELEASES/download/v$JELOU_VERSION/$release.tar.gz""#,
    r#"echo "$JELOU_SHA256  $release.tar.gz" | sha256sum -c -"#,
    r#"mkdir -p "FOLDER""#,
    r#"tar -xzf "$release.tar.gz" -C "FOLDER" --strip-components=1 "$release/jelou""#,
];

/// Some systems replace `$`, which is written twice there; a list of commands has dashes.
fn as_the_shell_reads_it(line: &str) -> String {
    let line = line.trim();
    line.strip_prefix("- ").unwrap_or(line).replace("$$", "$")
}

#[test]
fn every_example_installs_the_program_by_the_same_lines() {
    let files = of_systems();
    assert!(files.len() >= 6, "{files:?}");
    for path in files {
        let source = read(&path);
        let folder = match path.split('/').nth(1) {
            Some("jenkins") => "$WORKSPACE_TMP/bin",
            Some("buildkite") => "$folder/bin",
            _ => "$HOME/.local/bin",
        };
        let lines = source.lines().map(as_the_shell_reads_it).map(|line| line.replace(folder, "FOLDER"));
        let lines: Vec<String> = lines.collect();
        assert!(lines.windows(INSTALLATION.len()).any(|window| window == INSTALLATION), "{path}");
        for setting in ["JELOU_RELEASES", "JELOU_VERSION", "JELOU_SHA256"] {
            let explained = |line: &&str| {
                let line = line.trim_start();
                (line.starts_with('#') || line.starts_with("//")) && line.contains(setting)
            };
            assert!(source.lines().any(|line| explained(&line)), "{path}: {setting} is said in a comment");
        }
        // A whole line of that file, name and all, would be refused.
        if source.contains("SHA256SUMS") {
            let words: Vec<&str> = source.split_whitespace().filter(|word| !["#", "//"].contains(word)).collect();
            assert!(words.join(" ").contains("(the 64 hexadecimal digits before the archive's name in"), "{path}");
        }
    }
}

#[test]
fn every_example_is_short_and_says_what_its_system_masks() {
    for path in of_systems() {
        let source = read(&path);
        assert!(source.lines().count() <= 120, "{path}");
        let comments =
            source.lines().map(str::trim_start).filter(|line| line.starts_with('#') || line.starts_with("//"));
        assert!(comments.clone().any(|line| line.contains("Masks:")), "{path}");
        assert!(!source.contains("pull_request_target:"), "{path}");
        assert!(!source.contains("--print-token") && !source.contains("set -x"), "{path}");
    }
    for path in repository::files("ci-examples/sh", ".sh") {
        assert!(read(&path).lines().count() <= 120, "{path}");
    }
}
