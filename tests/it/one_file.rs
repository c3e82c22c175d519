//! Which file a name leads to and which mode it has: two sinks of one file are refused, by whatever
//! names, and no umask decides on a mode.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::cli::{Cli, Ran};

const CREATE: &str = "jelou tokens create my-function --name ci --force";

/// `env`, with `GITHUB_ENV`, `GITHUB_OUTPUT` and `BASH_ENV` naming it, under further names.
fn cli() -> Cli {
    let mut cli = Cli::new();
    let env = cli.write("folder/env", "A=1\n");
    for name in ["GITHUB_ENV", "GITHUB_OUTPUT", "BASH_ENV"] {
        cli.set(name, env.to_str().unwrap());
    }
    symlink("folder/env", cli.folder().join("link")).unwrap();
    symlink("folder", cli.folder().join("linked-folder")).unwrap();
    std::fs::hard_link(env, cli.folder().join("hard")).unwrap();
    cli
}

#[track_caller]
fn assert_refused(cli: &Cli, ran: Ran) {
    let ran = ran.ended(2);
    assert!(ran.stderr.contains("have the same target"), "{ran:?}");
    assert_eq!(cli.sent(true), [""; 0]);
}

#[test]
fn two_names_of_one_file_are_refused() {
    for (one, two) in [
        ("github-env:T", "file:folder/env"),
        ("github-env:T", "file:./folder/../folder/env"),
        ("github-env:T", "file:hard"),
        ("github-env:T", "file:linked-folder/env"),
        ("github-env:T", "dotenv:link:U"),
        ("github-env:T", "dotenv:folder/env:U"),
        ("github-env:T", "github-output:U"),
        ("github-env:T", "github-env:T"),
        ("bash-env:T", "file:linked-folder/env"),
        ("bash-env:T", "github-env:U"),
        ("dotenv:folder/env:T", "dotenv:hard:T"),
        ("dotenv:folder/env:T", "file:folder/env"),
        // Files that do not exist yet.
        ("file:folder/new", "file:linked-folder/new"),
        ("dotenv:folder/new:T", "file:linked-folder/new"),
        ("dotenv:new:T", "dotenv:./folder/../new:T"),
        ("stdout", "stdout"),
        ("azure-var:TOKEN", "azure-var:token"),
        ("secret:other-function/A", "secret:other-function/A"),
    ] {
        for (one, two) in [(one, two), (two, one)] {
            let cli = cli();
            assert_refused(&cli, cli.bash(&format!("{CREATE} --to '{one}' --to '{two}'")));
        }
    }
}

/// What is printed would stand in the file that the sink has replaced, or between its lines.
#[test]
fn a_stdout_that_is_the_file_of_a_sink_is_refused() {
    for (sinks, redirection) in [
        ("--to stdout --to file:out", "> out"),
        ("--to file:out --to stdout", ">> folder/../out"),
        ("--to stdout --to dotenv:out:T", ">> out"),
        ("--to stdout --to github-env:T", ">> hard"),
        ("--to github-env:T", ">> \"$GITHUB_ENV\""),
        ("--to file:out", "> out"),
        ("--to bash-env:T --json", ">> linked-folder/env"),
    ] {
        let cli = cli();
        cli.write("out", "B=2\n");
        assert_refused(&cli, cli.bash(&format!("{CREATE} {sinks} {redirection}")));
    }
}

#[test]
fn different_targets_are_not_taken_for_one() {
    let both = |sinks: &str, redirection: &str| {
        let cli = cli();
        cli.bash(&format!("{CREATE} {sinks} {redirection}")).ended(0);
        let values =
            |path: &str| std::fs::read_to_string(cli.folder().join(path)).unwrap().matches("jfn_rt_sbx_").count();
        (values("folder/env"), if cli.folder().join("out").exists() { values("out") } else { 0 })
    };
    assert_eq!(both("--to github-env:T --to github-env:U", ""), (2, 0));
    assert_eq!(both("--to github-env:T --to file:out", ""), (1, 1));
    assert_eq!(both("--to dotenv:out:T --to dotenv:out:U", ""), (0, 2));
    assert_eq!(both("--to github-env:T --to stdout", "> out"), (1, 1));
    assert_eq!(both("--to github-env:T --to stdout", "> /dev/null"), (1, 0));
}

/// Modes are set, not left to the umask, which may remove even the owner's rights.
#[test]
fn no_umask_changes_a_mode() {
    for umask in ["0", "277", "377", "777"] {
        let mut cli = Cli::new();
        let config = cli.folder().join("new/config");
        cli.set("BASH_ENV", cli.folder().join("bash").to_str().unwrap());
        cli.set("JELOU_CONFIG_DIR", config.to_str().unwrap());
        cli.write("kept.env", "A=1\n");
        std::fs::set_permissions(cli.folder().join("kept.env"), PermissionsExt::from_mode(0o640)).unwrap();
        cli.write("token", "");
        let sinks = "--to file:token --to file:new-token --to dotenv:.env:T --to dotenv:kept.env:T --to bash-env:T";
        cli.bash(&format!("umask {umask}; {CREATE} {sinks}")).ended(0);
        cli.bash(&format!("umask {umask}; printf %s \"$JELOU_TOKEN\" | jelou login --token-stdin")).ended(0);
        // What a killed run leaves in the recovery log.
        cli.sandbox.inject(jelou::sandbox::Fault::reset_after().method("POST"));
        cli.bash(&format!("umask {umask}; jelou tokens create my-function --name b --retries 0 --idempotency-key k"))
            .ended(10);
        let mode = |path: &str| cli.folder().join(path).metadata().unwrap().permissions().mode() & 0o7777;
        for file in ["token", "new-token", ".env", "bash", "new/config/credentials.json", "new/config/credentials.lock"]
        {
            assert_eq!(mode(file), 0o600, "{file} {umask}");
        }
        assert_eq!(mode("kept.env"), 0o640, "{umask}");
        for folder in ["new", "new/config", "new/config/state", "new/config/state/intents"] {
            assert_eq!(mode(folder), 0o700, "{folder} {umask}");
        }
        let entries = cli.folder().join("new/config/state/intents").read_dir().unwrap();
        let modes: Vec<u32> =
            entries.map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777).collect();
        assert!(!modes.is_empty() && modes.iter().all(|mode| *mode == 0o600), "{modes:?} {umask}");
    }
}

#[test]
fn no_umask_locks_a_sandbox_out_of_its_files() {
    for umask in ["0", "277", "777"] {
        let cli = Cli::new();
        let private = "for folder in \"$JELOU_CONFIG_DIR\" \"$(dirname \"$(command -v jelou)\")\"; do \
            test -n \"$(find \"$folder\" -prune -perm 700)\"; done";
        cli.bash(&format!("umask {umask}; jelou sandbox run -- sh -ec '{private}'")).ended(0);
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("umask {umask}; exec jelou sandbox start --state state.json")]);
        let mut running = cli.start_command(command);
        let state = cli.folder().join("state.json");
        crate::support::running::until("the state file", || state.exists().then_some(()));
        running.signal(15);
        let _: crate::support::running::Ended = running.end();
        for file in ["state.json", "state.json.lock"] {
            let mode = cli.folder().join(file).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file} {umask}");
        }
    }
}
