//! Runs that are cut off where nobody looks: a stream that nobody reads, a result that cannot be
//! printed, a signal while a child cleans up.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use jelou::sandbox::{Fault, RetryAfter};
use rustix::process::Signal;

use crate::support::cli::Cli;
use crate::support::running::{Running, until};

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];

/// A pipe that is full and that nobody reads.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

fn made(cli: &Cli, name: &str) -> String {
    cli.jelou(&["tokens", "create", "my-function", "--name", name, "--quiet"]).ended(0);
    cli.sandbox.tokens("my-function").last().unwrap().id.to_string()
}

/// A failure on a blocked stdout, and warnings on a blocked stderr.
#[test]
fn a_stream_that_nobody_reads_does_not_outlive_a_signal() {
    for (stream, arguments) in
        [("stdout", &["--to", "command:false", "--json"][..]), ("stderr", &["--to", "file:token"])]
    {
        let cli = Cli::new();
        let (reader, writer) = full_pipe();
        let mut command = cli.process(&[&CREATE[..], arguments].concat());
        if stream == "stdout" {
            command.stdout(writer);
        } else {
            command.stderr(writer);
        }
        let mut child = command.spawn().unwrap();
        until("the token was made", || cli.sent(true).iter().any(|line| line.starts_with("POST")).then_some(()));
        let began = std::time::Instant::now();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        let status = until("it ends", || child.try_wait().unwrap());
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15), "{stream} {arguments:?}");
        assert!(began.elapsed() < Duration::from_secs(7), "{:?}", began.elapsed());
        assert_eq!(cli.token_names("my-function"), ["default"], "{stream} {arguments:?}");
        drop(reader);
    }
}

/// A reader that is only slow gets the whole report.
#[test]
fn a_slow_reader_gets_the_whole_report_after_a_signal() {
    let cli = Cli::new();
    let ids: Vec<String> = (0..3000).map(|number| format!("tok_missing{number:06}")).collect();
    cli.sandbox.inject(Fault::delay(Duration::from_secs(30)).method("DELETE").always());
    let mut shell = Command::new("bash");
    let script = r#"exec jelou tokens revoke my-function --stdin -y --json < ids > >(while read -r -N 4096 part; do printf %s "$part"; done; printf %s "$part")"#;
    cli.write("ids", ids.join("\n"));
    shell.args(["-c", script]);
    let mut running = cli.start_command(shell);
    cli.until_sent("DELETE");
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.signal, Some(15));
    let document: serde_json::Value = serde_json::from_str(&ended.ran.stdout).expect("a whole document");
    assert_eq!(document["data"].as_array().unwrap().len(), 3000);
}

/// The command has got the signal; cleaning up has the five seconds that a signal leaves.
#[test]
fn cleaning_up_after_a_signalled_command_takes_five_seconds() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_secs(40)).method("DELETE").always());
    let command = [
        "tokens",
        "exec",
        "my-function",
        "--",
        "sh",
        "-c",
        "trap 'exit 3' TERM; : > running; while :; do sleep 0.01; done",
    ];
    let mut running = cli.start(&command);
    until("the command runs", || cli.folder().join("running").exists().then_some(()));
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.ran.status, 3, "{ended:?}");
    assert!(ended.took < Duration::from_secs(8), "{:?}", ended.took);
    let id = cli.sandbox.tokens("my-function")[1].id.to_string();
    assert!(ended.ran.stderr.contains(&id), "{ended:?}");
}

/// Its first attempt was applied and its answer lost; it waits for others before the second.
#[test]
fn what_was_attempted_before_is_not_reported_as_not_attempted() {
    let cli = Cli::new();
    let (one, two) = (made(&cli, "one"), made(&cli, "two"));
    let path = |id: &str| format!("/v1/functions/my-function/tokens/{id}");
    cli.sandbox.inject(Fault::reset_after().method("DELETE").path(&path(&one)).times(1));
    cli.sandbox
        .inject(Fault::status(429).retry_after(RetryAfter::Seconds(30)).method("DELETE").path(&path(&two)).always());
    let mut running = cli.start(&["tokens", "revoke", "my-function", &one, &two, "-y", "--json"]);
    until("both were sent", || {
        (cli.sent(true).iter().filter(|line| line.starts_with("DELETE")).count() >= 2).then_some(())
    });
    until("the first is gone", || (cli.token_names("my-function").len() == 2).then_some(()));
    running.signal(2);
    let ended = running.end();
    assert_eq!(ended.signal, Some(2), "{ended:?}");
    let document = ended.ran.json();
    assert_ne!(document["data"][0]["status"], "not_attempted", "{document}");
}

/// What is destroyed is named, also where its report cannot be printed.
#[test]
fn a_bulk_verb_whose_report_is_lost_names_what_it_revoked() {
    for script in [
        "jelou tokens revoke my-function a b -y --json > /dev/full",
        r#"jelou tokens revoke my-function a b -y --jq 'error("x")'"#,
        "jelou tokens prune my-function --name '?' -y --quiet > /dev/full",
    ] {
        if script.contains("/dev/full") && !cfg!(target_os = "linux") {
            crate::support::skipped("no other system has `/dev/full`");
            continue;
        }
        let cli = Cli::new();
        let ids = [made(&cli, "a"), made(&cli, "b")];
        let ran = cli.bash(&format!("{script} || exit $?")).ended(1);
        assert!(ids.iter().all(|id| ran.stderr.contains(id)), "{script}: {ran:?}");
        assert_eq!(cli.token_names("my-function"), ["default"]);
    }
    let cli = Cli::new();
    let ids = [made(&cli, "a"), made(&cli, "b")];
    let mut running = cli.start(&["tokens", "revoke", "my-function", "a", "b", "-y", "--jq", "last(range(1e12))"]);
    until("both are gone", || (cli.token_names("my-function").len() == 1).then_some(()));
    until("it ends", || {
        running.signal(15);
        running.has_ended().then_some(())
    });
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert!(ids.iter().all(|id| ended.ran.stderr.contains(id)), "{ended:?}");
}

/// A child in a group of its own does not get what the group of `jelou` gets.
#[test]
fn a_child_in_another_group_gets_the_signal_of_ours() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("`timeout` and `setsid` are programs of Linux");
    }
    let cli = Cli::new();
    let mut command = Command::new("timeout");
    command.args([
        "1",
        env!("CARGO_BIN_EXE_jelou"),
        "tokens",
        "exec",
        "my-function",
        "--",
        "setsid",
        "-w",
        "sleep",
        "30",
    ]);
    let mut running: Running = cli.start_command(command);
    let began = std::time::Instant::now();
    until("it ends", || running.has_ended().then_some(()));
    let _ = running.end();
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

/// A second event is not swallowed because the group got another signal shortly before.
#[test]
fn another_signal_to_us_alone_is_passed_on() {
    use std::os::unix::process::CommandExt as _;
    let cli = Cli::new();
    let script = "trap '' INT; trap 'exit 7' TERM; : > running; while :; do sleep 0.01; done";
    let mut command = Command::new(env!("CARGO_BIN_EXE_jelou"));
    command.args(["sandbox", "run", "--", "sh", "-c", script]).process_group(0);
    let mut running = cli.start_command(command);
    until("the command runs", || cli.folder().join("running").exists().then_some(()));
    let began = std::time::Instant::now();
    rustix::process::kill_process_group(running.pid(), Signal::INT).unwrap();
    until("that is over", || (began.elapsed() > Duration::from_millis(400)).then_some(()));
    running.signal(15);
    assert_eq!(running.end().ran.status, 7);
}
