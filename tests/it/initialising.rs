//! `init`: the files of a project, written all or not at all; code that exists is never replaced; the
//! function is made or found before anything is written.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;

const FILES: [&str; 5] = [".env", ".gitignore", "deno.json", "index.ts", "jelou.json"];
const INIT: [&str; 3] = ["init", "--slug", "fresh"];

/// The files of the folder, but for the home.
fn files(cli: &Cli) -> BTreeMap<String, Vec<u8>> {
    let entries = cli.folder().read_dir().unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    named
        .filter(|(name, _)| name != "home")
        .map(|(name, path)| (name, std::fs::read(path).unwrap_or_default()))
        .collect()
}

fn text(cli: &Cli, name: &str) -> String {
    std::fs::read_to_string(cli.folder().join(name)).unwrap()
}

fn project(cli: &Cli) -> Value {
    serde_json::from_str(&text(cli, "jelou.json")).unwrap()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn the_files_are_those_of_the_vendors_cli() {
    for spelling in [&["init"][..], &["functions", "init"]] {
        let cli = Cli::new();
        let document = cli.jelou(&[spelling, &["--slug", "fresh", "--json"]].concat()).ended(0).json();
        assert_eq!((&document["command"], &document["data"]["function"]), (&json!("init"), &json!("fresh")));
        assert_eq!(document["data"]["mode"], Value::Null);
        assert_eq!(files(&cli).into_keys().collect::<Vec<_>>(), FILES);
        let written: Vec<&Value> = document["data"]["files"].as_array().unwrap().iter().collect();
        assert!(written.len() == 5 && written.iter().all(|file| file["status"] == "written"), "{document}");
        assert_eq!(
            text(&cli, "jelou.json"),
            "{\n  \"$schema\": \"https://jelou.ai/schemas/jelou.json\",\n  \"function\": \"fresh\",\n  \"entrypoint\": \"index.ts\"\n}\n"
        );
        let deno: Value = serde_json::from_str(&text(&cli, "deno.json")).unwrap();
        assert_eq!(deno, json!({"imports": {"@jelou/functions": "jsr:@jelou/functions@0.7.3"}}));
        assert_eq!(text(&cli, ".gitignore"), ".env\n.jelou/\nnode_modules/\n");
        assert_eq!(mode(&cli.folder().join(".env")), 0o600);
        assert_eq!(mode(&cli.folder().join("index.ts")), 0o644);
        assert!(text(&cli, ".env").lines().all(|line| line.starts_with('#')), "nothing is set");
        assert!(cli.sandbox.requests().is_empty(), "without a mode nothing is sent");
    }
}

#[test]
fn what_is_written_deploys_as_it_is_and_the_gateway_answers() {
    let cli = Cli::new();
    cli.jelou(&[&INIT[..], &["--name", "Fresh one", "--description", "Says \"hello\""]].concat()).ended(0);
    let deployed = cli.jelou(&["deploy", "--no-confirm", "--wait", "--json"]).ended(0).json();
    let mut paths: Vec<&str> =
        deployed["data"]["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["deno.json", "index.ts", "jelou.json"]);
    assert_eq!(deployed["warnings"], json!([]), "every key is known");
    let function = cli.sandbox.function("fresh").unwrap();
    assert_eq!((function.name.as_str(), function.description.as_deref()), ("Fresh one", Some("Says \"hello\"")));
    let url = format!("{}/fn/fresh/", cli.sandbox.gateway_url());
    let token = deployed["data"]["token"].as_str().unwrap();
    let answer = cli.bash(&format!("curl -sf -H 'X-Jelou-Token: {token}' -d '{{\"name\":\"you\"}}' {url}")).ended(0);
    assert!(answer.stdout.contains("you"), "{answer:?}");
    // The verbs find the function in it.
    cli.jelou(&["tokens", "list"]).ended(0);
    assert_eq!(cli.sent(false).pop().unwrap(), "GET /v1/functions/fresh/tokens");
}

#[test]
fn create_makes_the_function_and_writes_nothing_if_it_exists() {
    let cli = Cli::new();
    let create = ["--mode", "create", "--no-input", "--description", "For tests"];
    let created = cli.jelou(&[&INIT[..], &create].concat()).ended(0);
    assert!(created.stdout.starts_with("✓ Created fresh\n"), "{created:?}");
    assert_eq!(cli.sent(false), ["POST /v1/functions"]);
    assert!(cli.sandbox.requests()[0].idempotency_key.is_some());
    let function = cli.sandbox.function("fresh").unwrap();
    assert_eq!((function.name.as_str(), function.description.as_deref()), ("fresh", Some("For tests")));
    assert_eq!(project(&cli)["description"], "For tests");
    assert_eq!(project(&cli)["id"], Value::Null, "the platform's id is not written");

    let cli = Cli::new();
    let conflict = cli.jelou(&["init", "--slug", "my-function", "--mode", "create", "--json"]).ended(7);
    assert!(conflict.json()["error"]["hint"].as_str().unwrap().contains("--mode link"), "{conflict:?}");
    assert!(files(&cli).is_empty());
}

#[test]
fn link_looks_for_the_function_and_writes_nothing_if_there_is_none() {
    let cli = Cli::new();
    let linked = cli.jelou(&["init", "my-function", "--mode", "link"]).ended(0);
    assert!(linked.stdout.starts_with("✓ Linked my-function\n"), "{linked:?}");
    assert_eq!((cli.sent(false), files(&cli).len()), (vec!["GET /v1/functions/my-function".to_owned()], 5));
    let cli = Cli::new();
    cli.jelou(&["init", "-f", "nobody", "--mode", "link"]).ended(5);
    assert!(files(&cli).is_empty());
    cli.sandbox.inject(Fault::patch(json!({"slug": "other-function"})).method("GET"));
    cli.jelou(&["init", "-f", "my-function", "--mode", "link"]).ended(9);
    assert!(files(&cli).is_empty());
}

#[test]
fn a_file_that_exists_is_refused_before_anything_is_sent() {
    for name in ["jelou.json", "index.ts", "deno.json", ".env"] {
        let cli = Cli::new();
        cli.write(name, r#"{"function":"fresh"}"#);
        let before = files(&cli);
        let refused = cli.jelou(&[&INIT[..], &["--mode", "create"]].concat()).ended(2);
        assert!(refused.stderr.contains(&format!("`{name}` exists already")), "{refused:?}");
        assert!(refused.stderr.contains("--force"), "{refused:?}");
        assert_eq!((files(&cli), cli.sent(false).len()), (before, 0));
    }
    let cli = Cli::new();
    cli.write("index.ts", "1");
    cli.write(".env", "A=1");
    assert!(cli.jelou(&INIT).ended(2).stderr.contains("`index.ts`, `.env` exist already"));
}

#[test]
fn force_rewrites_jelou_json_alone() {
    let cli = Cli::new();
    let kept = [("index.ts", "my code"), ("deno.json", "{}"), (".env", "A=hunter2"), (".gitignore", "dist\r\n.env")];
    kept.iter().for_each(|(name, content)| _ = cli.write(name, content));
    let earlier = r#"{"slug":"other","id":"func_01","name":"Mine","description":"Old","entrypoint":"index.ts","x":1}"#;
    cli.write("jelou.json", earlier);
    let force = ["--force", "--description", "New", "--json"];
    let ran = cli.jelou(&[&INIT[..], &force].concat()).ended(0);
    for (name, content) in &kept[..3] {
        assert_eq!(&text(&cli, name), content);
    }
    assert_eq!(text(&cli, ".gitignore"), "dist\r\n.env\r\n.jelou/\r\nnode_modules/\r\n");
    let schema = "https://jelou.ai/schemas/jelou.json";
    let expected = json!({"$schema": schema, "function": "fresh", "description": "New", "entrypoint": "index.ts"});
    assert_eq!(project(&cli), expected);
    assert!(ran.stderr.contains("Kept as they are: index.ts, deno.json, .env"), "{ran:?}");
    let document = ran.json();
    let codes: Vec<&str> =
        document["warnings"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["OTHER_FUNCTION", "UNKNOWN_KEYS"]);
    let status = |name: &str| {
        let all = document["data"]["files"].as_array().unwrap();
        all.iter().find(|file| file["path"] == name).unwrap()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        (status("jelou.json"), status("index.ts"), status(".gitignore")),
        ("written".into(), "kept".into(), "written".into())
    );
    // Once more: nothing is there twice.
    let before = files(&cli);
    cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(0);
    assert_eq!(files(&cli), before);
}

#[test]
fn force_keeps_an_entrypoint_of_another_name() {
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"fresh","entrypoint":"src/main.ts"}"#);
    cli.write("src/main.ts", "my code");
    cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(0);
    assert_eq!(
        (text(&cli, "src/main.ts"), &project(&cli)["entrypoint"]),
        ("my code".to_owned(), &json!("src/main.ts"))
    );
    assert!(!cli.folder().join("index.ts").exists());
    let cli = Cli::new();
    cli.write("jelou.json", r#"{"function":"fresh","entrypoint":"src/main.ts"}"#);
    cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(0);
    assert!(text(&cli, "src/main.ts").contains("@jelou/functions"));
    for outside in ["../x.ts", "/etc/passwd", "", ".", "a/../../x", "jelou.json", ".env"] {
        let cli = Cli::new();
        cli.write("jelou.json", json!({"function": "fresh", "entrypoint": outside}).to_string());
        let before = files(&cli);
        cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(2);
        assert_eq!(files(&cli), before, "{outside:?}");
    }
}

#[test]
fn a_symbolic_link_or_a_folder_of_such_a_name_is_refused_even_by_force() {
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("file"), "mine").unwrap();
    for name in FILES {
        for target in [elsewhere.path().join("file"), elsewhere.path().join("nowhere"), elsewhere.path().to_owned()] {
            let cli = Cli::new();
            symlink(&target, cli.folder().join(name)).unwrap();
            let refused = cli.jelou(&[&INIT[..], &["--force", "--mode", "create"]].concat()).ended(2);
            assert!(refused.stderr.contains("is a symbolic link"), "{name}: {refused:?}");
            assert_eq!((files(&cli).len(), cli.sent(false).len()), (1, 0), "{name}");
        }
        let cli = Cli::new();
        std::fs::create_dir(cli.folder().join(name)).unwrap();
        cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(2);
        assert_eq!(files(&cli).len(), 1, "{name}");
    }
    // On the way to the entrypoint, too.
    let cli = Cli::new();
    symlink(elsewhere.path(), cli.folder().join("src")).unwrap();
    cli.write("jelou.json", r#"{"function":"fresh","entrypoint":"src/lib/main.ts"}"#);
    let refused = cli.jelou(&[&INIT[..], &["--force"]].concat()).ended(2);
    assert!(refused.stderr.contains("/src` is a symbolic link"), "{refused:?}");
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 1);
    assert_eq!(std::fs::read(elsewhere.path().join("file")).unwrap(), b"mine");
}

#[test]
fn words_that_make_no_project_are_refused() {
    let mut cli = Cli::new();
    cli.set("JELOU_FUNCTION", "my-function");
    let long = "x".repeat(1025);
    for (words, said) in [
        (&[][..], "--slug"),
        (&["--no-input"], "--slug"),
        (&["-y"], "--slug"),
        (&["--json"], "--slug"),
        (&["--slug", "Not_A_Slug"], "Not_A_Slug"),
        (&["--slug", ""], "slug"),
        (&["--slug", "a", "--mode", "update"], "update"),
        (&["a", "--slug", "b"], "--function"),
        (&["--slug", "a", "--description", &long], "1025"),
    ] {
        let refused = cli.jelou(&[&["init"], words].concat()).ended(2);
        assert!(refused.stderr.contains(said), "{words:?}: {refused:?}");
    }
    cli.write(".gitignore", b"\xff\xfe.\0e\0");
    let refused = cli.jelou(&INIT).ended(2);
    assert!(refused.stderr.contains("UTF-16"), "{refused:?}");
    assert_eq!((files(&cli).len(), cli.sent(false).len()), (1, 0));
}

#[test]
fn a_lost_answer_creates_once_or_is_named_as_unknown() {
    let create = ["--mode", "create", "--json"];
    let cli = Cli::new();
    cli.sandbox.inject(Fault::reset_after().method("POST"));
    cli.jelou(&[&INIT[..], &create].concat()).ended(0);
    let keys: Vec<_> = cli.sandbox.requests().into_iter().map(|request| request.idempotency_key).collect();
    assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
    for (key, retryable) in [(&[][..], false), (&["--idempotency-key", "first"], true)] {
        let cli = Cli::new();
        cli.sandbox.inject(Fault::reset_after().method("POST").always());
        let error =
            cli.jelou(&[&INIT[..], &create, &["--retries", "1"], key].concat()).ended(10).json()["error"].clone();
        assert_eq!(
            (&error["details"]["outcome"], &error["retryable"]),
            (&json!("unknown"), &json!(retryable)),
            "{error}"
        );
        assert!(error["hint"].as_str().unwrap().contains("--mode link"), "{error}");
        assert!(files(&cli).is_empty());
    }
    let cli = Cli::new();
    cli.sandbox.inject(Fault::patch(json!({"slug": "other-function"})).method("POST"));
    cli.jelou(&[&INIT[..], &create].concat()).ended(9);
    assert!(files(&cli).is_empty());
}

#[test]
fn a_signal_while_the_function_is_made_says_so_and_leaves_no_file() {
    let cli = Cli::new();
    cli.sandbox.inject(Fault::delay(std::time::Duration::from_secs(30)).method("POST"));
    let mut running = cli.start(&[&INIT[..], &["--mode", "create"]].concat());
    cli.until_sent("POST /v1/functions");
    running.signal(15);
    let ended = running.end();
    assert_eq!(ended.signal, Some(15), "{ended:?}");
    assert!(ended.ran.stderr.contains("fresh may exist now") && ended.ran.stderr.contains("--mode link"), "{ended:?}");
    assert!(files(&cli).is_empty());
}

/// The disk is full once the function is made.
#[test]
fn a_failure_to_write_says_that_the_function_exists_and_leaves_no_file() {
    let cli = Cli::new();
    // What a file may have is less than the probe of the folder, but for the files that are small.
    let description = "d".repeat(1000);
    let line = format!("ulimit -f 8; jelou init --slug fresh --mode create --description {description}");
    cli.bash(&line).ended(0);
    let cli = Cli::new();
    cli.write(".gitignore", "x\n".repeat(8000));
    let before = files(&cli);
    let failed = cli.bash("ulimit -f 8; jelou init --slug fresh --mode create").ended(2);
    assert!(failed.stderr.contains("the function fresh exists now"), "{failed:?}");
    assert!(failed.stderr.contains("jelou init fresh --mode link"), "{failed:?}");
    assert_eq!(files(&cli), before);
    assert!(cli.sandbox.function("fresh").is_some());
}

#[test]
fn a_folder_that_cannot_be_written_is_found_out_before_the_function_is_made() {
    if rustix::process::geteuid().is_root() {
        crate::support::skipped("root may write into every folder");
        return;
    }
    let cli = Cli::new();
    std::fs::set_permissions(cli.folder(), std::fs::Permissions::from_mode(0o500)).unwrap();
    let refused = cli.jelou(&[&INIT[..], &["--mode", "create"]].concat());
    std::fs::set_permissions(cli.folder(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(refused.ended(2).stdout, "");
    assert!(cli.sandbox.requests().is_empty());
}
