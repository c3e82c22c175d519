//! The real output of every command is validated against its schema: successes, failures, and
//! failures with data.
//!
//! The commands come from the argument definitions. A command without a schema or without a line in
//! [`SUCCESSES`] fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use jelou::cli;
use jelou::commands::reference::FAILURE;
use jelou::sandbox::Fault;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::support::cli::{Cli, Ran};

/// A command, the lines that prepare it, and the line whose output is validated; a shell runs them.
/// JSON output is set by the environment.
type Case = (&'static str, &'static str, &'static str);

const CI: &str = "jelou tokens create my-function --name ci";
const PROJECT: &str = r#"echo '{"function":"fresh"}' > jelou.json; echo 'export default 1' > index.ts"#;
const LOGIN: &str = r#"printf %s "$JELOU_TOKEN" | jelou login --token-stdin"#;
const DEPLOYMENT: &str = "ID=$(JELOU_OUTPUT=human jelou deployments list my-function --quiet | head -1)";

const SUCCESSES: &[Case] = &[
    ("tokens create", "", "jelou tokens create my-function --name ci"),
    ("tokens create", "", "jelou tokens create my-function --name ci --expires-in 30d --wait"),
    ("tokens create", "", "jelou tokens create my-function --name ci --to file:token"),
    ("tokens create", CI, "jelou tokens create my-function --name ci --if-exists rotate"),
    ("tokens list", CI, "jelou tokens list my-function --sort name"),
    ("tokens info", CI, "jelou tokens info my-function ci"),
    ("tokens revoke", CI, "jelou tokens revoke my-function ci -y --wait"),
    ("tokens revoke", CI, "jelou tokens revoke my-function ci --dry-run"),
    ("tokens revoke", "", "jelou tokens revoke my-function tok_none --ignore-missing -y"),
    ("tokens revoke", "", "jelou tokens revoke my-function --stdin -y < /dev/null"),
    ("tokens rotate", "", "jelou tokens rotate my-function default"),
    ("tokens rotate", "", "jelou tokens rotate my-function default --grace 10m --to file:token"),
    ("tokens regenerate", "", "jelou tokens regenerate my-function default -y"),
    ("tokens disable", CI, "jelou tokens disable my-function ci -y"),
    ("tokens enable", CI, "jelou tokens enable my-function ci --wait"),
    ("tokens verify", "", "jelou tokens verify my-function"),
    ("tokens whois", "", "jelou tokens whois <<< \"$JELOU_FUNCTION_TOKEN jfn_rt_sbx_0123456789ab\""),
    ("tokens prune", CI, "jelou tokens prune my-function --name ci -y"),
    ("tokens prune", CI, "jelou tokens prune my-function --all --dry-run"),
    ("tokens recover", "", "jelou tokens recover --revoke -y"),
    ("init", "", "jelou init fresh --mode create"),
    ("init", "", "jelou functions init --slug my-function --mode link --description text"),
    ("init", "touch index.ts", "jelou init fresh --force"),
    ("deploy", PROJECT, "jelou deploy -y --wait"),
    ("deploy", PROJECT, "jelou deploy -y --to file:token"),
    ("deploy", "echo '{\"slug\":\"my-function\"}' > jelou.json; touch index.ts", "jelou functions deploy -y"),
    ("functions list", "", "jelou functions list"),
    ("functions info", "", "jelou functions info my-function"),
    ("functions info", "", "jelou functions info my-function --mcp-config"),
    ("functions info", "", "jelou functions info my-function --mcp-config=cursor"),
    ("functions info", "", "jelou functions info my-function --mcp-config=vscode"),
    ("functions info", "", "jelou functions info my-function --mcp-config=brain-studio"),
    ("functions create", "", "jelou functions create fresh"),
    ("functions delete", "", "jelou functions delete other-function -y"),
    ("functions delete", "", "jelou functions delete fresh -y --ignore-missing"),
    ("deployments list", "", "jelou deployments list my-function"),
    ("deployments info", DEPLOYMENT, "jelou deployments info my-function $ID"),
    ("deployments wait", DEPLOYMENT, "jelou deployments wait my-function $ID"),
    ("deployments download", DEPLOYMENT, "jelou deployments download my-function $ID -o code"),
    ("deployments download", DEPLOYMENT, "jelou deployments download my-function $ID -o code.tar"),
    ("rollback", DEPLOYMENT, "jelou rollback my-function $ID -y"),
    ("rollback", DEPLOYMENT, "jelou functions rollback my-function $ID -y --wait"),
    ("secrets list", "jelou secrets set my-function KEY=value", "jelou secrets list my-function"),
    ("secrets set", "", "jelou secrets set my-function KEY=value OTHER=value --wait"),
    ("secrets delete", "jelou secrets set my-function KEY=value", "jelou secrets delete my-function KEY -y"),
    ("login", "", LOGIN),
    ("logout", LOGIN, "jelou logout"),
    ("logout", "", "jelou logout --all -y"),
    ("whoami", "", "jelou whoami"),
    ("whoami", LOGIN, "jelou whoami --profile default"),
    ("auth list", LOGIN, "jelou auth list"),
    ("auth switch", LOGIN, "jelou auth switch default"),
    ("auth remove", LOGIN, "jelou auth remove default -y"),
    ("sandbox faults", "", "jelou sandbox faults 'status=503 GET /v1/me x2' 'delay=1ms x*'"),
    ("sandbox journal", CI, "jelou sandbox journal"),
    ("sandbox faults", "jelou sandbox faults 'status=503 GET /v1/me x2'", "jelou sandbox faults --list"),
    ("sandbox status", "jelou sandbox faults 'status=503 GET /v1/me x2'", "jelou sandbox status"),
    ("sandbox reset", "", "jelou sandbox reset"),
    ("sandbox stop", "", "jelou sandbox stop"),
    ("sandbox advance", "", "jelou sandbox advance 10m"),
    ("schema", "", "jelou schema tokens create"),
    ("completions", "", "jelou completions bash"),
    ("man", "", "jelou man pages"),
];

/// Commands that end with `NOT_LIVE`, because every redeploy fails.
const NOT_LIVE: &[Case] = &[
    ("tokens create", "", "jelou tokens create my-function --name ci --wait"),
    ("tokens revoke", CI, "jelou tokens revoke my-function ci -y --wait"),
    ("tokens regenerate", "", "jelou tokens regenerate my-function default -y --wait"),
    ("tokens disable", CI, "jelou tokens disable my-function ci -y --wait"),
    ("tokens enable", CI, "jelou tokens enable my-function ci --wait"),
    ("tokens prune", CI, "jelou tokens prune my-function --name ci -y --wait"),
    ("deploy", PROJECT, "jelou deploy -y --wait"),
    (
        "deployments wait",
        concat!(
            "jelou tokens create my-function --name ci; ",
            "ID=$(JELOU_OUTPUT=human jelou deployments list my-function --quiet | head -1)"
        ),
        "jelou deployments wait my-function $ID",
    ),
    ("rollback", DEPLOYMENT, "jelou rollback my-function $ID -y --wait"),
    ("secrets set", "", "jelou secrets set my-function KEY=value --wait"),
    ("secrets delete", "jelou secrets set my-function KEY=value", "jelou secrets delete my-function KEY -y --wait"),
];

/// Commands that end with `PARTIAL_FAILURE`.
const PARTIAL: &[Case] = &[
    ("tokens revoke", CI, "jelou tokens revoke my-function ci tok_none -y"),
    ("tokens disable", CI, "jelou tokens disable my-function ci tok_none -y"),
    ("tokens enable", CI, "jelou tokens enable my-function ci tok_none"),
    ("tokens whois", "", "jelou tokens whois --check <<< $JELOU_FUNCTION_TOKEN"),
    ("secrets delete", "jelou secrets set my-function KEY=value", "jelou secrets delete my-function KEY NONE -y"),
    (
        "tokens prune",
        concat!(
            "jelou tokens create my-function --name pr-1; jelou tokens create my-function --name pr-2; ",
            "jelou sandbox faults 'status=400 DELETE /v1/** x1'"
        ),
        "jelou tokens prune my-function --name 'pr-*' -y",
    ),
    (
        "tokens rotate",
        "jelou sandbox faults 'status=400 DELETE /v1/** x1'",
        "jelou tokens rotate my-function default --to file:token",
    ),
];

struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// All of them, as the binary prints them.
    fn of(cli: &Cli) -> Self {
        let all = cli.jelou(&["schema"]).ended(0).json();
        Self(serde_json::from_value(all).unwrap())
    }

    fn validator(&self, command: &str) -> Validator {
        let schema = self.0.get(command).unwrap_or_else(|| panic!("`{command}` has no schema"));
        let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).should_validate_formats(true);
        options.build(schema).unwrap_or_else(|error| panic!("the schema of `{command}`: {error}"))
    }

    #[track_caller]
    fn check(&self, command: &str, document: &Value) {
        check_by(&self.validator(command), document);
        if document["data"] == false {
            check_by(&self.validator(FAILURE), document);
        }
    }
}

#[track_caller]
fn check_by(validator: &Validator, document: &Value) {
    if let Err(error) = validator.validate(document) {
        panic!("{error}\nat {}\n{document:#}", error.instance_path());
    }
}

/// Every command that can be typed, by the name that `.command` says.
fn leaves() -> BTreeSet<String> {
    let nodes = cli::nodes().into_iter().filter(|node| !node.is_group());
    nodes.map(|node| cli::canonical(&node.name).to_owned()).collect()
}

fn platform(faults: &[Fault]) -> Cli {
    let mut cli = Cli::with(|builder| faults.iter().cloned().fold(builder, jelou::sandbox::Builder::fault));
    let token = cli.sandbox.default_token("my-function").unwrap();
    cli.set("JELOU_FUNCTION_TOKEN", &token).set("JELOU_OUTPUT", "json");
    cli
}

#[must_use]
fn run(cli: &Cli, before: &str, between: &str, line: &str) -> Ran {
    cli.bash(&format!("{{ :\n{before}\n}} > before.log\n{between}\n{line}"))
}

#[test]
fn every_command_has_a_schema_and_every_schema_a_command() {
    let schemas = Schemas::of(&Cli::new());
    let mut expected = leaves();
    expected.insert(FAILURE.to_owned());
    assert_eq!(schemas.0.keys().cloned().collect::<BTreeSet<_>>(), expected);
    for (command, schema) in &schemas.0 {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{command}");
        schemas.validator(command);
    }
}

#[test]
fn every_success_matches_its_schema() {
    let schemas = Schemas::of(&Cli::new());
    for (command, before, line) in SUCCESSES {
        let document = run(&platform(&[]), before, "", line).ended(0).json();
        assert_eq!((&document["ok"], &document["command"]), (&json!(true), &json!(command)), "{line}");
        schemas.check(command, &document);
        let validator = schemas.validator(command);
        for pointer in ["", "/meta", "/warnings/0", "/breadcrumbs/0"] {
            let mut wider = document.clone();
            let Some(object) = wider.pointer_mut(pointer).and_then(Value::as_object_mut) else { continue };
            object.insert("surprise".to_owned(), json!(1));
            assert!(!validator.is_valid(&wider), "`{command}` takes any key in `{pointer}`");
        }
    }
    let covered: BTreeSet<String> = SUCCESSES.iter().map(|(command, ..)| (*command).to_owned()).collect();
    // `sandbox start` is run below; the others print no result of their own.
    let elsewhere = ["call", "sandbox start", "sandbox run", "tokens exec"].map(str::to_owned);
    let missing: Vec<String> = leaves().into_iter().filter(|leaf| !covered.contains(leaf)).collect();
    assert_eq!(missing.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(elsewhere));
}

#[test]
fn sandbox_start_matches_its_schema() {
    let cli = Cli::new();
    let mut child =
        cli.process(&["sandbox", "start", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let read = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
    child.kill().unwrap();
    child.wait().unwrap();
    read.unwrap();
    Schemas::of(&cli).check("sandbox start", &serde_json::from_str(&line).unwrap());
}

/// Writes the recovery log of a run that was killed before it could send its request.
fn leave_behind(cli: &Cli, state: &Path) {
    let folder = state.join("intents");
    std::fs::create_dir_all(&folder).unwrap();
    let name = format!("ci-{}", uuid::Uuid::new_v4().simple());
    let entry = json!({
        "function": "my-function",
        "name": name,
        "idempotency_key": uuid::Uuid::new_v4().to_string(),
        "verb": "create",
        "request": { "name": name },
        "api_origin": cli.sandbox.api_url(),
        "started_at": jiff::Timestamp::now(),
    });
    std::fs::write(folder.join(format!("{}.json", uuid::Uuid::new_v4())), entry.to_string()).unwrap();
}

#[test]
fn tokens_recover_matches_its_schema() {
    let schemas = Schemas::of(&Cli::new());
    let mut cli = platform(&[]);
    let folder = cli.folder().join("settings");
    cli.set("JELOU_CONFIG_DIR", folder.to_str().unwrap());
    let state = folder.join("state");
    leave_behind(&cli, &state);
    let fetched = cli.jelou(&["tokens", "recover"]).ended(0).json();
    assert!(fetched["data"]["token"].is_string(), "{fetched}");
    leave_behind(&cli, &state);
    leave_behind(&cli, &state);
    cli.sandbox.inject(Fault::status(400).method("DELETE"));
    let in_part = cli.jelou(&["tokens", "recover", "--revoke", "-y"]).ended(12).json();
    assert_eq!(in_part["data"].as_array().map(Vec::len), Some(2), "{in_part}");
    let revoked = cli.jelou(&["tokens", "recover", "--revoke", "-y"]).ended(0).json();
    assert_eq!(revoked["data"][0]["status"], "revoked", "{revoked}");
    for document in [fetched, in_part, revoked] {
        schemas.check("tokens recover", &document);
    }
}

#[test]
fn every_usage_error_matches_its_schema() {
    let cli = Cli::new();
    let schemas = Schemas::of(&cli);
    for command in leaves() {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend(["--json", "--no-such-flag"]);
        let document = cli.jelou(&arguments).ended(2).json();
        assert_eq!(document["error"]["code"], "INPUT_ERROR");
        schemas.check(&command, &document);
    }
    for arguments in [&["--json"][..], &["tokens", "--json"], &["tokens", "creat", "--json"], &["--json", "nonsense"]] {
        let document = cli.jelou(arguments).ended(2).json();
        schemas.check(FAILURE, &document);
    }
}

/// No server answers: commands that need no platform succeed, all others fail.
#[test]
fn every_failure_matches_its_schema() {
    let schemas = Schemas::of(&Cli::new());
    let nobody = "export JELOU_API_URL=http://127.0.0.1:1 JELOU_GATEWAY_URL=http://127.0.0.1:1 JELOU_RETRIES=0";
    let mut failed = BTreeSet::new();
    for (command, before, line) in SUCCESSES {
        let ran = run(&platform(&[]), before, nobody, line);
        let document = ran.json();
        schemas.check(command, &document);
        assert_eq!(i64::from(ran.status), document["error"]["exit_code"].as_i64().unwrap_or(0), "{line}");
        if document["ok"] == false {
            assert!(ran.stderr.starts_with("error: ") || ran.stderr.contains("\nerror: "), "{line}: {ran:?}");
            failed.insert(*command);
        }
    }
    let offline =
        ["tokens recover", "logout", "auth list", "auth switch", "auth remove", "schema", "completions", "man"];
    let all: BTreeSet<&str> = SUCCESSES.iter().map(|(command, ..)| *command).collect();
    assert_eq!(&all - &failed, BTreeSet::from(offline));
}

#[test]
fn every_not_live_result_matches_its_schema() {
    let schemas = Schemas::of(&Cli::new());
    for (command, before, line) in NOT_LIVE {
        let cli = platform(&[Fault::redeploy_fails().always()]);
        let document = run(&cli, before, "", line).ended(11).json();
        assert_eq!(document["error"]["code"], "NOT_LIVE", "{line}");
        assert!(document["data"].is_object() || document["data"].is_array(), "{line}: {document}");
        schemas.check(command, &document);
    }
    let cli = platform(&[Fault::redeploy_fails().always()]);
    let undone = cli.jelou(&["tokens", "rotate", "my-function", "default"]).ended(13).json();
    assert_eq!(undone["data"], false);
    schemas.check("tokens rotate", &undone);
}

#[test]
fn every_partial_failure_matches_its_schema() {
    let schemas = Schemas::of(&Cli::new());
    for (command, before, line) in PARTIAL {
        let document = run(&platform(&[]), before, "", line).ended(12).json();
        assert_eq!(document["error"]["code"], "PARTIAL_FAILURE", "{line}");
        assert!(document["data"].is_object() || document["data"].is_array(), "{line}: {document}");
        schemas.check(command, &document);
    }
}

/// Every schema that allows data in a failure is tested above.
#[test]
fn every_command_whose_failure_may_have_data_is_run() {
    let schemas = Schemas::of(&Cli::new());
    let mut seen: BTreeSet<&str> = NOT_LIVE.iter().chain(PARTIAL).map(|(command, ..)| *command).collect();
    seen.insert("tokens recover");
    for (command, schema) in &schemas.0 {
        let keeps = schema["oneOf"].as_array().unwrap().len() == 3;
        assert!(keeps == seen.contains(command.as_str()), "{command}");
    }
}
