//! `tokens exec`: a token that exists as long as a command runs, however that ends; the command's
//! streams, signals and status are its own.

use std::process::{Command, Stdio};
use std::time::Duration;

use jelou::sandbox::Fault;
use serde_json::json;

use crate::support::cli::{Cli, Ran};
use crate::support::running::{Running, until};

const EXEC: [&str; 4] = ["tokens", "exec", "my-function", "--"];

#[must_use]
fn exec(cli: &Cli, command: &[&str]) -> Ran {
    cli.jelou(&[&EXEC[..], command].concat())
}

/// Asserts that one token was created and revoked.
#[track_caller]
fn assert_revoked(cli: &Cli) {
    let sent = cli.sent(true);
    let writes: Vec<_> = sent.iter().filter(|line| line.contains("/v1/")).collect();
    assert_eq!(writes.len(), 2, "{sent:?}");
    assert_eq!(writes[0], "POST /v1/functions/my-function/tokens");
    assert!(writes[1].starts_with("DELETE /v1/functions/my-function/tokens/tok_"), "{sent:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

#[test]
fn the_commands_status_is_passed_on() {
    for (script, status) in
        [("exit 0", 0), ("exit 7", 7), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)]
    {
        let cli = Cli::new();
        let ran = exec(&cli, &["sh", "-c", script]);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{script}: {ran:?}");
        assert_revoked(&cli);
    }
}

#[test]
fn the_token_is_live_when_the_command_runs_and_the_streams_are_its_own() {
    let cli = Cli::with(|builder| builder.redeploy_delay(Duration::from_millis(100)).fault(Fault::lag(5)));
    let script = r#"cat; echo err >&2; curl -s -o /dev/null -w '%{http_code}' "$JELOU_GATEWAY_URL/fn/my-function" -d '{}' \
        -H "X-Jelou-Token: $JELOU_FUNCTION_TOKEN""#;
    let ran = cli.jelou_with_stdin(&[&EXEC[..], &["sh", "-c", script]].concat(), "in ").ended(0);
    assert_eq!(ran.stdout, "in 200");
    assert!(ran.stderr.ends_with("err\n"), "{ran:?}");
    assert_revoked(&cli);
}

#[test]
fn a_missing_command_creates_no_token() {
    let cli = Cli::new();
    cli.write("not-executable", "");
    cli.write("folder/x", "");
    for command in ["no-such-program-here", "./no-such", "./not-executable", "./folder", ""] {
        exec(&cli, &[command]).ended(2);
    }
    cli.jelou(&EXEC[..3]).ended(2);
    assert_eq!(cli.sent(false), [""; 0]);
}

#[test]
fn the_command_gets_its_token_and_no_other_credential() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION_TOKEN", "jfn_rt_sbx_ANOTHER_ONE_00").set("KEPT", "yes");
    let ran = exec(&cli, &["env"]).ended(0);
    let names: Vec<_> = ran.stdout.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &str| names.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    assert_eq!(value("JELOU_TOKEN"), None);
    assert_eq!(value("KEPT"), Some("yes"));
    let token = value("JELOU_FUNCTION_TOKEN").unwrap();
    assert!(token.starts_with("jfn_rt_sbx_") && token != "jfn_rt_sbx_ANOTHER_ONE_00");
    assert!(!ran.stdout.contains(cli.sandbox.pat()));
    assert!(!ran.stderr.contains(token));
}

#[test]
fn token_names_are_unique_per_run() {
    let cli = Cli::new();
    let nested = "jelou --version && env";
    exec(&cli, &["sh", "-c", nested]).ended(0);
    cli.jelou(&["tokens", "exec", "my-function", "--name", "e2e", "--", "true"]).ended(0);
    cli.jelou(&["tokens", "exec", "my-function", "--name", "default", "--", "true"]).ended(7);
    assert_eq!(cli.token_names("my-function"), ["default"]);
}

/// A machine that is lost revokes nothing.
#[test]
fn a_token_may_have_an_end_of_its_own() {
    let cli = Cli::new();
    let show = "jelou tokens info my-function e2e --jq .data.expires_at > end";
    let with_end = ["tokens", "exec", "my-function", "--name", "e2e", "--expires-in", "1h", "--", "sh", "-c"];
    let shown = format!("JELOU_TOKEN={} {show}", cli.env()["JELOU_TOKEN"]);
    cli.jelou(&[&with_end[..], &[&shown]].concat()).ended(0);
    let end: jiff::Timestamp = std::fs::read_to_string(cli.folder().join("end")).unwrap().trim().parse().unwrap();
    let left = end.duration_since(cli.sandbox.clock().now()).as_secs();
    assert!((3_500..=3_600).contains(&left), "{left}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    let zero = cli.jelou(&["tokens", "exec", "my-function", "--expires-in", "0s", "--", "touch", "ran"]).ended(2);
    assert!(zero.stderr.contains("`--expires-in` is zero") && !cli.folder().join("ran").exists(), "{zero:?}");
}

#[test]
fn a_token_that_is_not_live_is_revoked_and_the_command_does_not_run() {
    for fault in [Fault::redeploy_fails(), Fault::redeploy_hangs(), Fault::lag(100_000)] {
        let cli = Cli::new();
        cli.sandbox.inject(fault.method("POST"));
        cli.jelou(&["tokens", "exec", "my-function", "--timeout", "1s", "--", "touch", "ran"]).ended(13);
        assert!(!cli.folder().join("ran").exists());
        assert_revoked(&cli);
    }
}

#[test]
fn a_token_that_cannot_be_revoked_fails_a_successful_command() {
    for (script, status) in [("exit 0", 12), ("exit 7", 7)] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::status(403).method("DELETE").always());
        exec(&cli, &["sh", "-c", script]).ended(status);
        assert_eq!(cli.sandbox.tokens("my-function").len(), 2);
    }
}

#[test]
fn a_signal_is_passed_on_and_the_token_revoked() {
    for signal in [1, 2, 15] {
        let cli = Cli::new();
        let mut running = cli.start(&[&EXEC[..], &["sh", "-c", ": > running; exec sleep 60"]].concat());
        until("the command runs", || cli.folder().join("running").exists().then_some(()));
        running.signal(signal);
        let ended = running.end();
        assert_eq!(ended.ran.status, 128 + signal, "{ended:?}");
        assert_revoked(&cli);
    }
}

/// A command that handles the signal may take its time, and its status is passed on.
#[test]
fn a_command_that_handles_the_signal_is_waited_for() {
    let cli = Cli::new();
    let script = "trap 'echo cleaned; exit 3' TERM; : > running; while :; do sleep 0.05; done";
    let mut running = cli.start(&[&EXEC[..], &["sh", "-c", script]].concat());
    until("the command runs", || cli.folder().join("running").exists().then_some(()));
    running.signal(15);
    let ended = running.end();
    assert_eq!((ended.ran.status, ended.ran.stdout.as_str()), (3, "cleaned\n"), "{ended:?}");
    assert_revoked(&cli);
}

/// Runs a command at a terminal, types Ctrl-C once a text appears, and prints how the command
/// ended.
const TERMINAL: &str = r#"
import json, os, pty, select, sys, time
pid, master = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
text, pressed, end = b"", False, time.time() + 25
while time.time() < end:
    if master in select.select([master], [], [], 0.05)[0]:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
    if sys.argv[1].encode() in text and not pressed:
        pressed = True
        os.write(master, b"\x03")
status = os.waitpid(pid, 0)[1]
print(json.dumps({"text": text.decode(), "signal": os.WTERMSIG(status), "code": os.WEXITSTATUS(status)}))
"#;

fn ctrl_c_at(cli: &Cli, text: &str, command: &[&str]) -> serde_json::Value {
    let mut python = Command::new("python3");
    python.args(["-c", TERMINAL, text]).args(command).env_clear().envs(cli.env()).env("TERM", "xterm");
    let ended = Running::start({
        python.current_dir(cli.folder()).stdin(Stdio::null());
        python
    })
    .end();
    serde_json::from_str(&ended.ran.stdout).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

/// The terminal sends Ctrl-C to both processes; `jelou` must not send it to the command again.
#[test]
fn ctrl_c_reaches_the_command_once() {
    let cli = Cli::new();
    cli.write(
        "count",
        "n=0\ntrap 'n=$((n+1)); echo $n >> hits' INT\necho READY\n\
         i=0; while [ $i -lt 12 ]; do sleep 0.05; i=$((i+1)); done\nexit 5\n",
    );
    let ended = ctrl_c_at(&cli, "READY", &[&["jelou"], &EXEC[..], &["bash", "./count"]].concat());
    assert_eq!(ended["code"], json!(5), "{ended}");
    assert_eq!(std::fs::read_to_string(cli.folder().join("hits")).unwrap(), "1\n");
    assert_revoked(&cli);
}

/// At a prompt, Ctrl-C ends the command at once, and no write was sent.
#[test]
fn ctrl_c_at_a_prompt_ends_the_run_and_leaves_the_terminal_as_it_was() {
    for (command, prompt) in [
        ("tokens revoke my-function default", "(y/N)"),
        ("login", "Paste your API key"),
        ("secrets set my-function", "Secret key"),
    ] {
        let cli = Cli::new();
        let script = format!("stty -a > before; jelou {command}; echo \"ended $?\"; stty -a > after");
        let ended = ctrl_c_at(&cli, prompt, &["bash", "-c", &format!("trap : INT; {script}")]);
        let text = ended["text"].as_str().unwrap();
        assert!(text.contains("ended 130") || text.contains("ended 14"), "{ended}");
        assert!(!cli.sent(true).iter().any(|line| line.contains("/v1/")));
        let modes = |name: &str| std::fs::read_to_string(cli.folder().join(name)).unwrap();
        assert_eq!(modes("before"), modes("after"), "{command}");
    }
}
