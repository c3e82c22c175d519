//! `--describe`: the command tree as data, at every level, with nothing run.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::cli::Cli;

const KEYS: [&str; 6] = ["command", "description", "arguments", "options", "examples", "subcommands"];

/// Every node of the tree, each before those below it.
fn nodes<'a>(node: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(node);
    node["subcommands"].as_array().unwrap().iter().for_each(|child| nodes(child, found));
}

fn described(cli: &Cli, words: &[&str]) -> Value {
    let ran = cli.jelou(&[words, &["--describe"]].concat()).ended(0);
    assert_eq!(ran.stderr, "", "{words:?}");
    ran.json()
}

#[test]
fn every_level_describes_itself_and_what_is_below() {
    let cli = Cli::new();
    let root = described(&cli, &[]);
    let mut all = Vec::new();
    nodes(&root, &mut all);
    assert!(all.len() > 40, "{}", all.len());
    for node in all {
        let keys: Vec<&String> = node.as_object().unwrap().keys().collect();
        assert_eq!(keys, KEYS.iter().collect::<Vec<_>>());
        let typed = node["command"].as_str().unwrap();
        assert!(!node["description"].as_str().unwrap().is_empty(), "{typed}");
        let words: Vec<&str> = typed.split(' ').skip(1).collect();
        let alone = described(&cli, &words);
        assert_eq!(&alone, node, "{typed}");
    }
    assert!(cli.sandbox.requests().is_empty(), "nothing was run");
}

#[test]
fn a_command_says_what_it_takes() {
    let cli = Cli::new();
    let create = described(&cli, &["tokens", "create"]);
    let option = |name: &str| {
        let options = create["options"].as_array().unwrap();
        options.iter().find(|option| option["name"] == name).cloned().unwrap_or_default()
    };
    assert_eq!((&option("--name")["required"], &option("--name")["value"]), (&true.into(), &"NAME".into()));
    assert_eq!((&option("--to")["multiple"], &option("--wait")["value"]), (&true.into(), &Value::Null));
    assert_eq!(option("--if-exists")["values"], serde_json::json!(["fail", "rotate"]));
    assert_eq!(option("--if-exists")["default"], "fail");
    assert_eq!(option("--function")["short"], "-f");
    assert!(create["examples"][0].as_str().unwrap().starts_with("TOKEN=$(jelou tokens create"), "{create}");
    let revoke = described(&cli, &["tokens", "revoke"]);
    let needed: Vec<_> =
        revoke["arguments"].as_array().unwrap().iter().map(|it| (&it["name"], &it["required"])).collect();
    assert_eq!(needed, [(&"SLUG".into(), &false.into()), (&"TOKEN".into(), &true.into())]);
    let exec = described(&cli, &["tokens", "exec"]);
    assert_eq!(exec["arguments"][1]["name"], "-- CMD", "{exec}");
    for verb in ["create", "delete"] {
        assert_eq!(described(&cli, &["functions", verb])["arguments"][0]["required"], true, "{verb}");
    }
}

#[test]
fn flags_of_every_command_are_left_out() {
    let root = described(&Cli::new(), &[]);
    let mut all = Vec::new();
    nodes(&root, &mut all);
    let options = all.iter().flat_map(|node| node["options"].as_array().unwrap());
    let names: BTreeSet<&str> = options.map(|option| option["name"].as_str().unwrap()).collect();
    for global in ["--json", "--yes", "--profile", "--timeout", "--describe", "--help", "--version"] {
        assert!(!names.contains(global), "{global}");
    }
    assert!(names.contains("--to") && names.contains("--wait"));
}

/// Wherever the flag stands, whatever is missing; the object is never in an envelope.
#[test]
fn the_place_of_the_flag_and_the_format_change_nothing() {
    let mut cli = Cli::new();
    cli.unset("JELOU_TOKEN");
    let expected = described(&cli, &["tokens", "rotate"]);
    for line in [
        "--describe tokens rotate",
        "tokens --describe rotate",
        "token rotate --describe my-fn",
        "--describe token rotate",
        "--profile functions tokens rotate --describe",
        "tokens rotate --describe --json",
        "--agent tokens rotate --describe",
        "tokens rotate --describe --compact",
    ] {
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0);
        assert_eq!(ran.json(), expected, "{line}");
    }
    let group = described(&cli, &["functions", "tokens"]);
    for line in ["--describe functions tokens", "function --describe token", "functions tokens --describe -q"] {
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(0);
        assert_eq!(ran.json(), group, "{line}");
    }
    // What a command refuses when it runs is no reason not to describe it.
    assert_eq!(described(&cli, &["call", "--json"]), described(&cli, &["call"]));
    let ran = cli.jelou(&["whoami", "--describe", "--jq", ".command"]).ended(2);
    assert!(ran.stderr.contains("`--jq`"), "{ran:?}");
    let exec = cli.jelou(&["tokens", "exec", "my-fn", "--", "true", "--describe"]).ended(3);
    assert!(exec.stdout.is_empty(), "behind `--` it belongs to the command: {exec:?}");
    for line in ["tokens nonsense --describe", "tokens list --nonsense --describe", "logs --describe"] {
        let ran = cli.jelou(&line.split(' ').collect::<Vec<_>>()).ended(2);
        assert_eq!(ran.stdout, "", "{line}");
    }
}

#[test]
fn a_terminal_gets_it_indented() {
    let cli = Cli::new();
    let session = cli.at_terminal(&["whoami", "--describe"], crate::support::terminal::Streams::All, None).ended(0);
    assert!(session.screen.starts_with("{\n  \"command\": \"jelou whoami\",\n"), "{session:?}");
}
