//! Which CI system an environment belongs to, and whether its variables agree about how to mask.

use super::Lookup;
use super::system::{CiSystem, Dialect};
use crate::warning::Warning;

/// What an environment says about the CI system around us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    found: Vec<CiSystem>,
}

impl Detection {
    /// Reads the environment.
    ///
    /// Variables of several systems may be present. Forgejo sets those of Gitea and GitHub by
    /// design, and then counts as Forgejo alone; any other combination is kept as it is.
    pub fn from_env(env: Lookup) -> Self {
        let mut found: Vec<CiSystem> =
            CiSystem::IDENTIFIABLE.into_iter().filter(|system| system.is_identified_by(env)).collect();
        if found.first().is_some_and(|first| first.dialect() == Dialect::WorkflowCommand) {
            let most_specific = found[0];
            found.retain(|&system| system == most_specific || system.dialect() != Dialect::WorkflowCommand);
        }
        if found.is_empty() && CiSystem::Unknown.is_identified_by(env) {
            found.push(CiSystem::Unknown);
        }
        Self { found }
    }

    pub(crate) fn is_ci(&self) -> bool {
        !self.found.is_empty()
    }

    /// The system, if the variables of exactly one are present.
    fn system(&self) -> Option<CiSystem> {
        match self.found[..] {
            [system] => Some(system),
            _ => None,
        }
    }

    /// Whether the variables of two systems are present that do not mask in the same way.
    fn is_conflicting(&self) -> bool {
        self.found.windows(2).any(|pair| pair[0].dialect() != pair[1].dialect())
    }

    /// How to mask: the dialect that all systems found agree on.
    pub(super) fn dialect(&self) -> Dialect {
        match self.found.first() {
            Some(first) if !self.is_conflicting() => first.dialect(),
            _ => Dialect::Unmaskable,
        }
    }

    /// Whether a value can be masked here at run time.
    fn masks(&self) -> bool {
        self.dialect() != Dialect::Unmaskable
    }

    /// Whether `env` belongs to a process inside this CI job: it has the variables of some CI
    /// system, or, where all we know of ours is `CI`, that one.
    pub(super) fn is_shared_by(&self, env: Lookup) -> bool {
        CiSystem::IDENTIFIABLE.into_iter().chain(self.system()).any(|system| system.is_identified_by(env))
    }

    /// The warning for a new token: none outside CI and where masking works.
    pub(crate) fn warning(&self) -> Option<Warning> {
        if !self.is_ci() || self.masks() {
            return None;
        }
        let names: Vec<_> = self.found.iter().map(|system| system.name()).collect();
        Some(if self.is_conflicting() {
            Warning {
                code: "MASK_CONFLICT",
                message: format!(
                    "The environment has the variables of {}, which mask in different ways, so the token is not masked: \
                     keep it out of the log",
                    names.join(" and ")
                ),
            }
        } else {
            Warning {
                code: "MASK_UNSUPPORTED",
                message: format!(
                    "No value can be masked at run time in {}: keep the token out of the log",
                    names.join(" or ")
                ),
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    fn detect(variables: &[(&str, &str)]) -> Detection {
        let lookup = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Detection::from_env(&lookup)
    }

    #[test]
    fn every_system_is_recognised_by_the_variables_it_sets() {
        let ci = ("CI", "true");
        let table: &[(&[(&str, &str)], CiSystem)] = &[
            (&[ci, ("GITHUB_ACTIONS", "true")], CiSystem::GitHub),
            (&[ci, ("GITHUB_ACTIONS", "true"), ("ACT", "true")], CiSystem::GitHub),
            (&[ci, ("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")], CiSystem::Gitea),
            (
                &[ci, ("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true"), ("FORGEJO_ACTIONS", "true")],
                CiSystem::Forgejo,
            ),
            (&[("TF_BUILD", "True")], CiSystem::Azure),
            (&[ci, ("BUILDKITE", "true")], CiSystem::Buildkite),
            (&[ci, ("GITLAB_CI", "true")], CiSystem::GitLab),
            (&[ci, ("CIRCLECI", "true")], CiSystem::CircleCi),
            (&[ci, ("JENKINS_URL", "https://ci.example/"), ("BUILD_ID", "7")], CiSystem::Jenkins),
            (&[("TEAMCITY_VERSION", "2026.1")], CiSystem::TeamCity),
            (&[ci, ("BITBUCKET_BUILD_NUMBER", "12")], CiSystem::Bitbucket),
            (&[("BITBUCKET_COMMIT", "4f5e")], CiSystem::Bitbucket),
            (&[("CI", "woodpecker")], CiSystem::Woodpecker),
            (&[ci, ("CI_SYSTEM_NAME", "woodpecker")], CiSystem::Woodpecker),
            (&[ci, ("DRONE", "true")], CiSystem::Drone),
            (&[("CODEBUILD_BUILD_ARN", "arn:aws:codebuild:x")], CiSystem::CodeBuild),
            (&[("CODEBUILD_BUILD_ID", "p:1")], CiSystem::CodeBuild),
            (&[("BUILDER_OUTPUT", "/builder/outputs")], CiSystem::CloudBuild),
            (&[ci, ("TRAVIS", "true"), ("CONTINUOUS_INTEGRATION", "true")], CiSystem::Travis),
            (&[ci], CiSystem::Unknown),
            (&[("CI", "1")], CiSystem::Unknown),
        ];
        for (variables, expected) in table {
            assert_eq!(detect(variables).system(), Some(*expected), "{variables:?}");
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
    fn ci_false_does_not_hide_a_system_that_is_there() {
        let detection = detect(&[("CI", "false"), ("GITHUB_ACTIONS", "true")]);
        assert_eq!(detection.system(), Some(CiSystem::GitHub), "many a script sets CI=false for its build tool");
        assert!(detection.masks());
    }

    #[test]
    fn a_masking_system_must_say_true() {
        for (name, value) in [("GITHUB_ACTIONS", "1"), ("TF_BUILD", "yes"), ("BUILDKITE", "on")] {
            let detection = detect(&[("CI", "true"), (name, value)]);
            assert_eq!(detection.system(), Some(CiSystem::Unknown), "{name}={value}");
            assert!(!detection.masks());
        }
    }

    #[test]
    fn systems_that_disagree_about_masking_cancel_the_mask_and_warn() {
        type Row<'a> = (&'a [(&'a str, &'a str)], Dialect, Option<&'a str>);
        let github = ("GITHUB_ACTIONS", "true");
        let table: &[Row] = &[
            (&[], Dialect::Unmaskable, None),
            (&[("CI", "true")], Dialect::Unmaskable, Some("MASK_UNSUPPORTED")),
            (&[github], Dialect::WorkflowCommand, None),
            (&[github, ("GITEA_ACTIONS", "true")], Dialect::WorkflowCommand, None),
            (&[("TF_BUILD", "True")], Dialect::LoggingCommand, None),
            (&[("BUILDKITE", "true")], Dialect::Redactor, None),
            (&[("GITLAB_CI", "true")], Dialect::Unmaskable, Some("MASK_UNSUPPORTED")),
            (&[github, ("GITLAB_CI", "false")], Dialect::WorkflowCommand, None),
            (&[github, ("GITLAB_CI", "true")], Dialect::Unmaskable, Some("MASK_CONFLICT")),
            (&[github, ("TF_BUILD", "True")], Dialect::Unmaskable, Some("MASK_CONFLICT")),
            (&[github, ("BUILDKITE", "true")], Dialect::Unmaskable, Some("MASK_CONFLICT")),
            (&[("GITLAB_CI", "true"), ("DRONE", "true")], Dialect::Unmaskable, Some("MASK_UNSUPPORTED")),
        ];
        for (variables, dialect, warning) in table {
            let detection = detect(variables);
            assert_eq!(detection.dialect(), *dialect, "{variables:?}");
            assert_eq!(detection.warning().map(|warning| warning.code), *warning, "{variables:?}");
        }
    }

    #[test]
    fn a_warning_names_the_systems_that_were_found() {
        let both = detect(&[("GITHUB_ACTIONS", "true"), ("GITLAB_CI", "true")]);
        let message = both.warning().expect("they disagree").message;
        assert!(message.contains("GitHub Actions and GitLab CI"), "{message}");
    }

    #[test]
    fn a_process_is_in_the_job_if_it_has_the_variables_of_a_system() {
        let env = |variables: &'static [(&str, &str)]| {
            move |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let github = detect(&[("GITHUB_ACTIONS", "true"), ("CI", "true")]);
        assert!(github.is_shared_by(&env(&[("GITHUB_ACTIONS", "true")])));
        assert!(!github.is_shared_by(&env(&[("CI", "true")])), "a runner may well have `CI` for reasons of its own");
        assert!(!github.is_shared_by(&env(&[])));
        let unknown = detect(&[("CI", "true")]);
        assert!(unknown.is_shared_by(&env(&[("CI", "1")])));
        assert!(!unknown.is_shared_by(&env(&[("CI", "false")])));
    }
}
