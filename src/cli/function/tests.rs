use clap::Parser;

use super::words::Reading;
use super::*;

#[derive(Parser)]
struct Line<A: Args> {
    #[command(flatten)]
    of: A,
}

fn typed<A: Args>(line: &str) -> A {
    let words = line.split(' ').filter(|word| !word.is_empty());
    Line::<A>::try_parse_from(std::iter::once("x").chain(words)).unwrap_or_else(|error| panic!("{line}: {error}")).of
}

/// A function, and the other words.
fn named(function: &ChosenFunction) -> Option<&str> {
    function.slug.as_ref().map(Slug::as_str)
}

#[test]
fn which_word_is_which() {
    for (line, function, tokens) in [
        ("my-fn ci", Some("my-fn"), &["ci"][..]),
        ("my-fn ci default", Some("my-fn"), &["ci", "default"][..]),
        ("ci default", Some("ci"), &["default"][..]),
        ("ci", None, &["ci"][..]),
        ("my-fn", None, &["my-fn"][..]),
        ("tok_1", None, &["tok_1"][..]),
        ("tok_1 tok_2", None, &["tok_1", "tok_2"][..]),
        ("tok_1 ci", None, &["tok_1", "ci"][..]),
        ("jfn_rt_abc1 ci", None, &["jfn_rt_abc1", "ci"][..]),
        ("Ci default", None, &["Ci", "default"][..]),
        ("a.b default", None, &["a.b", "default"][..]),
        ("1st default", None, &["1st", "default"][..]),
        ("-f my-fn ci default", Some("my-fn"), &["ci", "default"][..]),
        ("ci --function my-fn", Some("my-fn"), &["ci"][..]),
    ] {
        let (chosen, found) = typed::<FunctionAndTokens>(line).sorted(Tokens::ByWords).unwrap();
        assert_eq!(named(&chosen), function, "{line}");
        assert_eq!(found.iter().map(TokenReference::text).collect::<Vec<_>>(), tokens, "{line}");
        if tokens.len() == 1 {
            let (one, token) = typed::<FunctionAndToken>(line).sorted().unwrap();
            assert_eq!((named(&one), token.text()), (function, tokens[0]), "{line}");
        }
    }
}

#[test]
fn tokens_from_stdin_leave_the_only_word_to_the_function() {
    for (line, function) in [("my-fn", Some("my-fn")), ("", None), ("-f my-fn", Some("my-fn"))] {
        let (chosen, found) = typed::<FunctionAndTokens>(line).sorted(Tokens::OnStdin).unwrap();
        assert_eq!((named(&chosen), found.len()), (function, 0), "{line}");
    }
    for line in ["tok_1", "my-fn ci", "-f my-fn ci"] {
        let error = typed::<FunctionAndTokens>(line).sorted(Tokens::OnStdin).unwrap_err();
        assert!(error.message().starts_with("`--stdin` names the tokens"), "{line}: {}", error.message());
    }
}

#[test]
fn what_is_missing_is_named_with_the_reading() {
    let said = |error: Error| format!("{}; {}", error.message(), error.hint().unwrap_or_default());
    for (line, message) in [
        ("", "not provided: <TOKEN>; "),
        ("-f my-fn", "not provided: <TOKEN>; "),
        ("-f my-fn a b", "with `-f` every word is one; there are 2"),
        ("Ci default", "`Ci` is not a slug"),
        ("tok_1 tok_2", "`tok_1` is not a slug"),
    ] {
        let said = said(typed::<FunctionAndToken>(line).sorted().unwrap_err());
        assert!(said.contains(message), "{line}: {said}");
    }
    let said = said(typed::<FunctionAndKeys>("my-fn").sorted().unwrap_err());
    assert!(said.contains("<KEY>;") && said.ends_with("`my-fn` was taken for the SLUG"), "{said}");
}

#[test]
fn a_deployment_is_known_by_its_form() {
    for (line, function) in [("dep_1", None), ("my-fn dep_1", Some("my-fn")), ("-f my-fn dep_1", Some("my-fn"))] {
        let (chosen, id) = typed::<FunctionAndDeployment>(line).sorted().unwrap();
        assert_eq!((named(&chosen), id.as_str()), (function, "dep_1"), "{line}");
    }
    for line in ["my-fn", "my-fn tok_1", "my-fn 1"] {
        let error = typed::<FunctionAndDeployment>(line).sorted().unwrap_err();
        assert!(error.message().contains("was taken for the DEPLOYMENT"), "{line}: {}", error.message());
    }
}

#[test]
fn keys_and_pairs_have_never_the_form_of_a_slug() {
    for (line, function, keys) in [
        ("my-fn API_KEY", Some("my-fn"), &["API_KEY"][..]),
        ("API_KEY OTHER", None, &["API_KEY", "OTHER"][..]),
        ("-f my-fn API_KEY", Some("my-fn"), &["API_KEY"][..]),
    ] {
        let (chosen, found) = typed::<FunctionAndKeys>(line).sorted().unwrap();
        assert_eq!(named(&chosen), function, "{line}");
        assert_eq!(found.iter().map(SecretName::as_str).collect::<Vec<_>>(), keys, "{line}");
    }
    for (line, function, pairs) in [
        ("my-fn", Some("my-fn"), &[][..]),
        ("", None, &[][..]),
        ("A=1 B=2", None, &["A=1", "B=2"][..]),
        ("my-fn A=1", Some("my-fn"), &["A=1"][..]),
    ] {
        let (chosen, found) = typed::<FunctionAndSecrets>(line).sorted();
        assert_eq!(named(&chosen), function, "{line}");
        assert_eq!(found, pairs, "{line}");
    }
}

#[test]
fn a_value_stays_out_of_the_reading() {
    let (chosen, _) = typed::<FunctionAndSecrets>("my-fn A=hunter2").sorted();
    let text = "`my-fn` was taken for the SLUG, `A` for a KEY=VALUE".to_owned();
    assert_eq!(chosen.reading, Some(Reading { text, is_doubtful: false }));
}
