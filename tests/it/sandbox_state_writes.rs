//! What `--state FILE` writes and when: a change and nothing else, before it is answered, so that
//! neither a kill nor a full disk loses what a client was told.

use std::io::BufReader;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use jelou::sandbox::{Fixture, Sandbox, SandboxClock};
use serde_json::{Value, json};

use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::running::until;
use crate::support::sandbox::{TOKENS, TestSandbox, value};

fn start(file: &Path) -> TestSandbox {
    TestSandbox::of(Sandbox::builder().example_fixture().clock(SandboxClock::manual()).state_file(file))
}

/// Which file it is, how long, and when it was written last.
fn look(file: &Path) -> (u64, u64, i64, i64) {
    let metadata = file.metadata().unwrap();
    (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

#[test]
fn a_request_that_changes_nothing_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let sandbox = start(&file);
    let create = Request::post(TOKENS, &json!({"name": "ci"})).key("key");
    let created = sandbox.ask(create.clone()).expect(201).json();
    assert!(sandbox.accepts(value(&created)));
    let before = look(&file);
    for path in ["/v1/me", "/v1/functions", TOKENS, "/v1/functions/my-function/deployments?limit=1"] {
        sandbox.ask(Request::get(path)).expect(200);
    }
    sandbox.send(&Request::get("/fn/my-function/__health")).expect(200);
    assert!(sandbox.accepts(value(&created)) && !sandbox.accepts("jfn_rt_sbx_unknown"));
    sandbox.ask(create).expect(201);
    sandbox.ask(Request::post(TOKENS, &json!({"name": "ci"}))).refused(409);
    sandbox.send(&Request::new("POST", "/__sandbox/faults").json(&json!({"faults": []}))).expect(201);
    assert_eq!(look(&file), before);
    sandbox.create("another");
    assert_ne!(look(&file), before);
}

#[test]
fn a_change_is_written_without_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let tokens: Vec<Value> = (0..2_000).map(|number| json!({"name": format!("token-{number}")})).collect();
    let fixture = json!({"functions": [{"slug": "my-function", "tokens": tokens}]}).to_string();
    let file = folder.path().join("state.json");
    let builder = Sandbox::builder().fixture(Fixture::parse(&fixture).unwrap()).clock(SandboxClock::manual());
    let sandbox = TestSandbox::of(builder.state_file(&file));
    let whole = look(&file);
    assert!(whole.1 > 400_000, "{whole:?}");
    let mut last = whole.1;
    let one = format!("{TOKENS}/{}", sandbox.create("ci")["id"].as_str().unwrap());
    for request in [
        Request::get(&one),
        Request::patch(&one, &json!({"status": "disabled"})),
        Request::post(&format!("{one}/rotate"), &json!({"grace_seconds": 60})),
        Request::put("/v1/functions/my-function/secrets", &json!({"secrets": {"KEY": "value"}})),
        Request::delete(&one),
    ] {
        assert!(matches!(sandbox.ask(request).status, 200 | 201));
        let (same, length, ..) = look(&file);
        assert!(same == whole.0 && length - last < 4_096, "{last} to {length}");
        last = length;
    }
}

#[test]
fn a_file_is_written_anew_when_its_changes_are_longer_than_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let sandbox = start(&file);
    let (first, created) = (look(&file).0, sandbox.create("ci"));
    let one = format!("{TOKENS}/{}", created["id"].as_str().unwrap());
    let mut status = ["disabled", "active"].into_iter().cycle();
    until("another file", || {
        sandbox.ask(Request::patch(&one, &json!({"status": status.next().unwrap()}))).expect(200);
        (look(&file).0 != first).then_some(())
    });
    // What came while it was rewritten is in the new one too.
    let last = sandbox.create("last");
    let tokens = sandbox.tokens("my-function");
    drop(sandbox);
    assert_eq!(folder.path().read_dir().unwrap().count(), 2, "the file and its lock");
    let again = start(&file);
    assert_eq!(again.tokens("my-function"), tokens);
    assert!(again.accepts(value(&last)));
}

#[test]
fn a_cut_or_changed_file_is_refused_with_one_error_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let sandbox = start(&file);
    let beginning = std::fs::read_to_string(&file).unwrap();
    sandbox.create("ci");
    sandbox.create("later");
    drop(sandbox);
    let whole = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let newer = whole.replacen("\"version\":4", "\"version\":5", 1);
    let without = |number: usize| [&lines[..number], &lines[number + 1..]].concat().join("\n") + "\n";
    let garbled = whole.replacen("\"tag\":\"", "\"tag\":\"?", 1);
    let unknown = whole.replacen("{\"is_whole\":true}", "{\"is_whole\":true,\"colour\":1}", 1);
    let array = whole.replacen("{\"is_whole\":true}", "[true]", 1);
    let cuts = (0..beginning.len()).step_by(97).map(|end| (beginning[..end].to_owned(), "state file"));
    let wrong = [
        (newer, "its version is 5, not 4"),
        (without(0), "state file"),
        (without(1), "cut off"),
        (without(2), "there is no function"),
        (garbled, "its line "),
        (unknown, "`colour`"),
        (array, "its line "),
        (whole.replacen('\n', "\n\n", 3), "its line 2"),
    ];
    for (text, word) in cuts.chain(wrong) {
        std::fs::write(&file, &text).unwrap();
        let error = format!("{:#}", Sandbox::builder().state_file(&file).start().unwrap_err());
        assert!(error.contains("state file") && error.contains(word), "{word}: {error}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    // A change that was not written to its end was never answered.
    std::fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    let names: Vec<String> = start(&file).tokens("my-function").into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["default", "ci"]);
}

#[test]
fn a_file_that_was_taken_away_is_said_with_the_next_change() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let sandbox = start(&file);
    sandbox.create("kept");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&file, &elsewhere).unwrap();
    let refused = sandbox.ask(Request::post(TOKENS, &json!({"name": "lost"})));
    assert_eq!(refused.status, 500);
    assert!(refused.json()["message"].as_str().unwrap().contains("moved, removed or replaced"), "{refused:?}");
    std::fs::rename(&elsewhere, &file).unwrap();
    sandbox.create("kept-too");
    drop(sandbox);
    let names: Vec<String> = start(&file).tokens("my-function").into_iter().map(|token| token.name).collect();
    assert_eq!(names, ["default", "kept", "lost", "kept-too"]);
}

/// 200,000 tokens with values are more than what people write by hand.
#[test]
fn a_seed_file_may_be_long() {
    let cli = Cli::new();
    let long = format!("{}{}", " ".repeat(17 << 20), r#"{"functions": [{"slug": "my-function"}]}"#);
    cli.write("seed.json", long);
    let sandbox = Started::with(&cli, "exec jelou sandbox start --seed-file seed.json --json");
    assert_eq!(sandbox.names(), ["default"]);
}

/// A sandbox of the real binary.
struct Started {
    child: Child,
    port: u16,
    pat: String,
}

impl Started {
    fn with(cli: &Cli, script: &str) -> Self {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env_clear().envs(cli.env()).current_dir(cli.folder());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        let mut documents = serde_json::Deserializer::from_reader(printed).into_iter::<Value>();
        let environment = documents.next().unwrap().unwrap()["data"]["environment"].clone();
        let port = environment["JELOU_API_URL"].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
        Self { child, port, pat: environment["JELOU_TOKEN"].as_str().unwrap().to_owned() }
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Nothing if the sandbox ends before it has answered.
    fn ask(&self, request: Request) -> Option<(u16, Value)> {
        let answer = request.bearer(&self.pat).try_send(self.port).ok()?;
        Some((answer.status, serde_json::from_slice(&answer.body).ok()?))
    }

    fn names(&self) -> Vec<String> {
        let (status, page) = self.ask(Request::get(&format!("{TOKENS}?limit=1000"))).unwrap();
        assert!(status == 200 && page["next_cursor"].is_null(), "{page}");
        page["items"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// What a client was told.
#[derive(Default)]
struct Told {
    created: Vec<String>,
    /// Those that it wanted to be revoked, whatever came of it.
    doomed: Vec<String>,
    revoked: Vec<String>,
}

/// Creates tokens, and revokes every other one, until the sandbox is gone.
fn change(sandbox: &Started, client: &str, told: &Mutex<Told>, answered: &Sender<()>) {
    for number in 0.. {
        let name = format!("{client}-{number}");
        let Some((status, token)) = sandbox.ask(Request::post(TOKENS, &json!({"name": name}))) else { return };
        assert_eq!(status, 201, "{token}");
        told.lock().unwrap().created.push(name.clone());
        _ = answered.send(());
        if number % 2 == 0 {
            told.lock().unwrap().doomed.push(name.clone());
            let revoke = Request::delete(&format!("{TOKENS}/{}", token["id"].as_str().unwrap()));
            let Some((status, revoked)) = sandbox.ask(revoke) else { return };
            assert_eq!(status, 200, "{revoked}");
            told.lock().unwrap().revoked.push(name);
            _ = answered.send(());
        }
    }
}

#[test]
fn a_hundred_kills_during_writes_lose_nothing_that_was_answered() {
    const START: &str = "exec jelou sandbox start --state state.json --redeploy-delay 0s --json";
    let cli = Cli::new();
    let told = Mutex::new(Told::default());
    let mut sandbox = Started::with(&cli, START);
    for round in 0..100 {
        let (answered, answers) = channel();
        std::thread::scope(|scope| {
            for client in 0..3 {
                let (sandbox, told, answered) = (&sandbox, &told, answered.clone());
                scope.spawn(move || change(sandbox, &format!("r{round}-{client}"), told, &answered));
            }
            drop(answered);
            // Others are in the middle of a change when one has been answered.
            for _ in 0..=round % 17 {
                answers.recv().unwrap();
            }
            let pid = rustix::process::Pid::from_child(&sandbox.child);
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        sandbox = Started::with(&cli, START);
        let (names, told) = (sandbox.names(), told.lock().unwrap());
        for name in told.created.iter().filter(|name| !told.doomed.contains(name)) {
            assert!(names.contains(name), "round {round}: {name} was created");
        }
        for name in &told.revoked {
            assert!(!names.contains(name), "round {round}: {name} was revoked");
        }
    }
    let told = told.into_inner().unwrap();
    assert!(told.created.len() >= 300 && told.revoked.len() >= 50, "{} created", told.created.len());
}

#[test]
fn a_full_disk_is_said_and_loses_nothing_that_was_answered() {
    let cli = Cli::new();
    // Of the file, in KiB; it begins with 3.
    let limited = Started::with(&cli, "ulimit -f 24; exec jelou sandbox start --state state.json --json");
    let mut created = Vec::new();
    let refused = loop {
        let name = format!("ci-{}", created.len());
        let (status, answer) = limited.ask(Request::post(TOKENS, &json!({"name": name}))).unwrap();
        match status {
            201 => created.push(name),
            _ => break (status, answer),
        }
    };
    assert_eq!(refused.0, 500);
    let message = refused.1["message"].as_str().unwrap();
    assert!(message.starts_with("The state file could not be written"), "{message}");
    limited.kill();
    assert!(created.len() > 3, "{created:?}");
    let again = Started::with(&cli, "exec jelou sandbox start --state state.json --json");
    let names = again.names();
    assert!(created.iter().all(|name| names.contains(name)), "{created:?} {names:?}");
}
