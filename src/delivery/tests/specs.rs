use super::*;
use crate::delivery::KINDS;

#[test]
fn every_kind_is_read_and_labelled() {
    let table = [
        ("stdout", "stdout"),
        ("file:/a/b", "file:/a/b"),
        ("file:a:b", "file:a:b"),
        ("github-env:TOKEN", "github-env:TOKEN"),
        ("github-output:my-token", "github-output:my-token"),
        ("dotenv:/a/.env:TOKEN", "dotenv:/a/.env:TOKEN"),
        ("dotenv:C:/a:b/.env:TOKEN", "dotenv:C:/a:b/.env:TOKEN"),
        ("bash-env:TOKEN", "bash-env:TOKEN"),
        ("azure-var:My.Token", "azure-var:My.Token"),
        ("secret:other-function/TOKEN", "secret:other-function/TOKEN"),
        ("command:gh secret set TOKEN", "command:gh"),
        ("command:'my tool' --key hunter2", "command:my tool"),
    ];
    for (spec, label) in table {
        assert_eq!(plan([spec]).labels(), [label]);
    }
    for (form, _) in KINDS {
        let kind = form.split(':').next().unwrap();
        assert!(table.iter().any(|(spec, _)| spec.split(':').next() == Some(kind)), "{kind} is not in the table");
    }
}

#[test]
fn nothing_given_means_standard_output() {
    let plan = plan([]);
    assert!(plan.has_stdout());
    assert_eq!(plan.labels(), ["stdout"]);
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let table = [
        ("", "not a known sink"),
        ("Stdout", "`--to Stdout` is not a known sink"),
        ("vault:x", "`--to vault:x` is not a known sink"),
        ("stdout:x", "not a known sink"),
        ("file:", "the path is empty"),
        ("file:/a/", "the path names a folder"),
        ("file:/a/..", "the path names a folder"),
        ("dotenv:TOKEN", "a path and a name are expected"),
        ("dotenv::TOKEN", "the path is empty"),
        ("dotenv:.env:", "the name is not"),
        ("dotenv:.env:PATH", "every program relies on it"),
        ("github-env:", "the name is not"),
        ("github-env:my-token", "the name is not"),
        ("github-env:node_options", "it steers a language runtime"),
        ("github-env:LD_PRELOAD", "it steers the dynamic linker"),
        ("github-env:GITHUB_TOKEN", "it belongs to the runner"),
        ("github-env:JELOU_TOKEN", "`JELOU_FUNCTION_TOKEN`"),
        ("github-output:a b", "the name is not"),
        ("github-output:a<<b", "the name is not"),
        ("bash-env:BASH_ENV", "it steers the shell"),
        ("bash-env:A;id", "the name is not"),
        ("azure-var:A;isOutput=true", "the name is not"),
        ("azure-var:Secret.Token", "begin with `secret`"),
        ("secret:other", "with `/` between them"),
        ("secret:Other/KEY", "the slug is not"),
        ("secret:other/key", "the key is not"),
        ("command:", "a program is expected"),
        ("command:''", "a program is expected"),
        ("command:a 'b", "a quote is not closed"),
    ];
    for (spec, reason) in table {
        let error = Plan::parse(&[spec.to_owned()], false).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InputError);
        assert_contains(&error.message(), reason);
        assert!(error.hint().is_some(), "{spec} has no hint");
    }
}

#[test]
fn an_unknown_sink_lists_the_known_ones() {
    let error = Plan::parse(&["nowhere:x".to_owned()], false).unwrap_err();
    for (form, _) in KINDS {
        assert_contains(&error.hint().unwrap(), form);
    }
}

#[test]
fn a_token_or_a_command_line_in_the_wrong_place_is_not_repeated() {
    for spec in [VALUE.to_owned(), format!("file:/a/{VALUE}/"), format!("command:a '{VALUE}")] {
        without_value(&Plan::parse(&[spec], false).unwrap_err());
    }
    let error = Plan::parse(&["command:curl -H 'key: hunter2".to_owned()], false).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn two_sinks_with_one_place_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let table = [
        (["stdout".to_owned(), "stdout".to_owned()], false),
        ([format!("file:{path}/a"), format!("file:{path}/./a")], false),
        ([format!("file:{path}/a"), format!("file:{path}/b")], true),
        ([format!("file:{path}/a"), format!("dotenv:{path}/a:T")], false),
        ([format!("dotenv:{path}/a:T"), format!("dotenv:{path}/a:T")], false),
        ([format!("dotenv:{path}/a:T"), format!("dotenv:{path}/a:U")], true),
        (["github-env:T".to_owned(), "github-env:T".to_owned()], false),
        (["github-env:T".to_owned(), "github-env:t".to_owned()], true),
        (["github-env:T".to_owned(), "github-output:T".to_owned()], true),
        (["azure-var:T".to_owned(), "azure-var:t".to_owned()], false),
        (["secret:a/T".to_owned(), "secret:a/T".to_owned()], false),
        (["secret:a/T".to_owned(), "secret:b/T".to_owned()], true),
        (["command:tee a".to_owned(), "command:tee  a".to_owned()], false),
        (["command:tee a".to_owned(), "command:tee b".to_owned()], true),
    ];
    for (specs, accepted) in table {
        let parsed = Plan::parse(&specs, false);
        assert_eq!(parsed.is_ok(), accepted, "{specs:?}");
        if let Err(error) = parsed {
            assert_contains(&error.message(), "write to the same place");
        }
    }
}
