//! Names and messages of a hostile server in the emulated runner: none starts a workflow command,
//! disables a mask or sends a control character.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use super::ci_masks::{assert_hidden, job};
use crate::support::cli::Cli;
use crate::support::runner::Dialect;

/// Texts that a runner or a terminal would act on.
const HOSTILE: [&str; 14] = [
    "::stop-commands::disarmed",
    "\n::stop-commands::disarmed",
    "x\r::set-output name=a::b",
    "x\n\u{a0}::add-mask::my-function",
    "\u{2028}::set-env name=PATH::/evil",
    "\u{85}::error::gotcha",
    "##[stop-commands]disarmed",
    "text ##[set-env name=A]b",
    "##vso[task.setvariable variable=A]b",
    "##teamcity[setParameter name='A' value='b']",
    "section_start:1:x\r\u{1b}[0Kgotcha",
    "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m",
    "\u{202e}esrever\u{200b}\u{feff}",
    "travis_fold:start:x",
];

/// Asserts that a log has no commands but masks, and no control characters.
#[track_caller]
fn assert_harmless(log: &str, commands: &[crate::support::runner::ActionCommand], what: &str) {
    let foreign: Vec<_> = commands.iter().filter(|command| command.name != "add-mask").collect();
    assert!(foreign.is_empty(), "{what}: {foreign:?}\n{log}");
    assert!(!commands.iter().any(|command| command.data == "my-function"), "{what}: {commands:?}");
    let bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!log.contains(bad), "{what}: {log:?}");
    for command in ["##[stop", "##[set", "##vso[", "##teamcity["] {
        assert!(!log.contains(command), "{what}: {log}");
    }
    // Within a JSON document these have no effect: they are not on a line of their own.
    for line in log.lines().filter(|line| !line.starts_with('{')) {
        assert!(!line.contains("section_start:1") && !line.contains("travis_fold:start"), "{what}: {line}");
    }
}

fn page(items: &Value) -> String {
    json!({ "items": [items], "next_cursor": null }).to_string()
}

/// An answer of each kind with the text in every place that the server fills in freely; the last is
/// a refusal. `slug` and `key` stand where a slug and a secret's key belong: a hostile one makes
/// the whole answer an error.
fn answers(text: &str, slug: &str, key: &str) -> Vec<Fault> {
    let now = "2026-04-05T09:00:00Z";
    let token = json!({ "id": "tok_1", "name": text, "prefix": text, "function": slug, "status": text, "created_at": now,
        "last_used_at": null, "expires_at": null, "replaced_by": null });
    let function = json!({ "slug": slug, "name": text, "description": text, "url": text, "mcp_url": text, "status": text,
        "created_at": now, "updated_at": now, "active_deployment_id": null });
    let deployment = json!({ "id": "dep_1", "function": slug, "status": "failed", "reason": text, "created_at": now,
        "live_at": null, "error": text, "files": [{ "path": text, "size": 1 }], "superseded_by": null });
    let refusal =
        json!({ "error": text, "code": text, "message": text, "request_id": text, "details": { "text": text } });
    let me = json!({ "id": "user_1", "name": text, "type": "pat", "scopes": [text] });
    let at = |path: &str, answer: String| Fault::answer(200, answer).path(path).always();
    vec![
        at("/v1/functions/*/tokens", page(&token)),
        at("/v1/functions/*/tokens/*", token.to_string()).method("GET"),
        at("/v1/functions", page(&function)),
        at("/v1/functions/*", function.to_string()),
        at("/v1/functions/*/deployments", page(&deployment)),
        at("/v1/functions/*/deployments/*", deployment.to_string()),
        at("/v1/functions/*/deployments/*/artifact", json!({ "files": [{ "path": text, "content": "" }] }).to_string()),
        at("/v1/functions/*/secrets", page(&json!({ "key": key, "updated_at": now }))),
        at("/v1/me", me.to_string()),
        // Every other request.
        Fault::answer(403, refusal.to_string()).always(),
    ]
}

const READING: [&str; 12] = [
    "tokens list my-function",
    "tokens info my-function tok_1",
    "tokens prune my-function --all --dry-run",
    "functions list",
    "functions info my-function",
    "deployments list my-function",
    "deployments info my-function dep_1",
    "deployments wait my-function dep_1",
    "deployments download my-function dep_1 -o out --force",
    "secrets list my-function",
    "whoami",
    "whoami -v",
];
const REFUSED: [&str; 13] = [
    "tokens list my-function",
    "tokens create my-function --name ci --to file:x --to stdout",
    "tokens revoke my-function tok_1 tok_2 -y",
    "tokens rotate my-function tok_1 --to file:x --to stdout",
    "tokens disable my-function tok_1 -y",
    "tokens exec my-function -- true",
    "functions delete my-function -y",
    "deployments download my-function dep_1",
    "rollback my-function dep_1 -y",
    "init my-function --mode link",
    "secrets set my-function A=b",
    "secrets delete my-function A -y",
    "whoami",
];

/// `-v -v` shows all that no flag shows, and the requests.
const FORMATS: [&str; 3] = ["-v -v", "--json", "--quiet"];

#[test]
fn text_from_the_server_starts_no_workflow_command() {
    for text in HOSTILE {
        let cli = Cli::new();
        let mut runner = job(&cli);
        let mut cleaned = answers(text, "my-function", "A");
        let refusal = cleaned.pop().unwrap();
        let mut refused_whole = answers(text, text, text);
        refused_whole.pop();
        for (commands, faults, formats) in [
            (&READING[..], cleaned, &FORMATS[..]),
            // Nothing of such an answer is shown, whatever the format.
            (&READING[..], refused_whole, &FORMATS[..1]),
            (&REFUSED[..], vec![refusal], &FORMATS[..]),
        ] {
            cli.sandbox.clear_faults();
            faults.into_iter().for_each(|fault| cli.sandbox.inject(fault));
            for format in formats {
                let script =
                    commands.iter().map(|command| format!("jelou {command} {format}")).collect::<Vec<_>>().join("\n");
                let step = runner.step(&format!("set +e\n{script}"));
                let what = format!("{text:?}, {format:?}");
                assert_harmless(&step.log, runner.commands(), &what);
                assert!(step.log.lines().count() >= commands.len(), "{what}: {}", step.log);
            }
        }
        // Masks still work afterwards.
        cli.sandbox.clear_faults();
        let script = "T=$(jelou tokens create my-function --name after --to stdout --to file:value --quiet); echo $T";
        let created = runner.step(script);
        assert!(created.log.contains("***"), "{text:?}: {}", created.log);
        assert_hidden(runner.log(), &std::fs::read_to_string(cli.folder().join("value")).unwrap());
    }
}

/// The answer that brings a new token is hostile: its mask is written before any of its text. A
/// name or a slug that was not asked for makes the answer an error.
#[test]
fn hostile_text_beside_a_new_value_disables_no_mask() {
    for text in HOSTILE {
        for dialect in [Dialect::GitHub, Dialect::Forgejo] {
            for (name, slug, status) in [("ci", "my-function", 0), (text, "my-function", 9), ("ci", text, 9)] {
                let cli = Cli::new();
                let patch = json!({ "name": name, "prefix": text, "function": slug, "status": text });
                cli.sandbox.inject(Fault::patch(patch).method("POST"));
                let mut runner = job(&cli).dialect(dialect);
                let step = runner.step("jelou tokens create my-function --name ci -v --to stdout --to file:value > shown; cat shown; cat value");
                assert_eq!(step.status, status, "{text:?}: {}", step.log);
                assert_harmless(&step.log, runner.commands(), &format!("{text:?}"));
                if status == 0 {
                    let value = std::fs::read_to_string(cli.folder().join("value")).unwrap();
                    assert_hidden(&step.log, &value);
                } else {
                    assert_eq!(cli.token_names("my-function"), ["default"], "the new token is revoked");
                }
                let asked = cli.sandbox.requests();
                assert!(asked.iter().all(|entry| entry.path.starts_with("/v1/functions/my-function")), "{asked:?}");
            }
        }
    }
}

/// Ids become parts of paths and of suggested commands. A malformed one is refused; the message
/// names the token instead.
#[test]
fn a_malformed_token_id_is_never_used_in_a_request() {
    for id in ["../../me", "tok_1\n::error::x", "", "tok 1", "tok_1; rm -rf /"] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::patch(json!({ "id": id })).method("POST").always());
        let mut runner = job(&cli);
        let step = runner.step("T=$(jelou tokens create my-function --name ci --json) || { echo \"$T\"; exit 9; }");
        assert_eq!(step.status, 9, "{id:?}: {}", step.log);
        assert!(step.log.contains("API_ERROR") && step.log.contains("`ci`"), "{}", step.log);
        assert_harmless(&step.log, runner.commands(), id);
        assert!(
            cli.sent(true).iter().all(|line| line == "POST /v1/functions/my-function/tokens"),
            "{:?}",
            cli.sent(true)
        );
    }
}

/// An answer about another function is not believed: no request goes there, and what the answer
/// names is not revoked.
#[test]
fn an_answer_about_another_function_is_not_believed() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::patch(json!({ "function": "other-function" })).always());
    let created = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--wait", "--quiet"]).ended(9);
    assert_eq!(created.stdout, "");
    assert!(created.stderr.contains("about another token"), "{created:?}");
    assert!(created.stderr.contains("its idempotency key is"), "it is named as it was asked for: {created:?}");
    cli.jelou(&["tokens", "rotate", "my-function", "default", "--quiet"]).ended(9);
    assert!(cli.sent(true).iter().all(|line| !line.starts_with("DELETE")), "{:?}", cli.sent(true));
    let asked = cli.sandbox.requests();
    assert!(asked.iter().all(|entry| !entry.path.contains("other-function")), "{asked:?}");
}

/// A value that is not a token's is neither printed nor masked, and the token is revoked.
#[test]
fn a_token_with_a_malformed_value_is_revoked() {
    for value in [
        "",
        "short",
        "jfn_rt_two\nlines_of_it",
        "jfn_rt_sp ace_in_it",
        "jfn_rt_::add-mask::x",
        "jfn_rt_\u{e9}\u{e9}\u{e9}\u{e9}",
    ] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::patch(json!({ "token": value })).method("POST"));
        let mut runner = job(&cli);
        let step = runner.step("T=$(jelou tokens create my-function --name ci --to stdout --to file:x --json)");
        assert_eq!(step.status, 9, "{value:?}: {}", step.log);
        assert!(step.log.contains("revoked again") && (value.is_empty() || !step.log.contains(value)), "{}", step.log);
        assert_eq!(runner.commands().len(), 0);
        assert_eq!(cli.token_names("my-function"), ["default"]);
        assert!(!cli.folder().join("x").exists());
    }
}
