//! The language of the sandbox as the help tells it: every fault that it shows is run, every file
//! that it shows is used, and no command is needed to read it.

use std::collections::BTreeSet;

use crate::support::cli::Cli;
use crate::support::repository::read;

/// What stands in the place of a command: requests of each kind, so that each fault meets one.
const EVERYTHING: &str = "
    jelou whoami
    jelou functions list
    jelou functions info my-function
    jelou functions info other-function
    jelou tokens create my-function --name ci
    jelou tokens create my-function --name second
    jelou tokens list my-function
    jelou tokens revoke my-function second -y
    jelou deployments list my-function
    jelou deployments wait my-function $(jelou deployments list my-function --quiet | head -1)
    jelou tokens verify my-function
    exit 0
";

/// The faults that a text shows, each in quotes on a line of its own.
fn shown_faults(help: &str) -> Vec<String> {
    let quoted = |line: &str| Some(line.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
    help.lines().filter_map(quoted).collect()
}

#[test]
fn the_language_is_told_without_a_command() {
    let mut cli = Cli::new();
    let asked = [
        "run --fault help",
        "start --fault help",
        "run --fault=help",
        "faults help",
        "faults help --no-input",
        "run --fault help -- true",
    ];
    let texts = asked.map(|line| {
        let line: Vec<&str> = std::iter::once("sandbox").chain(line.split(' ')).collect();
        let ran = cli.jelou(&line).ended(0);
        assert_eq!(ran.stderr, "", "{line:?}");
        ran.stdout
    });
    assert!(texts.iter().all(|text| *text == texts[0]), "one text");
    let long = cli.jelou(&["sandbox", "faults", "--help"]).ended(0).stdout;
    assert!(long.contains(texts[0].trim_end()), "the help has it too: {long}");
    assert!(!long.contains('\u{1b}') && !cli.jelou(&["sandbox", "faults", "-h"]).ended(0).stdout.contains("Kinds:"));
    for (words, said) in [
        (["run", "--scenario", "help"], ["lost-answers", "rate_limit", "./NAME", "\"faults\": ["]),
        (["start", "--scenario", "help"], ["clock-skew", "clock_ahead", "seed = 7", "./NAME"]),
        (["run", "--seed-file", "help"], ["[[functions.tokens]]", "last_used_at", "\"slug\":", "jfn_rt_sbx_"]),
    ] {
        let text = cli.jelou(&[&["sandbox"], &words[..]].concat()).ended(0).stdout;
        for word in said {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
    // What the environment says wrong keeps nobody from reading, and no request is sent.
    cli.set("JELOU_OUTPUT", "yaml").set("JELOU_API_URL", "no url");
    cli.jelou(&["sandbox", "run", "--fault", "help"]).ended(0);
    // Behind `--` and as a value of another flag it is a word as any other.
    cli.unset("JELOU_OUTPUT").unset("JELOU_API_URL");
    let ran = cli.jelou(&["sandbox", "faults", "garbled", "help"]).ended(2);
    assert!(ran.stderr.contains("`help`"), "{ran:?}");
    let ran = cli.jelou(&["sandbox", "run", "--", "echo", "--fault", "help"]).ended(0);
    assert_eq!(ran.stdout, "--fault help\n");
    assert!(cli.sandbox.requests().is_empty());
}

/// Each example meets a request and does something to it.
#[test]
fn every_fault_that_is_shown_fires() {
    let cli = Cli::new();
    let text = cli.jelou(&["sandbox", "run", "--fault", "help"]).ended(0).stdout;
    let faults = shown_faults(&text);
    let names: BTreeSet<&str> = faults.iter().filter_map(|fault| fault.split([' ', '=']).next()).collect();
    let kinds = text.split("Kinds:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let rows = kinds.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")).count();
    assert_eq!((faults.len(), names.len()), (rows, rows), "an example each: {text}");
    std::thread::scope(|scope| {
        for fault in &faults {
            let cli = &cli;
            scope.spawn(move || {
                let flags = ["--strict-faults", "--retries", "1", "--fault", fault];
                let command = ["--", "sh", "-c", &EVERYTHING.replace("jelou ", "jelou --request-timeout 2s ")];
                let ran = cli.jelou(&[&["sandbox", "run"], &flags[..], &command[..]].concat());
                assert_eq!(ran.status, 0, "{fault}: {ran:?}");
            });
        }
    });
}

/// The blocks of a language in the manual, with the name of the file above each.
fn files_of_manual() -> Vec<(String, String)> {
    let manual = read("docs/sandbox.md");
    let blocks = manual.split("\n```").skip(1).step_by(2);
    let names = manual.lines().filter_map(|line| line.strip_prefix('`')?.strip_suffix("`:"));
    let texts = blocks.map(|block| block.split_once('\n').unwrap().1.to_owned() + "\n");
    names.map(str::to_owned).zip(texts).collect()
}

#[test]
fn every_file_that_is_shown_is_used_as_it_stands() {
    let cli = Cli::new();
    let files = files_of_manual();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["scenario.toml", "scenario.json", "seed.toml", "seed.json"]);
    for (name, text) in &files {
        cli.write(name, text);
    }
    let script = "jelou tokens list my-function --jq '.data[] | .name + \" \" + .status + \" \" + .prefix'; \
                  jelou functions info my-function --jq .data.description; \
                  jelou functions info not-deployed-yet --jq .data.status; jelou sandbox status --jq .data.now";
    for ending in ["toml", "json"] {
        let [scenario, seed] = [format!("scenario.{ending}"), format!("seed.{ending}")];
        let line = ["sandbox", "run", "--scenario", &scenario, "--seed-file", &seed, "--", "sh", "-c", script];
        let ran = cli.jelou(&line).ended(0);
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert!(
            lines.contains(&"ci active jfn_rt_sbx_0123") && lines.iter().any(|line| line.starts_with("old disabled "))
        );
        assert_eq!(lines[3..5], ["changed on its way", "created"], "{ran:?}");
        let ahead = jiff::Timestamp::now().duration_until(lines[5].parse().unwrap()).as_secs();
        assert!((60..=90).contains(&ahead), "{ahead} s");
        assert!(ran.stderr.contains("`reset-after POST /v1/functions/*/tokens` never fired"), "{ran:?}");
        let with_its_own = "jelou tokens exec refuses -- jelou call refuses";
        assert!(read("docs/sandbox.md").contains(with_its_own));
        let script = &format!("jelou call refuses; {with_its_own}");
        let ran = cli.jelou(&["sandbox", "run", "--seed-file", &seed, "--", "sh", "-c", script]).ended(6);
        assert!(ran.stdout.contains("Unauthorized") && ran.stdout.contains("no such customer"), "{ran:?}");
    }
}

/// Of these files, too, an error names the file, the key and what is expected.
#[test]
fn an_error_names_the_file_and_the_key() {
    let cli = Cli::new();
    for (flag, name, text, said) in [
        ("--scenario", "a.toml", "seed = 'x'", "`a.toml` is not valid: `seed`: expected a whole number from 0"),
        ("--scenario", "a.json", r#"{"faults": ["boom"]}"#, "`a.json` is not valid: `faults[0]`: The fault `boom` is"),
        ("--scenario", "b.json", "{", "`b.json` is not JSON: line 1: it ends too early"),
        (
            "--seed-file",
            "c.toml",
            "[[functions]]\nslug = 'A'",
            "`c.toml` is not valid: `functions[0].slug`: not 1 to 63",
        ),
        (
            "--seed-file",
            "d.json",
            r#"{"functions": [{"slug": "a", "tokens": [{"name": "x"}, {"name": "x"}]}]}"#,
            "`d.json` is not valid: `functions[0].tokens[1].name`: expected another name, `x` is there already",
        ),
        (
            "--seed-file",
            "e.json",
            r#"{"functions": [{"slug": "a"}, {"slug": "a"}]}"#,
            "`functions[1].slug`: expected another slug, `a` is there already",
        ),
        (
            "--seed-file",
            "f.json",
            r#"{"functions": [{"slug": "a", "tokens": [{"name": "x", "value": "jfn_rt_mine0123456789"}]}]}"#,
            "`functions[0].tokens[0].value`: expected a token that begins with `jfn_rt_sbx_`",
        ),
        (
            "--seed-file",
            "twice.json",
            r#"{"functions": [{"slug": "a", "tokens": [{"name": "x", "value": "jfn_rt_sbx_mine0123456789"}]},
                {"slug": "b", "tokens": [{"name": "x", "value": "jfn_rt_sbx_mine0123456789"}]}]}"#,
            "`functions[1].tokens[0].value`: expected another value, another token has this one",
        ),
        (
            "--seed-file",
            "g.json",
            r#"{"functions": [{"slug": "a", "deployed": "no"}]}"#,
            "`functions[0].deployed`: expected `true` or `false`, found a text",
        ),
        (
            "--seed-file",
            "h.toml",
            "[[functions]]\nslug = 'a'\nsecrets = { lower = 'x' }",
            "`functions[0].secrets.lower`: not of `A-Z`, `0-9` and `_`",
        ),
        (
            "--seed-file",
            "i.toml",
            "[[functions]]\nslug = 'a'\n[[functions.tokens]]\nname = 'x'\ncreated_at = 2026-01-01",
            "`functions[0].tokens[0].created_at`: `2026-01-01` is not a time such as",
        ),
    ] {
        cli.write(name, text);
        for verb in [&["run"][..], &["start"]] {
            let command: &[&str] = if verb == ["run"] { &["--", "true"] } else { &[] };
            let ran = cli.jelou(&[&["sandbox"], verb, &[flag, name], command].concat()).ended(2);
            assert!(ran.stderr.contains(said), "{name}: {ran:?}");
            assert!(ran.stdout.is_empty() && !ran.stderr.contains("mine0123456789"), "{ran:?}");
        }
    }
}
