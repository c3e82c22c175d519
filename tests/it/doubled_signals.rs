//! Signals as supervisors send them: twice at once, to the whole group, or of a kind that nobody
//! thinks of.

use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::Duration;

use jelou::sandbox::Fault;
use rustix::process::Signal;

use crate::support::cli::Cli;
use crate::support::running::{Running, until};

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];
const EXEC: [&str; 4] = ["tokens", "exec", "my-function", "--"];

/// In a group of its own, whose number is the process's.
fn start_as_group(cli: &Cli, arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
    command.args(arguments).process_group(0);
    cli.start_command(command)
}

fn signal_group(running: &Running, signal: Signal) {
    rustix::process::kill_process_group(running.pid(), signal).expect("the group exists");
}

/// `timeout` signals its child and the group, npm forwards what the child has got, systemd sends
/// TERM and HUP.
#[test]
fn two_signals_at_once_do_not_cut_the_undo_short() {
    for pair in [[15, 15], [2, 2], [15, 1], [2, 15], [3, 15]] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        cli.sandbox.inject(Fault::delay(Duration::from_millis(300)).method("DELETE"));
        let mut running = cli.start(&[&CREATE[..], &["--wait"]].concat());
        cli.until_sent("GET /v1/functions/my-function/deployments/");
        running.signal(pair[0]);
        running.signal(pair[1]);
        cli.until_sent("DELETE");
        running.signal(pair[1]);
        let ended = running.end();
        assert!(pair.iter().any(|signal| ended.signal == Some(*signal)), "{pair:?}: {ended:?}");
        assert_eq!(cli.token_names("my-function"), ["default"], "{pair:?}: {ended:?}");
        assert!(ended.ran.stderr.contains("revoked again"), "{ended:?}");
    }
}

#[test]
fn a_second_signal_after_a_second_ends_the_undo() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    cli.sandbox.inject(Fault::delay(Duration::from_secs(20)).method("DELETE").always());
    let mut running = cli.start(&[&CREATE[..], &["--wait"]].concat());
    cli.until_sent("GET /v1/functions/my-function/deployments/");
    until("it ends", || {
        running.signal(15);
        running.has_ended().then_some(())
    });
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert!(Duration::from_secs(1) < ended.took && ended.took < Duration::from_secs(4), "{:?}", ended.took);
    let id = cli.sandbox.tokens("my-function")[1].id.to_string();
    assert!(ended.ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ended:?}");
}

/// Signals that end a process by default, of timers, limits and supervisors.
#[test]
fn every_signal_that_ends_a_process_undoes_the_token() {
    for signal in [Signal::QUIT, Signal::ALARM, Signal::USR1, Signal::USR2, Signal::XCPU, Signal::VTALARM, Signal::PROF]
    {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        let mut shell = Command::new("bash");
        shell.args(["-c", r#"ulimit -c unlimited; exec jelou "$@""#, "bash"]).args(CREATE).arg("--wait");
        let mut running = cli.start_command(shell);
        cli.until_sent("GET /v1/functions/my-function/deployments/");
        running.signal(signal.as_raw());
        let ended = running.end();
        assert_eq!(ended.signal, Some(signal.as_raw()), "{ended:?}");
        assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
        let files: Vec<_> = std::fs::read_dir(cli.folder()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, ["home"], "no core file");
        assert!(!ended.dumped_core, "{signal:?}");
    }
}

/// `ulimit -f`: the limit is that of a full disk.
#[test]
fn a_limit_of_file_sizes_is_an_error_of_the_write() {
    for (to, script) in [
        ("stdout", r#"ulimit -f 0; exec jelou "$@" > out"#),
        ("file:token", r#"ulimit -f 0; exec jelou "$@""#),
        ("dotenv:vars:T", r#"ulimit -f 0; exec jelou "$@""#),
    ] {
        let cli = Cli::new();
        let mut shell = Command::new("bash");
        shell.args(["-c", script, "bash"]).args(CREATE).args(["--to", to, "--quiet"]);
        if to != "stdout" {
            shell.args(["--to", "stdout"]);
        }
        let ended = cli.start_command(shell).end();
        assert!(matches!(ended.ran.status, 2 | 13), "{to}: {ended:?}");
        assert_eq!(ended.signal, None, "{ended:?}");
        assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
    }
}

/// The command counts the signals that it gets.
fn counting(cli: &Cli) -> String {
    let script = "import signal\ncount = 0\ndef heard(*_):\n    global count\n    count += 1\n    \
                  open('heard', 'w').write(str(count))\nfor number in (1, 2, 15):\n    signal.signal(number, heard)\n\
                  open('running', 'w').close()\nwhile True:\n    signal.pause()\n";
    cli.write("count.py", script).display().to_string()
}

#[test]
fn a_command_gets_a_signal_of_its_group_once() {
    for (signal, to_group) in
        [(Signal::TERM, true), (Signal::HUP, true), (Signal::INT, true), (Signal::TERM, false), (Signal::INT, false)]
    {
        for verb in [&EXEC[..], &["sandbox", "run", "--"]] {
            let cli = Cli::new();
            let script = counting(&cli);
            let mut running = start_as_group(&cli, &[verb, &["python3", &script]].concat());
            until("the command runs", || cli.folder().join("running").exists().then_some(()));
            let heard = || std::fs::read_to_string(cli.folder().join("heard")).unwrap_or_default();
            if to_group {
                signal_group(&running, signal);
                running.signal(signal.as_raw());
            } else {
                running.signal(signal.as_raw());
                running.signal(signal.as_raw());
            }
            until("it is heard", || (heard() == "1").then_some(()));
            // Whatever is passed on late is passed on before this one.
            until("it ends", || {
                running.signal(Signal::USR2.as_raw());
                running.has_ended().then_some(())
            });
            let ended = running.end();
            assert_eq!(ended.ran.status, 128 + Signal::USR2.as_raw(), "{ended:?}");
            assert_eq!(heard(), "1", "{signal:?} {to_group} {verb:?}");
            assert_eq!(cli.token_names("my-function"), ["default"]);
        }
    }
}
