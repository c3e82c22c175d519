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
