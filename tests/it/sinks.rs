//! Every sink of `--to`: what it contains afterwards, and that a failure leaves neither a token nor
//! a value.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use jelou::sandbox::Fault;
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::http::Request;

/// A file's content, its mode, and whether the gateway accepts the value in it.
#[track_caller]
fn read(path: &Path) -> (String, u32) {
    let mode = path.metadata().unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode();
    (std::fs::read_to_string(path).unwrap(), mode & 0o777)
}

fn accepted(cli: &Cli, slug: &str, token: &str) -> bool {
    let answer = Request::get(&format!("/fn/{slug}/mcp")).token(token).send(cli.sandbox.port());
    answer.status != 401
}

/// What each sink holds, of the token that was handed to it.
fn in_sink(text: &str) -> String {
    let start = text.find("jfn_rt_sbx_").unwrap_or_else(|| panic!("no value in {text:?}"));
    text[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).collect()
}

#[test]
fn a_file_holds_only_the_value_and_has_mode_0600() {
    let cli = Cli::new();
    let ran = cli
        .jelou(&["tokens", "create", "my-function", "--name", "ci", "--to", "file:token", "--json", "--wait"])
        .ended(0);
    let (value, mode) = read(&cli.folder().join("token"));
    assert!(value.starts_with("jfn_rt_sbx_") && value == in_sink(&value), "no newline: {value:?}");
    assert_eq!(mode, 0o600);
    assert!(accepted(&cli, "my-function", &value));
    let envelope = ran.json();
    assert_eq!(envelope["data"]["token"], json!(null));
    assert_eq!(envelope["data"]["delivered_to"], json!(["file:token"]));
    assert!(envelope["data"]["live"]["accepted_after_ms"].is_u64());
    assert!(!ran.stdout.contains(&value) && !ran.stderr.contains(&value));
    assert_eq!(std::fs::read_dir(cli.folder()).unwrap().count(), 2, "the file and HOME, nothing besides");
}

/// Each sink, the content of its file afterwards (`VALUE` stands for the value), and whether the
/// file must exist before.
#[test]
fn each_file_sink_writes_its_own_format() {
    let table = [
        ("github-env:T", "env", Some("A=1"), "A=1\nT<<DELIMITER\nVALUE\nDELIMITER\n"),
        ("github-output:t-1", "output", Some(""), "t-1<<DELIMITER\nVALUE\nDELIMITER\n"),
        ("dotenv:x:y.env:T", "x:y.env", None, "T=VALUE\n"),
        ("dotenv:.env:T", ".env", Some("A=1\nT=old\nB=2\n"), "A=1\nT=VALUE\nB=2\n"),
        ("bash-env:T", "bash", None, "export T='VALUE'\n"),
        ("bash-env:T", "bash", Some("export A=1\n"), "export A=1\nexport T='VALUE'\n"),
    ];
    for (sink, file, before, expected) in table {
        let mut cli = Cli::new();
        for (variable, path) in [("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output"), ("BASH_ENV", "bash")] {
            let path = cli.folder().join(path).display().to_string();
            cli.set(variable, &path);
        }
        if let Some(before) = before {
            cli.write(file, before);
        }
        let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--to", sink, "--json"]).ended(0);
        assert_eq!(ran.json()["data"]["delivered_to"], json!([sink]));
        let (text, mode) = read(&cli.folder().join(file));
        let value = in_sink(&text);
        let delimiter = text.lines().find_map(|line| line.split_once("<<")).map_or("", |(_, delimiter)| delimiter);
        assert!(delimiter.is_empty() || delimiter.len() > 30, "random: {delimiter}");
        let shown = text.replace(&value, "VALUE");
        let shown = if delimiter.is_empty() { shown } else { shown.replace(delimiter, "DELIMITER") };
        assert_eq!(shown, expected, "{sink}");
        if before.is_none() {
            assert_eq!(mode, 0o600, "{sink}");
        }
        assert!(!ran.stdout.contains(&value) && !ran.stderr.contains(&value), "{ran:?}");
    }
}

#[test]
fn a_function_gets_the_value_as_its_secret() {
    let cli = Cli::new();
    let ran = cli.jelou(&[
        "tokens",
        "create",
        "my-function",
        "--name",
        "ci",
        "--json",
        "--to",
        "secret:other-function/MY_TOKEN",
    ]);
    let ran = ran.ended(0);
    let id = ran.json()["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(ran.json()["data"]["delivered_to"], json!(["secret:other-function/MY_TOKEN"]));
    assert_eq!(
        cli.sent(true),
        ["POST /v1/functions/my-function/tokens", "PUT /v1/functions/other-function/secrets"],
        "checked before, written after"
    );
    // A second sink, so that the test knows the value.
    let args = ["tokens", "rotate", "my-function", &id, "--to", "secret:other-function/MY_TOKEN", "--to", "file:v"];
    cli.jelou(&args).ended(0);
    let value = std::fs::read_to_string(cli.folder().join("v")).unwrap();
    assert!(cli.sandbox.secret_is("other-function", "MY_TOKEN", &value));
}

#[test]
fn a_command_gets_the_value_on_its_stdin_and_no_credentials() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION_TOKEN", "jfn_rt_sbx_ANOTHER_ONE_00");
    cli.write("take", "cat > got; env > env; echo noise; echo noise >&2; printf '%s|' \"$@\" > args\n");
    let sink = "command:sh ./take 'a b' '$HOME' '*'";
    let ran = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--to", sink, "--json"]).ended(0);
    let value = std::fs::read_to_string(cli.folder().join("got")).unwrap();
    assert_eq!(value, in_sink(&value), "the value and no newline");
    assert_eq!(std::fs::read_to_string(cli.folder().join("args")).unwrap(), "a b|$HOME|*|", "words, not expanded");
    let env = std::fs::read_to_string(cli.folder().join("env")).unwrap();
    assert!(!env.contains("JELOU_TOKEN=") && !env.contains("JELOU_FUNCTION_TOKEN=") && !env.contains(&value), "{env}");
    assert_eq!(ran.json()["data"]["delivered_to"], json!(["command:sh"]), "its arguments may hold a secret");
    assert_eq!(ran.stderr.matches("noise\n").count(), 2);
    assert!(!ran.stdout.contains("noise"));
}

/// Sinks that are refused before the request.
#[test]
fn a_sink_that_cannot_be_written_is_refused_before_the_request() {
    let mut cli = Cli::new();
    cli.write("taken", "x");
    cli.write("folder/x", "x");
    symlink("nowhere", cli.folder().join("dangling")).unwrap();
    let not_there = cli.folder().join("gone/env").display().to_string();
    cli.set("GITHUB_ENV", &not_there);
    let table = [
        ("file:taken", 2),
        ("file:dangling", 2),
        ("file:folder", 2),
        ("file:gone/token", 2),
        ("file:", 2),
        ("github-env:T", 2),
        ("github-env:PATH", 2),
        ("github-env:LD_PRELOAD", 2),
        ("github-env:NODE_OPTIONS", 2),
        ("github-output:T", 2),
        ("dotenv:folder:T", 2),
        ("dotenv:x", 2),
        ("bash-env:T", 2),
        ("azure-var:T", 2),
        ("secret:no-such-function/KEY", 5),
        ("secret:other-function/lower", 2),
        ("command:no-such-program-here", 2),
        ("command:'", 2),
        ("nonsense:x", 2),
        ("/dev/null", 2),
    ];
    for (sink, status) in table {
        let ran =
            cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--json", "--to", "stdout", "--to", sink]);
        let ran = ran.ended(status);
        assert_eq!(ran.json()["data"], json!(false), "{sink}");
        assert_eq!(cli.sent(true), [""; 0], "{sink}: nothing was created");
    }
    for sinks in [["file:a", "file:./a"], ["stdout", "stdout"]] {
        let args = ["tokens", "create", "my-function", "--name", "ci", "--to", sinks[0], "--to", sinks[1]];
        cli.jelou(&args).ended(2);
    }
    assert_eq!(cli.sent(true), [""; 0]);
    for verb in [["tokens", "rotate", "my-function", "default"], ["tokens", "regenerate", "my-function", "default"]] {
        let args = [verb.as_slice(), &["-y", "--to", "file:taken"]].concat();
        cli.jelou(&args).ended(2);
    }
    assert_eq!(cli.sent(true), [""; 0]);
}

/// The token is revoked, the sinks that were written are undone, and the message says so.
#[track_caller]
fn undone(cli: &Cli, sinks: &[&str]) -> String {
    let mut args = vec!["tokens", "create", "my-function", "--name", "ci", "--json"];
    sinks.iter().for_each(|sink| args.extend(["--to", sink]));
    let before = cli.sent(true).len();
    let ran = cli.jelou(&args).ended(13);
    let error = ran.json()["error"].clone();
    assert_eq!(error["code"], "DELIVERY_ERROR");
    assert_eq!(error["details"]["revoked"], json!(true), "{error}");
    assert_eq!(error["retryable"], json!(false));
    let sent = &cli.sent(true)[before..];
    assert_eq!(sent[0], "POST /v1/functions/my-function/tokens");
    assert!(sent.iter().any(|line| line.starts_with("DELETE /v1/functions/my-function/tokens/tok_")), "{sent:?}");
    assert_eq!(cli.token_names("my-function"), ["default"]);
    ran.stdout + &ran.stderr
}

#[test]
fn a_sink_that_fails_undoes_the_token_and_the_other_sinks() {
    let cli = Cli::new();
    cli.write("x.env", "A=1\n");
    let earlier = ["file:token", "dotenv:x.env:T", "secret:other-function/KEY"];
    for failing in ["command:false", "command:true", "command:sh -c 'cat >/dev/null; exit 3'"] {
        let said = undone(&cli, &[&earlier[..], &[failing]].concat());
        assert!(!said.contains("jfn_rt_sbx_"), "{said}");
        assert!(!cli.folder().join("token").exists());
        assert_eq!(std::fs::read_to_string(cli.folder().join("x.env")).unwrap(), "A=1\n");
        let last = cli.sent(true).into_iter().filter(|line| line.contains("secret")).collect::<Vec<_>>();
        assert_eq!(last.last().unwrap(), "DELETE /v1/functions/other-function/secrets/KEY");
    }
    cli.sandbox.inject(Fault::status(403).method("PUT").path("/v1/functions/*/secrets"));
    undone(&cli, &["file:token", "secret:other-function/KEY"]);
    assert!(!cli.folder().join("token").exists());
    let names = std::fs::read_dir(cli.folder()).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(names.len(), 2, "no temporary file stays: {names:?}");
}

#[test]
fn a_command_that_may_have_read_the_value_is_named() {
    let cli = Cli::new();
    let said = undone(&cli, &["command:sh -c 'cat > copy'", "command:false"]);
    assert!(said.contains("command:sh"), "{said}");
}

#[test]
fn force_replaces_a_file_and_restores_it_on_failure() {
    let cli = Cli::new();
    cli.write("token", "old");
    let args =
        ["tokens", "create", "my-function", "--name", "ci", "--force", "--to", "file:token", "--to", "command:false"];
    cli.jelou(&args).ended(13);
    assert_eq!(std::fs::read_to_string(cli.folder().join("token")).unwrap(), "old");
    cli.jelou(&args[..args.len() - 2]).ended(0);
    let (value, mode) = read(&cli.folder().join("token"));
    assert_eq!((value.clone(), mode), (in_sink(&value), 0o600));
    assert_eq!(std::fs::read_dir(cli.folder()).unwrap().count(), 2, "no copy of the old content stays");
}

#[test]
fn a_token_that_cannot_be_revoked_is_named_with_the_command_to_run() {
    for json in [true, false] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::status(403).method("DELETE").path("/v1/functions/*/tokens/*").always());
        let mut args = vec!["tokens", "create", "my-function", "--name", "ci", "--to", "command:false"];
        args.extend(json.then_some("--json"));
        let ran = cli.jelou(&args).ended(13);
        let id = cli.sandbox.tokens("my-function")[1].id.to_string();
        assert!(ran.stderr.contains(&format!("`jelou tokens revoke my-function {id} -y`")), "{ran:?}");
        if json {
            let error = ran.json()["error"].clone();
            assert_eq!(error["details"]["token_id"], json!(id));
            assert_eq!(error["details"]["revoked"], json!(false));
        }
    }
}

/// The file forgets the old token, the platform does not.
#[test]
fn a_token_that_a_dotenv_file_held_is_said_to_stay_valid() {
    let cli = Cli::new();
    let create = |name: &str| {
        cli.jelou(&["tokens", "create", "my-function", "--name", name, "--to", "dotenv:.env:T", "--json"]).ended(0)
    };
    assert!(!create("first").stderr.contains("not revoked"));
    let ran = create("second");
    assert!(ran.stderr.contains("`T` in `.env` holds a token, which is replaced there and not revoked"), "{ran:?}");
    assert_eq!(ran.json()["warnings"][0]["code"], "TOKEN_REPLACED");
    assert_eq!(cli.token_names("my-function"), ["default", "first", "second"]);
    cli.write(".env", "T=a-value\nU=jfn_rt_abc1\n");
    assert!(!create("third").stderr.contains("not revoked"), "what stood there was no token");
}

/// Another sink may still fail, and then the value that a command has stored would be dead.
#[test]
fn a_command_gets_the_value_when_all_else_has_it() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::status(403).method("PUT").path("/v1/functions/other-function/secrets"));
    let sinks = ["--to", "command:tee stored", "--to", "secret:other-function/T"];
    let create = [&["tokens", "create", "my-function", "--name", "ci", "--json"][..], &sinks].concat();
    let refused = cli.jelou(&create).ended(13);
    assert!(!cli.folder().join("stored").exists(), "{refused:?}");
    assert!(!refused.stderr.contains("command:tee"), "{refused:?}");
    assert_eq!(cli.sandbox.tokens("my-function").len(), 1);
    let created = cli.jelou(&create).ended(0).json();
    assert_eq!(created["data"]["delivered_to"], json!(["command:tee", "secret:other-function/T"]));
    assert!(cli.sandbox.secret_is("other-function", "T", &read(&cli.folder().join("stored")).0));
}
