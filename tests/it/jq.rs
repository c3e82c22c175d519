//! `--jq`: what everyday expressions print, which are refused before any request, and that one
//! which never ends, recurses without end or takes all memory leaves no token behind.

use crate::support::cli::Cli;
use crate::support::running::until;

const LIST: &[&str] = &["tokens", "list", "my-function"];
const CREATE: &[&str] = &["tokens", "create", "my-function", "--name", "ci"];

/// Never ends, in constant memory or slowly.
const ENDLESS: [&str; 6] = [
    "def f(x): x | f(x | 1 + .); f(1)",
    "def f: f; f",
    "last(repeat(1))",
    "range(1e18) | empty",
    "[limit(1e12; repeat(1) | select(. > 1))]",
    "first(repeat(.) | select(.nothing))",
];
/// Ends the process that runs it.
const TOO_MUCH: [&str; 5] = [
    "def f: 1 + f; f",
    "def f: [f]; f",
    "\"[\" * 1000000 | fromjson",
    "reduce range(1e7) as $i (0; [.]) | tojson | length",
    "reduce repeat(1) as $i (\"x\"; . + .)",
];

/// Whether a process runs whose command line holds a text.
#[cfg(target_os = "linux")]
fn is_running(text: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).contains(text))
}

#[test]
fn an_expression_that_never_ends_is_ended_by_a_signal_and_its_token_undone() {
    for (at, expression) in ENDLESS.into_iter().enumerate() {
        for (arguments, signal) in [(CREATE, 15), (CREATE, 2), (LIST, 15)] {
            let cli = Cli::new();
            let mark = format!("endless_{}_{at}_{signal}_{}", std::process::id(), arguments.len());
            let expression = format!("def {mark}: 0; {expression}");
            let mut running = cli.start(&[arguments, &["--jq", &expression]].concat());
            #[cfg(target_os = "linux")]
            until("the process that runs it", || is_running(&format!("--apply-jq-to-stdin\0def {mark}")).then_some(()));
            until("the answer", || {
                let wanted = if arguments == CREATE { 2 } else { 1 };
                (cli.sandbox.tokens("my-function").len() == wanted && !cli.sent(false).is_empty()).then_some(())
            });
            running.signal(signal);
            let ended = running.end();
            assert_eq!(ended.signal, Some(signal), "{expression}: {ended:?}");
            assert_eq!(ended.ran.stdout, "", "{expression}");
            assert_eq!(cli.token_names("my-function"), ["default"], "{expression}");
            #[cfg(target_os = "linux")]
            until("the end of what ran it", || (!is_running(&mark)).then_some(()));
        }
    }
}

#[test]
fn an_expression_that_takes_too_much_is_an_error_and_its_token_undone() {
    for expression in TOO_MUCH {
        let cli = Cli::new();
        let ran = cli.jelou(&[CREATE, &["--jq", expression]].concat()).ended(13);
        assert_eq!(ran.stdout, "", "{expression}");
        assert_eq!(cli.token_names("my-function"), ["default"], "{expression}: {ran:?}");
        let ran = cli.jelou(&[LIST, &["--jq", expression]].concat()).ended(1);
        assert_eq!(ran.stdout, "", "{expression}");
        assert!(ran.stderr.contains("recursed without end, or took too much memory"), "{ran:?}");
    }
}

/// The compiler runs before any request, but it must not crash either.
#[test]
fn an_expression_that_nests_deeply_compiles_or_is_refused() {
    let cli = Cli::new();
    for (begin, end) in [("(", ")"), ("[", "]"), (".|", ""), ("1+", ""), ("try ", ""), ("-", "")] {
        let expression = format!("{}1{}", begin.repeat(10_000), end.repeat(10_000));
        let ran = cli.jelou(&[LIST, &["--jq", &expression]].concat());
        assert!(
            [0, 1, 2].contains(&ran.status),
            "{begin}: {} {}",
            ran.status,
            &ran.stderr[..ran.stderr.len().min(300)]
        );
    }
    let long = format!("[{}]", "1,".repeat(40_000) + "1");
    let ran = cli.jelou(&[LIST, &["--jq", &long]].concat()).ended(2);
    assert!(ran.stderr.contains("longer than 64 KiB"), "{ran:?}");
}

#[test]
fn a_null_is_printed_unless_a_new_token_goes_to_stdout() {
    let cli = Cli::new();
    let ran = cli.jelou(&[LIST, &["--jq", ".data[].last_used_at, .nothing"]].concat()).ended(0);
    assert_eq!(ran.stdout, "null\nnull\n");
    for expression in [".data.expires_at", ".data.nothing", "null", ".data.token | @base64", "empty"] {
        let ran = cli.jelou(&[CREATE, &["--jq", expression]].concat()).ended(13);
        assert_eq!(ran.stdout, "", "{expression}");
        assert!(ran.stderr.contains(".data.token"), "{ran:?}");
        assert_eq!(cli.token_names("my-function"), ["default"], "{expression}");
    }
    // With another sink the value is not lost, and the output need not hold it.
    let to = ["--to", "file:value", "--jq", ".data | [.token, .expires_at] | @tsv"];
    assert_eq!(cli.jelou(&[CREATE, &to].concat()).ended(0).stdout, "\t\n");
}

#[test]
fn the_environment_is_there_without_the_credentials() {
    let mut cli = Cli::new();
    let pat = cli.sandbox.pat().to_owned();
    cli.set("STAGE", "test").set("COPY", &pat).set("URL", &format!("https://x/?t={pat}")).set("EMPTY", "");
    cli.set("JELOU_FUNCTION_TOKEN", "some-key-of-a-function").set("OTHER", "jfn_rt_A1b2C3d4E5f6G7h8");
    cli.set("https_proxy", "http://user:word@127.0.0.1:1").set("no_proxy", "example.com");
    let names = ["JELOU_TOKEN", "JELOU_FUNCTION_TOKEN", "COPY", "URL", "OTHER", "https_proxy"];
    let shown =
        cli.jelou(&[LIST, &["--jq", "env.STAGE, $ENV.STAGE, env.no_proxy, env.EMPTY, (env, $ENV | keys[])"]].concat());
    let shown = shown.ended(0).stdout;
    assert!(shown.starts_with("test\ntest\nexample.com\n\n"), "{shown}");
    assert!(!shown.lines().any(|line| names.contains(&line)), "{shown}");
    let all = cli.jelou(&[LIST, &["--jq", "env, $ENV"]].concat()).ended(0).stdout;
    assert!(!all.contains(&pat) && !all.contains("jfn_") && all.contains("\"STAGE\":\"test\""), "{all}");
}

#[test]
fn a_variable_that_is_not_utf_8_does_no_harm() {
    use std::os::unix::ffi::OsStringExt;
    let cli = Cli::new();
    let mut command = cli.command(&[LIST, &["--jq", "env.ODD"]].concat());
    command.env("ODD", std::ffi::OsString::from_vec(vec![b'a', 0xff]));
    assert_eq!(crate::support::cli::Ran::of(&mut command).ended(0).stdout, "a\u{fffd}\n");
}

#[test]
fn what_does_not_compile_is_named_with_its_place_before_any_request() {
    let cli = Cli::new();
    for (expression, wrong) in [
        (".data[] | nonsense(.id)", "there is no `nonsense` with 1 argument at character 11"),
        (".data[", "the `[` is not closed at its end"),
        ("if .ok then 1", "else or end is expected at its end"),
        ("$nothing", "there is no variable `$nothing` at character 1"),
        ("include \"x\"; .", "modules cannot be loaded: `x`"),
    ] {
        for arguments in [LIST, CREATE] {
            let ran = cli.jelou(&[arguments, &["--jq", expression]].concat()).ended(2);
            assert_eq!(ran.stdout, "");
            assert!(ran.stderr.contains(wrong) && ran.stderr.contains("INPUT_ERROR"), "{ran:?}");
        }
    }
    assert_eq!(cli.sent(false), Vec::<String>::new());
}

#[test]
fn on_failure_stdout_is_empty_though_there_were_outputs() {
    let cli = Cli::new();
    let ran = cli.jelou(&[LIST, &["--jq", ".ok, .data[0].id, error(\"no more\")"]].concat()).ended(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("failed: no more"), "{ran:?}");
    let ran = cli.jelou(&[LIST, &["--jq", "\"first\", halt, \"last\""]].concat()).ended(0);
    assert_eq!(ran.stdout, "first\n");
}

/// The list is larger than every pipe on the way.
#[test]
fn a_large_document_goes_through() {
    let cli = Cli::new();
    for at in 0..5 {
        let name = format!("ci-{at}");
        cli.jelou(&["tokens", "create", "my-function", "--name", &name, "--to", &format!("file:{name}")]).ended(0);
    }
    let ran = cli.jelou(&[LIST, &["--jq", "[range(20000) as $i | .data[] | {id, $i}]"]].concat()).ended(0);
    assert!(ran.stdout.len() > 2 << 20, "{}", ran.stdout.len());
    let parsed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(parsed.as_array().unwrap().len(), 120_000);
}

/// An expression may begin with a hyphen; it is no flag then.
#[test]
fn an_expression_may_begin_with_a_hyphen() {
    let cli = Cli::new();
    for (expression, printed) in [("-(1)", "-1\n"), ("-1", "-1\n"), ("-(.data | length)", "-1\n")] {
        assert_eq!(cli.jelou(&[LIST, &["--jq", expression]].concat()).ended(0).stdout, printed, "{expression}");
    }
    let sent = cli.sandbox.requests().len();
    let ran = cli.jelou(&[LIST, &["--jq", "--json"]].concat()).ended(2);
    assert!(ran.stderr.contains("there is no `json`"), "a flag in the place of the expression: {ran:?}");
    assert_eq!(cli.sandbox.requests().len(), sent);
}

/// As nobody asks for it: the process must not crash whatever its stdin says.
#[test]
fn a_length_that_nothing_has_ends_the_process_that_applies_an_expression() {
    let cli = Cli::new();
    for stdin in ["10000000000000000000\n", "1000000000000\n[]", "x\n[]", "3\n[]", ""] {
        cli.jelou_with_stdin(&["--apply-jq-to-stdin", "."], stdin).ended(2);
    }
}
