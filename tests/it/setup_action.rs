//! `action.yml`: its steps are run as GitHub's runner runs them, against a release in a folder.
//! On Linux: the stand-ins are made of its programs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use yaml_rust2::Yaml;

use crate::support::repository;
use crate::support::runner::{Runner, Shell};
use crate::support::workflow::{expand, text, variables, yaml};

/// A job that uses the action, with a release of one small program.
struct Use {
    folder: TempDir,
    inputs: BTreeMap<String, String>,
    /// `OWNER/NAME` of the action; none for `uses: ./`.
    repository: String,
    server: String,
}

/// What became of it: the outputs, whether a step failed, and the log.
struct Used {
    outputs: BTreeMap<String, String>,
    failed: bool,
    log: String,
    runner: Runner,
}

/// What `install.sh` looks for here: it asks the real `uname`.
fn target() -> String {
    format!("{}-unknown-linux-musl", std::env::consts::ARCH)
}

impl Use {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["temp", "tools", "job"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let inputs = yaml("action.yml")["inputs"].clone();
        let of_default = |(name, input): (&Yaml, &Yaml)| (text(name), text(&input["default"]));
        let inputs = inputs.as_hash().unwrap().iter().map(of_default).collect();
        let server = format!("file://{}", folder.path().display());
        let this = Self { folder, inputs, repository: "owner/jelou".to_owned(), server };
        this.publish("0.1.0");
        this
    }

    fn with(mut self, input: &str, value: &str) -> Self {
        assert!(self.inputs.insert(input.to_owned(), value.to_owned()).is_some(), "{input} is an input");
        self
    }

    /// Publishes a version, as the newest, below the server's `owner/jelou/releases`.
    fn publish(&self, version: &str) {
        let script = r#"set -eu
            name=jelou-v$1-$2; releases=owner/jelou/releases
            mkdir -p "$releases/download/v$1" "$releases/latest" "$name"
            printf '#!/bin/sh\necho "jelou %s"\n' "$1" >"$name/jelou"; chmod 755 "$name/jelou"
            tar -czf "$releases/download/v$1/$name.tar.gz" "$name"; rm -r "$name"
            cd "$releases/download/v$1"; sha256sum *.tar.gz >SHA256SUMS; ln -sfn "../download/v$1" ../../latest/download"#;
        let ended =
            Command::new("sh").args(["-c", script, "sh", version, &target()]).current_dir(self.folder.path()).status();
        assert!(ended.unwrap().success());
    }

    fn archive(&self, version: &str) -> PathBuf {
        let folder = self.folder.path().join(format!("owner/jelou/releases/download/v{version}"));
        folder.join(format!("jelou-v{version}-{}.tar.gz", target()))
    }

    fn hash(&self, version: &str) -> String {
        let sums = std::fs::read_to_string(self.archive(version).with_file_name("SHA256SUMS")).unwrap();
        sums.split_whitespace().next().unwrap().to_owned()
    }

    /// Runs the steps that are scripts; `actions/cache` would bring what an earlier job has kept.
    fn run(&self) -> Used {
        let action = yaml("action.yml");
        assert_eq!(text(&action["runs"]["using"]), "composite");
        let mut context: BTreeMap<String, String> = BTreeMap::new();
        context.extend(self.inputs.iter().map(|(name, value)| (format!("inputs.{name}"), value.clone())));
        context.insert("github.action_repository".to_owned(), self.repository.clone());
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut runner = Runner::new(&self.folder.path().join("job"))
            .shell(Shell::BashPipefail)
            .env("GITHUB_ACTION_PATH", &repository::path("").display().to_string())
            .env("GITHUB_SERVER_URL", &self.server)
            .env("RUNNER_TEMP", &path("temp"))
            .env("RUNNER_TOOL_CACHE", &path("tools"));
        let (mut failed, mut log) = (false, String::new());
        for step in action["runs"]["steps"].as_vec().unwrap() {
            let Some(script) = step["run"].as_str() else {
                let uses = text(&step["uses"]);
                assert!(uses.starts_with("actions/cache@"), "{uses}");
                assert_eq!(text(&step["if"]), "inputs.cache == 'true'");
                continue;
            };
            assert_eq!(text(&step["shell"]), "bash");
            for (name, value) in variables(&step["env"]) {
                runner = runner.env(&name, &expand(&value, &context));
            }
            let result = runner.step(script);
            log.push_str(&result.log);
            failed = result.failed;
            if failed {
                break;
            }
            let id = text(&step["id"]);
            context
                .extend(result.outputs.into_iter().map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value)));
        }
        let mut outputs = BTreeMap::new();
        if !failed {
            for (name, output) in action["outputs"].as_hash().unwrap() {
                outputs.insert(text(name), expand(&text(&output["value"]), &context));
            }
        }
        Used { outputs, failed, log, runner }
    }
}

#[test]
fn the_next_step_finds_the_version() {
    for (version, installed) in [("latest", "0.2.0"), ("0.1.0", "0.1.0"), ("v0.1.0", "0.1.0")] {
        let action = Use::new().with("version", version);
        action.publish("0.2.0");
        let mut used = action.run();
        assert!(!used.failed, "{}", used.log);
        let program = action.folder.path().join(format!("temp/jelou-{installed}/bin/jelou"));
        let outputs = [("path", program.display().to_string()), ("version", installed.to_owned())];
        assert_eq!(used.outputs, outputs.map(|(name, value)| (name.to_owned(), value)).into());
        let next = used.runner.step("jelou --version; command -v jelou");
        assert_eq!(next.log, format!("jelou {installed}\n{}\n", program.display()));
        assert!(!used.log.contains("warning"), "{}", used.log);
    }
}

/// The archive that an earlier job kept is used only if it is the right one.
#[test]
fn what_was_kept_is_compared_again() {
    let action = Use::new();
    let action = {
        let hash = action.hash("0.1.0");
        action.with("version", "0.1.0").with("sha256", &hash)
    };
    assert!(!action.run().failed);
    let kept = action.folder.path().join(format!("tools/jelou/jelou-v0.1.0-{}.tar.gz", target()));
    assert_eq!(std::fs::read(&kept).unwrap(), std::fs::read(action.archive("0.1.0")).unwrap());
    let archive = action.archive("0.1.0");
    std::fs::rename(&archive, archive.with_extension("away")).unwrap();
    // With a version and its hash no server is asked.
    let used = action.run();
    assert!(!used.failed && used.log.contains("Taken from"), "{}", used.log);
    std::fs::write(&kept, "what somebody else has put there").unwrap();
    assert!(action.run().failed);
}

#[test]
fn another_archive_is_not_installed() {
    let action = Use::new();
    let hash = action.hash("0.1.0");
    let action = action.with("version", "0.1.0").with("sha256", &hash);
    // The release is changed, sums and all; without the hash it would be taken.
    let archive = action.archive("0.1.0");
    let mut bytes = std::fs::read(&archive).unwrap();
    bytes.extend([0; 512]);
    std::fs::write(&archive, bytes).unwrap();
    let sums = ["-c", "cd \"$1\" && sha256sum *.tar.gz >SHA256SUMS", "sh", archive.parent().unwrap().to_str().unwrap()];
    assert!(Command::new("sh").args(sums).status().unwrap().success());
    assert_ne!(action.hash("0.1.0"), hash);
    let mut used = action.run();
    assert!(used.failed && used.log.contains("is not what it must be"), "{}", used.log);
    assert!(used.runner.step("jelou --version").log.contains("not found"));
    assert!(!action.with("sha256", "").run().failed);
}

#[test]
fn an_input_is_never_run() {
    let marks = "0.1.0\"; touch ../ran; \"";
    for (input, value) in [
        ("version", marks),
        ("version", "$(touch ../ran)"),
        ("version", "--to=.."),
        ("sha256", "`touch ../ran`"),
        ("releases", "https://releases.example/$(touch ../ran)"),
        ("releases", "https://releases.example\nversion=9"),
    ] {
        let action = Use::new().with(input, value);
        let used = action.run();
        assert!(used.failed, "{input} {value}: {}", used.log);
        assert!(!action.folder.path().join("ran").exists());
    }
    for step in yaml("action.yml")["runs"]["steps"].as_vec().unwrap() {
        assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{step:?}");
    }
}

#[test]
fn the_releases_are_those_of_the_action_unless_they_are_named() {
    let mut action = Use::new();
    action.repository = String::new();
    let used = action.run();
    assert!(used.failed && used.log.contains("say it by the input `releases`"), "{}", used.log);
    let releases = format!("{}/owner/jelou/releases", action.server);
    assert!(!action.with("releases", &releases).run().failed);
    let mut action = Use::new();
    action.repository = "other/jelou".to_owned();
    assert!(action.run().failed);
}

/// An action that is named by a tag runs whatever the tag names tomorrow.
#[test]
fn it_uses_actions_by_commit() {
    let text = repository::read("action.yml");
    let uses: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("uses: ")).collect();
    assert_eq!(uses.len(), 1);
    let (_, commit) = uses[0].split_once('@').unwrap();
    let (commit, version) = commit.split_once(" # v").unwrap();
    assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{commit}");
    assert!(version.starts_with(|c: char| c.is_ascii_digit()));
}
