//! The command lines: verbs, keys and sinks, and where a sink's value is found afterwards.

use super::case::{Setting, named};
use crate::support::cli::Cli;

named! {
    /// A verb that issues or destroys, as it is run.
    Verb {
        Create = "create",
        /// `create --if-exists rotate`, and the name exists.
        CreateOrRotate = "create-or-rotate",
        Rotate = "rotate",
        RotateGrace = "rotate-grace",
        Regenerate = "regenerate",
        Exec = "exec",
        /// The function does not exist.
        FirstDeploy = "first-deploy",
        Deploy = "deploy",
        Rollback = "rollback",
        Revoke = "revoke",
        RevokeMany = "revoke-many",
        Prune = "prune",
        /// Of a log in which the value of `ci` stands.
        Whois = "whois",
        /// After a create that was killed.
        Recover = "recover",
        RecoverRevoke = "recover-revoke",
    }
}

named! {
    /// Whose idempotency key it is.
    Key {
        Random = "random",
        Given = "given",
        /// Given, and an earlier run with it has delivered its token.
        Used = "used",
    }
}

named! {
    /// Where the value goes.
    Sink {
        /// Without a sink of its own: for verbs that print no value.
        None = "none",
        Human = "human",
        Json = "json",
        Quiet = "quiet",
        Jq = "jq",
        /// Stdout is a pipe that nobody reads.
        Closed = "closed",
        File = "file",
        Dotenv = "dotenv",
        GithubEnv = "github-env",
        GithubOutput = "github-output",
        BashEnv = "bash-env",
        AzureVar = "azure-var",
        Secret = "secret",
        Command = "command",
        FileAndStdout = "file+stdout",
        Many = "many",
        Failing = "failing",
        FileThenFailing = "file+failing",
    }
}

pub const FUNCTION: &str = "my-function";
pub const OTHER: &str = "other-function";
/// The function of a first deploy.
pub const NEW_FUNCTION: &str = "new-function";
const KEY: &str = "nightly-42";
/// A command that keeps its stdin and says nothing.
const KEEPS: &str = "command:sh ./keeps";

/// A place where a value may stand by rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Stdout,
    /// A line of stderr that begins so.
    Stderr(&'static str),
    /// A file in the test's folder.
    File(&'static str),
    /// The secret `T` of the other function.
    Secret,
}

impl Verb {
    /// Whether its value goes to sinks.
    pub fn delivers(self) -> bool {
        let delivers_nothing = matches!(self, Self::Exec | Self::Deploy | Self::Rollback | Self::RecoverRevoke);
        !delivers_nothing && !self.destroys()
    }

    pub fn takes_key(self) -> bool {
        self.delivers() && self != Self::Recover || matches!(self, Self::Deploy | Self::Rollback)
    }

    pub fn takes_wait(self) -> bool {
        !matches!(
            self,
            Self::CreateOrRotate | Self::Rotate | Self::RotateGrace | Self::Exec | Self::Recover | Self::RecoverRevoke
        )
    }

    /// Whether it replaces the token `ci`.
    pub fn replaces(self) -> bool {
        matches!(self, Self::CreateOrRotate | Self::Rotate | Self::RotateGrace | Self::Regenerate)
    }

    /// Whether it ends tokens that others made, and only does so.
    pub fn destroys(self) -> bool {
        matches!(self, Self::Revoke | Self::RevokeMany | Self::Prune | Self::Whois)
    }

    /// The name of the token that it may make; none if it makes none.
    pub fn makes(self) -> Option<&'static str> {
        match self {
            Self::Create | Self::Exec => Some("new"),
            Self::CreateOrRotate | Self::Rotate | Self::RotateGrace | Self::Regenerate => Some("ci"),
            Self::FirstDeploy => Some("default"),
            Self::Recover | Self::RecoverRevoke => Some("lost"),
            Self::Deploy | Self::Rollback | Self::Revoke | Self::RevokeMany | Self::Prune | Self::Whois => None,
        }
    }

    /// The function whose tokens it changes.
    pub fn function(self) -> &'static str {
        if self == Self::FirstDeploy { NEW_FUNCTION } else { FUNCTION }
    }
}

impl Sink {
    /// The places that hold the value if all went well.
    pub fn places(self) -> Vec<Place> {
        match self {
            Self::None => vec![],
            Self::Human | Self::Json | Self::Quiet | Self::Jq | Self::Closed => vec![Place::Stdout],
            Self::File => vec![Place::File("token")],
            Self::Dotenv => vec![Place::File(".env")],
            Self::GithubEnv => vec![Place::File("github-env")],
            Self::GithubOutput => vec![Place::File("github-output")],
            Self::BashEnv => vec![Place::File("bash-env")],
            Self::AzureVar => vec![Place::Stderr("##vso[task.set")],
            Self::Secret => vec![Place::Secret],
            Self::Command | Self::Failing => vec![Place::File("kept-by-command")],
            Self::FileAndStdout => vec![Place::File("token"), Place::Stdout],
            Self::Many => vec![Place::File("token"), Place::File(".env"), Place::Secret],
            Self::FileThenFailing => vec![Place::File("token"), Place::File("kept-by-command")],
        }
    }

    /// Whether stdout has one JSON document or nothing.
    pub fn is_json(self) -> bool {
        !matches!(self, Self::Human | Self::Quiet | Self::Jq | Self::Closed | Self::None)
    }

    pub fn can_work(self) -> bool {
        !matches!(self, Self::Failing | Self::FileThenFailing | Self::Closed)
    }

    fn arguments(self) -> Vec<&'static str> {
        match self {
            Self::None => vec![],
            Self::Human | Self::Closed => vec!["--human"],
            Self::Json => vec!["--json"],
            Self::Quiet => vec!["--quiet"],
            Self::Jq => vec!["--jq", ".data.token"],
            Self::File => vec!["--json", "--to", "file:token"],
            Self::Dotenv => vec!["--json", "--to", "dotenv:.env:T"],
            Self::GithubEnv => vec!["--json", "--to", "github-env:T"],
            Self::GithubOutput => vec!["--json", "--to", "github-output:T"],
            Self::BashEnv => vec!["--json", "--to", "bash-env:T"],
            Self::AzureVar => vec!["--json", "--to", "azure-var:T"],
            Self::Secret => vec!["--json", "--to", "secret:other-function/T"],
            Self::Command => vec!["--json", "--to", KEEPS],
            Self::FileAndStdout => vec!["--json", "--to", "file:token", "--to", "stdout"],
            Self::Many => {
                vec!["--json", "--to", "file:token", "--to", "dotenv:.env:T", "--to", "secret:other-function/T"]
            }
            Self::Failing => vec!["--json", "--to", "command:sh ./fails"],
            Self::FileThenFailing => vec!["--json", "--to", "file:token", "--to", "command:sh ./fails"],
        }
    }

    /// The files and variables that it needs.
    pub fn prepare(self, cli: &mut Cli) {
        cli.write("keeps", "cat > kept-by-command\n");
        cli.write("fails", "cat > kept-by-command; exit 3\n");
        cli.write(".env", "A=1\nT=before\n");
        for (variable, file) in
            [("GITHUB_ENV", "github-env"), ("GITHUB_OUTPUT", "github-output"), ("BASH_ENV", "bash-env")]
        {
            let path = cli.write(file, "").display().to_string();
            cli.set(variable, &path);
        }
        if self == Self::AzureVar {
            cli.set("TF_BUILD", "True");
        }
    }
}

impl Setting {
    /// The command line. `id` is that of the token `ci`, or of a deployment.
    pub fn arguments(self, id: &str) -> Vec<String> {
        let old = if self.key == Key::Random { "ci" } else { id };
        let mut line: Vec<&str> = match self.verb {
            Verb::Create => vec!["tokens", "create", FUNCTION, "--name", "new"],
            Verb::CreateOrRotate => vec!["tokens", "create", FUNCTION, "--name", "ci", "--if-exists", "rotate"],
            Verb::Rotate => vec!["tokens", "rotate", FUNCTION, old],
            Verb::RotateGrace => vec!["tokens", "rotate", FUNCTION, old, "--grace", "1h"],
            Verb::Regenerate => vec!["tokens", "regenerate", FUNCTION, old, "-y"],
            Verb::Exec => vec!["tokens", "exec", FUNCTION, "--name", "new"],
            Verb::FirstDeploy => vec!["deploy", "new", "-y"],
            Verb::Deploy => vec!["deploy", "old", "-y", "--json"],
            Verb::Rollback => vec!["rollback", FUNCTION, id, "-y", "--json"],
            Verb::Revoke => vec!["tokens", "revoke", FUNCTION, "ci", "-y", "--json"],
            Verb::RevokeMany => vec!["tokens", "revoke", FUNCTION, "ci", "victim-1", "victim-2", "-y", "--json"],
            Verb::Prune => vec!["tokens", "prune", FUNCTION, "--name", "victim-*", "-y", "--json"],
            Verb::Whois => vec!["tokens", "whois", "--revoke", "-y", "--json"],
            Verb::Recover => vec!["tokens", "recover"],
            Verb::RecoverRevoke => vec!["tokens", "recover", "--revoke", "-y", "--json"],
        };
        if self.wait {
            line.push("--wait");
        }
        if self.key != Key::Random {
            line.extend(["--idempotency-key", KEY]);
        }
        line.extend(self.sink.arguments());
        line.extend(["--retries", "1", "--timeout", "3s", "--request-timeout", "1s"]);
        if self.verb == Verb::Exec {
            line.extend(["--", "jelou", "tokens", "verify", FUNCTION]);
            line.extend(["--retries", "1", "--request-timeout", "1s"]);
        }
        line.into_iter().map(str::to_owned).collect()
    }
}
