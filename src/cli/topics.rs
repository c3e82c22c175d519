//! What `jelou help TOPIC` explains beside the commands.

/// A topic of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Environment,
    Sinks,
    Ci,
    Sandbox,
    Jq,
    ExitCodes,
}

impl Topic {
    /// Every topic, in the order of the help.
    pub const ALL: [Self; 6] = [Self::Environment, Self::Sinks, Self::Ci, Self::Sandbox, Self::Jq, Self::ExitCodes];

    /// How it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Sinks => "sinks",
            Self::Ci => "ci",
            Self::Sandbox => "sandbox",
            Self::Jq => "jq",
            Self::ExitCodes => "exit-codes",
        }
    }

    /// What it is about, in a line.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Environment => "The variables that are read, and which setting wins",
            Self::Sinks => "Where a new value goes: the forms of --to",
            Self::Ci => "In a CI job: masks, the refusal to print into a log, nothing asked",
            Self::Sandbox => "The platform on this machine: clock, faults, fixtures",
            Self::Jq => "What --jq takes, and where it differs from jq",
            Self::ExitCodes => "The exit statuses and error codes, and what may be tried again",
        }
    }

    /// The pages that say more, by their paths in the repository.
    pub(crate) const fn pages(self) -> &'static str {
        match self {
            Self::Environment => "docs/environment.md",
            Self::Sinks => "docs/rotation.md and docs/recipes.md",
            Self::Ci => "docs/README.md, with a page for each CI system, and docs/threat-model.md",
            Self::Sandbox => "docs/testing-pipelines.md and docs/sandbox.md",
            Self::Jq => "docs/envelope.md and docs/recipes.md",
            Self::ExitCodes => "docs/exit-codes.md",
        }
    }

    /// The topic of a name; singular and plural are one.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let plain = |name: &str| name.to_lowercase().replace('_', "-").trim_end_matches('s').to_owned();
        Self::ALL.into_iter().find(|topic| plain(topic.name()) == plain(name))
    }
}
