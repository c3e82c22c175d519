use proptest::prelude::*;

use super::*;
use crate::properties;

fn token(id: &str, name: &str, prefix: &str, replaced_by: Option<&str>) -> Token {
    serde_json::from_value(serde_json::json!({
        "id": id, "name": name, "prefix": prefix, "function": "my-fn", "status": "active",
        "created_at": "2026-04-05T09:00:00Z", "replaced_by": replaced_by,
    }))
    .expect("a token of this test")
}

#[test]
fn reads_ids_names_and_prefixes() {
    for (text, reference) in [
        ("tok_1", TokenReference::Id(Id::parse("tok_1").expect("an id"))),
        ("ci", TokenReference::Name("ci".into())),
        ("jfn_rt_abc1", TokenReference::Prefix("jfn_rt_abc1".into())),
        ("jfn_rt_abc1..", TokenReference::Prefix("jfn_rt_abc1".into())),
        ("jfn_rt_sbx_abc1...", TokenReference::Prefix("jfn_rt_sbx_abc1".into())),
    ] {
        assert_eq!(TokenReference::parse(text).expect(text), reference);
    }
}

#[test]
fn finds_one_or_lists_both() {
    let tokens = [
        token("tok_1", "ci", "jfn_rt_abc1", Some("tok_2")),
        token("tok_2", "ci", "jfn_rt_def4", None),
        token("tok_3", "x", "jfn_rt_def4", None),
    ];
    let slug: Slug = "my-fn".parse().expect("a slug");
    let find = |text: &str| TokenReference::parse(text).and_then(|reference| reference.find(&tokens, &slug).cloned());
    assert_eq!(find("jfn_rt_abc1..").map(|token| token.id.to_string()).expect("one"), "tok_1");
    assert_eq!(find("tok_3").map(|token| token.name).expect("one"), "x");
    assert_eq!(find("nothing").expect_err("none").exit_status(), 5);
    for (text, ids) in [("ci", ["tok_1", "tok_2"]), ("jfn_rt_def4", ["tok_2", "tok_3"])] {
        let error = find(text).expect_err("two");
        assert_eq!(error.exit_status(), 2);
        assert!(ids.iter().all(|id| error.message().contains(id)), "{error}");
    }
    let current = TokenReference::Name("ci".into());
    assert_eq!(current.find_current(&tokens, &slug).map(|token| token.id.as_str()).expect("one"), "tok_2");
}

/// Names, ids and prefixes that resemble each other, and the rest.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof!["(tok_|jfn_rt_|jfn_pat_|jfn_rt_sbx_|)[A-Za-z0-9._-]{0,20}(\\.{0,3}|…)", "[a-c]{1,2}", any::<String>(),]
}

proptest! {
    #![proptest_config(properties::config(500))]

    #[test]
    fn what_is_typed_is_one_kind_of_reference_or_refused(text in typed()) {
        let type_prefix = ["jfn_rt_", "jfn_pat_"].into_iter().find(|prefix| text.starts_with(prefix));
        match TokenReference::parse(&text) {
            Ok(TokenReference::Id(id)) => prop_assert!(text.starts_with("tok_") && id.as_str() == text),
            Ok(TokenReference::Name(name)) => {
                prop_assert!(name == text && type_prefix.is_none() && !text.starts_with("tok_"));
            }
            Ok(TokenReference::Prefix(prefix)) => {
                prop_assert!(type_prefix.is_some() && text.starts_with(&prefix) && prefix.len() < 12 + 8);
                prop_assert!(text[prefix.len()..].chars().all(|c| matches!(c, '.' | '…')));
            }
            Err(error) => {
                let is_value = type_prefix.is_some_and(|prefix| text.len() >= prefix.len() + 12);
                prop_assert_eq!(error.exit_status(), 2);
                prop_assert!(!is_value || !error.message().contains(&text), "{}", error.message());
            }
        }
    }

    #[test]
    fn a_reference_finds_what_a_plain_search_finds(
        rows in prop::collection::vec(("tok_[a-c]", "[a-c]", "jfn_rt_[a-c]{4}"), 0..6),
        text in "tok_[a-c]|[a-c]|jfn_rt_[a-c]{4}\\.{0,2}",
    ) {
        let tokens: Vec<Token> = rows.iter().map(|(id, name, prefix)| token(id, name, prefix, None)).collect();
        let bare = text.trim_end_matches('.');
        let fitting: Vec<&Token> =
            tokens.iter().filter(|token| [token.id.as_str(), &token.name, &token.prefix].contains(&bare)).collect();
        let found = TokenReference::parse(&text).unwrap().find(&tokens, &"my-fn".parse().unwrap()).ok();
        prop_assert_eq!(found, if fitting.len() == 1 { Some(fitting[0]) } else { None });
    }
}
