//! Whatever a server says, in messages and in names, the emulated runner finds no command in what
//! `jelou` prints of it, and every line begins with a text of ours. A failure prints the texts.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use crate::support::cli::Cli;
use crate::support::raw_server::{RawServer, json as answer};
use crate::support::runner::{Dialect, Runner};

/// How many texts each dialect of runner is shown, each as a message and as a token's name.
const TEXTS: usize = 12;

/// A text of what logs, terminals and readers obey.
fn hostile_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "::add-mask::x",
        "::set-output name=a::b",
        "::stop-commands::t",
        "::error::e",
        "##[group]g",
        "##[add-mask]x",
        "##vso[task.complete]",
        "::",
        "##",
        "[",
        ":",
        " ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\u{b}",
        "\u{c}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{2029}",
        "\u{3000}",
        "\u{feff}",
        "\u{200b}",
        "\u{1b}[2K",
        "\u{1b}]0;t\u{7}",
        "\u{8}",
        "\0",
        "%0A",
        "%0D::error::e",
        "a",
        "é",
        "--- ",
        "+++",
        "|",
        "\\",
        "\"",
        "hint: ",
        "error: ",
    ]);
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn nothing_that_a_server_says_becomes_a_command_or_a_line_of_its_own() {
    let seed: [u8; 32] = uuid::Uuid::new_v4().simple().to_string().into_bytes().try_into().unwrap();
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut cases = TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng);
    for dialect in [Dialect::GitHub, Dialect::Act, Dialect::Forgejo, Dialect::Gitea] {
        let texts: Vec<String> = (0..TEXTS).map(|_| hostile_text().new_tree(&mut cases).unwrap().current()).collect();
        let said = texts.clone();
        let server = RawServer::answering(move |number, _| {
            let text = &said[number / 2 % said.len()];
            if number % 2 == 0 {
                return answer(422, &json!({"error": text, "code": text, "message": text}).to_string());
            }
            let token = json!({"id": "tok_1", "name": text, "prefix": text, "function": "f",
                "status": text, "created_at": "2026-04-05T09:00:00Z"});
            answer(200, &json!({"items": [token]}).to_string())
        });
        let cli = Cli::new();
        let folder = tempfile::tempdir().unwrap();
        let mut runner = Runner::new(folder.path()).dialect(dialect);
        for (name, value) in cli.env() {
            runner = runner.env(name, value);
        }
        let mut runner = runner.env("JELOU_API_URL", &server.url());
        let step =
            runner.step(&format!("for i in $(seq {TEXTS}); do jelou tokens list f || :; jelou tokens list f; done"));
        assert_eq!(server.requests().len(), 2 * TEXTS, "{}", step.log);
        assert!(runner.commands().is_empty(), "{dialect:?} {texts:?}: {:?}", runner.commands());
        let ours = ["error: ", "hint: ", "▸ ", "warning: "];
        for line in step.log.lines() {
            assert!(ours.iter().any(|begin| line.starts_with(begin)), "{dialect:?} {texts:?}: {line:?}");
        }
    }
}
