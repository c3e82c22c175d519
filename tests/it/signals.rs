//! A signal at every step of issuing a token: the process ends by that signal, and no token or
//! value is left.

use std::time::Duration;

use jelou::sandbox::Fault;

use crate::support::cli::Cli;
use crate::support::running::{Ended, Running, until};

const HUP: i32 = 1;
const INT: i32 = 2;
const TERM: i32 = 15;
const SIGNALS: [i32; 3] = [HUP, INT, TERM];

/// The 5 seconds that an undo may take, and a margin for a busy machine.
const BOUND: Duration = Duration::from_secs(7);

const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];

#[track_caller]
fn assert_ended_by(ended: &Ended, signal: i32, what: &str) {
    assert_eq!(ended.signal, Some(signal), "{what}: {ended:?}");
    assert_eq!(ended.ran.stdout, "", "{what}");
    assert!(!ended.ran.stderr.contains("jfn_rt_sbx_"), "{what}: {ended:?}");
    assert!(ended.took < BOUND, "{what}: {:?}", ended.took);
}

/// Sends a signal once `ready` returns, and asserts that nothing is left.
#[track_caller]
fn interrupt(cli: &Cli, signal: i32, arguments: &[&str], ready: impl Fn(&Cli)) -> Ended {
    let mut running = cli.start(arguments);
    ready(cli);
    running.signal(signal);
    let ended = running.end();
    assert_ended_by(&ended, signal, &arguments.join(" "));
    assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
    assert!(
        cli.sent(true).iter().any(|line| line.starts_with("DELETE /v1/functions/my-function/tokens/")),
        "{ended:?}"
    );
    assert!(ended.ran.stderr.contains("revoked again"), "{ended:?}");
    ended
}

fn slow_post(length: Duration) -> Fault {
    Fault::delay(length).method("POST").path("/v1/functions/*/tokens")
}

/// The signal arrives before or after the platform has created the token: both end alike.
#[test]
fn a_signal_during_the_request_undoes_the_token() {
    for signal in SIGNALS {
        let cli = Cli::new();
        // Longer than a request under way is waited for.
        cli.sandbox.inject(slow_post(Duration::from_millis(1500)));
        interrupt(&cli, signal, &CREATE, |cli| cli.until_sent("POST"));
        let keys: Vec<_> = cli.sandbox.requests().into_iter().filter(|entry| entry.method == "POST").collect();
        assert!(keys.len() >= 2, "it was asked again which token it was");
        assert!(keys.iter().all(|entry| entry.idempotency_key == keys[0].idempotency_key), "with the same key");
    }
}

#[test]
fn a_signal_during_the_wait_undoes_the_token() {
    for signal in SIGNALS {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        let args = [&CREATE[..], &["--wait", "--to", "stdout", "--to", "file:token"]].concat();
        interrupt(&cli, signal, &args, |cli| cli.until_sent("GET /v1/functions/my-function/deployments/"));
        assert!(!cli.folder().join("token").exists(), "a sink that was written is taken back");
    }
}

#[test]
fn a_signal_during_the_proof_undoes_the_token() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::lag(1_000_000).method("POST"));
    interrupt(&cli, TERM, &[&CREATE[..], &["--wait"]].concat(), |cli| cli.until_sent("GET /fn/my-function/mcp"));
}

#[test]
fn a_signal_during_a_command_sink_undoes_the_token() {
    for signal in SIGNALS {
        let cli = Cli::new();
        cli.write("take", "cat > /dev/null; : > running; exec sleep 60\n");
        let args = [&CREATE[..], &["--to", "file:token", "--to", "command:sh ./take"]].concat();
        let ended = interrupt(&cli, signal, &args, |cli| {
            until("the program runs", || cli.folder().join("running").exists().then_some(()));
        });
        assert!(!cli.folder().join("token").exists());
        assert!(ended.ran.stderr.contains("command:sh"), "who may still have the value is named: {ended:?}");
    }
}

#[test]
fn a_signal_during_a_secret_sink_undoes_the_token() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_millis(300)).method("PUT"));
    let args = [&CREATE[..], &["--to", "secret:other-function/T"]].concat();
    interrupt(&cli, TERM, &args, |cli| cli.until_sent("PUT"));
    assert!(cli.sent(true).contains(&"DELETE /v1/functions/other-function/secrets/T".to_owned()));
}

#[test]
fn a_signal_undoes_the_token_of_every_verb() {
    let table: [&[&str]; 4] = [
        &["tokens", "create", "my-function", "--name", "ci", "--if-exists", "rotate"],
        &["tokens", "rotate", "my-function", "ci"],
        &["tokens", "regenerate", "my-function", "ci", "-y", "--wait"],
        &["tokens", "exec", "my-function", "--", "true"],
    ];
    for arguments in table {
        let cli = Cli::new();
        cli.jelou(&[&CREATE[..], &["--wait", "--quiet"]].concat()).ended(0);
        let before = cli.sandbox.requests().len();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST").always());
        let mut running = cli.start(arguments);
        until("it waits", || {
            cli.sandbox.requests()[before..].iter().any(|e| e.path.contains("/deployments/")).then_some(())
        });
        running.signal(TERM);
        let ended = running.end();
        assert_ended_by(&ended, TERM, &arguments.join(" "));
        let tokens = cli.sandbox.tokens("my-function");
        assert_eq!(
            tokens.iter().map(|token| token.name.as_str()).collect::<Vec<_>>(),
            ["default", "ci"],
            "{arguments:?}"
        );
        assert!(tokens[1].replaced_by.is_none() && tokens[1].expires_at.is_none(), "{arguments:?}: {tokens:?}");
    }
}

/// The pipe is full and has no reader, so writing the value blocks.
#[test]
fn a_signal_while_stdout_blocks_undoes_the_token() {
    use std::io::Write as _;
    let cli = Cli::new();
    let (reader, mut writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    let mut command = cli.process(&CREATE);
    command.stdout(writer);
    let mut running = Running::start_into(command);
    until("the token exists", || (cli.token_names("my-function").len() == 2).then_some(()));
    running.signal(TERM);
    let ended = running.end();
    assert_ended_by(&ended, TERM, "a full pipe");
    assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
    drop(reader);
}

/// The platform never answers the DELETE: the process ends in time and names the token.
#[test]
fn an_undo_that_hangs_ends_in_time_and_names_the_token() {
    for signal in [TERM, INT] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
        cli.sandbox.inject(Fault::delay(Duration::from_secs(20)).method("DELETE").always());
        let mut running = cli.start(&[&CREATE[..], &["--wait"]].concat());
        cli.until_sent("GET /v1/functions/my-function/deployments/");
        running.signal(signal);
        let ended = running.end();
        assert_ended_by(&ended, signal, "undo");
        let id = cli.sandbox.tokens("my-function")[1].id.to_string();
        assert!(ended.ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ended:?}");
    }
}

/// The id of the token is not known either: its name is printed.
#[test]
fn an_undo_that_cannot_learn_the_id_names_the_name() {
    let cli = Cli::new();
    cli.sandbox.inject(slow_post(Duration::from_secs(20)).always());
    let mut running = cli.start(&CREATE);
    cli.until_sent("POST");
    running.signal(TERM);
    let ended = running.end();
    assert_ended_by(&ended, TERM, "undo");
    assert!(
        ended.ran.stderr.contains("`ci`") && ended.ran.stderr.contains("jelou tokens list my-function"),
        "{ended:?}"
    );
}

/// A sink whose undo hangs does not prevent the revocation of the token.
#[test]
fn a_sink_whose_undo_hangs_does_not_stop_the_revocation() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    cli.sandbox.inject(Fault::delay(Duration::from_secs(20)).method("DELETE").path("/v1/**/secrets/*").always());
    let mut running = cli.start(&[&CREATE[..], &["--wait", "--to", "secret:other-function/T"]].concat());
    cli.until_sent("GET /v1/functions/my-function/deployments/");
    running.signal(TERM);
    let ended = running.end();
    assert_ended_by(&ended, TERM, "undo");
    assert_eq!(cli.token_names("my-function"), ["default"], "{ended:?}");
    assert!(ended.ran.stderr.contains("its value may still be in `secret:other-function/T`"), "{ended:?}");
}

/// After the delivery both tokens are valid; the one that is still to be revoked is named.
#[test]
fn a_signal_while_the_old_token_is_retired_undoes_nothing() {
    for to in ["stdout", "file:new"] {
        let cli = Cli::new();
        cli.jelou(&[&CREATE[..], &["--wait", "--quiet"]].concat()).ended(0);
        let id = cli.sandbox.tokens("my-function")[1].id.to_string();
        cli.sandbox.inject(Fault::status(503).method("DELETE").always());
        let mut running = cli.start(&["tokens", "rotate", "my-function", "ci", "--to", to, "--retries", "20"]);
        cli.until_sent("DELETE");
        running.signal(TERM);
        let ended = running.end();
        assert_eq!(ended.signal, Some(TERM), "{ended:?}");
        assert!(ended.took < BOUND);
        assert_eq!(cli.token_names("my-function"), ["default", "ci", "ci"], "the new value was delivered");
        assert!(ended.ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ended:?}");
        assert_eq!(cli.folder().join("new").exists(), to != "stdout");
    }
}

/// `nohup` and shells start background jobs with signals ignored; they stay ignored.
#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("which signals were ignored is told by `/proc` alone");
    }
    let cli = Cli::new();
    cli.sandbox.inject(slow_post(Duration::from_millis(500)));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec jelou tokens create my-function --name ci --quiet"]);
    let mut running: Running = cli.start_command(shell);
    cli.until_sent("POST");
    running.signal(HUP);
    let ended = running.end();
    assert_eq!((ended.ran.status, ended.signal), (0, None), "{ended:?}");
    assert!(ended.ran.stdout.starts_with("jfn_rt_sbx_"));
}

/// The default effect of the signal is kept, also while stdin is read.
#[test]
fn a_signal_without_an_undelivered_token_ends_the_process() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(Duration::from_secs(20)).always());
    for arguments in [&["tokens", "list", "my-function"][..], &["tokens", "revoke", "my-function", "ci", "-y"]] {
        let before = cli.sandbox.requests().len();
        let mut running = cli.start(arguments);
        until("a request", || (cli.sandbox.requests().len() > before).then_some(()));
        running.signal(INT);
        let ended = running.end();
        assert_ended_by(&ended, INT, &arguments.join(" "));
        assert!(ended.took < Duration::from_secs(2));
    }
}
