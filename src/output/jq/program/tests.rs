//! Programs that must work, those that must not compile, and what is said of them.

use super::*;

const DOCUMENT: &str = r#"{"ok":true,"data":[{"id":"tok_1","n":1,"used":null},{"id":"tok_2","n":null,"used":null}]}"#;

fn run_on_document(program: &str) -> Result<String, String> {
    let env = [("HOME".to_owned(), "/home/me".to_owned())];
    evaluate(program, DOCUMENT.as_bytes(), env.into_iter()).map(|lines| String::from_utf8_lossy(&lines).into_owned())
}

/// The right column is what jq 1.6 or 1.7 prints.
#[test]
fn everyday_jq_works() {
    for (program, lines) in [
        (".data[].id", "tok_1\ntok_2\n"),
        (".data[].used", "null\nnull\n"),
        (".nothing", "null\n"),
        ("empty", ""),
        ("-(1)", "-1\n"),
        ("-(1) + 2, -(.data | length)", "1\n-2\n"),
        ("4 / 2, (.data | length / 2), 2.50, 10 / 4, [4 / 2]", "2\n1\n2.50\n2.5\n[2]\n"),
        (
            r#".data[] | [.id, .n, null, true, "a\tb\\c\"d"] | @tsv"#,
            "tok_1\t1\t\ttrue\ta\\tb\\\\c\"d\ntok_2\t\t\ttrue\ta\\tb\\\\c\"d\n",
        ),
        (r#"[1, null, true, "a\"b"] | @csv"#, "1,,true,\"a\"\"b\"\n"),
        (r#"@csv "row: \([1, "a"])""#, "row: 1,\"a\"\n"),
        (
            r#""a b/ü" | @uri, @base64, @html, @sh, @json, @text"#,
            "a%20b%2F%C3%BC\nYSBiL8O8\na b/ü\n'a b/ü'\n\"a b/ü\"\na b/ü\n",
        ),
        (r#""YWJj" | @base64d"#, "abc\n"),
        (r#""abc", "" | @base32"#, "MFRGG===\n\n"),
        (r#""MFRGG===" | @base32d"#, "abc\n"),
        (r#""abc" | format("base64")"#, "YWJj\n"),
        ("$ENV.HOME, env.HOME, ($ENV | type), (env | keys | length)", "/home/me\n/home/me\nobject\n1\n"),
        (r#".data[].id | IN("tok_1", "tok_9")"#, "true\nfalse\n"),
        (r#"IN(.data[].id; "tok_2")"#, "true\n"),
        ("INDEX(.data[]; .id) | keys", "[\"tok_1\",\"tok_2\"]\n"),
        (".data | INDEX(.id) | map_values(.n)", "{\"tok_1\":1,\"tok_2\":null}\n"),
        ("[inputs], (try input catch .)", "[]\nNo more inputs\n"),
        ("[.data[0] | del(.used) | tostream]", "[[[\"id\"],\"tok_1\"],[[\"n\"],1],[[\"n\"]]]\n"),
        (".data | fromstream(tostream) | length", "2\n"),
        ("fromstream(1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]]))", "[2]\n"),
        ("$__loc__ | .line", "1\n"),
        ("$ARGS.named", "{}\n"),
        ("input_filename, input_line_number", "null\n1\n"),
        (r#"[.data[].n] | join(",")"#, "1,\n"),
        (r#"1 | ltrimstr("a"), rtrimstr("b")"#, "1\n1\n"),
        (r#""xax" | ltrimstr("x"), rtrimstr("x"), trimstr("x")"#, "ax\nxa\na\n"),
        (
            r#"[{name: "a", value: 1}, {k: "b", v: 2}, {key: "c", value: null}] | from_entries"#,
            "{\"a\":1,\"b\":2,\"c\":null}\n",
        ),
        ("[range(6)] | del(.[1, 2])", "[0,3,4,5]\n"),
        ("{} | del(.a.b)", "{}\n"),
        ("[1] | del(.[5])", "[1]\n"),
        (r#"null | setpath(["a", 1]; 2)"#, "{\"a\":[null,2]}\n"),
        ("pick(.data[0].id)", "{\"data\":[{\"id\":\"tok_1\"}]}\n"),
        ("[label $out | .data[] | if .n == null then break $out else .id end]", "[\"tok_1\"]\n"),
        ("reduce .data[] as {n: $n} (0; . + ($n // 0))", "1\n"),
        ("[foreach .data[] as $t (0; . + 1; [., $t.id])]", "[[1,\"tok_1\"],[2,\"tok_2\"]]\n"),
        (r#"["a,b, c" | splits(", *")]"#, "[\"a\",\"b\",\"c\"]\n"),
        ("[limit(2; repeat(1))], first(range(5; 9)), [range(0; 10; 4)]", "[1,1]\n5\n[0,4,8]\n"),
        (r#""2026-04-05T09:00:00Z" | fromdate | todate, dateadd("seconds"; 1)"#, "2026-04-05T09:00:00Z\n1775379601\n"),
        (".data | getpath([0, \"id\"]), ([paths] | length), ([leaf_paths] | length)", "tok_1\n8\n3\n"),
        (
            "walk(if type == \"object\" then with_entries(select(.value != null)) else . end) | .data[1]",
            "{\"id\":\"tok_2\"}\n",
        ),
        ("65 | ascii", "A\n"),
        ("nan, ([infinite] | length)", "null\n1\n"),
        ("1, halt, 2", "1\n"),
        ("debug, stderr | .ok", "true\ntrue\n"),
        (".ok # a comment", "true\n"),
        ("toarray | length", "1\n"),
    ] {
        assert_eq!(run_on_document(program), Ok(lines.to_owned()), "{program}");
    }
}

#[test]
fn our_definitions_parse() {
    assert!(load::parse(BUILTINS, |parser| parser.defs()).is_some_and(|definitions| definitions.len() > 40));
}

#[test]
fn what_does_not_compile_is_named_with_its_place() {
    for (program, wrong) in [
        ("", "term is expected at its end"),
        (".data[", "the `[` is not closed at its end"),
        (".data | map(.id", "the `(` is not closed at its end"),
        ("\"abc", "the `\"` is not closed at its end"),
        (".data | nonsense", "there is no `nonsense` at character 9"),
        (".data | map(nonsense(1))", "there is no `nonsense` with 1 argument at character 13"),
        ("nonsense(1; 2)", "there is no `nonsense` with 2 arguments at character 1"),
        ("\"ü\" | $x", "there is no variable `$x` at character 7"),
        ("break $x", "there is no label `$x` at character 7"),
        ("@nonsense", "there is no `@nonsense` at character 1"),
        ("if .a then .b", "else or end is expected at its end"),
        (". as $x", "`|` is expected at its end"),
        (".a b", "nothing more is expected at character 4 (`b`)"),
        (". as [$a] ?// $a | $a", "`|` is expected at character 11 (`?`)"),
        (")", "nothing of jq begins at character 1 (`)`)"),
        (".a |\n nonsense", "there is no `nonsense` at line 2, character 2"),
        ("import \"a\" as a; .", "modules cannot be loaded: `a`"),
        ("\"\\q\"", "a string escape sequence is expected at character 3 (`q`)"),
        (".a.\n$__loc__", "key is expected at line 2, character 1 (`$__loc__`)"),
        ("builtins", "there is no `builtins` at character 1"),
    ] {
        assert_eq!(compile(program).err().as_deref(), Some(wrong), "{program}");
    }
}

#[test]
fn an_error_of_the_program_is_its_message() {
    for (program, message) in [
        (".data.token", "cannot index"),
        ("error(\"no\")", "no"),
        ("1, halt(3)", "it halted with 3"),
        ("\"bye\\n\" | halt_error", "bye"),
        ("{a: 1} | halt_error(1)", "{\"a\":1}"),
        (".data | @csv", "is not valid in a csv row"),
    ] {
        let error = run_on_document(program).expect_err(program);
        assert!(error.contains(message), "{program}: {error}");
    }
}
