//! A byte order mark, as editors on Windows write it, is no part of a text. Every file that people
//! write is read without it, and one in UTF-16 is named as that.

use serde_json::json;

use crate::support::cli::{Cli, Ran};

const MARK: &str = "\u{feff}";

/// The text as UTF-16 with its mark.
fn utf_16(text: &str) -> Vec<u8> {
    MARK.encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Every file that people write: its name, a valid content, and a command that reads it.
const FILES: [(&str, &str, &[&str]); 5] = [
    ("jelou.json", r#"{"function": "my-function"}"#, &["tokens", "list"]),
    ("config/credentials.json", "{CREDENTIALS}", &["whoami", "--profile", "p"]),
    ("scenario.json", r#"{"seed": 7}"#, &["sandbox", "run", "--scenario", "scenario.json", "--", "true"]),
    ("seed.json", r#"{"functions": [{"slug": "a"}]}"#, &["sandbox", "run", "--seed-file", "seed.json", "--", "true"]),
    ("app.env", "KEY=1\n", &["secrets", "set", "my-function", "--from-env", "app.env"]),
];

fn content(cli: &Cli, text: &str) -> String {
    let profile = json!({
        "token": cli.sandbox.pat(), "api_url": cli.sandbox.api_url(), "created_at": "2026-01-01T00:00:00Z",
    });
    let credentials = json!({"version": 1, "active": "p", "profiles": {"p": profile}});
    text.replace("{CREDENTIALS}", &credentials.to_string())
}

fn run(cli: &mut Cli, arguments: &[&str]) -> Ran {
    let config = cli.folder().join("config").display().to_string();
    cli.set("JELOU_CONFIG_DIR", &config);
    cli.jelou(arguments)
}

#[test]
fn a_mark_is_skipped() {
    for (name, text, arguments) in FILES {
        for mark in ["", MARK] {
            let mut cli = Cli::new();
            let text = content(&cli, text);
            cli.write(name, format!("{mark}{text}"));
            run(&mut cli, arguments).ended(0);
        }
    }
}

#[test]
fn a_mark_inside_is_not() {
    for (name, text, arguments) in FILES {
        let mut cli = Cli::new();
        let text = content(&cli, text);
        cli.write(name, format!("{MARK}{MARK}{text}"));
        run(&mut cli, arguments).ended(2);
    }
}

#[test]
fn utf_16_is_named() {
    for (name, text, arguments) in FILES {
        let mut cli = Cli::new();
        let text = content(&cli, text);
        cli.write(name, utf_16(&text));
        let ran = run(&mut cli, arguments).ended(2);
        assert!(ran.stderr.contains("UTF-16") && ran.stderr.contains(name), "{ran:?}");
        assert_eq!(cli.sent(false), Vec::<String>::new());
    }
}

#[test]
fn what_is_no_text_is_named_by_its_line() {
    for (name, text, arguments) in FILES {
        let mut cli = Cli::new();
        let text = content(&cli, text);
        cli.write(name, [b"\n\n\xe9", text.as_bytes()].concat());
        let ran = run(&mut cli, arguments).ended(2);
        assert!(ran.stderr.contains("line 3") && ran.stderr.contains(name), "{ran:?}");
    }
}

/// Windows PowerShell puts one before what it writes into a pipe.
#[test]
fn a_mark_before_what_comes_on_stdin_is_no_part_of_it() {
    for mark in ["", MARK] {
        let cli = Cli::new();
        let with = |text: &str| format!("{mark}{text}\r\n");
        cli.jelou_with_stdin(&["secrets", "set", "my-function", "--stdin", "KEY"], &with("value")).ended(0);
        assert!(cli.sandbox.secret_is("my-function", "KEY", "value"));

        let token = cli.jelou(&["tokens", "create", "my-function", "--name", "ci", "--quiet", "--wait"]).ended(0);
        let verify = ["tokens", "verify", "my-function", "--token-stdin"];
        cli.jelou_with_stdin(&verify, &with(token.stdout.trim_end())).ended(0);

        let pat = cli.sandbox.pat().to_owned();
        let login = ["login", "--token-stdin", "--profile", "p"];
        cli.jelou_with_stdin(&login, &with(&pat)).ended(0);

        cli.jelou_with_stdin(&["tokens", "revoke", "my-function", "--stdin", "-y"], &with("ci")).ended(0);
        assert!(!cli.token_names("my-function").contains(&"ci".to_owned()));
    }
}
