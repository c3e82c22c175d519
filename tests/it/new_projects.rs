//! What `init` asks at a terminal, what a Deno runtime makes of its code, and the workflow of the
//! vendor's demo, which begins with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::runner::{Order, Runner};
use crate::support::terminal::{self, Streams};
use crate::support::tools;

const MENU: &str = "Create new or link existing";

/// Types the keys at each prompt; the status and the screen.
fn answered(command: Command, answers: &[(&str, &str)]) -> (i32, String) {
    let session = terminal::converse_with_menu(command, answers, Some(MENU));
    (session.status, session.screen)
}

fn project(cli: &Cli) -> Value {
    let text = std::fs::read_to_string(cli.folder().join("jelou.json")).expect("a jelou.json");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_terminal_is_asked_for_what_no_flag_says() {
    let cli = Cli::new();
    let answers = [("Function slug", "fresh\r"), ("Description", "For tests\r"), (MENU, "\r")];
    let (status, screen) = answered(cli.process(&["init"]), &answers);
    assert_eq!(status, 0, "{screen}");
    assert!(screen.contains("Created fresh"), "{screen}");
    assert_eq!(project(&cli)["description"], "For tests");
    assert_eq!(cli.sandbox.function("fresh").unwrap().description.as_deref(), Some("For tests"));

    let cli = Cli::new();
    let answers = [
        ("Function slug", "No_Slug\r"),
        ("is not a slug", "my-function\r"),
        ("Description", "\r"),
        (MENU, "\u{1b}[B\r"),
    ];
    let (status, screen) = answered(cli.process(&["functions", "init"]), &answers);
    assert!(status == 0 && screen.contains("Linked my-function"), "{screen}");
    assert!(project(&cli)["description"].is_null());

    let cli = Cli::new();
    let (status, screen) = answered(cli.process(&["init", "fresh", "--description", "x"]), &[(MENU, "\u{1b}[A\r")]);
    assert!(status == 0 && screen.contains("Wrote the files of fresh"), "{screen}");
    assert!(cli.sandbox.requests().is_empty());
}

#[test]
fn what_is_known_is_proposed_and_an_empty_line_takes_it() {
    let cli = Cli::new();
    let folder = cli.folder().join("shop-orders");
    std::fs::create_dir(&folder).unwrap();
    let start = |arguments: &[&str]| {
        let mut command = cli.process(arguments);
        command.current_dir(&folder);
        command
    };
    let answers = [("Function slug (shop-orders): ", "\r"), ("Description: ", "Orders\r")];
    assert_eq!(answered(start(&["init", "--mode", "create"]), &answers).0, 0);
    assert!(cli.sandbox.function("shop-orders").is_some());
    let answers = [("Function slug (shop-orders): ", "\r"), ("Description (Orders): ", "\r")];
    assert_eq!(answered(start(&["init", "--mode", "link", "--force"]), &answers).0, 0);
    let text = std::fs::read_to_string(folder.join("jelou.json")).unwrap();
    assert!(text.contains("\"Orders\""), "{text}");
}

#[test]
fn a_question_that_is_left_changes_nothing() {
    for answers in [
        &[("Function slug", "\u{4}")][..],
        &[("Function slug", "fresh\r"), ("Description", "\u{4}")],
        &[("Function slug", "fresh\r"), ("Description", "\r"), (MENU, "\u{1b}")],
    ] {
        let cli = Cli::new();
        let (status, screen) = answered(cli.process(&["init"]), answers);
        assert_eq!(status, 14, "{screen}");
        assert!(!cli.folder().join("jelou.json").exists() && cli.sandbox.requests().is_empty(), "{screen}");
    }
    let cli = Cli::new();
    for flags in [&["-y"][..], &["--no-input"], &["--json"], &["--quiet"]] {
        let arguments = [&["init"], flags].concat();
        cli.at_terminal(&arguments, Streams::All, None).ended(2);
    }
    cli.at_terminal(&["init", "fresh", "-y"], Streams::All, None).ended(0);
    // What exists is said before anything is asked.
    cli.at_terminal(&["init"], Streams::All, None).ended(2);
}

/// A Deno on PATH, or the one that `.ci/run` installs.
fn deno() -> Option<PathBuf> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/linters/bin/deno");
    if tools::is_installed("deno") { Some("deno".into()) } else { Some(installed).filter(|path| path.is_file()) }
}

/// As much of the vendor's package as its documentation shows of `define` and `z`.
const PACKAGE: &str = r#"
type Log = { log: (...values: unknown[]) => void };
export interface Schema<T> { describe(text: string): Schema<T>; default(value: T): Schema<T>; read(value: unknown): T }
function schema<T>(read: (value: unknown) => T): Schema<T> {
  return { read, describe: () => schema(read), default: (usual) => schema((value) => value === undefined ? usual : read(value)) };
}
function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("not a text");
  return value;
}
type Read<S> = { [K in keyof S]: S[K] extends Schema<infer T> ? T : never };
function object<S extends Record<string, Schema<unknown>>>(shape: S): Schema<Read<S>> {
  return schema((value) => {
    const of = value as Record<string, unknown>;
    return Object.fromEntries(Object.entries(shape).map(([key, part]) => [key, part.read(of[key])])) as Read<S>;
  });
}
export const z = { string: () => schema(text), object };
export interface Tool<I, O> {
  name: string; description: string; input: Schema<I>; output: Schema<O>; handler: (input: I, ctx: Log) => Promise<O>;
}
export function define<I, O>(tool: Tool<I, O>): Tool<I, O> { return tool; }
"#;

const CALL: &str = r#"
import tool from "./index.ts";
const ctx = { log: () => {} };
const call = async (input: unknown) => tool.output.read(await tool.handler(tool.input.read(input), ctx));
console.log(JSON.stringify([tool.name, tool.description, await call({ name: "you" }), await call({})]));
"#;

#[test]
fn a_deno_runtime_accepts_the_code() {
    let Some(deno) = deno() else {
        crate::support::skipped("deno is not installed, so the code of a new project was not run");
        return;
    };
    let cli = Cli::new();
    let description = "Says \"hello\" in `${x}` \\ with é";
    cli.jelou(&["init", "fresh", "--description", description]).ended(0);
    // The package itself is on a registry that no test may ask.
    cli.write("deno.json", r#"{"imports": {"@jelou/functions": "./package.ts"}}"#);
    cli.write("package.ts", PACKAGE);
    cli.write("call.ts", CALL);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&deno);
        command.args(arguments).current_dir(cli.folder()).env("DENO_DIR", cli.folder().join("cache"));
        let output = command.env("NO_COLOR", "1").env("DENO_NO_UPDATE_CHECK", "1").output().expect("deno runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    run(&["check", "call.ts"]);
    let answers: Value = serde_json::from_str(&run(&["run", "call.ts"])).expect("JSON");
    let greeting = |name: &str| serde_json::json!({"message": format!("Hello, {name}!")});
    assert_eq!(answers, serde_json::json!(["fresh", description, greeting("you"), greeting("world")]));
}

/// The two steps of the vendor's workflow (its demo on GitHub, the final version), as they stand
/// there.
const INITIALISE: &str = "cp jelou.example.json jelou.json
jelou functions init --slug github-demo --mode create --no-input --force 2>/dev/null || \\
jelou functions init --slug github-demo --mode link --no-input --force
";
const DEPLOY: &str = "jelou functions deploy --no-confirm --json\n";

const CODE: &str =
    "import { define } from \"@jelou/functions\";\n\nexport default define({ name: \"order-status\" });\n";

/// A checkout of the demo: its template, and code of its own.
fn checkout(cli: &Cli) {
    let template = "{\n  \"$schema\": \"https://jelou.ai/schemas/jelou.json\",\n  \"function\": \"github-demo\",\n  \"entrypoint\": \"index.ts\"\n}\n";
    cli.write("demo/jelou.example.json", template);
    cli.write("demo/index.ts", CODE);
    cli.write(
        "demo/deno.json",
        "{\n  \"imports\": {\n    \"@jelou/functions\": \"jsr:@jelou/functions@0.7.3\"\n  }\n}\n",
    );
    cli.write("demo/.gitignore", ".env\n.env.*\n.jelou/\nnode_modules/\n");
    cli.write("demo/README.md", "# Demo\n");
}

/// The `index.ts` that the newest deployment runs.
fn deployed_code(cli: &Cli) -> String {
    let id = cli.sandbox.deployments("github-demo")[0].id.to_string();
    let path = format!("/v1/functions/github-demo/deployments/{id}/artifact");
    let artifact = Request::get(&path).bearer(cli.sandbox.pat()).send(cli.sandbox.port()).expect(200).json();
    let file = artifact["files"].as_array().unwrap().iter().find(|file| file["path"] == "index.ts").unwrap();
    String::from_utf8(STANDARD.decode(file["content"].as_str().unwrap()).unwrap()).unwrap()
}

fn paths(cli: &Cli) -> Vec<String> {
    cli.sandbox.deployments("github-demo")[0].files.iter().map(|file| file.path.clone()).collect()
}

/// Whether a text has the value of a token, which is longer than the prefix that lists show.
fn shows_a_value(text: &str) -> bool {
    let lengths =
        text.split("jfn_rt_sbx_").skip(1).map(|rest| rest.bytes().take_while(u8::is_ascii_alphanumeric).count());
    lengths.max().unwrap_or(0) > 4
}

#[test]
fn the_workflow_of_the_vendors_demo_runs_as_it_is() {
    if !cfg!(target_os = "linux") {
        return crate::support::skipped("that stdout is the log of a job is known by `/proc` alone");
    }
    tools::require();
    for order in [Order::StderrFirst, Order::StdoutFirst] {
        let cli = Cli::new();
        checkout(&cli);
        let mut sent = Vec::new();
        for run in ["first", "second"] {
            let before = cli.sent(false).len();
            let mut runner = Runner::new(&cli.folder().join("demo")).order(order).secret(&cli.env()["JELOU_TOKEN"]);
            for (name, value) in cli.env() {
                runner = runner.env(name, value);
            }
            for script in [INITIALISE, DEPLOY] {
                let step = runner.step(script);
                assert!(step.status == 0 && !step.failed, "{run}: {}", step.log);
            }
            assert!(!shows_a_value(runner.log()), "{run}: {}", runner.log());
            assert_eq!(deployed_code(&cli), CODE, "{run}: the demo's own code");
            assert_eq!(paths(&cli), ["README.md", "deno.json", "index.ts", "jelou.example.json", "jelou.json"]);
            sent.push(
                cli.sent(false)[before..]
                    .iter()
                    .filter(|line| !line.contains("/artifact"))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
        let (function, deploy) = ("GET /v1/functions/github-demo", "POST /v1/functions/github-demo/deployments");
        assert_eq!(sent[0], ["POST /v1/functions", function, deploy]);
        assert_eq!(sent[1], ["POST /v1/functions", function, function, deploy], "it exists, and is linked");
        assert_eq!(cli.sandbox.deployments("github-demo").len(), 2);
        assert_eq!(cli.token_names("github-demo"), ["default"]);
    }
}

/// A shell without a CI around it gets the token of the first deploy, as `bash -e FILE` runs it.
#[test]
fn the_workflows_steps_run_outside_of_a_ci_as_well() {
    tools::require();
    let cli = Cli::new();
    checkout(&cli);
    let mut last = String::new();
    for (name, script) in [("one.sh", INITIALISE), ("two.sh", DEPLOY), ("one.sh", INITIALISE), ("two.sh", DEPLOY)] {
        let file = cli.write(name, script);
        let mut command = Command::new("bash");
        command.args(["-e", file.to_str().unwrap()]).env_clear().envs(cli.env()).current_dir(cli.folder().join("demo"));
        let output = command.output().expect("bash runs");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        last = String::from_utf8(output.stdout).unwrap();
    }
    let document: Value = serde_json::from_str(&last).expect("one document");
    assert!(document["ok"] == true && document["data"]["token"].is_null(), "{document}");
    assert_eq!(deployed_code(&cli), CODE);
    // What was not there is made; what was, is as it was.
    assert!(cli.folder().join("demo/.env").is_file());
    assert_eq!(
        std::fs::read_to_string(cli.folder().join("demo/.gitignore")).unwrap(),
        ".env\n.env.*\n.jelou/\nnode_modules/\n"
    );
}
