//! The workflow that makes a release, and the image: what a job may, and in which order.

use std::collections::BTreeMap;

use yaml_rust2::Yaml;

use crate::support::repository;
use crate::support::workflow::{text, variables, yaml};

/// The jobs by their names.
pub fn jobs() -> BTreeMap<String, Yaml> {
    let jobs = yaml(".github/workflows/release.yml")["jobs"].clone();
    jobs.as_hash().unwrap().iter().map(|(name, job)| (text(name), job.clone())).collect()
}

/// The step of a job that has a name.
pub fn step(job: &Yaml, name: &str) -> Yaml {
    let steps = job["steps"].as_vec().unwrap();
    steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap_or_else(|| panic!("no step `{name}`")).clone()
}

#[test]
fn each_job_may_what_its_steps_need() {
    let permissions: BTreeMap<String, BTreeMap<String, String>> =
        jobs().into_iter().map(|(name, job)| (name, variables(&job["permissions"]))).collect();
    let of =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let expected = [
        ("build", of(&[("contents", "read")])),
        ("assemble", of(&[("contents", "read")])),
        ("attest", of(&[("id-token", "write"), ("attestations", "write")])),
        ("publish", of(&[("contents", "write")])),
    ];
    assert_eq!(permissions, expected.map(|(name, of_job)| (name.to_owned(), of_job)).into());
    let whole = &yaml(".github/workflows/release.yml")["permissions"];
    assert!(whole.as_hash().unwrap().is_empty(), "nothing by default");
}

/// What is published was attested, what was attested was built and tested, and by a push of a tag
/// alone.
#[test]
fn nothing_is_published_before_all_is_there() {
    let jobs = jobs();
    for (job, needed) in [("assemble", "build"), ("attest", "assemble"), ("publish", "attest")] {
        assert_eq!(text(&jobs[job]["needs"]), needed);
    }
    assert_eq!(text(&jobs["attest"]["if"]), "github.event_name == 'push'");
    let steps = jobs["build"]["steps"].as_vec().unwrap();
    let place = |words: &str| {
        let found = steps.iter().position(|step| step["run"].as_str().is_some_and(|run| run.contains(words)));
        found.unwrap_or_else(|| panic!("{words} is a step"))
    };
    let order =
        ["release/version", "run tests", "cargo build", "release/static", "release/pack", "release/try"].map(place);
    assert!(order.is_sorted(), "{order:?}");
    for step in steps {
        let only = step["if"].as_str().unwrap_or_default();
        let known = ["", "github.ref_type == 'tag'", "runner.os == 'Linux'", "steps.tests.outcome == 'success'"];
        assert!(known.contains(&only), "{only}");
    }
    let publish = jobs["publish"]["steps"].as_vec().unwrap();
    let script = publish.iter().find_map(|step| step["run"].as_str()).unwrap();
    let create = script.find("gh release create \"$TAG\" --draft --verify-tag").unwrap();
    let show = script.find("gh release edit \"$TAG\" --draft=false").unwrap();
    assert!(create < show);
}

#[test]
fn what_runs_is_named_by_commit_and_nothing_comes_from_a_cache() {
    let file = repository::read(".github/workflows/release.yml");
    let mut actions = 0;
    for line in file.lines().filter_map(|line| line.trim().strip_prefix("uses: ")) {
        let (action, commit) = line.split_once('@').unwrap();
        let (commit, version) = commit.split_once(" # v").unwrap();
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
        assert!(action.starts_with("actions/") && version.split('.').count() == 3, "{line}");
        assert!(!action.contains("cache"), "{line}");
        actions += 1;
    }
    assert!(actions > 5);
    for (name, job) in jobs() {
        assert!(job["timeout-minutes"].as_i64().is_some(), "{name} ends some day");
        for step in job["steps"].as_vec().unwrap() {
            let script = step["run"].as_str().unwrap_or_default();
            assert!(!script.contains("${{"), "{name}: text of others is no script: {script}");
            if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                assert_eq!(step["with"]["persist-credentials"].as_bool(), Some(false), "{name}");
            }
        }
    }
}

/// The steps that publish, with a `gh` that only notes what it was told.
#[test]
fn a_release_is_published_once() {
    let publish = jobs()["publish"]["steps"].as_vec().unwrap().clone();
    let script = publish.iter().find_map(|step| step["run"].as_str()).unwrap().to_owned();
    for (tag, there, told, status) in [
        (
            "v1.2.3",
            "",
            "create v1.2.3 --draft --verify-tag --title v1.2.3 --notes Tested on: `a`.\nBuilt, not tested: `b`. --generate-notes release/a release/b\nedit v1.2.3 --draft=false\n",
            0,
        ),
        (
            "v1.2.3-rc.1",
            "",
            "create v1.2.3-rc.1 --draft --verify-tag --title v1.2.3-rc.1 --notes Tested on: `a`.\nBuilt, not tested: `b`. --generate-notes --prerelease release/a release/b\n\
             edit v1.2.3-rc.1 --draft=false\n",
            0,
        ),
        (
            "v1.2.3",
            "true",
            "delete v1.2.3 --yes\ncreate v1.2.3 --draft --verify-tag --title v1.2.3 --notes Tested on: `a`.\nBuilt, not tested: `b`. --generate-notes release/a release/b\n\
             edit v1.2.3 --draft=false\n",
            0,
        ),
        ("v1.2.3", "false", "", 1),
        ("v1.2.3", "not known", "", 1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("release")).unwrap();
        for name in ["a", "b"] {
            std::fs::write(folder.path().join("release").join(name), "").unwrap();
        }
        std::fs::create_dir_all(folder.path().join("notes")).unwrap();
        std::fs::write(folder.path().join("notes/notes.md"), "Tested on: `a`.\nBuilt, not tested: `b`.\n").unwrap();
        // Its list is that of GitHub, which has other releases too, or none could be had.
        let gh = r#"[ "$1" = release ]; shift
if [ "$1" = list ]; then
  case $THERE in
    '') echo '[{"tagName": "v1.2.2", "isDraft": false}]' ;;
    true | false) printf '[{"tagName": "v1.2.2", "isDraft": false}, {"tagName": "%s", "isDraft": %s}]' "$TAG" "$THERE" ;;
    *) exit 1 ;;
  esac | jq -r "${7}"
  exit
fi
echo "$@" >>told"#;
        let file = folder.path().join("gh");
        std::fs::write(&file, format!("#!/usr/bin/env bash\nset -eo pipefail\n{gh}\n")).unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let mut command = assert_cmd::Command::new("bash");
        // As the runner does without `shell:`.
        command.args(["-e", "-c", &script]).current_dir(folder.path()).env("TAG", tag).env("THERE", there);
        command.env("PATH", format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap()));
        let ran = crate::support::cli::Ran::of(&mut command).ended(status);
        assert_eq!(std::fs::read_to_string(folder.path().join("told")).unwrap_or_default(), told, "{ran:?}");
    }
}

/// An image with nothing in it but the program and the certificates, for which nobody is root.
#[test]
fn the_image_is_small_and_not_of_root() {
    let file = repository::read("Dockerfile");
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let (_, last) = lines.split_at(lines.iter().rposition(|line| line.starts_with("FROM ")).unwrap());
    assert_eq!(
        last,
        [
            "FROM scratch",
            "COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
            "COPY --from=build --chmod=0555 /source/target/release/jelou /usr/local/bin/jelou",
            "USER 65532:65532",
            "WORKDIR /work",
            "ENTRYPOINT [\"/usr/local/bin/jelou\"]",
        ]
    );
    assert!(lines.contains(&"RUN cargo build --locked --release --bin jelou"));
    let version = |line: &str| line.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
    let oldest = version(super::package()["rust_version"].as_str().unwrap());
    let image = lines[0].strip_prefix("FROM rust:").and_then(|rest| rest.strip_suffix("-alpine AS build")).unwrap();
    assert!(version(image) >= oldest, "the compiler of the image knows this code");
}
