//! After `SIGKILL` an entry in the recovery log remains: later commands warn of it, and `tokens
//! recover` resolves it.

mod refusals;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use jelou::sandbox::{Fault, SandboxClock};
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::running::until;

const KILL: i32 = 9;
const CREATE: [&str; 5] = ["tokens", "create", "my-function", "--name", "ci"];
const RECOVER: [&str; 3] = ["tokens", "recover", "--json"];

/// The entries of the recovery log.
fn intents(cli: &Cli) -> Vec<PathBuf> {
    let folder = cli.state_folder().join("intents");
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|it| it == "json")).collect()
}

/// Kills a command once the request `sent` has arrived.
#[track_caller]
fn kill(cli: &Cli, arguments: &[&str], sent: &str) {
    let before = cli.sent(false).len();
    let mut running = cli.start(arguments);
    until(sent, || cli.sent(false)[before..].iter().any(|line| line.starts_with(sent)).then_some(()));
    running.signal(KILL);
    assert_eq!(running.end().signal, Some(KILL));
    cli.sandbox.clear_faults();
}

/// Kills a command during its wait, when its token exists.
#[track_caller]
fn kill_while_waiting(cli: &Cli, arguments: &[&str]) {
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    kill(cli, arguments, "GET /v1/functions/my-function/deployments/");
}

fn create_and_wait() -> Vec<&'static str> {
    [&CREATE[..], &["--wait"]].concat()
}

fn keys(cli: &Cli) -> Vec<Option<String>> {
    let posts = cli.sandbox.requests().into_iter().filter(|entry| entry.method == "POST");
    posts.map(|entry| entry.idempotency_key).collect()
}

#[test]
fn the_recovery_log_names_the_token_and_holds_no_value() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    let intents = intents(&cli);
    let [intent] = intents.as_slice() else { panic!("{intents:?}") };
    assert_eq!(intent.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(intent.parent().unwrap().metadata().unwrap().permissions().mode() & 0o077, 0);
    let text = std::fs::read_to_string(intent).unwrap();
    let content: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&content["function"], &content["name"]), (&json!("my-function"), &json!("ci")));
    let key = content["idempotency_key"].as_str().unwrap();
    assert_eq!(keys(&cli), [Some(format!("\"{key}\""))]);
    assert!(!text.contains("jfn_"), "{text}");
}

#[test]
fn a_run_that_ends_well_or_badly_leaves_no_entry() {
    let cli = Cli::new();
    cli.jelou(&[&CREATE[..], &["--quiet"]].concat()).ended(0);
    cli.jelou(&[&CREATE[..], &["--quiet"]].concat()).ended(7);
    cli.jelou(&["tokens", "rotate", "my-function", "ci", "--to", "command:false"]).ended(13);
    cli.jelou(&["tokens", "rotate", "my-function", "ci", "--to", "file:x"]).ended(0);
    cli.jelou(&["tokens", "regenerate", "my-function", "ci", "-y", "--quiet"]).ended(0);
    cli.jelou(&["tokens", "exec", "my-function", "--", "true"]).ended(0);
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
    assert_eq!(cli.jelou(&RECOVER).ended(5).json()["data"], false);
}

#[test]
fn later_commands_warn_of_a_token_left_behind() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    for _ in 0..2 {
        let ran = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0);
        assert_eq!(ran.json()["warnings"][0]["code"], "LEFT_BEHIND");
    }
}

#[test]
fn the_entry_of_a_running_command_is_not_recovered() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    let mut running = cli.start(&create_and_wait());
    cli.until_sent("GET /v1/functions/my-function/deployments/");
    assert_eq!(intents(&cli).len(), 1);
    let listed = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0);
    assert_eq!(listed.json()["warnings"], json!([]));
    let ran = cli.jelou(&["tokens", "recover", "--revoke", "-y", "--json"]).ended(0);
    assert_eq!(ran.json()["data"], json!([]));
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
    running.signal(15);
    assert_eq!(running.end().signal, Some(15));
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
}

#[test]
fn the_same_token_is_recovered_with_its_key() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    let id = cli.sandbox.tokens("my-function")[1].id.to_string();
    let ran = cli.jelou(&[&RECOVER[..], &["--to", "stdout", "--to", "file:token"]].concat()).ended(0);
    let data = ran.json()["data"].clone();
    assert_eq!((data["id"].as_str(), data["name"].as_str()), (Some(id.as_str()), Some("ci")));
    let value = data["token"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(cli.folder().join("token")).unwrap(), value);
    let keys = keys(&cli);
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    assert_eq!(cli.token_names("my-function"), ["default", "ci"], "one, not two");
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
}

/// The command was killed before the platform had the request: recovering creates the token, once.
#[test]
fn recovering_a_request_that_never_arrived_creates_the_token() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_before().method("POST").always());
    kill(&cli, &[&CREATE[..], &["--retries", "20"]].concat(), "POST");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    cli.jelou(&[&RECOVER[..]].concat()).ended(0);
    assert_eq!(cli.token_names("my-function"), ["default", "ci"]);
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
}

#[test]
fn recover_revoke_revokes_the_token() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    cli.jelou(&["tokens", "recover", "--revoke"]).ended(2);
    assert_eq!(cli.token_names("my-function"), ["default", "ci"], "not without `-y`");
    let ran = cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(0);
    assert_eq!(ran.json()["data"][0]["status"], "revoked");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
}

/// The old token stays valid, whatever happens to the new one.
#[test]
fn a_rotation_that_was_killed_is_undone() {
    let cli = Cli::new();
    cli.jelou(&[&CREATE[..], &["--wait", "--quiet"]].concat()).ended(0);
    let old = cli.sandbox.tokens("my-function")[1].id.to_string();
    cli.sandbox.inject(Fault::redeploy_hangs().method("POST"));
    let before = cli.sent(false).len();
    let mut running = cli.start(&["tokens", "rotate", "my-function", "ci"]);
    until("it waits", || cli.sent(false)[before..].iter().any(|line| line.contains("/deployments/")).then_some(()));
    running.signal(KILL);
    assert_eq!(running.end().signal, Some(KILL));
    cli.jelou(&["tokens", "recover", "--revoke", "-y"]).ended(0);
    let tokens = cli.sandbox.tokens("my-function");
    assert_eq!(tokens.len(), 2, "{tokens:?}");
    assert!(tokens[1].id.as_str() == old && tokens[1].replaced_by.is_none(), "{tokens:?}");
}

#[test]
fn of_several_entries_one_must_be_named() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    kill_while_waiting(&cli, &["tokens", "create", "my-function", "--name", "other", "--wait"]);
    cli.jelou(&RECOVER).ended(2);
    let id = intents(&cli)[0].file_stem().unwrap().to_str().unwrap().to_owned();
    cli.jelou(&[&RECOVER[..], &[&id]].concat()).ended(0);
    assert_eq!(intents(&cli).len(), 1);
    cli.jelou(&[&RECOVER[..], &["no-such-intent"]].concat()).ended(5);
    cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(0);
    assert_eq!(cli.token_names("my-function").len(), 2, "the one that was fetched stays");
}

/// A token of an earlier run is kept, with its entry, if it cannot be delivered: another run may
/// have delivered it.
#[test]
fn recovering_into_a_broken_sink_keeps_the_token_and_its_entry() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    let failed = cli.jelou(&[&RECOVER[..], &["--to", "command:false"]].concat()).ended(13);
    assert!(failed.stderr.contains("stays, with its entry"), "{failed:?}");
    assert_eq!(cli.token_names("my-function").len(), 2);
    let ran = cli.jelou(&["tokens", "list", "my-function", "--json"]).ended(0);
    assert_eq!(ran.json()["warnings"][0]["code"], "LEFT_BEHIND");
    cli.jelou(&RECOVER).ended(0);
    assert!(intents(&cli).is_empty());
}

/// Another run has created a token of that name, or the function was deleted: there is nothing to
/// recover.
#[test]
fn an_entry_whose_token_is_gone_is_removed() {
    for (revoke, status) in [(false, 7), (true, 0)] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::reset_before().method("POST").always());
        kill(&cli, &[&CREATE[..], &["--retries", "20"]].concat(), "POST");
        let mut other = Cli::env(&cli).clone();
        other.insert("HOME".to_owned(), cli.folder().display().to_string());
        let mut command = cli.command(&[&CREATE[..], &["--quiet"]].concat());
        command.env_clear().envs(other).assert().success();
        age_by_an_hour(&cli);
        let more: &[&str] = if revoke { &["--revoke", "-y"] } else { &[] };
        cli.jelou(&[&RECOVER[..], more].concat()).ended(status);
        assert_eq!(intents(&cli), Vec::<PathBuf>::new());
        assert_eq!(cli.token_names("my-function"), ["default", "ci"], "somebody else's stays");
    }
    for (revoke, status) in [(false, 7), (true, 0)] {
        let cli = Cli::new();
        kill_while_waiting(&cli, &create_and_wait());
        cli.jelou(&["functions", "delete", "my-function", "-y"]).ended(0);
        let more: &[&str] = if revoke { &["--revoke", "-y"] } else { &[] };
        cli.jelou(&[&RECOVER[..], more].concat()).ended(status);
        assert_eq!(intents(&cli), Vec::<PathBuf>::new());
    }
}

/// Makes the entries an hour older.
fn age_by_an_hour(cli: &Cli) {
    for path in intents(cli) {
        let mut content: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let then: jiff::Timestamp = content["started_at"].as_str().unwrap().parse().unwrap();
        content["started_at"] = json!(then - jiff::SignedDuration::from_hours(1));
        std::fs::write(&path, content.to_string()).unwrap();
    }
}

/// The platform keeps a key for 24 hours: after that the same request would create another token.
#[test]
fn a_key_older_than_a_day_is_not_sent_again() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    for path in intents(&cli) {
        let mut content: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        content["started_at"] = json!("2020-01-01T00:00:00Z");
        std::fs::write(&path, content.to_string()).unwrap();
    }
    let before = cli.sent(true).len();
    cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(0);
    assert_eq!(cli.sent(true).len(), before, "nothing was sent that could create a token");
}

#[test]
fn ci_keeps_no_recovery_log() {
    let mut cli = Cli::new();
    cli.set("CI", "true");
    kill_while_waiting(&cli, &create_and_wait());
    assert_eq!(intents(&cli), Vec::<PathBuf>::new());
    assert!(!cli.folder().join("home/.local").exists());
}

#[test]
fn without_a_writable_state_folder_tokens_can_be_created() {
    let mut cli = Cli::new();
    cli.write("a-file", "");
    let not_a_folder = cli.folder().join("a-file").display().to_string();
    cli.set("HOME", &not_a_folder).set("XDG_STATE_HOME", &not_a_folder);
    cli.jelou(&[&CREATE[..], &["--quiet"]].concat()).ended(0);
    let ran = cli.jelou(&RECOVER).ended(5);
    assert!(!ran.stdout.contains("UNREADABLE_INTENT"), "{ran:?}");
    cli.unset("HOME").unset("XDG_STATE_HOME");
    cli.jelou(&["tokens", "rotate", "my-function", "ci", "--quiet"]).ended(0);
}

#[test]
fn unreadable_entries_are_kept_with_a_warning() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    let good = intents(&cli)[0].clone();
    let text = std::fs::read_to_string(&good).unwrap();
    for (number, content) in ["", "{", "[]", "null", &text[..text.len() / 2]].into_iter().enumerate() {
        let name = format!("00000000-0000-4000-8000-00000000000{number}.json");
        let path = good.parent().unwrap().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    std::fs::write(good.parent().unwrap().join("note.txt"), "x").unwrap();
    let ran = cli.jelou(&[&RECOVER[..], &["--revoke", "-y"]].concat()).ended(0);
    let warnings = ran.json()["warnings"].as_array().unwrap().clone();
    assert_eq!(warnings.len(), 5, "{warnings:?}");
    assert!(warnings.iter().all(|warning| warning["code"] == "UNREADABLE_RECOVERY_ENTRY"), "{warnings:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    assert_eq!(intents(&cli).len(), 5);
}

#[test]
fn an_entry_is_sent_only_to_the_origin_it_came_from() {
    let cli = Cli::new();
    kill_while_waiting(&cli, &create_and_wait());
    let elsewhere = Cli::with(|builder| builder.clock(SandboxClock::system()).redeploy_delay(Duration::ZERO));
    let url = elsewhere.sandbox.api_url();
    let ran = cli.jelou(&[&RECOVER[..], &["--api-url", &url]].concat());
    assert_eq!(ran.status, 2, "{ran:?}");
    assert_eq!(elsewhere.sent(false), [""; 0]);
    assert_eq!(intents(&cli).len(), 1);
}
