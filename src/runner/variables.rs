//! The variables of a step.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Names that begin so belong to a job: nothing of a job around us may look like one of its own.
const OF_A_JOB: [&str; 3] = ["ACTIONS_", "GITHUB_", "RUNNER_"];

/// Variables by which other CI systems are known, and those that only other runners of workflows set.
const OF_OTHER_SYSTEMS: [&str; 20] = [
    "ACT",
    "BITBUCKET_BUILD_NUMBER",
    "BITBUCKET_COMMIT",
    "BUILDER_OUTPUT",
    "BUILDKITE",
    "BUILD_ID",
    "CIRCLECI",
    "CI_SYSTEM_NAME",
    "CODEBUILD_BUILD_ARN",
    "CODEBUILD_BUILD_ID",
    "DRONE",
    "FORGEJO_ACTIONS",
    "GITEA_ACTIONS",
    "GITLAB_CI",
    "JENKINS_URL",
    "TEAMCITY_VERSION",
    "TF_BUILD",
    "TRAVIS",
    "WOODPECKER",
    "CI_SYSTEM_VERSION",
];

/// Whether a variable tells of the CI job around this process, so that a step that is played here
/// must not have it.
pub fn is_of_a_job(name: &str) -> bool {
    OF_OTHER_SYSTEMS.contains(&name) || OF_A_JOB.iter().any(|prefix| name.starts_with(prefix))
}

/// Where a step runs.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The folder of the repository.
    pub workspace: &'a Path,
    /// A folder for what the job needs, gone at its end.
    pub temporary: &'a Path,
}

impl Surroundings<'_> {
    /// Creates the folders and the file of the event.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(self) -> std::io::Result<()> {
        std::fs::create_dir_all(self.temporary.join("_github_workflow"))?;
        std::fs::create_dir_all(self.tools())?;
        std::fs::write(self.event(), "{}\n")
    }

    /// Where [`EnvFiles`](super::EnvFiles) are.
    pub fn file_commands(self) -> PathBuf {
        self.temporary.join("_runner_file_commands")
    }

    /// The variables of a step, without those of its files. `CI` is only for a step that has none.
    ///
    /// Names are those of `GitHubContext` and of the context `runner`. Values that belong to a
    /// repository are made up.
    pub fn variables(self) -> Vec<(&'static str, OsString)> {
        const SHA: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        const WORKFLOW: &str = "sandbox/pipeline/.github/workflows/pipeline.yml@refs/heads/main";
        let texts = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_ACTION", "__run"),
            ("GITHUB_ACTION_REF", ""),
            ("GITHUB_ACTION_REPOSITORY", ""),
            ("GITHUB_ACTOR", "sandbox"),
            ("GITHUB_ACTOR_ID", "1"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_BASE_REF", ""),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_GRAPHQL_URL", "https://api.github.com/graphql"),
            ("GITHUB_HEAD_REF", ""),
            ("GITHUB_JOB", "pipeline"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_REF_PROTECTED", "false"),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_REPOSITORY", "sandbox/pipeline"),
            ("GITHUB_REPOSITORY_ID", "1"),
            ("GITHUB_REPOSITORY_OWNER", "sandbox"),
            ("GITHUB_REPOSITORY_OWNER_ID", "1"),
            ("GITHUB_RETENTION_DAYS", "90"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_NUMBER", "1"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_SHA", SHA),
            ("GITHUB_TRIGGERING_ACTOR", "sandbox"),
            ("GITHUB_WORKFLOW", "pipeline"),
            ("GITHUB_WORKFLOW_REF", WORKFLOW),
            ("GITHUB_WORKFLOW_SHA", SHA),
            ("RUNNER_ARCH", architecture()),
            ("RUNNER_ENVIRONMENT", "self-hosted"),
            ("RUNNER_NAME", "sandbox"),
            ("RUNNER_OS", if cfg!(target_os = "macos") { "macOS" } else { "Linux" }),
        ];
        let paths = [
            ("GITHUB_EVENT_PATH", self.event()),
            ("GITHUB_WORKSPACE", self.workspace.to_owned()),
            ("RUNNER_TEMP", self.temporary.to_owned()),
            ("RUNNER_TOOL_CACHE", self.tools()),
            ("RUNNER_WORKSPACE", self.workspace.parent().unwrap_or(self.workspace).to_owned()),
        ];
        let texts = texts.into_iter().map(|(name, text)| (name, OsString::from(text)));
        texts.chain(paths.into_iter().map(|(name, path)| (name, path.into_os_string()))).collect()
    }

    fn event(self) -> PathBuf {
        self.temporary.join("_github_workflow/event.json")
    }

    fn tools(self) -> PathBuf {
        self.temporary.join("_tool")
    }
}

fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "ARM64",
        "arm" => "ARM",
        "x86" => "X86",
        _ => "X64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_another_job_is_known() {
        for name in ["GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "RUNNER_DEBUG", "GITLAB_CI", "BUILD_ID", "ACT"] {
            assert!(is_of_a_job(name), "{name}");
        }
        for name in ["CI", "PATH", "HOME", "JELOU_TOKEN", "MY_GITHUB_REPO"] {
            assert!(!is_of_a_job(name), "{name}");
        }
    }
}
