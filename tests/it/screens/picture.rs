//! The pictures of the README, drawn from a session at a terminal of 100 columns.

use std::time::Duration;

use jelou::sandbox::{Fixture, SandboxClock};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::repository::{path, read, regenerates};
use crate::support::screens::redact;
use crate::support::svg::{self, Drawn, Ink};
use crate::support::terminal::AtTerminal;

const TITLE: &str = "A terminal: jelou creates a token, lists the tokens of a function, rotates one and revokes one";
/// Those of the tests' terminals.
const COLUMNS: u16 = 100;

/// What is typed, and the answer to its question.
const LINES: [(&str, Option<(&str, &str)>); 4] = [
    ("jelou tokens create my-function --name ci-deploy --wait", None),
    ("jelou tokens list my-function", None),
    ("jelou tokens rotate my-function partner-api --to secret:other-function/PARTNER_TOKEN", None),
    ("jelou tokens revoke my-function ci-deploy --wait", Some(("(y/N)", "y\r"))),
];

/// A function in use, as it was some minutes and days ago.
fn cli() -> Cli {
    let ago =
        |hours: i64| (Timestamp::now() - SignedDuration::from_hours(hours) - SignedDuration::from_mins(5)).to_string();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": [
        {"name": "partner-api", "created_at": ago(24 * 40), "last_used_at": ago(0)},
        {"name": "pr-128", "created_at": ago(24 * 12), "last_used_at": ago(24 * 9), "disabled": true},
    ]}, {"slug": "other-function"}]});
    let fixture = Fixture::parse(&fixture.to_string()).unwrap();
    let mut cli =
        Cli::with(|builder| builder.fixture(fixture).clock(SandboxClock::system()).redeploy_delay(Duration::ZERO));
    // What moves is not drawn.
    cli.set("JELOU_NO_SPINNERS", "1").set("TERM", "xterm-256color");
    cli
}

/// A line is typed at a prompt, and what it shows stands below.
fn session() -> Vec<Drawn> {
    let cli = cli();
    let mut lines: Vec<Drawn> = Vec::new();
    for (typed, asked) in LINES {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(Ink::Dim, "$ ".to_owned()), (Ink::Bold, typed.to_owned())]);
        let arguments: Vec<&str> = typed.split(' ').skip(1).collect();
        let mut terminal = AtTerminal::start(cli.process(&arguments));
        if let Some((prompt, keys)) = asked {
            terminal.until_said(prompt, 1);
            terminal.types(keys);
        }
        let (status, _, written) = terminal.end();
        assert_eq!(status, 0, "{typed}: {written}");
        lines.extend(svg::read(&written));
    }
    lines
}

#[test]
fn the_pictures_are_those_of_a_session() {
    let lines = session();
    let lines = svg::with_text(&lines, &redact(&svg::text_of(&lines)));
    let readme = read("README.md");
    for page in &svg::PAGES {
        let file = format!("pictures/session-{}.svg", page.name);
        assert!(readme.contains(&format!("\"{file}\"")), "README.md shows {file}");
        let drawn = svg::draw(&lines, COLUMNS, TITLE, page);
        if regenerates() {
            std::fs::create_dir_all(path("pictures")).unwrap();
            std::fs::write(path(&file), drawn).unwrap();
        } else {
            let found = std::fs::read_to_string(path(&file)).unwrap_or_default();
            assert!(found == drawn, "{file} is not up to date; run `just regenerate` and look at it");
        }
    }
    assert!(readme.contains(&format!("alt=\"{TITLE}\"")), "README.md says what the picture shows");
}
