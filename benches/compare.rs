//! What `jelou` costs beside curl, jq and Python, measured in one run.
//!
//! Whole processes are timed, start to end, against the sandbox in this process. The contenders of a group take turns
//! round by round, so that a machine that speeds up or slows down does so for all of them; a ratio is the median of the
//! rounds' own ratios. Milliseconds are of this machine and this moment. Instructions (by valgrind, where it is
//! installed) repeat.
//!
//! `cargo bench --bench compare`, or with the number of rounds and a group: `… -- 50 list`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "the rules are for the program")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use jelou::sandbox::{Fixture, Sandbox};

const JELOU: &str = env!("CARGO_BIN_EXE_jelou");
const ROUNDS: usize = 25;

/// One way to do the job of a group: a script, run by `sh -c`, or a program alone.
struct Contender {
    name: &'static str,
    program: &'static str,
    arguments: Vec<String>,
}

/// A job that all contenders do; the first is what the others are compared with.
struct Group {
    name: &'static str,
    /// Names of tokens that there must be before each run, on `my-function`.
    tokens: usize,
    contenders: Vec<Contender>,
}

fn program(name: &'static str, program: &'static str, arguments: &[&str]) -> Contender {
    Contender { name, program, arguments: arguments.iter().map(|&argument| argument.to_owned()).collect() }
}

fn script(name: &'static str, text: &str) -> Contender {
    program(name, "sh", &["-c", text])
}

const PYTHON_CREATE: &str = "
import json, os, urllib.request, uuid
request = urllib.request.Request(os.environ['JELOU_API_URL'] + '/v1/functions/my-function/tokens',
    json.dumps({'name': 'b' + uuid.uuid4().hex}).encode(), {'Authorization': 'Bearer ' + os.environ['JELOU_TOKEN'],
    'Content-Type': 'application/json', 'Idempotency-Key': '\"%s\"' % uuid.uuid4()})
print(json.load(urllib.request.urlopen(request))['token'])
";
const PYTHON_LIST: &str = "
import json, os, urllib.request
request = urllib.request.Request(os.environ['JELOU_API_URL'] + '/v1/functions/my-function/tokens?limit=1000',
    headers={'Authorization': 'Bearer ' + os.environ['JELOU_TOKEN']})
for token in json.load(urllib.request.urlopen(request))['items']: print(token['id'])
";
const PYTHON_REVOKE: &str = "
import http.client, os, sys
connection = http.client.HTTPConnection(os.environ['JELOU_API_URL'].removeprefix('http://'))
for line in open('ids'):
    connection.request('DELETE', '/v1/functions/my-function/tokens/' + line.strip(),
        headers={'Authorization': 'Bearer ' + os.environ['JELOU_TOKEN']})
    answer = connection.getresponse(); answer.read()
    if answer.status != 200: sys.exit(answer.status)
";
const CURL_CREATE: &str = r#"curl -sf "$JELOU_API_URL/v1/functions/my-function/tokens" -H "Authorization: Bearer $JELOU_TOKEN" -H "Content-Type: application/json" -H "Idempotency-Key: \"$(cat /proc/sys/kernel/random/uuid)\"" -d "{\"name\":\"b$(cat /proc/sys/kernel/random/uuid)\"}""#;
const CURL_LIST: &str =
    r#"curl -sf "$JELOU_API_URL/v1/functions/my-function/tokens?limit=1000" -H "Authorization: Bearer $JELOU_TOKEN""#;

fn groups() -> Vec<Group> {
    let jelou_create = r#"exec jelou tokens create my-function --name "b$(cat /proc/sys/kernel/random/uuid)" --quiet"#;
    vec![
        Group {
            name: "start-up",
            tokens: 0,
            contenders: vec![
                program("true", "true", &[]),
                program("jelou --version", JELOU, &["--version"]),
                program("curl --version", "curl", &["--version"]),
                program("python3 -c ''", "python3", &["-c", ""]),
            ],
        },
        Group {
            name: "create",
            tokens: 0,
            contenders: vec![
                script("curl | jq", &format!("{CURL_CREATE} | jq -r .token")),
                script("curl", CURL_CREATE),
                script("jelou tokens create --quiet", jelou_create),
                program("python3, urllib", "python3", &["-c", PYTHON_CREATE]),
            ],
        },
        Group {
            name: "list",
            tokens: 1000,
            contenders: vec![
                script("curl | jq", &format!("{CURL_LIST} | jq -r '.items[].id'")),
                script("curl", CURL_LIST),
                program("jelou tokens list --quiet", JELOU, &["tokens", "list", "my-function", "--quiet"]),
                program("jelou tokens list", JELOU, &["tokens", "list", "my-function"]),
                program("jelou tokens list --json", JELOU, &["tokens", "list", "my-function", "--json"]),
                program("python3, urllib", "python3", &["-c", PYTHON_LIST]),
            ],
        },
        Group {
            name: "revoke",
            tokens: 200,
            contenders: vec![
                script(
                    "a loop of curl",
                    r#"while read -r id; do curl -sf -o /dev/null -X DELETE "$JELOU_API_URL/v1/functions/my-function/tokens/$id" -H "Authorization: Bearer $JELOU_TOKEN" || exit; done < ids"#,
                ),
                script(
                    "one curl --parallel",
                    r#"sed "s|.*|url=\"$JELOU_API_URL/v1/functions/my-function/tokens/&\"\noutput=/dev/null|" ids | curl -sf -Z --parallel-max 8 -X DELETE -H "Authorization: Bearer $JELOU_TOKEN" -K -"#,
                ),
                script("jelou tokens revoke --stdin", "exec jelou tokens revoke my-function --stdin -y --quiet < ids"),
                program("one python3, http.client", "python3", &["-c", PYTHON_REVOKE]),
            ],
        },
    ]
}

/// The platform and a folder for one measurement: nothing of an earlier run slows a later one.
struct Stage {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
}

impl Stage {
    fn with(tokens: usize) -> Self {
        let names: Vec<String> = (0..tokens).map(|number| format!(r#"{{"name": "t{number}"}}"#)).collect();
        let content = format!(r#"{{"functions": [{{"slug": "my-function", "tokens": [{}]}}]}}"#, names.join(","));
        let sandbox = Sandbox::builder().fixture(Fixture::parse(&content).unwrap()).start().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ids = sandbox.tokens("my-function").into_iter().filter(|token| token.name != "default");
        let ids: Vec<String> = ids.map(|token| token.id.to_string()).collect();
        std::fs::write(folder.path().join("ids"), ids.join("\n") + "\n").unwrap();
        Self { sandbox, folder }
    }

    fn command(&self, program: &str, arguments: &[String]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("PATH", search_path());
        command.env("HOME", self.folder.path()).env("JELOU_TOKEN", self.sandbox.pat());
        command.env("JELOU_API_URL", self.sandbox.api_url()).env("JELOU_GATEWAY_URL", self.sandbox.gateway_url());
        // `jelou` refuses to throw a new token away into `/dev/null`.
        let output = std::fs::File::create(self.folder.path().join("output")).unwrap();
        command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
        command
    }
}

/// PATH with this `jelou` first, then Python itself: a version manager's shim would be measured in its place.
fn search_path() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| {
        let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
        let python = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        let folders = [JELOU, &python].map(|program| Path::new(program).parent().unwrap_or(Path::new("")).display());
        format!("{}:{}:{}", folders[0], folders[1], std::env::var("PATH").unwrap())
    })
}

/// The time of one run; a contender that fails is measured for nothing.
fn time(group: &Group, contender: &Contender) -> Duration {
    let stage = Stage::with(group.tokens);
    let mut command = stage.command(contender.program, &contender.arguments);
    let start = Instant::now();
    let status = command.status().unwrap_or_else(|error| panic!("{}: {error}", contender.name));
    let took = start.elapsed();
    assert!(status.success(), "{}: {status}", contender.name);
    if group.name == "revoke" {
        assert_eq!(stage.sandbox.tokens("my-function").len(), 1, "{} left some", contender.name);
    }
    took
}

/// The instructions of one run, children included, in millions.
fn instructions(group: &Group, contender: &Contender) -> Option<f64> {
    let stage = Stage::with(group.tokens);
    let flags = ["--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=callgrind.%p", contender.program];
    let words: Vec<String> =
        flags.iter().map(|&flag| flag.to_owned()).chain(contender.arguments.iter().cloned()).collect();
    stage.command("valgrind", &words).status().ok()?;
    let outputs = std::fs::read_dir(stage.folder.path()).ok()?.flatten().map(|entry| entry.path());
    let total: u64 = outputs.filter_map(|path| summary(&path)).sum();
    #[allow(clippy::cast_precision_loss, reason = "millions, for people")]
    (total > 0).then_some(total as f64 / 1e6)
}

/// The total that a callgrind file ends with.
fn summary(path: &PathBuf) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("callgrind.")?;
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().rev().find_map(|line| line.strip_prefix("totals: ").or(line.strip_prefix("summary: ")))?;
    line.split_whitespace().next()?.parse().ok()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn compare(group: &Group, rounds: usize) {
    println!("\n{} ({} tokens, {rounds} rounds)", group.name, group.tokens);
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); group.contenders.len()];
    for round in 0..=rounds {
        for turn in 0..group.contenders.len() {
            // Another order each round: nobody always runs behind the same neighbour.
            let index = (turn + round) % group.contenders.len();
            let took = time(group, &group.contenders[index]).as_secs_f64() * 1e3;
            // The first round fills the caches.
            if round > 0 {
                times[index].push(took);
            }
        }
    }
    println!("  {:<30} {:>9} {:>8} {:>12}", "", "median ms", "ratio", "M instr.");
    for (index, contender) in group.contenders.iter().enumerate() {
        let ratios = times[index].iter().zip(&times[0]).map(|(own, first)| own / first).collect();
        let counted = instructions(group, contender).map_or_else(|| "-".to_owned(), |count| format!("{count:.2}"));
        let (time, ratio) = (median(times[index].clone()), median(ratios));
        println!("  {:<30} {time:>9.2} {ratio:>8.2} {counted:>12}", contender.name);
    }
}

fn main() {
    let mut rounds = ROUNDS;
    let mut only = None;
    for argument in std::env::args().skip(1).filter(|argument| !argument.starts_with('-')) {
        match argument.parse() {
            Ok(number) => rounds = number,
            Err(_) => only = Some(argument),
        }
    }
    for group in groups().iter().filter(|group| only.as_deref().is_none_or(|name| name == group.name)) {
        compare(group, rounds);
    }
}
