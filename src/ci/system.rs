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

/// A variable that tells of a system.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    /// It has this value, in capitals or not.
    Says(&'static str, &'static str),
    /// It is set, and neither empty, `false` nor `0` (`gitlab-ci-local` sets `GITLAB_CI=false`).
    Set(&'static str),
}
use Sign::{Says, Set};

#[derive(Debug)]
pub(super) struct CiSystem {
    pub(super) name: &'static str,
    pub(super) dialect: Dialect,
    /// The system is there if any of these is; each is all of its signs together.
    pub(super) known_by: &'static [&'static [Sign]],
}

impl CiSystem {
    /// Whether an environment has the variables that identify the system.
    pub(super) fn is_identified_by(&self, env: Lookup) -> bool {
        self.known_by.iter().any(|signs| signs.iter().all(|sign| sign.is_in(env)))
    }
}

impl Sign {
    fn is_in(self, env: Lookup) -> bool {
        match self {
            Self::Says(name, expected) => env(name).is_some_and(|value| value.eq_ignore_ascii_case(expected)),
            Self::Set(name) => {
                env(name).is_some_and(|value| !value.is_empty() && value != "0" && !value.eq_ignore_ascii_case("false"))
            }
        }
    }
}

/// Every system with variables of its own; one that also sets another's variables comes before it.
///
/// A system with masks is recognised only by the value `true`: if it were another system, the mask
/// command itself would print the value.
pub(super) static SYSTEMS: [CiSystem; 15] = [
    system("Forgejo Actions", Dialect::WorkflowCommand, &[&[Says("FORGEJO_ACTIONS", "true")]]),
    system("Gitea Actions", Dialect::WorkflowCommand, &[&[Says("GITEA_ACTIONS", "true")]]),
    system("GitHub Actions", Dialect::WorkflowCommand, &[&[Says("GITHUB_ACTIONS", "true")]]),
    system("Azure Pipelines", Dialect::LoggingCommand, &[&[Says("TF_BUILD", "true")]]),
    system("Buildkite", Dialect::Redactor, &[&[Says("BUILDKITE", "true")]]),
    system("GitLab CI", Dialect::Unmaskable, &[&[Set("GITLAB_CI")]]),
    system("CircleCI", Dialect::Unmaskable, &[&[Set("CIRCLECI")]]),
    system("Jenkins", Dialect::Unmaskable, &[&[Set("JENKINS_URL"), Set("BUILD_ID")]]),
    system("TeamCity", Dialect::Unmaskable, &[&[Set("TEAMCITY_VERSION")]]),
    system("Bitbucket Pipelines", Dialect::Unmaskable, &[&[Set("BITBUCKET_BUILD_NUMBER")], &[Set("BITBUCKET_COMMIT")]]),
    system("Woodpecker", Dialect::Unmaskable, &[&[Says("CI", "woodpecker")], &[Says("CI_SYSTEM_NAME", "woodpecker")]]),
    system("Drone", Dialect::Unmaskable, &[&[Set("DRONE")]]),
    system("AWS CodeBuild", Dialect::Unmaskable, &[&[Set("CODEBUILD_BUILD_ARN")], &[Set("CODEBUILD_BUILD_ID")]]),
    system("Google Cloud Build", Dialect::Unmaskable, &[&[Set("BUILDER_OUTPUT")]]),
    system("Travis CI", Dialect::Unmaskable, &[&[Set("TRAVIS")]]),
];

/// Some CI: `CI` is set, and nothing else that we know.
pub(super) static UNKNOWN: CiSystem = system("this CI system", Dialect::Unmaskable, &[&[Set("CI")]]);

const fn system(name: &'static str, dialect: Dialect, known_by: &'static [&'static [Sign]]) -> CiSystem {
    CiSystem { name, dialect, known_by }
}

/// The table of `docs/environment.md`.
#[cfg(test)]
pub(crate) fn markdown() -> String {
    let sign = |sign: &Sign| match sign {
        Says(name, value) => format!("`{name}={value}`"),
        Set(name) => format!("`{name}`"),
    };
    let masked = |dialect| match dialect {
        Dialect::WorkflowCommand => "by `::add-mask::`",
        Dialect::LoggingCommand => "by `##vso[task.setsecret]`",
        Dialect::Redactor => "by `buildkite-agent redactor add`",
        Dialect::Unmaskable => "no: a warning says so",
    };
    let mut table = "| system | known by | a new token is masked |\n| --- | --- | --- |\n".to_owned();
    for CiSystem { name, dialect, known_by } in SYSTEMS.iter().chain([&UNKNOWN]) {
        let all = |signs: &&[Sign]| signs.iter().map(sign).collect::<Vec<_>>().join(" and ");
        let known_by = known_by.iter().map(all).collect::<Vec<_>>().join(", or ");
        let name = if *name == UNKNOWN.name { "any other" } else { name };
        table += &format!("| {name} | {known_by} | {} |\n", masked(*dialect));
    }
    table
}
