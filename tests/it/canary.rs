//! Every command with `-v -v`, with a different secret in every place that can hold one. Each
//! secret is found only where it belongs.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::sandbox::Fault;
use serde_json::json;

use crate::support::cli::{Cli, Ran};

/// The secrets, by the place that holds each.
struct Canaries(BTreeMap<&'static str, String>);

impl Canaries {
    /// The secrets that a text contains, as they are or in base64.
    fn within(&self, text: &str) -> Vec<&'static str> {
        let holds = |value: &str| {
            let encoded = STANDARD.encode(value);
            text.contains(value) || text.contains(&encoded[..encoded.len() - 4])
        };
        self.0.iter().filter(|(_, value)| holds(value)).map(|(name, _)| *name).collect()
    }
}

struct Setting {
    cli: Cli,
    canaries: Canaries,
}

fn setting() -> Setting {
    let mut cli = Cli::new();
    let mut canaries = BTreeMap::new();
    let stored = cli.sandbox.issue_pat(&["functions:read", "functions:write"]);
    let login = cli.jelou_with_stdin(&["login", "--profile", "stored", "--token-stdin"], &stored);
    assert_eq!(login.status, 0, "{login:?}");
    canaries.insert("the profile's token", stored);
    canaries.insert("JELOU_TOKEN", cli.sandbox.pat().to_owned());
    let function_token = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &function_token);
    canaries.insert("JELOU_FUNCTION_TOKEN", function_token);
    canaries.insert("the login's token", cli.sandbox.issue_pat(&["functions:read"]));
    for (name, value) in [
        ("an argument's secret", "canary-argument-Ab3dEf6hIj"),
        ("stdin's secret", "canary-stdin-Kl9mNo2pQr"),
        ("the file's secret", "canary-dotenv-St5uVw8xYz"),
        ("a password", "canary-password-Ba1cDe4fGh"),
        // Without a prefix that tells what it is.
        ("an API key", "k7Hq2mVx9RtB4nLw8ZyC3dFs"),
    ] {
        canaries.insert(name, value.to_owned());
    }
    cli.write("secrets.env", "FROM_FILE=canary-dotenv-St5uVw8xYz\n");
    cli.write("jelou.json", r#"{"function": "new-function"}"#);
    cli.write("index.ts", "export default () => 1;\n");
    Setting { cli, canaries: Canaries(canaries) }
}

/// Every command, its stdin, and the secrets that it may write to a file.
const COMMANDS: &[(&str, &str)] = &[
    ("whoami", ""),
    ("whoami --profile stored", ""),
    ("auth list", ""),
    ("functions list", ""),
    ("functions info my-function", ""),
    ("functions create another-function", ""),
    ("functions delete another-function -y", ""),
    ("deployments list my-function", ""),
    ("deploy -y --wait --to file:value-deploy", ""),
    ("tokens list my-function", ""),
    ("tokens create my-function --name ci --wait --to file:value-create", ""),
    ("tokens info my-function ci", ""),
    ("tokens create my-function --name ci --if-exists rotate --to file:value-heal", ""),
    ("tokens rotate my-function ci --to file:value-rotate", ""),
    ("tokens regenerate my-function ci -y --to file:value-regenerate --to secret:other-function/T", ""),
    ("tokens create my-function --name argv --to 'command:sh -c \"cat > value-command; sh ./look\"'", ""),
    ("tokens exec my-function -- sh -c 'printf %s \"$JELOU_FUNCTION_TOKEN\" > value-exec; sh ./look'", ""),
    ("tokens disable my-function ci -y", ""),
    ("tokens enable my-function ci", ""),
    ("tokens verify my-function", ""),
    ("tokens verify my-function --token-stdin", "{JELOU_FUNCTION_TOKEN}"),
    ("tokens whois", "a {JELOU_FUNCTION_TOKEN} and {JELOU_TOKEN}"),
    ("tokens whois --check", "{JELOU_FUNCTION_TOKEN}."),
    ("call my-function /a?b=c -d 'a body' -H 'X-A: b'", ""),
    ("call my-function --token-stdin", "{JELOU_FUNCTION_TOKEN}"),
    ("call nobody -d @-", "{stdin's secret}"),
    ("call nobody -d @secrets.env", ""),
    ("tokens revoke my-function ci -y --wait", ""),
    ("tokens prune my-function --name 'argv*' -y", ""),
    ("tokens recover", ""),
    ("secrets set my-function FROM_ARGUMENT='{an argument's secret}'", ""),
    ("secrets set my-function --stdin FROM_STDIN", "{stdin's secret}"),
    ("secrets set my-function --from-env secrets.env --wait", ""),
    ("secrets list my-function", ""),
    ("secrets delete my-function FROM_STDIN -y", ""),
    ("login --profile other --token-stdin", "{the login's token}"),
    ("auth switch stored", ""),
    ("auth remove other -y", ""),
    // Mistakes of a user that put a secret where none belongs.
    ("tokens create my-function --name {JELOU_FUNCTION_TOKEN} --to file:x", ""),
    ("tokens create my-function --name x --to {JELOU_FUNCTION_TOKEN}", ""),
    ("tokens revoke my-function {JELOU_FUNCTION_TOKEN} -y", ""),
    ("tokens revoke my-function --stdin -y", "{JELOU_FUNCTION_TOKEN}"),
    ("tokens info my-function {JELOU_FUNCTION_TOKEN}", ""),
    ("tokens rotate my-function {JELOU_FUNCTION_TOKEN} --to file:x", ""),
    ("tokens verify my-function {JELOU_FUNCTION_TOKEN}", ""),
    ("tokens verify {JELOU_FUNCTION_TOKEN}", ""),
    ("tokens whois {JELOU_FUNCTION_TOKEN}", ""),
    ("tokens verify my-function --token-stdin", "{JELOU_TOKEN}"),
    ("tokens list {JELOU_TOKEN}", ""),
    ("{JELOU_TOKEN}", ""),
    ("tokens --{JELOU_TOKEN}", ""),
    ("login --token-stdin", "{JELOU_FUNCTION_TOKEN}"),
    ("whoami --profile {JELOU_TOKEN}", ""),
    ("whoami --api-url https://user:{a password}@app.jelou.ai", ""),
    ("whoami --api-url {JELOU_TOKEN}", ""),
    ("whoami --gateway-url https://user:{a password}@x", ""),
    ("secrets set my-function '{an argument's secret}'", ""),
    ("secrets set my-function 'lower={an argument's secret}'", ""),
    ("secrets set my-function --stdin lower", "{stdin's secret}"),
    ("tokens recover {JELOU_FUNCTION_TOKEN}", ""),
    ("deployments info my-function {JELOU_FUNCTION_TOKEN}", ""),
    ("call {JELOU_FUNCTION_TOKEN}", ""),
    ("call my-function {JELOU_FUNCTION_TOKEN}", ""),
    ("call my-function /{JELOU_FUNCTION_TOKEN}", ""),
    ("call my-function /{JELOU_TOKEN}", ""),
    ("call my-function -H 'X-Jelou-Token: {JELOU_FUNCTION_TOKEN}'", ""),
    ("call my-function -H 'Authorization: Bearer {JELOU_TOKEN}'", ""),
    ("call my-function -d '{JELOU_TOKEN}'", ""),
    ("call my-function -X {JELOU_TOKEN}", ""),
    ("call my-function -H {a password}", ""),
    ("call my-function --token-stdin", "{JELOU_TOKEN}"),
    ("deployments download my-function {JELOU_FUNCTION_TOKEN}", ""),
    ("rollback my-function {JELOU_FUNCTION_TOKEN} -y", ""),
    ("rollback {JELOU_FUNCTION_TOKEN} -y", ""),
    ("login {an API key}", ""),
    ("{an API key}", ""),
    ("tokens {an API key}", ""),
    ("tokens list my-function {an API key}", ""),
    ("tokens rotate -f my-function ci {an API key}", ""),
    ("call my-function /x {an API key}", ""),
    ("call my-function '/x?key={an API key}#y'", ""),
    ("call my-function '/x y?key={an API key}'", ""),
    ("call 'https://my-function.fn.jelou.ai/?key={an API key}'", ""),
    ("secrets set my-function {an API key}", ""),
    ("secrets KEY={an API key}", ""),
    ("KEY={a password}", ""),
    ("secrets list my-function KEY={a password}", ""),
    ("tokens list my-function KEY={a password}", ""),
    ("tokens verify my-function {a password}", ""),
    ("call my-function /x {a password}", ""),
    ("init my-function --mode link", ""),
    ("init {JELOU_FUNCTION_TOKEN}", ""),
    ("init --slug {JELOU_TOKEN} --mode create", ""),
];

/// Replaces each `{NAME}` by the secret of that name.
fn fill(text: &str, canaries: &Canaries) -> String {
    canaries.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What a child process can read of the processes above it.
const LOOK: &str =
    "for p in $$ $PPID $(ps -o ppid= -p $PPID); do tr '\\0' ' ' < /proc/$p/cmdline; echo; done > argv-$$\n";

#[must_use]
fn run(cli: &Cli, command: &str, stdin: &str) -> Ran {
    let mut words = shlex::split(command).unwrap();
    words.extend(["-v".to_owned(), "-v".to_owned()]);
    if let Some(at) = words.iter().position(|word| word == "--") {
        let flags = words.split_off(words.len() - 2);
        words.splice(at..at, flags);
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    cli.jelou_with_stdin(&words, stdin)
}

/// Every file below a folder, with its content.
fn files(folder: &Path, found: &mut Vec<(String, String)>, root: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found, root);
        } else {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            found.push((name, String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()));
        }
    }
}

/// The files that may contain a secret: those of the user, those of sinks, and the credentials
/// file.
fn belongs(file: &str, canary: &str) -> bool {
    match file {
        "secrets.env" => canary == "the file's secret",
        // The second is that of macOS.
        "home/.config/jelou/credentials.json" | "home/Library/Application Support/ai.jelou.jelou/credentials.json" => {
            canary.ends_with("'s token")
        }
        file => file.starts_with("value-") && canary == file,
    }
}

#[test]
fn no_command_shows_a_secret_or_leaves_one_behind() {
    for format in ["", " --json", " --quiet"] {
        let Setting { cli, mut canaries } = setting();
        cli.write("look", LOOK);
        for (command, stdin) in COMMANDS {
            if format == " --quiet" && command.contains("--to") {
                continue;
            }
            let (line, stdin) = (fill(command, &canaries), fill(stdin, &canaries));
            let line = line.replacen(" -- ", &format!("{format} -- "), 1);
            let line = if line.contains(" -- ") { line } else { line + format };
            let ran = run(&cli, &line, &stdin);
            // A value that is new since, told by its sink.
            let mut found = Vec::new();
            files(cli.folder(), &mut found, cli.folder());
            for (file, content) in found.iter().filter(|(file, _)| file.starts_with("value-")) {
                canaries.0.insert(String::leak(file.clone()), content.clone());
            }
            assert_eq!(canaries.within(&ran.stdout), [""; 0], "stdout of {command}{format}: {ran:?}");
            assert_eq!(canaries.within(&ran.stderr), [""; 0], "stderr of {command}{format}: {ran:?}");
            for (file, content) in &found {
                let strays: Vec<_> = canaries.within(content).into_iter().filter(|it| !belongs(file, it)).collect();
                assert_eq!(strays, [""; 0], "{file} after {command}{format}");
            }
        }
        let expected = if format == " --quiet" { 1 } else { 7 };
        assert!(
            canaries.0.keys().filter(|name| name.starts_with("value-")).count() >= expected,
            "{:?}",
            canaries.0.keys()
        );
        assert!(!cli.sandbox.requests().is_empty());
        let seen = cli
            .folder()
            .read_dir()
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("argv-"));
        assert!(seen.count() > 0, "the children looked at the arguments above them");
    }
}

/// A server that quotes secrets in its error messages, and one whose malformed responses contain
/// them.
#[test]
fn secrets_in_the_servers_messages_are_scrubbed() {
    for format in ["", " --json", " --quiet"] {
        for garbled in [false, true] {
            let Setting { cli, canaries } = setting();
            let all = canaries.0.values().filter(|value| value.starts_with("jfn_")).cloned().collect::<Vec<_>>();
            let text = format!("bad: {} ({})", all.join(" or "), all.join(","));
            let mut body = json!({ "error": text, "code": text, "message": text, "request_id": text,
                "details": { "nested": [text], "token": all[0], all[1].clone(): 1 } })
            .to_string();
            if garbled {
                body.truncate(body.len() - 3);
            }
            let status = if garbled { 200 } else { 403 };
            cli.sandbox.inject(Fault::answer(status, body).always());
            for (command, stdin) in COMMANDS.iter().filter(|(command, _)| !command.contains('{')) {
                if format == " --quiet" && command.contains("--to") {
                    continue;
                }
                let line = command.replacen(" -- ", &format!("{format} -- "), 1);
                let line = if line.contains(" -- ") { line } else { line + format };
                let ran = run(&cli, &fill(&line, &canaries), &fill(stdin, &canaries));
                // The answer to a call is data, which only a terminal and a log get cleaned.
                if !command.starts_with("call ") {
                    assert_eq!(canaries.within(&ran.stdout), [""; 0], "stdout of {command}{format}: {ran:?}");
                }
                assert_eq!(canaries.within(&ran.stderr), [""; 0], "stderr of {command}{format}: {ran:?}");
            }
        }
    }
}
