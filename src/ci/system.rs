//! The CI systems we know: what each is called, what identifies it, and how it masks.

use super::Lookup;

/// How a system is told to mask a value at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `::add-mask::VALUE`: GitHub, Forgejo and Gitea Actions.
    WorkflowCommand,
    /// `##vso[task.setsecret]VALUE`: Azure Pipelines.
    LoggingCommand,
    /// The program `buildkite-agent redactor add`: Buildkite.
    Redactor,
    /// Not at all.
    Unmaskable,
}

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CiSystem {
    /// Forgejo Actions; also sets the variables of Gitea and GitHub.
    Forgejo,
    /// Gitea Actions; also sets the variables of GitHub.
    Gitea,
    /// GitHub Actions, and `act`.
    GitHub,
    Azure,
    Buildkite,
    GitLab,
    CircleCi,
    Jenkins,
    TeamCity,
    Bitbucket,
    Woodpecker,
    Drone,
    CodeBuild,
    CloudBuild,
    Travis,
    /// Some CI: `CI` is set, and nothing else that we know.
    Unknown,
}

impl CiSystem {
    /// Every system with variables of its own; one that also sets another's variables comes before
    /// it.
    pub(super) const IDENTIFIABLE: [Self; 15] = [
        Self::Forgejo,
        Self::Gitea,
        Self::GitHub,
        Self::Azure,
        Self::Buildkite,
        Self::GitLab,
        Self::CircleCi,
        Self::Jenkins,
        Self::TeamCity,
        Self::Bitbucket,
        Self::Woodpecker,
        Self::Drone,
        Self::CodeBuild,
        Self::CloudBuild,
        Self::Travis,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Forgejo => "Forgejo Actions",
            Self::Gitea => "Gitea Actions",
            Self::GitHub => "GitHub Actions",
            Self::Azure => "Azure Pipelines",
            Self::Buildkite => "Buildkite",
            Self::GitLab => "GitLab CI",
            Self::CircleCi => "CircleCI",
            Self::Jenkins => "Jenkins",
            Self::TeamCity => "TeamCity",
            Self::Bitbucket => "Bitbucket Pipelines",
            Self::Woodpecker => "Woodpecker",
            Self::Drone => "Drone",
            Self::CodeBuild => "AWS CodeBuild",
            Self::CloudBuild => "Google Cloud Build",
            Self::Travis => "Travis CI",
            Self::Unknown => "this CI system",
        }
    }

    pub(super) const fn dialect(self) -> Dialect {
        match self {
            Self::Forgejo | Self::Gitea | Self::GitHub => Dialect::WorkflowCommand,
            Self::Azure => Dialect::LoggingCommand,
            Self::Buildkite => Dialect::Redactor,
            Self::GitLab
            | Self::CircleCi
            | Self::Jenkins
            | Self::TeamCity
            | Self::Bitbucket
            | Self::Woodpecker
            | Self::Drone
            | Self::CodeBuild
            | Self::CloudBuild
            | Self::Travis
            | Self::Unknown => Dialect::Unmaskable,
        }
    }

    /// Whether an environment has the variables that identify this system.
    ///
    /// A system that masks must say `true`: a mask command in a log that nobody interprets is a
    /// leak.
    pub(super) fn is_identified_by(self, env: Lookup) -> bool {
        let says_true = |name| env(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let is_set = |name| env(name).is_some_and(|value| counts_as_set(&value));
        match self {
            Self::Forgejo => says_true("FORGEJO_ACTIONS"),
            Self::Gitea => says_true("GITEA_ACTIONS"),
            Self::GitHub => says_true("GITHUB_ACTIONS"),
            Self::Azure => says_true("TF_BUILD"),
            Self::Buildkite => says_true("BUILDKITE"),
            Self::GitLab => is_set("GITLAB_CI"),
            Self::CircleCi => is_set("CIRCLECI"),
            Self::Jenkins => is_set("JENKINS_URL") && is_set("BUILD_ID"),
            Self::TeamCity => is_set("TEAMCITY_VERSION"),
            Self::Bitbucket => is_set("BITBUCKET_BUILD_NUMBER") || is_set("BITBUCKET_COMMIT"),
            Self::Woodpecker => ["CI", "CI_SYSTEM_NAME"]
                .into_iter()
                .any(|name| env(name).is_some_and(|value| value.eq_ignore_ascii_case("woodpecker"))),
            Self::Drone => is_set("DRONE"),
            Self::CodeBuild => is_set("CODEBUILD_BUILD_ARN") || is_set("CODEBUILD_BUILD_ID"),
            Self::CloudBuild => is_set("BUILDER_OUTPUT"),
            Self::Travis => is_set("TRAVIS"),
            Self::Unknown => is_set("CI"),
        }
    }
}

/// Empty, `false` and `0` count as unset (`gitlab-ci-local` sets `GITLAB_CI=false`).
fn counts_as_set(value: &str) -> bool {
    !value.is_empty() && value != "0" && !value.eq_ignore_ascii_case("false")
}
