//! `sandbox start`: what can be `eval`ed on stdout, the background, and the file that says it runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::cli::Cli;
use crate::support::running::{Running, until};

/// A sandbox in the background, ended with the test.
struct Background(Pid);

impl Background {
    fn numbered(pid: &str) -> Self {
        Self(Pid::from_raw(pid.trim().parse().expect("a number")).expect("a process"))
    }

    fn ends(&self, signal: Signal) {
        kill_process(self.0, signal).expect("it runs");
        let folder = format!("/proc/{}", self.0.as_raw_nonzero());
        let has_ended = || {
            if cfg!(target_os = "linux") {
                // A process that has ended and that nobody waits for has no memory.
                fs::read(format!("{folder}/cmdline")).unwrap_or_default().is_empty()
            } else {
                rustix::process::test_kill_process(self.0).is_err()
            }
        };
        until("its end", || has_ended().then_some(()));
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

/// Without the addresses of the test's own sandbox.
fn alone() -> Cli {
    let mut cli = Cli::new();
    for name in ["JELOU_API_URL", "JELOU_GATEWAY_URL", "JELOU_TOKEN"] {
        cli.unset(name);
    }
    cli
}

/// Starts it with a ready file of this name, and waits for that.
fn started(cli: &Cli, file: &str, more: &[&str]) -> Running {
    let mut line = vec!["sandbox", "start", "--ready-file", file];
    line.extend(more);
    let running = cli.start(&line);
    let path = cli.folder().join(file);
    until("the ready file", || fs::read_to_string(&path).is_ok_and(|text| text.contains("127.0.0.1")).then_some(()));
    running
}

fn is_export(line: &str) -> bool {
    line.strip_prefix("export JELOU_").is_some_and(|rest| rest.contains('=') && !rest.contains(char::is_whitespace))
}

#[test]
fn stdout_has_what_can_be_evaluated_and_stderr_the_rest() {
    let cli = alone();
    let mut running = started(&cli, "ready", &[]);
    let file = fs::read_to_string(cli.folder().join("ready")).unwrap();
    let mode = fs::metadata(cli.folder().join("ready")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    running.signal(libc_term());
    let ended = running.end();
    assert_eq!(ended.signal, Some(libc_term()), "{ended:?}");
    assert!(!cli.folder().join("ready").exists(), "the file goes with the sandbox");

    let (stdout, stderr) = (ended.ran.stdout, ended.ran.stderr);
    assert_eq!(stdout.lines().count(), 4, "{stdout}");
    assert!(stdout.lines().all(is_export), "{stdout}");
    assert_eq!(file, stdout, "the ready file has the same lines");
    assert!(stderr.contains("Ctrl-C ends it") && stderr.contains("does not model"), "{stderr}");
    let value = stdout.lines().find_map(|line| line.strip_prefix("export JELOU_FUNCTION_TOKEN=")).unwrap();
    let prefix = &value[.."jfn_rt_sbx_".len() + 4];
    assert!(
        stderr.contains(&format!("- my-function: token `default` {prefix}…, its value is in JELOU_FUNCTION_TOKEN\n")),
        "{stderr}"
    );
    assert!(stderr.contains("- other-function: token `default` jfn_rt_sbx_"), "{stderr}");
    assert!(stderr.contains("management token with every scope is in JELOU_TOKEN\n"), "{stderr}");
    assert!(!stderr.contains(value), "a value is printed once");
}

fn libc_term() -> i32 {
    Signal::TERM.as_raw()
}

/// Functions and tokens of a seed file are named, without a token that no variable has.
#[test]
fn what_a_seed_file_brings_is_named() {
    let cli = alone();
    let tokens: Vec<String> = (0..7).map(|n| format!(r#"{{"name": "t{n}"}}"#)).collect();
    let seed = format!(
        r#"{{"functions": [{{"slug": "api", "tokens": [{}]}}, {{"slug": "empty", "deployed": false}}]}}"#,
        tokens.join(",")
    );
    cli.write("seed.json", seed);
    let mut running = started(&cli, "ready", &["--seed-file", "seed.json"]);
    running.signal(libc_term());
    let ran = running.end().ran;
    let variables: Vec<&str> = ran.stdout.lines().map(|line| line.split('=').next().unwrap()).collect();
    let unset = "unset JELOU_FUNCTION_TOKEN";
    assert_eq!(variables, ["export JELOU_API_URL", "export JELOU_GATEWAY_URL", "export JELOU_TOKEN", unset]);
    assert!(ran.stderr.contains("- api: token `default` jfn_rt_sbx_"), "{ran:?}");
    assert!(ran.stderr.contains("token `t3` ") && !ran.stderr.contains("`t4`"), "{ran:?}");
    assert!(ran.stderr.contains("more, see `jelou tokens list api`\n"), "{ran:?}");
    assert!(ran.stderr.contains("- empty: no tokens\n"), "{ran:?}");
    assert!(!ran.stderr.contains("JELOU_FUNCTION_TOKEN"), "{ran:?}");
}

#[test]
fn a_detached_sandbox_is_evaluated_and_goes_on() {
    let cli = alone();
    let ran = cli
        .bash(
            "eval \"$(jelou sandbox start --detach --ready-file ready 2>said)\"\n\
             jelou tokens create my-function --name ci --quiet --wait\n\
             sed -n 's/.*as process \\([0-9]*\\);.*/\\1/p' said",
        )
        .ended(0);
    let (value, pid) = ran.stdout.trim_end().split_once('\n').unwrap();
    let background = Background::numbered(pid);
    assert!(value.starts_with("jfn_rt_sbx_"), "{ran:?}");
    let said = fs::read_to_string(cli.folder().join("said")).unwrap();
    assert!(said.contains("`jelou sandbox stop` ends it") && said.contains("- my-function: "), "{said}");
    assert!(cli.folder().join("ready").exists());
    background.ends(Signal::TERM);
    until("the removal of the file", || (!cli.folder().join("ready").exists()).then_some(()));
}

/// A variable of a process that goes on in the background may reach another `jelou`.
#[test]
fn an_inherited_mark_makes_no_dead_sandbox() {
    let cli = alone();
    let ran = cli
        .bash(
            "export JELOU_SANDBOX_IS_DETACHED=1\n\
             environment=$(jelou sandbox start --detach 2>said) && eval \"$environment\"\n\
             jelou whoami --quiet >/dev/null && jelou sandbox stop --quiet",
        )
        .ended(0);
    assert!(ran.stdout.starts_with("http://127.0.0.1:"), "{ran:?}");
}

/// `$(…)` ends when nobody holds its pipe any more, under whatever number it was inherited.
#[test]
fn a_detached_sandbox_holds_nothing_of_its_caller() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("`flock` is a program of Linux, and `/proc` shows what a process holds");
    }
    let cli = alone();
    let ran = cli
        .bash(
            "exec 9>lock\nflock 9\n\
             pid=$(jelou sandbox start --detach --json 3>&1 12>&1 2>&1 | grep '^{' | jq .data.pid)\n\
             exec 9>&-\nflock --nonblock lock true && echo \"$pid\"",
        )
        .ended(0);
    let background = Background::numbered(&ran.stdout);
    let pid = background.0.as_raw_nonzero();
    for number in 0..3 {
        assert_eq!(fs::read_link(format!("/proc/{pid}/fd/{number}")).unwrap(), Path::new("/dev/null"));
    }
    // proc(5): state, parent, group and session follow the name.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    assert_eq!([fields[2], fields[3]], [pid.to_string(), pid.to_string()], "a session of its own");
    background.ends(Signal::HUP);
}

/// Whoever has waited for the end finds no file that says it runs.
#[test]
fn the_ready_file_is_gone_when_stop_returns() {
    let cli = alone();
    let ran = cli
        .bash(
            "for n in $(seq 20); do\n\
             STARTED=$(jelou sandbox start --detach --ready-file ready 2>>said)\n\
             eval \"$STARTED\"\ncmp ready <(echo \"$STARTED\")\njelou sandbox stop >>said\n\
             [ ! -e ready ] || { echo \"still there, round $n\"; rm ready; }\ndone",
        )
        .ended(0);
    assert_eq!(ran.stdout, "");
}

#[test]
fn what_keeps_a_detached_sandbox_from_starting_is_told() {
    let cli = alone();
    let port = cli.sandbox.port().to_string();
    let line = ["sandbox", "start", "--detach", "--port", &port, "--ready-file", "ready"];
    let ran = cli.jelou(&line).ended(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.starts_with("error: The sandbox cannot be started: cannot listen on 127.0.0.1:"), "{ran:?}");
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{ran:?}");
    assert!(ran.stderr.contains("hint: without `--port` a free port is taken"), "{ran:?}");
    let ran = cli.jelou(&[&line[..], &["--json"]].concat()).ended(2);
    assert_eq!(ran.json()["error"]["code"], "INPUT_ERROR");
    assert!(!cli.folder().join("ready").exists());
    let ran = cli.jelou(&["sandbox", "start", "--detach", "--seed-file", "absent"]).ended(2);
    assert!(ran.stderr.contains("absent") && !ran.stderr.contains("--port"), "{ran:?}");
}

#[test]
fn a_ready_file_replaces_nothing_but_a_ready_file() {
    let cli = alone();
    cli.write("mine", "export PATH=/bin\n");
    std::os::unix::fs::symlink("elsewhere", cli.folder().join("link")).unwrap();
    fs::create_dir(cli.folder().join("folder")).unwrap();
    for (file, why) in [
        ("mine", "no sandbox has written it"),
        ("link", "symbolic link"),
        ("folder", "not a regular file"),
        ("no/such/folder", "No such file"),
    ] {
        for more in [&[][..], &["--detach"]] {
            let line = [&["sandbox", "start", "--ready-file", file][..], more].concat();
            let ran = cli.jelou(&line).ended(2);
            assert!(ran.stderr.contains(why) && ran.stderr.contains(file), "{ran:?}");
            assert_eq!(ran.stdout, "");
        }
    }
    assert_eq!(fs::read_to_string(cli.folder().join("mine")).unwrap(), "export PATH=/bin\n");

    // What `mktemp` makes, and what a sandbox leaves that was killed.
    cli.write("ready", "");
    let mut killed = started(&cli, "ready", &[]);
    killed.signal(Signal::KILL.as_raw());
    assert_eq!(killed.end().signal, Some(Signal::KILL.as_raw()));
    let left = fs::read_to_string(cli.folder().join("ready")).unwrap();
    let mut first = cli.start(&["sandbox", "start", "--ready-file", "ready"]);
    let of_first =
        until("another file", || fs::read_to_string(cli.folder().join("ready")).ok().filter(|it| *it != left));

    // The file of another sandbox stays.
    let mut second = cli.start(&["sandbox", "start", "--ready-file", "ready"]);
    let of_second =
        until("a third file", || fs::read_to_string(cli.folder().join("ready")).ok().filter(|it| *it != of_first));
    first.signal(libc_term());
    assert_eq!(first.end().signal, Some(libc_term()));
    assert_eq!(fs::read_to_string(cli.folder().join("ready")).unwrap(), of_second);
    second.signal(Signal::INT.as_raw());
    assert_eq!(second.end().signal, Some(Signal::INT.as_raw()));
    assert!(!cli.folder().join("ready").exists());
}
