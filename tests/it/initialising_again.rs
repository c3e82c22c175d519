//! `init` over what is there already, and over what changes while it runs: nothing of a person's is
//! lost, and nothing is written that does not deploy.

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};
use crate::support::running::until;
use crate::support::terminal::Streams;
use crate::support::tools;

const FORCE: [&str; 4] = ["init", "--slug", "fresh", "--force"];

fn text(cli: &Cli, name: &str) -> String {
    std::fs::read_to_string(cli.folder().join(name)).unwrap()
}

fn project(cli: &Cli) -> Value {
    serde_json::from_str(&text(cli, "jelou.json")).unwrap()
}

/// The names in the folder, but for the home.
fn names(cli: &Cli) -> Vec<String> {
    let entries = cli.folder().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name != "home").collect();
    names.sort();
    names
}

#[test]
fn a_jelou_json_that_cannot_be_read_is_named_and_stays() {
    let code = "src/main.ts";
    for (broken, said) in [
        ("{\"function\": \"fresh\", \"entrypoint\": \"src/main.ts\",}\n", "trailing comma"),
        ("", "EOF"),
        ("{", "EOF"),
        ("[]", "not a JSON object"),
        ("\u{feff}{}", "`function` is missing"),
        (r#"{"function":"a","slug":"b"}"#, "older spelling"),
        (r#"{"function":"fresh","function":"fresh"}"#, "twice"),
        (r#"{"function":"Not_A_Slug"}"#, "Not_A_Slug"),
        (r#"{"function":"fresh","entrypoint":["src/main.ts"]}"#, "`entrypoint` is not a text"),
        ("{\"function\":\"fresh\"}\n{}", "trailing characters"),
    ] {
        for more in [&[][..], &["--mode", "create"], &["--mode", "link", "--no-input"]] {
            let cli = Cli::new();
            cli.write("jelou.json", broken);
            cli.write(code, "my code");
            let refused = cli.jelou(&[&FORCE[..], more].concat()).ended(2);
            assert!(refused.stderr.contains("jelou.json") && refused.stderr.contains(said), "{broken:?}: {refused:?}");
            assert!(refused.stderr.contains("hint: mend or remove"), "{broken:?}: {refused:?}");
            assert_eq!(
                (text(&cli, "jelou.json"), names(&cli)),
                (broken.to_owned(), vec!["jelou.json".into(), "src".into()])
            );
            assert!(cli.sandbox.requests().is_empty(), "{broken:?}");
            // Without the flag too: the flag would not help.
            let refused = cli.jelou(&[&FORCE[..3], more].concat()).ended(2);
            assert!(refused.stderr.contains(said) && !refused.stderr.contains("--force"), "{broken:?}: {refused:?}");
        }
    }
    let cli = Cli::new();
    cli.write("jelou.json", b"{\"function\":\"fr\xff\"}");
    assert!(cli.jelou(&FORCE).ended(2).stderr.contains("jelou.json"));
    std::fs::remove_file(cli.folder().join("jelou.json")).unwrap();
    cli.jelou(&FORCE).ended(0);
}

#[test]
fn an_id_stays_with_its_function_and_goes_with_it() {
    let earlier = r#"{"function":"fresh","id":"func_01","name":"Mine"}"#;
    for mode in [&[][..], &["--mode", "link"]] {
        let cli = Cli::new();
        cli.jelou(&["functions", "create", "fresh"]).ended(0);
        cli.write("jelou.json", earlier);
        let ran = cli.jelou(&[&FORCE[..], mode, &["--json"]].concat()).ended(0).json();
        assert_eq!((&project(&cli)["id"], &ran["warnings"]), (&json!("func_01"), &json!([])));
    }
    // A function that is new has another id than any file.
    let cli = Cli::new();
    cli.write("jelou.json", earlier);
    let ran = cli.jelou(&[&FORCE[..], &["--mode", "create"]].concat()).ended(0);
    assert!(project(&cli)["id"].is_null() && ran.stderr.contains("loses the `id` `func_01`"), "{ran:?}");
    let cli = Cli::new();
    cli.write("jelou.json", earlier);
    let ran = cli.jelou(&["init", "other", "--force"]).ended(0);
    assert!(project(&cli)["id"].is_null(), "{}", project(&cli));
    assert!(ran.stderr.contains("`jelou.json` was about `fresh` and is now about `other`; it loses `id`"), "{ran:?}");
}

#[test]
fn an_entrypoint_that_no_deploy_takes_is_refused_by_both() {
    for (entrypoint, said) in [
        ("main.py", "`.ts` or `.js`"),
        ("main", "`.ts` or `.js`"),
        ("src/main.TS", "`.ts` or `.js`"),
        ("dist/main.ts", "`dist`"),
        ("a/node_modules/b/main.ts", "`node_modules`"),
        (".hidden/main.ts", "`.hidden`"),
        ("src/.main.ts", "`.main.ts`"),
        ("src//main.ts", "such as `src/main.ts`"),
        ("src/./main.ts", "such as `src/main.ts`"),
        ("src/../main.ts", "such as `src/main.ts`"),
        ("../main.ts", "such as `src/main.ts`"),
        ("/main.ts", "such as `src/main.ts`"),
        ("src\\main.ts", "such as `src/main.ts`"),
        ("./", "such as `src/main.ts`"),
    ] {
        let cli = Cli::new();
        cli.write("jelou.json", json!({"function": "fresh", "entrypoint": entrypoint}).to_string());
        let before = names(&cli);
        for line in [&[&FORCE[..], &["--mode", "create"]].concat()[..], &["deploy", "-y"]] {
            let refused = cli.jelou(line).ended(2);
            assert!(refused.stderr.contains(said), "{line:?} {entrypoint}: {refused:?}");
        }
        assert_eq!((names(&cli), cli.sent(false).len()), (before, 0), "{entrypoint}");
    }
    // A deploy takes these as files, and none of them is code.
    for entrypoint in ["data.json", "README.md", "src/notes.txt"] {
        let cli = Cli::new();
        cli.write("jelou.json", json!({"function": "fresh", "entrypoint": entrypoint}).to_string());
        let refused = cli.jelou(&[&FORCE[..], &["--mode", "create"]].concat()).ended(2);
        assert!(refused.stderr.contains(entrypoint), "{refused:?}");
        assert_eq!((names(&cli).len(), cli.sent(false).len()), (1, 0));
    }
}

#[test]
fn a_dot_before_the_entrypoint_says_nothing() {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"fresh","entrypoint":"./src/main.ts"}"#);
    cli.jelou(&["deploy", "-y"]).ended(2);
    cli.write("src/main.ts", "my code");
    let deployed = cli.jelou(&["deploy", "--dry-run", "--json"]).ended(0).json();
    assert_eq!(deployed["data"]["entrypoint"], "src/main.ts");
    cli.jelou(&FORCE).ended(0);
    assert_eq!(
        (&project(&cli)["entrypoint"], text(&cli, "src/main.ts")),
        (&json!("src/main.ts"), "my code".to_owned())
    );
    cli.jelou(&["deploy", "-y"]).ended(0);
}

#[test]
fn the_name_and_the_description_of_another_function_are_not_taken_over() {
    let earlier = r#"{"function":"old-fn","name":"Old","description":"Of old","entrypoint":"src/main.ts"}"#;
    let cli = Cli::new();
    cli.write("jelou.json", earlier);
    cli.write("src/main.ts", "my code");
    let ran = cli.jelou(&[&FORCE[..], &["--mode", "create"]].concat()).ended(0);
    let function = cli.sandbox.function("fresh").unwrap();
    assert_eq!((function.name.as_str(), function.description), ("fresh", None));
    let expected =
        json!({"$schema": "https://jelou.ai/schemas/jelou.json", "function": "fresh", "entrypoint": "src/main.ts"});
    assert_eq!(project(&cli), expected);
    assert!(ran.stderr.contains("is now about `fresh`; it loses `name`, `description`"), "{ran:?}");
    // What is said anew is not lost.
    cli.write("jelou.json", earlier);
    let ran = cli.jelou(&[&FORCE[..], &["--name", "New", "--description", "Of now"]].concat()).ended(0);
    assert_eq!((&project(&cli)["name"], &project(&cli)["description"]), (&json!("New"), &json!("Of now")));
    assert!(!ran.stderr.contains("loses"), "{ran:?}");
    // A person is not offered it either.
    cli.write("jelou.json", earlier);
    let asked = [("Function slug (old-fn): ", "third\r"), ("Description: ", "\r")];
    cli.converse(&["init", "--force", "--mode", "create"], &asked).ended(0);
    assert!(cli.sandbox.function("third").unwrap().description.is_none());
    // The same function keeps them.
    cli.write("jelou.json", earlier);
    cli.jelou(&["init", "old-fn", "--force", "--mode", "create"]).ended(0);
    assert_eq!(cli.sandbox.function("old-fn").unwrap().name, "Old");
}

/// Runs it until the function is to be made, does something in the folder, and lets it end.
fn meanwhile(cli: &Cli, words: &[&str], change: impl FnOnce()) -> Ran {
    cli.sandbox.inject(Fault::hang_before().method("POST"));
    let running = cli.start(words);
    until("the request", || (cli.sandbox.held() == 1).then_some(()));
    change();
    cli.sandbox.release();
    running.end().ran
}

#[test]
fn what_a_gitignore_gets_meanwhile_stays() {
    let create = [&FORCE[..], &["--mode", "create"]].concat();
    for (before, during, after) in [
        (Some("dist\n"), "dist\nmine\n", "dist\nmine\n.env\n.jelou/\nnode_modules/\n"),
        (Some("dist\n"), "dist\n.env\n.jelou\nnode_modules\n", "dist\n.env\n.jelou\nnode_modules\n"),
        (Some(".env\n.jelou\nnode_modules\n"), "mine\n", "mine\n.env\n.jelou/\nnode_modules/\n"),
        (None, "mine\r\n", "mine\r\n.env\r\n.jelou/\r\nnode_modules/\r\n"),
    ] {
        let cli = Cli::new();
        if let Some(before) = before {
            cli.write(".gitignore", before);
        }
        let ran = meanwhile(&cli, &create, || _ = cli.write(".gitignore", during)).ended(0);
        assert_eq!(text(&cli, ".gitignore"), after, "{before:?}: {ran:?}");
    }
    let cli = Cli::new();
    let ran = meanwhile(&cli, &create, || _ = cli.write(".gitignore", b"\xff\xfe.\0")).ended(2);
    assert!(ran.stderr.contains("UTF-16") && ran.stderr.contains("the function fresh exists now"), "{ran:?}");
    assert_eq!(names(&cli), [".gitignore"]);
}

#[test]
fn a_jelou_json_that_changes_meanwhile_is_not_overwritten() {
    for now in [r#"{"function":"fresh","name":"Newer"}"#, "{"] {
        let cli = Cli::new();
        cli.write("jelou.json", r#"{"function":"fresh"}"#);
        let create = [&FORCE[..], &["--mode", "create"]].concat();
        let ran = meanwhile(&cli, &create, || _ = cli.write("jelou.json", now)).ended(2);
        assert!(ran.stderr.contains("`jelou.json` has changed meanwhile"), "{ran:?}");
        assert!(ran.stderr.contains("jelou init fresh --mode link --force"), "{ran:?}");
        assert_eq!((text(&cli, "jelou.json"), names(&cli)), (now.to_owned(), vec!["jelou.json".to_owned()]));
    }
}

/// What git says of it, where there is a git.
#[test]
fn git_ignores_what_must_not_be_committed() {
    if !tools::is_installed("git") {
        crate::support::skipped("git is not installed, so nothing is compared with it");
        return;
    }
    for (earlier, lines) in [
        ("", 3),
        (".env\n.jelou/\nnode_modules/\n", 3),
        (".env\r\n.jelou\r\nnode_modules\r\n", 3),
        ("/.env  \n/.jelou/\n/node_modules", 3),
        ("\u{feff}.env\n.jelou\nnode_modules", 3),
        (".env\n!.env.example\n.jelou\n!.jelou/keep.json\nnode_modules\n", 5),
        ("!.env\n.env\n.jelou\nnode_modules\n", 4),
        // None of these ignores the file.
        (".env/\n.jelou\nnode_modules\n", 4),
        ("  .env\n.jelou\nnode_modules\n", 4),
        ("\t.env\n.jelou\nnode_modules\n", 4),
        (".env\t\n.jelou\nnode_modules\n", 4),
        (".env\\ \n.jelou\nnode_modules\n", 4),
        ("//.env\n.jelou//\nnode_modules\n", 5),
        ("#.env\n.jelou\nnode_modules\n", 4),
        (".env\n!.env\n.jelou\nnode_modules\n", 5),
        (".env\n!/.env \n.jelou\nnode_modules\n", 5),
        (".env\n!.e*\n.jelou\nnode_modules\n", 5),
        (".env\n!**/.env\n.jelou\nnode_modules\n", 5),
        (".env\n!.en[v]\n.jelou\nnode_modules\n", 5),
        (".env\n!.en\\v\n.jelou\nnode_modules\n", 5),
        (".env\n.jelou\nnode_modules\n!*\n", 7),
        (".env\n.jelou\nnode_modules\n!node_modules/\n!.jelou\n", 7),
        ("\u{feff}!.env\n .jelou\nnode_modules \\\n", 6),
    ] {
        let cli = Cli::new();
        cli.write(".gitignore", earlier);
        cli.jelou(&FORCE).ended(0);
        let after = text(&cli, ".gitignore");
        assert!(after.starts_with(earlier), "{earlier:?}: {after:?}");
        assert_eq!(after.lines().count(), lines, "{earlier:?}: {after:?}");
        cli.write(".jelou/state.json", "{}");
        cli.write("node_modules/a/index.js", "1");
        let ignored = ["--no-index", "--", ".env", ".jelou/state.json", "node_modules/a/index.js"];
        for words in [&["init", "-q"][..], &[&["check-ignore"], &ignored[..]].concat()] {
            let mut git = std::process::Command::new("git");
            git.args(words).current_dir(cli.folder()).env("GIT_CONFIG_GLOBAL", "/dev/null");
            let output = git.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(words[0] == "init" || said.lines().count() == 3, "{earlier:?}, {after:?}: {said}");
        }
        cli.jelou(&FORCE).ended(0);
        assert_eq!(text(&cli, ".gitignore"), after, "{earlier:?}: nothing twice");
    }
}

#[test]
fn the_slug_of_the_file_is_taken_where_nobody_is_asked() {
    for flags in [&["--no-input"][..], &["-y"], &["--json"], &[]] {
        let cli = Cli::new();
        cli.write("jelou.json", r#"{"function":"my-function","description":"Mine"}"#);
        cli.jelou(&[&["init", "--force", "--mode", "link"], flags].concat()).ended(0);
        assert_eq!(cli.sent(false), ["GET /v1/functions/my-function"]);
        assert_eq!(
            (&project(&cli)["function"], &project(&cli)["description"]),
            (&json!("my-function"), &json!("Mine"))
        );
    }
    let cli = Cli::new();
    cli.at_terminal(&["init", "--no-input", "--force"], Streams::All, None).ended(2);
    let yes = cli.at_terminal(&["init", "-y"], Streams::All, None).ended(2);
    assert!(yes.screen.contains("`--slug SLUG`") && !yes.screen.contains("nobody"), "{yes:?}");
    assert!(yes.screen.contains("`-y`"), "{yes:?}");
}

#[test]
fn a_file_that_appears_meanwhile_is_kept_and_the_hint_goes_on_from_there() {
    for name in ["jelou.json", "index.ts", "deno.json", ".env"] {
        let cli = Cli::new();
        let words = ["init", "fresh", "--mode", "create"];
        let ran = meanwhile(&cli, &words, || _ = cli.write(name, r#"{"function":"fresh"}"#)).ended(2);
        assert!(ran.stderr.contains(&format!("`{name}` exists already, so nothing was written")), "{ran:?}");
        assert!(ran.stderr.contains("the function fresh exists now"), "{ran:?}");
        assert!(ran.stderr.contains("`jelou init fresh --mode link --force`"), "{ran:?}");
        assert_eq!(names(&cli), [name]);
        cli.jelou(&["init", "fresh", "--mode", "link", "--force"]).ended(0);
        assert_eq!(names(&cli).len(), 5);
    }
}

#[test]
fn a_link_that_leads_nowhere_is_no_absent_file() {
    let cli = Cli::new();
    std::os::unix::fs::symlink("nowhere", cli.folder().join("jelou.json")).unwrap();
    cli.write("index.ts", "1");
    for line in [&["deploy", "-y"][..], &["deploy", ".", "-y"], &["tokens", "list"], &["init", "fresh", "--force"]] {
        let refused = cli.jelou(line).ended(2);
        assert!(
            refused.stderr.contains("jelou.json") && refused.stderr.contains("symbolic link"),
            "{line:?}: {refused:?}"
        );
    }
    assert!(cli.sandbox.requests().is_empty());
}
