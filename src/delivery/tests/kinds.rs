use std::os::unix::fs::symlink;

use super::*;
use crate::delivery::kinds::KINDS;

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
        assert_eq!(sinks([spec]).labels(), [label]);
    }
    for kind in KINDS {
        let kind = kind.form.split(':').next().unwrap();
        assert!(table.iter().any(|(spec, _)| spec.split(':').next() == Some(kind)), "{kind} is not in the table");
    }
}

#[test]
fn nothing_given_means_standard_output() {
    let sinks = sinks([]);
    assert!(sinks.has_stdout() && !sinks.has_others());
    assert_eq!(sinks.labels(), ["stdout"]);
}

#[test]
fn what_is_not_valid_is_refused_with_the_reason() {
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
        ("github-env:node_options", "it changes what a language runtime does"),
        ("github-env:LD_PRELOAD", "it changes what the dynamic linker loads"),
        ("github-env:GITHUB_TOKEN", "it belongs to the runner"),
        ("github-env:JELOU_TOKEN", "`JELOU_FUNCTION_TOKEN`"),
        ("github-output:a b", "the name is not"),
        ("github-output:a<<b", "the name is not"),
        ("bash-env:BASH_ENV", "it changes what shells do"),
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
        let error = SinkSet::parse(&[spec.to_owned()], false, &World::new([]).context()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InputError);
        assert_contains(&error.message(), reason);
        assert!(error.hint().is_some(), "{spec} has no hint");
    }
}

#[test]
fn an_unknown_sink_lists_the_known_ones() {
    let error = SinkSet::parse(&["nowhere:x".to_owned()], false, &World::new([]).context()).unwrap_err();
    for kind in KINDS {
        assert_contains(&error.hint().unwrap(), kind.form);
    }
}

#[test]
fn a_token_or_a_command_line_in_the_wrong_place_is_not_repeated() {
    for spec in [VALUE.to_owned(), format!("file:/a/{VALUE}/"), format!("command:a '{VALUE}")] {
        without_value(&SinkSet::parse(&[spec], false, &World::new([]).context()).unwrap_err());
    }
    let error =
        SinkSet::parse(&["command:curl -H 'key: hunter2".to_owned()], false, &World::new([]).context()).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn two_sinks_with_one_target_are_refused() {
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
        let parsed = SinkSet::parse(&specs, false, &World::new([]).context());
        assert_eq!(parsed.is_ok(), accepted, "{specs:?}");
        if let Err(error) = parsed {
            assert_contains(&error.message(), "have the same target");
        }
    }
}

#[test]
fn two_names_of_one_file_are_one_target() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "").unwrap();
    let (hard, soft, inner) = (folder.path().join("hard"), folder.path().join("soft"), folder.path().join("inner"));
    std::fs::hard_link(&path, &hard).unwrap();
    symlink(&path, &soft).unwrap();
    symlink(folder.path(), &inner).unwrap();
    let world = World::new([("GITHUB_ENV", &path), ("GITHUB_OUTPUT", &hard), ("BASH_ENV", &soft)]);
    let at = |form: &str, path: &Path| form.replace("PATH", path.to_str().unwrap());
    let table = [
        ("github-env:T".to_owned(), at("file:PATH", &path), false),
        ("github-env:T".to_owned(), at("file:PATH", &hard), false),
        ("github-env:T".to_owned(), at("file:PATH", &inner.join("file")), false),
        ("github-env:T".to_owned(), at("dotenv:PATH:U", &soft), false),
        ("github-env:T".to_owned(), "github-env:U".to_owned(), true),
        ("github-env:T".to_owned(), "github-output:U".to_owned(), false),
        ("github-env:T".to_owned(), "bash-env:U".to_owned(), false),
        (at("dotenv:PATH:T", &path), at("dotenv:PATH:T", &hard), false),
        (at("dotenv:PATH:T", &path), at("dotenv:PATH:U", &soft), true),
        (at("file:PATH", &folder.path().join("new")), at("file:PATH", &inner.join("new")), false),
        (at("file:PATH", &folder.path().join("new")), "github-env:T".to_owned(), true),
    ];
    for (one, two, accepted) in table {
        for specs in [[one.clone(), two.clone()], [two, one]] {
            assert_eq!(SinkSet::parse(&specs, true, &world.context()).is_ok(), accepted, "{specs:?}");
        }
    }
}
