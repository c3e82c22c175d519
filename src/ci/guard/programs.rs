//! Programs whose place in a process tree means something.

/// What the place of a program in the process tree means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs scripts.
    Shell,
    /// It is known to run the steps of a CI system, whatever variables it has itself.
    Agent,
    /// `jelou sandbox run --as`: it plays an agent for a command, which may be any program.
    Emulator,
    /// It is a step that somebody has published (a task, an action). It may start programs, and what
    /// it does with their output is its own affair; most pass it on.
    Package,
    /// It adopts orphans or logs people in, so that nothing follows from being its child.
    Reaper,
    /// Anything else.
    Program,
}

const SHELLS: [&str; 18] = [
    "ash", "bash", "busybox", "csh", "dash", "elvish", "fish", "ksh", "lksh", "mksh", "nu", "oksh", "osh", "rbash",
    "rksh", "sh", "yash", "zsh",
];

/// They redirect like a shell of the Bourne family.
const OTHER_SHELLS: [&str; 3] = ["tcsh", "pwsh", "powershell"];

/// Programs that start the steps' shells and read what those print.
const AGENTS: [&str; 12] = [
    "Runner.Worker",
    "Agent.Worker",
    "buildkite-agent",
    "gitlab-runner",
    "act",
    "act_runner",
    "gitea-runner",
    "forgejo-runner",
    "woodpecker-agent",
    "drone-runner-exec",
    "circleci-agent",
    "circleci-runner",
];

/// Process managers adopt orphans. The servers of remote logins start people's shells, with pipes
/// that they hold themselves.
const REAPERS: [&str; 15] = [
    "systemd",
    "init",
    "tini",
    "tini-static",
    "dumb-init",
    "docker-init",
    "catatonit",
    "s6-svscan",
    "runsvdir",
    "conmon",
    "containerd-shim",
    "containerd-shim-runc-v2",
    "sshd",
    "sshd-session",
    "dropbear",
];

/// The tasks of Azure Pipelines that run a script: Node.js programs between the agent and the
/// script's shell. They have the job's variables and pass on what the shell prints.
const AZURE_SCRIPT_TASKS: [&str; 3] = ["/_tasks/Bash_", "/_tasks/CmdLine_", "/_tasks/ShellScript_"];
/// Where Azure Pipelines and GitHub Actions put their tasks and actions, which are Node.js programs.
const PACKAGES: [&str; 2] = ["/_tasks/", "/_actions/"];

/// The role of a program, by the file name of its executable and its arguments.
pub(super) fn role(program: &str, arguments: &[String]) -> Role {
    let without_version = program.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let is_node_with = |parts: &[&str]| {
        without_version == "node" && arguments.iter().any(|argument| parts.iter().any(|part| argument.contains(part)))
    };
    if AGENTS.contains(&program) || is_node_with(&AZURE_SCRIPT_TASKS) {
        Role::Agent
    } else if is_emulator(program, arguments) {
        Role::Emulator
    } else if is_node_with(&PACKAGES) {
        Role::Package
    } else if REAPERS.contains(&program) {
        Role::Reaper
    } else if SHELLS.contains(&without_version) || OTHER_SHELLS.contains(&without_version) {
        Role::Shell
    } else {
        Role::Program
    }
}

/// The name of this program.
pub(super) const THIS: &str = "jelou";

/// Whether it is this program, and plays a runner. What follows `--` belongs to the command.
fn is_emulator(program: &str, arguments: &[String]) -> bool {
    let mut words = arguments.iter().skip(1).map(String::as_str).take_while(|word| *word != "--");
    program == THIS
        && words.any(|word| word == "sandbox")
        && words.any(|word| word == "run")
        && words.any(|word| word == "--as" || word.starts_with("--as="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_the_name_of_its_file() {
        let table = [
            ("bash", Role::Shell),
            ("bash-5.2", Role::Shell),
            ("dash", Role::Shell),
            ("zsh-5.9", Role::Shell),
            ("ksh93", Role::Shell),
            ("busybox", Role::Shell),
            ("pwsh", Role::Shell),
            ("Runner.Worker", Role::Agent),
            ("buildkite-agent", Role::Agent),
            ("systemd", Role::Reaper),
            ("sshd", Role::Reaper),
            ("sshd-session", Role::Reaper),
            ("dropbear", Role::Reaper),
            ("node", Role::Program),
            ("bashful", Role::Program),
            ("make", Role::Program),
            ("python3.11", Role::Program),
        ];
        for (program, expected) in table {
            assert_eq!(role(program, &[]), expected, "{program}");
        }
    }

    #[test]
    fn a_sandbox_that_plays_a_runner_is_known_by_its_arguments() {
        let arguments = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for line in ["jelou --agent sandbox run --as github -- sh", "jelou sandbox run --seed 1 --as=github -- sh"] {
            assert_eq!(role("jelou", &arguments(line)), Role::Emulator, "{line}");
        }
        for line in ["jelou sandbox run -- sh --as github", "jelou tokens exec -- jelou sandbox run --as github"] {
            assert_eq!(role("jelou", &arguments(line)), Role::Program, "{line}");
        }
        assert_eq!(role("jelou", &arguments("jelou tokens exec -- sandbox")), Role::Program);
        assert_eq!(role("other", &arguments("other sandbox run")), Role::Program);
    }

    #[test]
    fn a_node_program_is_known_by_its_folder() {
        let arguments = |script: &str| vec!["node".to_owned(), script.to_owned()];
        assert_eq!(role("node", &arguments("/a/_work/_tasks/Bash_6c731c3c-3c68/3.2.1/bash.js")), Role::Agent);
        assert_eq!(role("node", &arguments("/a/_work/_tasks/MintToken_1/index.js")), Role::Package);
        assert_eq!(role("node", &arguments("/a/_work/_actions/a/retry/v3/dist/index.js")), Role::Package);
        assert_eq!(role("node", &arguments("/a/build.js")), Role::Program);
    }
}
