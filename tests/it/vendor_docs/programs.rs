//! The pages' Node.js, Python and handler snippets, run as they are.

use std::io::Write as _;

use jelou::sandbox::{Fault, Plane};
use serde_json::{Value, json};

use super::{address, cli};
use crate::support::cli::Cli;
use crate::support::tools;

const NODE: &str = r#"
const res = await fetch("https://my-function.fn.jelou.ai", {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
    "X-Jelou-Token": process.env.JELOU_FUNCTION_TOKEN,
  },
  body: JSON.stringify({ phone: "593987654321" }),
});
const data = await res.json();
"#;

const PYTHON: &str = r#"
import requests
import os

res = requests.post(
    "https://my-function.fn.jelou.ai",
    headers={
        "Content-Type": "application/json",
        "X-Jelou-Token": os.environ["JELOU_FUNCTION_TOKEN"],
    },
    json={"phone": "593987654321"},
)
data = res.json()
"#;

const HANDLER: &str = r#"
handler: async (input, ctx) => {
  const res = await fetch("https://otra-funcion.fn.jelou.ai", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-Jelou-Token": ctx.env.get("OTRA_FUNCION_TOKEN")!,
    },
    body: JSON.stringify({ dato: input.valor }),
  });
  return await res.json();
}
"#;

/// The part of `requests` that the snippet uses, for machines without that package.
const REQUESTS: &str = r"
import json as _json, urllib.error, urllib.request
class _Response:
    def __init__(self, status, body): self.status_code, self._body = status, body
    def json(self): return _json.loads(self._body)
def post(url, headers, json):
    request = urllib.request.Request(url, _json.dumps(json).encode(), headers, method='POST')
    try:
        with urllib.request.urlopen(request) as answer: return _Response(answer.status, answer.read())
    except urllib.error.HTTPError as refused: return _Response(refused.code, refused.read())
";

/// Prints a note although the test passes: the harness captures only what the macros print.
fn say(what: &str) {
    std::io::stderr().write_all(format!("note: {what}\n").as_bytes()).unwrap();
}

/// Says why a snippet cannot be run here.
#[must_use]
fn is_missing(program: &str) -> bool {
    let missing = !tools::is_installed(program);
    if missing {
        say(&format!("{program} is not installed, so its snippet was not run"));
    }
    missing
}

/// The snippet, with the sandbox's address in the place of the page's.
fn here(cli: &Cli, snippet: &str, slug: &str) -> String {
    let page = format!("https://{slug}.fn.jelou.ai");
    assert_eq!(snippet.matches(&page).count(), 1);
    snippet.replace(&page, &address(cli, slug))
}

/// Runs a script that prints the status and the data as JSON: with the default token, and with none
/// that is valid.
fn accepted_and_refused(cli: &mut Cli, script: &str) {
    let token = cli.sandbox.default_token("my-function").unwrap();
    for (token, status) in [(token.as_str(), 200), ("jfn_rt_abc123", 401)] {
        cli.set("JELOU_FUNCTION_TOKEN", token);
        let ran = cli.bash(script).ended(0);
        let printed: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(printed["status"], status, "{ran:?}");
        if status == 200 {
            assert_eq!(printed["data"]["body"], json!({"phone": "593987654321"}));
            assert_eq!(printed["data"]["headers"]["content-type"], "application/json");
        } else {
            assert_eq!(printed["data"], serde_json::from_str::<Value>(super::UNAUTHORIZED).unwrap());
        }
    }
}

#[test]
fn the_node_snippet_calls_the_function() {
    if is_missing("node") {
        return;
    }
    let mut cli = cli();
    let script = here(&cli, NODE, "my-function") + "console.log(JSON.stringify({ status: res.status, data }));\n";
    cli.write("snippet.mjs", script);
    accepted_and_refused(&mut cli, "node snippet.mjs");
}

#[test]
fn the_python_snippet_calls_the_function() {
    if is_missing("python3") {
        return;
    }
    let mut cli = cli();
    if cli.bash("python3 -c 'import requests' 2>/dev/null || exit 3").status != 0 {
        say("Python's `requests` is not installed, so the snippet ran with a stand-in that has its `post`");
        cli.write("requests.py", REQUESTS);
    }
    let script = here(&cli, PYTHON, "my-function");
    cli.write("snippet.py", script + "import json\nprint(json.dumps({'status': res.status_code, 'data': data}))\n");
    accepted_and_refused(&mut cli, "python3 snippet.py");
}

/// The stand-in must do what the snippet needs.
#[test]
fn the_stand_in_for_requests_runs_the_snippet_too() {
    if is_missing("python3") {
        return;
    }
    let mut cli = cli();
    cli.write("requests.py", REQUESTS);
    let script = here(&cli, PYTHON, "my-function");
    cli.write("snippet.py", script + "import json\nprint(json.dumps({'status': res.status_code, 'data': data}))\n");
    accepted_and_refused(&mut cli, "python3 snippet.py");
}

/// A function is given the token of another as its secret, and calls it.
#[test]
fn the_handler_calls_another_function_with_a_secret() {
    let mut cli = cli();
    let token = cli.sandbox.default_token("otra-funcion").unwrap();
    for key in ["OTRA_FUNCION_TOKEN", "OTHER_FN_TOKEN"] {
        let ran = cli.jelou(&["secrets", "set", "mi-funcion", &format!("{key}={token}")]).ended(0);
        assert_eq!(ran.stdout, format!("✓ Set secret {key}\n"));
        assert!(!ran.stderr.contains(&token), "{ran:?}");
        assert!(cli.sandbox.secret_is("mi-funcion", key, &token));
    }
    assert_eq!(cli.sent(true), ["PUT /v1/functions/mi-funcion/secrets"; 2]);
    if is_missing("node") {
        return;
    }
    // The `!` belongs to TypeScript and has no effect at run time.
    let handler = here(&cli, HANDLER, "otra-funcion").replace("(\"OTRA_FUNCION_TOKEN\")!", "(\"OTRA_FUNCION_TOKEN\")");
    let script = format!(
        "const ctx = {{ env: new Map([[\"OTRA_FUNCION_TOKEN\", process.env.SECRET]]) }};\n\
         const it = {{ {handler} }};\nconsole.log(JSON.stringify(await it.handler({{ valor: 7 }}, ctx)));\n"
    );
    cli.write("handler.mjs", script);
    cli.set("SECRET", &token);
    let answer: Value = serde_json::from_str(&cli.bash("node handler.mjs").ended(0).stdout).unwrap();
    assert_eq!(answer["body"], json!({"dato": 7}));
    let own = r#"{ "results": [] }"#;
    cli.sandbox.inject(Fault::answer(200, own).on(Plane::Gateway));
    assert_eq!(cli.bash("node handler.mjs").ended(0).stdout, "{\"results\":[]}\n");
}

/// The same, without the value in the shell.
#[test]
fn a_token_goes_straight_into_another_function_s_secret() {
    let mut cli = cli();
    let sink = "secret:mi-funcion/OTRA_FUNCION_TOKEN";
    let ran = cli.jelou(&["tokens", "create", "otra-funcion", "--name", "mi-funcion", "--to", sink, "--json"]).ended(0);
    assert!(ran.json()["data"]["token"].is_null(), "{ran:?}");
    cli.unset("JELOU_FUNCTION_TOKEN");
    assert_eq!(cli.sent(true), ["POST /v1/functions/otra-funcion/tokens", "PUT /v1/functions/mi-funcion/secrets"]);
    let keys = cli.jelou(&["secrets", "list", "mi-funcion", "--jq", ".data[].key"]).ended(0);
    assert_eq!(keys.stdout, "OTRA_FUNCION_TOKEN\n");
}
