#![allow(clippy::unwrap_used)]

use super::*;

fn words(line: &str) -> Vec<OsString> {
    line.split(' ').map(OsString::from).collect()
}

fn typed(line: &str) -> Vec<String> {
    candidates(&words(line), Known::Words(Vec::new())).into_iter().map(|candidate| candidate.word).collect()
}

#[test]
fn the_value_at_the_cursor_is_known() {
    for (line, value, typed) in [
        ("jelou tokens list ", Value::Function, ""),
        ("jelou tokens list my", Value::Function, "my"),
        ("jelou --json tokens list --function my", Value::Function, "my"),
        ("jelou tokens list --function=my", Value::Function, "my"),
        ("jelou tokens list -fmy", Value::Function, "my"),
        ("jelou functions delete --slug ", Value::Function, ""),
        ("jelou token rm ", Value::FunctionOr(Thing::Token), ""),
        ("jelou functions tokens revoke my-fn a b to", Value::FunctionOr(Thing::Token), "to"),
        ("jelou tokens revoke --timeout 5 --nonsense my-fn ", Value::FunctionOr(Thing::Token), ""),
        ("jelou rollback my-fn ", Value::FunctionOr(Thing::Deployment), ""),
        ("jelou secrets set my-fn ", Value::FunctionOr(Thing::Assignment), ""),
        ("jelou secrets set my-fn --stdin ", Value::Of(Thing::Key), ""),
        ("jelou secrets delete my-fn ", Value::FunctionOr(Thing::Key), ""),
        ("jelou tokens prune my-fn --keep ", Value::Of(Thing::TokenName), ""),
        ("jelou tokens list --name ", Value::Of(Thing::TokenName), ""),
        ("jelou whoami --profile st", Value::Profile, "st"),
        ("jelou auth switch ", Value::Profile, ""),
        ("jelou tokens create my-fn --to fi", Value::Sink, "fi"),
        ("jelou tokens list --status ", Value::Status, ""),
        ("jelou sandbox faults ", Value::Fault, ""),
        ("jelou schema tokens ", Value::SchemaName, ""),
        ("jelou help tokens ", Value::HelpName, ""),
        ("jelou tokens help cr", Value::HelpName, "cr"),
        ("jelou call my-fn -X ", Value::Method, ""),
        ("jelou call my-fn -d @", Value::Body, "@"),
        ("jelou man ", Value::Path, ""),
        ("jelou tokens exec my-fn -- ", Value::Command, ""),
    ] {
        let asked = question(&words(line)).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((asked.value, asked.typed.as_str()), (value, typed), "{line}");
    }
    for line in
        ["jelou ", "jelou tok", "jelou tokens create --name ", "jelou tokens list --na", "jelou functions create "]
    {
        assert!(question(&words(line)).is_none(), "{line}: {:?}", question(&words(line)));
    }
}

#[test]
fn a_line_is_read_as_far_as_it_can_be() {
    let line = TypedLine::read(&words("j --json tokens rm --timeout never --wat -yf my-fn --api-url=u a -- b"));
    assert_eq!(line.command, "tokens revoke");
    assert_eq!((line.option("function"), line.option("api_url")), (Some("my-fn"), Some("u")));
    assert_eq!((line.words.as_slice(), line.behind_dashes), (&["a".to_owned()][..], Some(1)));
    assert!(line.has("yes") && line.has("json") && !line.has("wait"));
    // The name of a command may be a value as well.
    let line = TypedLine::read(&words("jelou --profile auth functions tokens list tokens"));
    assert_eq!((line.command.as_str(), line.option("profile")), ("tokens list", Some("auth")));
    assert_eq!(line.words, ["tokens"]);
    assert_eq!(TypedLine::read(&words("jelou tokens list -f")).option("function"), None);
}

#[test]
fn commands_and_options_are_offered_without_noise() {
    assert_eq!(typed("jelou tokens reg"), ["regenerate"]);
    assert!(typed("jelou ").iter().all(|word| !word.starts_with('-')), "{:?}", typed("jelou "));
    assert_eq!(typed("jelou tok"), ["tokens"]);
    assert_eq!(typed("jelou tokens r"), ["revoke", "rotate", "regenerate", "recover"]);
    assert_eq!(typed("jelou tokens l"), ["list"]);
    assert_eq!(typed("jelou tokens rm"), ["rm"]);
    assert_eq!(typed("jelou tokens create --if-exists "), ["fail", "rotate"]);
    assert_eq!(typed("jelou completions z"), ["zsh"]);
    assert_eq!(typed("jelou tokens verify my-fn "), ["--function", "--token-stdin"]);
    assert_eq!(typed("jelou whoami "), Vec::<String>::new());
    let options = typed("jelou whoami -");
    assert!(options.contains(&"--json".to_owned()) && options.iter().all(|word| word.starts_with("--")), "{options:?}");
    assert_eq!(typed("jelou whoami -"), typed("jelou whoami --"));
    assert_eq!(typed("jelou tokens list --created"), ["--created-before"]);
}

/// Who adds an argument decides whether something is known of it.
#[test]
fn every_value_is_known_or_free() {
    const FREE: &[&str] = &[
        "NAME",
        "DURATION",
        "WHEN",
        "N",
        "KEY",
        "URL",
        "EXPR",
        "DESCRIPTION",
        "ENTRY",
        "PATH",
        "HEADER",
        "TOKEN",
        "SLUG",
    ];
    let mut undecided = Vec::new();
    for node in crate::cli::nodes() {
        for argument in node.command.get_arguments() {
            let takes = argument.get_action().takes_values() && argument.get_possible_values().is_empty();
            let name = argument.get_value_names().map_or(String::new(), |names| names[0].to_string());
            if takes && value_of(&node.name, argument).is_none() && !FREE.contains(&name.as_str()) {
                undecided.push(format!("{} {argument}", node.name));
            }
        }
    }
    assert!(undecided.is_empty(), "say in `value_of` what they take, or here that it is free: {undecided:?}");
}
