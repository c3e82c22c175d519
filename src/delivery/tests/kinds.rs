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
    assert_eq!(sinks([]).labels(), ["stdout"], "nothing given means standard output");
    for kind in KINDS {
        let kind = kind.form.split(':').next().unwrap();
        assert!(table.iter().any(|(spec, _)| spec.split(':').next() == Some(kind)), "{kind} is not in the table");
    }
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
        ("file:~/token", "only a shell replaces"),
        ("dotenv:~/.env:T", "only a shell replaces"),
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
        let error = parse_error(spec);
        assert_eq!(error.code(), ErrorCode::InputError);
        assert_contains(&error.message(), reason);
        assert!(error.hint().is_some(), "{spec} has no hint");
    }
    for kind in KINDS {
        assert_contains(&parse_error("nowhere:x").hint().unwrap(), kind.form);
    }
}

/// The message and everything else of the error for one `--to` option.
fn parse_error(spec: &str) -> Error {
    SinkSet::parse(&[spec.to_owned()], false, &World::new([]).context()).err().unwrap()
}

#[test]
fn a_token_or_a_command_line_in_the_wrong_place_is_not_repeated() {
    for spec in [VALUE, &format!("file:/a/{VALUE}/"), &format!("command:a '{VALUE}")] {
        without_value(&parse_error(spec));
    }
    assert!(!format!("{:?}", parse_error("command:curl -H 'key: hunter2")).contains("hunter2"));
}

#[test]
fn two_sinks_with_one_target_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("file"), "").unwrap();
    std::fs::hard_link(at("file"), at("hard")).unwrap();
    symlink(at("file"), at("soft")).unwrap();
    symlink(folder.path(), at("inner")).unwrap();
    let world = World::new([("GITHUB_ENV", &at("file")), ("GITHUB_OUTPUT", &at("hard")), ("BASH_ENV", &at("soft"))]);
    // `@` stands for the folder.
    let table = [
        ("stdout", "stdout", false),
        ("file:@/a", "file:@/./a", false),
        ("file:@/a", "file:@/b", true),
        ("file:@/a", "file:@/inner/a", false),
        ("file:@/a", "dotenv:@/a:T", false),
        ("dotenv:@/a:T", "dotenv:@/a:T", false),
        ("dotenv:@/a:T", "dotenv:@/a:U", true),
        ("dotenv:@/file:T", "dotenv:@/hard:T", false),
        ("dotenv:@/file:T", "dotenv:@/soft:U", true),
        ("github-env:T", "github-env:T", false),
        ("github-env:T", "github-env:t", true),
        ("github-env:T", "github-output:U", false),
        ("github-env:T", "bash-env:U", false),
        ("github-env:T", "file:@/file", false),
        ("github-env:T", "file:@/hard", false),
        ("github-env:T", "file:@/inner/file", false),
        ("github-env:T", "file:@/a", true),
        ("github-env:T", "dotenv:@/soft:U", false),
        ("azure-var:T", "azure-var:t", false),
        ("secret:a/T", "secret:a/T", false),
        ("secret:a/T", "secret:b/T", true),
        ("command:tee a", "command:tee  a", false),
        ("command:tee a", "command:tee b", true),
    ];
    for (one, two, accepted) in table {
        for specs in [[one, two], [two, one]] {
            let specs = specs.map(|spec| spec.replace('@', folder.path().to_str().unwrap()));
            let error = SinkSet::parse(&specs, true, &world.context()).err();
            assert_eq!(error.is_none(), accepted, "{specs:?}");
            assert!(error.is_none_or(|error| error.message().contains("have the same target")), "{specs:?}");
        }
    }
    // Where the variables are not set, the names alone tell.
    assert!(
        SinkSet::parse(&["github-env:T", "github-output:T"].map(str::to_owned), false, &World::new([]).context())
            .is_ok()
    );
}
