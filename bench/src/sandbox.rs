//! What a request to a sandbox costs that holds 200,000 tokens and has seen 100,000 changes, beside
//! the same request to one that holds ten.
#![allow(clippy::print_stdout, reason = "it is what the benchmark is run for")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
#[cfg(target_os = "linux")]
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
#[cfg(target_os = "linux")]
use nix::unistd::Pid;
use serde_json::Value;

use crate::limits::{SANDBOX_RATIO, SANDBOX_RATIO_KEPT, SANDBOX_START};
use crate::stage::Stage;
use crate::verdict::Held;

const FEW: usize = 10;
const MANY: usize = 200_000;
/// With a state file each change is synced: a tenth of them is enough to make it long.
const CHANGES: [usize; 2] = [100_000, 10_000];
/// Requests of one kind in a turn.
const A_TURN: usize = 200;
/// Connections that change something at the same time.
const CLIENTS: usize = 8;

/// Measures and prints; what was measured beside its limits.
///
/// # Errors
/// A sandbox does not start, or refuses a request.
pub fn run(stage: &Stage, rounds: usize) -> Result<Vec<Held>> {
    stay_on_one_processor()?;
    let mut held = Vec::new();
    for (is_kept, changes) in [false, true].into_iter().zip(CHANGES) {
        let few = Started::new(stage, FEW, is_kept)?;
        let many = Started::new(stage, MANY, is_kept)?;
        let (kind, limit) = if is_kept { ("sandbox, --state", SANDBOX_RATIO_KEPT) } else { ("sandbox", SANDBOX_RATIO) };
        println!("{kind}: {MANY} tokens are there after {:.2} s, limit {SANDBOX_START}", many.seconds);
        held.push(Held::new(format!("{kind}, start"), "s", many.seconds, SANDBOX_START));
        many.change(changes)?;
        for request in KINDS {
            // What else the machine does can only add to it: the cheapest turn is the cost.
            let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
            for round in 0..rounds {
                theirs = theirs.min(few.cost(request, round)?);
                ours = ours.min(many.cost(request, round)?);
            }
            let ratio = ours / theirs;
            println!("{kind:<18} {request:<22} {ratio:>7.2} ×  limit {limit}");
            held.push(Held::new(format!("{kind}, {request}"), "×", ratio, limit));
        }
    }
    Ok(held)
}

/// Lets this program, and what it starts, run on one processor alone. To wake a thread on another
/// one costs up to three times as much as the request, so that where the kernel puts the threads
/// would decide.
#[cfg(target_os = "linux")]
fn stay_on_one_processor() -> Result<()> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this)?;
    let mut one = CpuSet::new();
    let is_allowed = |&number: &usize| allowed.is_set(number).unwrap_or(false);
    one.set((0..CpuSet::count()).find(is_allowed).context("the kernel names no processor for this program")?)?;
    Ok(sched_setaffinity(this, &one)?)
}

/// Other systems have no such wish: there the ratios say less.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "it can fail on Linux")]
fn stay_on_one_processor() -> Result<()> {
    eprintln!("measured on all processors, so ratios of small requests say little");
    Ok(())
}

/// The requests, each of which answers with as much wherever it is asked.
const KINDS: [&str; 8] = ["health", "call", "me", "first page", "page in the middle", "token", "create", "delete"];

/// A sandbox that runs.
struct Started {
    child: Child,
    address: String,
    pat: String,
    seconds: f64,
    /// The cursor of the place in the middle, and the id of a token there.
    cursor: String,
    id: String,
    size: usize,
}

impl Started {
    fn new(stage: &Stage, size: usize, is_kept: bool) -> Result<Self> {
        let seed = stage.path(&format!("seed-{size}.json"));
        let token = |number| format!(r#"{{"name":"token-{number}","value":"{}"}}"#, value(number));
        let tokens: Vec<String> = (0..size).map(token).collect();
        std::fs::write(&seed, format!(r#"{{"functions":[{{"slug":"full","tokens":[{}]}}]}}"#, tokens.join(",")))?;
        let mut command = stage.command(&stage.jelou);
        command.args(["sandbox", "start", "--redeploy-delay", "0s", "--json", "--seed-file"]).arg(&seed);
        if is_kept {
            command.arg("--state").arg(stage.path(&format!("state-{size}.json")));
        }
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let printed = child.stdout.take().context("it was piped")?;
        let document = serde_json::Deserializer::from_reader(printed).into_iter::<Value>().next();
        let seconds = begun.elapsed().as_secs_f64();
        let environment = document.context("it printed nothing")??["data"]["environment"].clone();
        let of = |name: &str| environment[name].as_str().map(str::to_owned).context("it does not say where it is");
        let address = of("JELOU_API_URL")?.trim_start_matches("http://").to_owned();
        let pat = of("JELOU_TOKEN")?;
        let mut started = Self { child, address, pat, seconds, cursor: String::new(), id: String::new(), size };
        let mut connection = Connection::open(&started)?;
        let mut left = size / 2;
        while left > 0 {
            let limit = left.min(1_000);
            let cursor = if started.cursor.is_empty() { String::new() } else { format!("&cursor={}", started.cursor) };
            let page = connection.ask("GET", &format!("/v1/functions/full/tokens?limit={limit}{cursor}"), "", 0)?;
            let page: Value = serde_json::from_slice(&page)?;
            page["next_cursor"].as_str().context("there are more")?.clone_into(&mut started.cursor);
            page["items"][0]["id"].as_str().context("it has an id")?.clone_into(&mut started.id);
            left -= limit;
        }
        Ok(started)
    }

    /// Makes so many changes.
    fn change(&self, changes: usize) -> Result<()> {
        let change = |client: usize| -> Result<()> {
            let mut connection = Connection::open(self)?;
            for number in 0..changes / CLIENTS {
                connection.create(&format!("changed-{client}-{number}"))?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || change(client))).collect();
            clients.into_iter().try_for_each(|client| client.join().map_err(|_| anyhow::anyhow!("it panicked"))?)
        })
    }

    /// The seconds for which its threads were on a processor so far: who else is on one, and how
    /// long a disk takes, is no cost of a request.
    fn spent(&self) -> Result<f64> {
        let mut nanoseconds = 0.0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let first = text.split_whitespace().next().context("the kernel keeps no `schedstat`")?;
            nanoseconds += first.parse::<f64>()?;
        }
        Ok(nanoseconds / 1e9)
    }

    /// The seconds that a turn of requests of this kind costs it.
    fn cost(&self, request: &str, round: usize) -> Result<f64> {
        let mut connection = Connection::open(self)?;
        let tokens = "/v1/functions/full/tokens";
        let count = if matches!(request, "create" | "delete") { A_TURN / 4 } else { A_TURN };
        let name = |number: usize| format!("{round}-{number}-{request}");
        let mut created = Vec::new();
        if request == "delete" {
            for number in 0..count {
                created.push(connection.create(&name(number))?);
            }
        }
        let before = self.spent()?;
        for number in 0..count {
            match request {
                "health" => drop(connection.ask("GET", "/fn/full/__health", "", 0)?),
                "call" => drop(connection.ask("GET", "/fn/full/", "", (round * count + number) % self.size)?),
                "me" => drop(connection.ask("GET", "/v1/me", "", 0)?),
                "first page" => drop(connection.ask("GET", &format!("{tokens}?limit=5"), "", 0)?),
                "page in the middle" => {
                    connection.ask("GET", &format!("{tokens}?limit=4&cursor={}", self.cursor), "", 0)?;
                }
                "token" => drop(connection.ask("GET", &format!("{tokens}/{}", self.id), "", 0)?),
                "create" => drop(connection.create(&name(number))?),
                _ => {
                    let id = created.pop().context("as many were created")?;
                    connection.ask("DELETE", &format!("{tokens}/{id}"), "", 0)?;
                }
            }
        }
        Ok(self.spent()? - before)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The value of a token of the seed file.
fn value(number: usize) -> String {
    format!("jfn_rt_sbx_bench{number:08}")
}

/// A connection that takes one request after the other.
struct Connection {
    address: String,
    pat: String,
    stream: BufReader<TcpStream>,
}

/// How many keys were given out. They are counted for all connections: the port of one is used
/// again by a later one.
static KEYS: AtomicUsize = AtomicUsize::new(0);

impl Connection {
    fn open(of: &Started) -> Result<Self> {
        let stream = TcpStream::connect(&of.address)?;
        stream.set_nodelay(true)?;
        Ok(Self { address: of.address.clone(), pat: of.pat.clone(), stream: BufReader::new(stream) })
    }

    /// Creates a token; its id.
    fn create(&mut self, name: &str) -> Result<String> {
        let name = name.replace(' ', "-");
        let answer = self.ask("POST", "/v1/functions/full/tokens", &format!(r#"{{"name":"{name}"}}"#), 0)?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(answer["id"].as_str().context("it has an id")?.to_owned())
    }

    /// The body of a success. At the gateway the token with this number is sent.
    fn ask(&mut self, method: &str, target: &str, body: &str, token: usize) -> Result<Vec<u8>> {
        let credential = if target.starts_with("/fn/") {
            format!("X-Jelou-Token: {}", value(token))
        } else {
            format!("Authorization: Bearer {}", self.pat)
        };
        let key = if method == "POST" {
            let number = KEYS.fetch_add(1, Ordering::Relaxed);
            format!("Idempotency-Key: \"bench-{number}\"\r\nContent-Type: application/json\r\n")
        } else {
            String::new()
        };
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\n{credential}\r\n{key}Content-Length: {length}\r\n\r\n{body}",
            self.address
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let (mut status, mut length, mut line) = (String::new(), 0, String::new());
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line)? > 0, "the sandbox closed the connection");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            if status.is_empty() {
                text.clone_into(&mut status);
            }
            if let Some(value) = text.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        ensure!(status.starts_with("HTTP/1.1 2"), "{method} {target}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(answer)
    }
}
