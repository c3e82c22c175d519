//! The CI systems we know: what each is called, what identifies it, and how it masks.

/// Gives the value of an environment variable.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How a system is told to mask a value at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `::add-mask::VALUE`
    WorkflowCommand,
    /// `##vso[task.setsecret]VALUE`
    LoggingCommand,
    /// The program `buildkite-agent redactor add`.
    Redactor,
    /// Not at all.
    Unmaskable,
}

#[derive(Debug)]
pub(super) struct CiSystem {
    pub(super) name: &'static str,
    pub(super) dialect: Dialect,
    /// Whether an environment has the variables that identify the system.
    pub(super) is_identified_by: fn(Lookup) -> bool,
}

/// Every system with variables of its own; one that also sets another's variables comes before it.
///
/// A system with masks is recognised only by the value `true`: if it were another system, the mask
/// command itself would print the value.
pub(super) static SYSTEMS: [CiSystem; 15] = [
    system("Forgejo Actions", Dialect::WorkflowCommand, |env| says(env, "FORGEJO_ACTIONS", "true")),
    system("Gitea Actions", Dialect::WorkflowCommand, |env| says(env, "GITEA_ACTIONS", "true")),
    system("GitHub Actions", Dialect::WorkflowCommand, |env| says(env, "GITHUB_ACTIONS", "true")),
    system("Azure Pipelines", Dialect::LoggingCommand, |env| says(env, "TF_BUILD", "true")),
    system("Buildkite", Dialect::Redactor, |env| says(env, "BUILDKITE", "true")),
    system("GitLab CI", Dialect::Unmaskable, |env| is_set(env, "GITLAB_CI")),
    system("CircleCI", Dialect::Unmaskable, |env| is_set(env, "CIRCLECI")),
    system("Jenkins", Dialect::Unmaskable, |env| is_set(env, "JENKINS_URL") && is_set(env, "BUILD_ID")),
    system("TeamCity", Dialect::Unmaskable, |env| is_set(env, "TEAMCITY_VERSION")),
    system("Bitbucket Pipelines", Dialect::Unmaskable, |env| {
        is_set(env, "BITBUCKET_BUILD_NUMBER") || is_set(env, "BITBUCKET_COMMIT")
    }),
    system("Woodpecker", Dialect::Unmaskable, |env| {
        says(env, "CI", "woodpecker") || says(env, "CI_SYSTEM_NAME", "woodpecker")
    }),
    system("Drone", Dialect::Unmaskable, |env| is_set(env, "DRONE")),
    system("AWS CodeBuild", Dialect::Unmaskable, |env| {
        is_set(env, "CODEBUILD_BUILD_ARN") || is_set(env, "CODEBUILD_BUILD_ID")
    }),
    system("Google Cloud Build", Dialect::Unmaskable, |env| is_set(env, "BUILDER_OUTPUT")),
    system("Travis CI", Dialect::Unmaskable, |env| is_set(env, "TRAVIS")),
];

/// Some CI: `CI` is set, and nothing else that we know.
pub(super) static UNKNOWN: CiSystem = system("this CI system", Dialect::Unmaskable, |env| is_set(env, "CI"));

const fn system(name: &'static str, dialect: Dialect, is_identified_by: fn(Lookup) -> bool) -> CiSystem {
    CiSystem { name, dialect, is_identified_by }
}

fn says(env: Lookup, name: &str, expected: &str) -> bool {
    env(name).is_some_and(|value| value.eq_ignore_ascii_case(expected))
}

/// Empty, `false` and `0` count as unset (`gitlab-ci-local` sets `GITLAB_CI=false`).
fn is_set(env: Lookup, name: &str) -> bool {
    env(name).is_some_and(|value| !value.is_empty() && value != "0" && !value.eq_ignore_ascii_case("false"))
}
