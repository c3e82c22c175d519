use super::*;

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
        ("tok_1", Reference::Id("tok_1".into())),
        ("ci", Reference::Name("ci".into())),
        ("jfn_rt_abc1", Reference::Prefix("jfn_rt_abc1".into())),
        ("jfn_rt_abc1..", Reference::Prefix("jfn_rt_abc1".into())),
        ("jfn_rt_sbx_abc1...", Reference::Prefix("jfn_rt_sbx_abc1".into())),
    ] {
        assert_eq!(Reference::parse(text).expect(text), reference);
    }
}

#[test]
fn refuses_whole_values_without_repeating_them() {
    for text in ["jfn_rt_abcdefghijkl", "jfn_pat_abcdefghijklmnop", "jfn_rt_sbx_0123456789abcdef"] {
        let error = Reference::parse(text).expect_err(text);
        assert_eq!(error.exit_status(), 2);
        assert!(!error.message().contains(text) && !error.hint().unwrap_or_default().contains(text));
    }
    for text in ["", "a b", "../x", "tok_../x", "é"] {
        assert_eq!(Reference::parse(text).expect_err(text).exit_status(), 2);
    }
}

#[test]
fn finds_one_or_lists_both() {
    let tokens = [
        token("tok_1", "ci", "jfn_rt_abc1", Some("tok_2")),
        token("tok_2", "ci", "jfn_rt_def4", None),
        token("tok_3", "x", "jfn_rt_def4", None),
    ];
    let find = |text: &str| Reference::parse(text).and_then(|reference| reference.find(&tokens, "my-fn").cloned());
    assert_eq!(find("jfn_rt_abc1..").map(|token| token.id.to_string()).expect("one"), "tok_1");
    assert_eq!(find("tok_3").map(|token| token.name).expect("one"), "x");
    assert_eq!(find("nothing").expect_err("none").exit_status(), 5);
    for (text, ids) in [("ci", ["tok_1", "tok_2"]), ("jfn_rt_def4", ["tok_2", "tok_3"])] {
        let error = find(text).expect_err("two");
        assert_eq!(error.exit_status(), 2);
        assert!(ids.iter().all(|id| error.message().contains(id)), "{error}");
    }
    let current = Reference::Name("ci".into());
    assert_eq!(current.find_current(&tokens, "my-fn").map(|token| token.id.as_str()).expect("one"), "tok_2");
}

#[test]
fn names_are_checked_and_values_not_repeated() {
    for name in ["ci", "pr-1.2_x", &"a".repeat(64)] {
        assert!(check_name(name).is_ok(), "{name}");
    }
    for name in ["", &"a".repeat(65), "a b", "tok_1", "a/b", "é"] {
        assert_eq!(check_name(name).expect_err(name).exit_status(), 2);
    }
    let error = check_name("jfn_rt_abcdefghijkl").expect_err("a value");
    assert!(!error.message().contains("abcdefghijkl"));
}
