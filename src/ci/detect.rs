//! Which CI system an environment belongs to, and whether its variables agree about how to mask.

use super::system::{CiSystem, Dialect, Lookup, SYSTEMS, UNKNOWN};
use crate::warning::Warning;

/// What an environment says about the CI system around us.
#[derive(Clone, Debug)]
pub struct Detection {
    found: Vec<&'static CiSystem>,
}

impl Detection {
    /// Reads the environment.
    ///
    /// Variables of several systems may be present. Forgejo sets those of Gitea and GitHub by
    /// design, and then counts as Forgejo alone; any other combination is kept as it is.
    pub fn from_env(env: Lookup) -> Self {
        let mut found: Vec<_> = SYSTEMS.iter().filter(|system| system.is_identified_by(env)).collect();
        found.dedup_by(|next, first| [next.dialect, first.dialect] == [Dialect::WorkflowCommand; 2]);
        if found.is_empty() && UNKNOWN.is_identified_by(env) {
            found.push(&UNKNOWN);
        }
        Self { found }
    }

    pub(crate) fn is_ci(&self) -> bool {
        !self.found.is_empty()
    }

    /// Whether the variables of two systems are present that do not mask in the same way.
    fn is_conflicting(&self) -> bool {
        self.found.windows(2).any(|pair| pair[0].dialect != pair[1].dialect)
    }

    /// How to mask: the dialect that all systems found agree on.
    pub(super) fn dialect(&self) -> Dialect {
        match self.found.first() {
            Some(first) if !self.is_conflicting() => first.dialect,
            _ => Dialect::Unmaskable,
        }
    }

    /// Whether `env` belongs to a process inside this CI job: it has the variables of some CI
    /// system, or, where all we know of ours is `CI`, that one.
    pub(super) fn is_shared_by(&self, env: Lookup) -> bool {
        SYSTEMS.iter().chain(self.found.iter().copied()).any(|system| system.is_identified_by(env))
    }

    /// The warning for a new token: none outside CI and where masking works.
    pub(crate) fn warning(&self) -> Option<Warning> {
        if !self.is_ci() || self.dialect() != Dialect::Unmaskable {
            return None;
        }
        let names: Vec<_> = self.found.iter().map(|system| system.name).collect();
        Some(if self.is_conflicting() {
            let names = names.join(" and ");
            Warning::new(
                "MASK_CONFLICT",
                format!(
                    "The environment has the variables of {names}, which mask in different ways, so the token is not \
                     masked: keep it out of the log"
                ),
            )
        } else {
            let names = names.join(" or ");
            Warning::new(
                "MASK_UNSUPPORTED",
                format!("No value can be masked at run time in {names}: keep the token out of the log"),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(variables: &'a [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    fn detect(variables: &[(&str, &str)]) -> Detection {
        Detection::from_env(&env(variables))
    }

    #[test]
    fn every_system_is_recognised_by_the_variables_it_sets() {
        let ci = ("CI", "true");
        let github = ("GITHUB_ACTIONS", "true");
        let gitea = ("GITEA_ACTIONS", "true");
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[ci, github], "GitHub Actions"),
            (&[ci, github, ("ACT", "true")], "GitHub Actions"),
            (&[ci, github, gitea], "Gitea Actions"),
            (&[ci, github, gitea, ("FORGEJO_ACTIONS", "true")], "Forgejo Actions"),
            (&[("TF_BUILD", "True")], "Azure Pipelines"),
            (&[ci, ("BUILDKITE", "true")], "Buildkite"),
            (&[ci, ("GITLAB_CI", "true")], "GitLab CI"),
            (&[ci, ("CIRCLECI", "true")], "CircleCI"),
            (&[ci, ("JENKINS_URL", "https://ci.example/"), ("BUILD_ID", "7")], "Jenkins"),
            (&[("TEAMCITY_VERSION", "2026.1")], "TeamCity"),
            (&[ci, ("BITBUCKET_BUILD_NUMBER", "12")], "Bitbucket Pipelines"),
            (&[("BITBUCKET_COMMIT", "4f5e")], "Bitbucket Pipelines"),
            (&[("CI", "woodpecker")], "Woodpecker"),
            (&[ci, ("CI_SYSTEM_NAME", "woodpecker")], "Woodpecker"),
            (&[ci, ("DRONE", "true")], "Drone"),
            (&[("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:x")], "AWS CodeBuild"),
            (&[("CODEBUILD_BUILD_ID", "p:1")], "AWS CodeBuild"),
            (&[("BUILDER_OUTPUT", "/builder/outputs")], "Google Cloud Build"),
            (&[ci, ("TRAVIS", "true"), ("CONTINUOUS_INTEGRATION", "true")], "Travis CI"),
            (&[ci], "this CI system"),
            (&[("CI", "1")], "this CI system"),
            // Many scripts set `CI=false` for their build tool.
            (&[("CI", "false"), github], "GitHub Actions"),
            // A system that masks must say `true`.
            (&[ci, ("GITHUB_ACTIONS", "1")], "this CI system"),
            (&[ci, ("TF_BUILD", "yes")], "this CI system"),
            (&[ci, ("BUILDKITE", "on")], "this CI system"),
        ];
        for (variables, expected) in table {
            let names: Vec<_> = detect(variables).found.iter().map(|system| system.name).collect();
            assert_eq!(names, [*expected], "{variables:?}");
        }
    }

    #[test]
    fn a_variable_that_is_empty_false_or_zero_counts_as_unset() {
        for name in ["CI", "GITHUB_ACTIONS", "TF_BUILD", "BUILDKITE", "GITLAB_CI", "CIRCLECI", "DRONE", "TRAVIS"] {
            for value in ["", "false", "False", "0"] {
                assert!(!detect(&[(name, value)]).is_ci(), "{name}={value}");
            }
        }
        assert!(!detect(&[("JENKINS_URL", "https://ci.example/")]).is_ci(), "Jenkins sets two variables");
    }

    #[test]
    fn systems_that_disagree_about_masking_cancel_the_mask_and_warn() {
        type Row<'a> = (&'a [(&'a str, &'a str)], Dialect, Option<(&'a str, &'a str)>);
        let github = ("GITHUB_ACTIONS", "true");
        let conflict = |names| Some(("MASK_CONFLICT", names));
        let unsupported = |names| Some(("MASK_UNSUPPORTED", names));
        let table: &[Row] = &[
            (&[], Dialect::Unmaskable, None),
            (&[("CI", "true")], Dialect::Unmaskable, unsupported("this CI system")),
            (&[github], Dialect::WorkflowCommand, None),
            (&[github, ("GITEA_ACTIONS", "true")], Dialect::WorkflowCommand, None),
            (&[("TF_BUILD", "True")], Dialect::LoggingCommand, None),
            (&[("BUILDKITE", "true")], Dialect::Redactor, None),
            (&[("GITLAB_CI", "true")], Dialect::Unmaskable, unsupported("GitLab CI")),
            (&[github, ("GITLAB_CI", "false")], Dialect::WorkflowCommand, None),
            (&[github, ("GITLAB_CI", "true")], Dialect::Unmaskable, conflict("GitHub Actions and GitLab CI")),
            (&[github, ("TF_BUILD", "True")], Dialect::Unmaskable, conflict("GitHub Actions and Azure Pipelines")),
            (&[github, ("BUILDKITE", "true")], Dialect::Unmaskable, conflict("GitHub Actions and Buildkite")),
            (&[("GITLAB_CI", "true"), ("DRONE", "true")], Dialect::Unmaskable, unsupported("GitLab CI or Drone")),
        ];
        for (variables, dialect, expected) in table {
            let (detection, warning) = (detect(variables), detect(variables).warning());
            assert_eq!(detection.dialect(), *dialect, "{variables:?}");
            assert_eq!(warning.as_ref().map(|warning| warning.code), expected.map(|(code, _)| code), "{variables:?}");
            let names = expected.map_or("", |(_, names)| names);
            assert!(warning.is_none_or(|warning| warning.message.contains(names)), "{variables:?}");
        }
    }

    #[test]
    fn a_process_is_in_the_job_if_it_has_the_variables_of_a_system() {
        let github = detect(&[("GITHUB_ACTIONS", "true"), ("CI", "true")]);
        assert!(github.is_shared_by(&env(&[("GITHUB_ACTIONS", "true")])));
        assert!(!github.is_shared_by(&env(&[("CI", "true")])), "a runner may well have `CI` for reasons of its own");
        assert!(!github.is_shared_by(&env(&[])));
        let unknown = detect(&[("CI", "true")]);
        assert!(unknown.is_shared_by(&env(&[("CI", "1")])));
        assert!(!unknown.is_shared_by(&env(&[("CI", "false")])));
    }
}
