//! `deployments download`: all files of a deployment or none, byte for byte, and never outside of the
//! folder that was named.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::sandbox::Fault;
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::running::until;

const DOWNLOAD: [&str; 3] = ["deployments", "download", "my-function"];

/// The files that are deployed, beside `jelou.json`.
const FILES: [(&str, &[u8]); 4] =
    [("index.ts", b"export default 1;"), ("lib/a/b.json", b"{}"), ("notes.md", b"\xff\0\r\n"), ("empty.txt", b"")];

/// A deployment of these files; its id.
fn deployed() -> (Cli, String) {
    let cli = Cli::new();
    cli.write("project/jelou.json", r#"{"slug":"my-function"}"#);
    for (name, content) in FILES {
        cli.write(&format!("project/{name}"), content);
    }
    cli.jelou(&["deploy", "project", "-y", "--wait"]).ended(0);
    let id = cli.sandbox.deployments("my-function")[0].id.to_string();
    (cli, id)
}

/// Every file below a folder, by its path from there.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() && !entry.is_symlink() {
                walk(&entry, root, found);
            } else {
                let name = entry.strip_prefix(root).unwrap().display().to_string();
                found.insert(name, std::fs::read(&entry).unwrap_or_default());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

fn expected() -> BTreeMap<String, Vec<u8>> {
    let files = FILES.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec()));
    files.chain([("jelou.json".to_owned(), br#"{"slug":"my-function"}"#.to_vec())]).collect()
}

fn download(id: &str, more: &[&'static str]) -> Vec<String> {
    DOWNLOAD.iter().copied().chain([id]).chain(more.iter().copied()).map(str::to_owned).collect()
}

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

#[test]
fn the_files_are_those_that_were_deployed() {
    for more in [&[][..], &["-o", "out"], &["-o", "new/deep/out"], &["--output=out"], &["-o", "project"]] {
        let (cli, id) = deployed();
        if more == ["-o", "project"] {
            std::fs::remove_dir_all(cli.folder().join("project")).unwrap();
            std::fs::create_dir(cli.folder().join("project")).unwrap();
        }
        let line = [download(&id, more), vec!["--json".to_owned()]].concat();
        let document = cli.jelou(&words(&line)).ended(0).json();
        let path = document["data"]["path"].as_str().unwrap();
        assert!(more.is_empty() && path == id || more.concat().ends_with(path), "{document}");
        assert_eq!(tree(&cli.folder().join(path)), expected(), "{more:?}");
        let sizes: BTreeMap<String, u64> = document["data"]["files"].as_array().unwrap().iter().map(size).collect();
        assert_eq!(sizes, expected().iter().map(|(name, content)| (name.clone(), content.len() as u64)).collect());
        assert_eq!(
            (&document["data"]["deployment"], &document["data"]["function"]),
            (&json!(id), &json!("my-function"))
        );
        let asked = cli.sent(false).pop().unwrap();
        assert_eq!(asked, format!("GET /v1/functions/my-function/deployments/{id}/artifact"));
    }
}

fn size(file: &Value) -> (String, u64) {
    (file["path"].as_str().unwrap().to_owned(), file["size"].as_u64().unwrap())
}

#[test]
fn what_was_downloaded_deploys_again() {
    let (cli, id) = deployed();
    cli.jelou(&words(&download(&id, &["-o", "copy"]))).ended(0);
    let document = cli.jelou(&["deploy", "copy", "-y", "--json"]).ended(0).json();
    let sizes: BTreeMap<String, u64> = document["data"]["files"].as_array().unwrap().iter().map(size).collect();
    assert_eq!(sizes.len(), expected().len());
}

#[test]
fn a_name_that_ends_in_tar_is_one_archive_and_the_same_bytes_each_time() {
    let (cli, id) = deployed();
    for name in ["one.tar", "two.tar"] {
        let line = [&DOWNLOAD[..], &[&id, "-o", name]].concat();
        cli.jelou(&line).ended(0);
    }
    let read = |name: &str| std::fs::read(cli.folder().join(name)).unwrap();
    assert_eq!(read("one.tar"), read("two.tar"));
    std::fs::create_dir(cli.folder().join("out")).unwrap();
    let tar = Command::new("tar").args(["-xf", "../one.tar"]).current_dir(cli.folder().join("out")).output().unwrap();
    assert!(tar.status.success() && tar.stderr.is_empty(), "{tar:?}");
    assert_eq!(tree(&cli.folder().join("out")), expected());
    // It exists now.
    let before = read("one.tar");
    let refused = cli.jelou(&words(&download(&id, &["-o", "one.tar"]))).ended(2);
    assert!(refused.stderr.contains("one.tar") && refused.stderr.contains("--force"), "{refused:?}");
    std::fs::write(cli.folder().join("one.tar"), "other").unwrap();
    cli.jelou(&words(&download(&id, &["-o", "one.tar", "--force"]))).ended(0);
    assert_eq!(read("one.tar"), before);
}

#[test]
fn what_exists_is_refused_by_name_and_replaced_only_by_force() {
    let (cli, id) = deployed();
    cli.write("out/index.ts", "mine");
    cli.write("out/lib/a/b.json", "mine too");
    cli.write("out/other.ts", "not in the deployment");
    std::fs::set_permissions(cli.folder().join("out/index.ts"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = tree(&cli.folder().join("out"));
    let refused = cli.jelou(&words(&download(&id, &["-o", "out"]))).ended(2);
    assert!(refused.stderr.contains("`index.ts`, `lib/a/b.json` exist already"), "{refused:?}");
    assert_eq!(tree(&cli.folder().join("out")), before);
    cli.jelou(&words(&download(&id, &["-o", "out", "--force"]))).ended(0);
    let mut after = expected();
    after.insert("other.ts".to_owned(), b"not in the deployment".to_vec());
    assert_eq!(tree(&cli.folder().join("out")), after, "and no copy of what was replaced");
    assert_eq!(cli.folder().join("out/index.ts").metadata().unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_target_that_can_be_no_folder_is_refused_before_anything_is_sent() {
    let (cli, id) = deployed();
    cli.write("a-file", "mine");
    symlink("nowhere", cli.folder().join("dangling")).unwrap();
    symlink("a-file", cli.folder().join("linked.tar")).unwrap();
    std::fs::create_dir(cli.folder().join("folder.tar")).unwrap();
    let before = (tree(cli.folder()), cli.sent(false));
    for target in [
        "a-file",
        "dangling",
        "linked.tar",
        "folder.tar",
        "nowhere/x.tar",
        "x.tar.gz",
        "x.tgz",
        "x.ZIP",
        "-",
        "~/x",
        "",
    ] {
        for force in [&[][..], &["--force"]] {
            let line = [&DOWNLOAD[..], &[&id, "-o", target], force].concat();
            let ran = cli.jelou(&line).ended(2);
            assert!(ran.stderr.contains("INPUT_ERROR"), "{target}: {ran:?}");
        }
    }
    assert_eq!((tree(cli.folder()), cli.sent(false)), before);
}

#[test]
fn a_symbolic_link_on_the_way_is_not_followed() {
    let elsewhere = tempfile::tempdir().unwrap();
    for (link, name) in [("lib", "lib"), ("lib/a", "a"), ("index.ts", "index.ts"), ("lib/a/b.json", "b.json")] {
        for force in [&[][..], &["--force"]] {
            let (cli, id) = deployed();
            let at = cli.folder().join("out").join(link);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            symlink(elsewhere.path().join(name), &at).unwrap();
            let line = [&DOWNLOAD[..], &[&id, "-o", "out"], force].concat();
            let ran = cli.jelou(&line).ended(2);
            assert!(ran.stderr.contains("is a symbolic link"), "{link}: {ran:?}");
            assert_eq!(tree(&cli.folder().join("out")).len(), 1, "{link}: the link alone");
        }
    }
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
    // The folder itself is the user's choice.
    let (cli, id) = deployed();
    symlink(elsewhere.path(), cli.folder().join("out")).unwrap();
    cli.jelou(&words(&download(&id, &["-o", "out"]))).ended(0);
    assert_eq!(tree(elsewhere.path()), expected());
}

/// Zip-slip: what a hostile or broken platform may call a file.
#[test]
fn a_name_that_leaves_the_folder_refuses_the_whole_answer() {
    let long = "x/".repeat(3000);
    let file = |path: &str| json!({"path": path, "content": STANDARD.encode("x")});
    let name = |path: &str| json!({"files": [file("index.ts"), file(path)]});
    let mut answers: Vec<Value> = [
        "",
        "../x",
        "a/../../x",
        "..",
        "/etc/cron.d/x",
        "a/..",
        "./x",
        "a//x",
        "a/",
        "..\\x",
        "a\\b",
        "C:\\x",
        "c:/x",
        "\0",
        "a\u{7f}",
        "a\u{1b}[2J",
        "a\u{202e}.ts",
        "index\u{200b}.ts",
        "a\u{2028}b",
        "\u{feff}a.ts",
        "a\u{e0041}.ts",
        "line\nbreak",
        ".git/config",
        ".bashrc",
        "a/.ssh/x",
        "index.ts",
        "index.ts/x",
        &long,
    ]
    .into_iter()
    .map(name)
    .collect();
    answers.push(json!({"files": [{"path": "index.ts", "content": "no base64!"}]}));
    answers.push(json!({"files": [{"path": "index.ts"}]}));
    answers.push(json!({"files": [["index.ts", "eA=="]]}));
    answers.push(json!([[]]));
    for answer in answers {
        for more in [&[][..], &["-o", "out", "--force"], &["-o", "x.tar"]] {
            let (cli, id) = deployed();
            cli.sandbox.inject(Fault::answer(200, answer.to_string()).path("/v1/functions/*/deployments/*/artifact"));
            let before = tree(cli.folder());
            let ran = cli.jelou(&words(&[download(&id, more), vec!["--json".to_owned()]].concat()));
            assert_eq!(ran.json()["error"]["code"], "API_ERROR", "{answer}: {ran:?}");
            assert_eq!(ran.status, 9);
            assert_eq!(tree(cli.folder()), before, "{answer}");
            assert!(!cli.folder().join("out").exists() && !cli.folder().join(&id).exists(), "{answer}");
        }
    }
}

#[test]
fn fields_that_nobody_knows_are_ignored() {
    let (cli, id) = deployed();
    let file = json!({"path": "index.ts", "content": "eA==", "sha256": "…"});
    let answer = json!({"files": [file], "entrypoint": "index.ts"});
    cli.sandbox.inject(Fault::answer(200, answer.to_string()).path("/v1/functions/*/deployments/*/artifact"));
    cli.jelou(&words(&download(&id, &[]))).ended(0);
    assert_eq!(std::fs::read(cli.folder().join(&id).join("index.ts")).unwrap(), b"x");
}

#[test]
fn a_failure_halfway_leaves_nothing() {
    if rustix::process::geteuid().is_root() && !limits_writes() {
        crate::support::skipped("no shell here can limit the size of files");
        return;
    }
    let cli = Cli::new();
    cli.write("project/jelou.json", r#"{"slug":"my-function"}"#);
    cli.write("project/index.ts", "1");
    cli.write("project/z.txt", "x".repeat(200_000));
    cli.jelou(&["deploy", "project", "-y", "--wait"]).ended(0);
    let id = cli.sandbox.deployments("my-function")[0].id.to_string();
    std::fs::create_dir(cli.folder().join("kept")).unwrap();
    cli.write("kept/index.ts", "mine");
    for (target, more) in [("out", ""), ("kept", "--force"), ("x.tar", "")] {
        let before = tree(cli.folder());
        let line = format!("ulimit -f 64; jelou deployments download my-function {id} -o {target} {more}");
        let ran = cli.bash(&line).ended(2);
        assert!(ran.stderr.contains("cannot be written"), "{ran:?}");
        assert_eq!(tree(cli.folder()), before, "{target}");
        assert!(!cli.folder().join("out").exists());
    }
}

fn limits_writes() -> bool {
    Command::new("bash").args(["-c", "ulimit -f 64"]).status().is_ok_and(|status| status.success())
}

#[test]
fn what_the_platform_refuses_writes_nothing() {
    let (cli, id) = deployed();
    cli.jelou(&["deployments", "download", "other-function", &id]).ended(5);
    cli.jelou(&["deployments", "download", "my-function", "dep_nobody"]).ended(5);
    cli.jelou(&["deployments", "download", "my-function"]).ended(2);
    cli.jelou(&["deployments", "download", "my-function", "tok_1"]).ended(2);
    cli.jelou(&["functions", "create", "fresh"]).ended(0);
    let redeploy = cli.jelou(&["secrets", "set", "fresh", "A=1", "--wait"]).ended(0);
    assert!(!redeploy.stdout.is_empty());
    let empty = cli.sandbox.deployments("fresh")[0].id.to_string();
    let ran = cli.jelou(&["deployments", "download", "fresh", &empty]).ended(5);
    assert!(ran.stderr.contains("has no files"), "{ran:?}");
    assert_eq!(cli.folder().read_dir().unwrap().count(), 2, "the project and the home");
}

/// However far it came, a signal leaves all of it or nothing.
#[test]
fn a_signal_while_files_are_written_leaves_all_of_them_or_none() {
    const COUNT: usize = 200;
    let file = |number: usize| json!({"path": format!("{number}/x.ts"), "content": STANDARD.encode("x".repeat(1000))});
    let answer = json!({"files": (0..COUNT).map(file).collect::<Vec<_>>()}).to_string();
    for wanted in [1, 50, 120] {
        let (cli, id) = deployed();
        let folder = cli.folder().join("out");
        cli.sandbox.inject(Fault::answer(200, answer.clone()).path("/v1/functions/*/deployments/*/artifact"));
        let mut running = cli.start(&words(&download(&id, &["-o", "out"])));
        let count = || folder.read_dir().map_or(0, Iterator::count);
        until("some files", || (count() >= wanted || running.has_ended()).then_some(()));
        if !running.has_ended() {
            running.signal(15);
        }
        let ended = running.end();
        assert!(ended.signal == Some(15) || ended.ran.status == 0, "{ended:?}");
        assert!(!folder.exists() || tree(&folder).len() == COUNT, "{} files are left: {ended:?}", tree(&folder).len());
        if folder.exists() && ended.signal.is_some() {
            assert!(ended.ran.stderr.contains("the change was made: out") || ended.ran.stdout.contains("Downloaded"));
        }
    }
}
