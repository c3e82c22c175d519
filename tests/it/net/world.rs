//! A sandbox in which tokens are held by others, and what is there before and after a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jelou::sandbox::{Fault, Fixture};
use serde_json::json;

use super::case::Setting;
use super::verbs::{FUNCTION, Key, NEW_FUNCTION, OTHER, Place, Sink, Verb};
use crate::support::cli::Cli;
use crate::support::http::Request;
use crate::support::running::until;

/// What every value begins with.
const VALUE: &str = "jfn_rt_sbx_";
/// Lists show 4 characters behind that; a value has 40.
const SHORTEST_VALUE: usize = VALUE.len() + 12;

/// What a run reads that looks for values.
pub const LOG: &str = "build.log";

const FIXTURE: &str = r#"{"functions": [
  {"slug": "my-function", "tokens": [
    {"name": "ci", "value": "jfn_rt_sbx_cicicicicicicicicicicicicicicicicicicici", "created_at": "2026-01-01T00:00:00Z"},
    {"name": "victim-1", "value": "jfn_rt_sbx_victim1victim1victim1victim1victim1victi", "created_at": "2026-01-01T00:00:00Z"},
    {"name": "victim-2", "value": "jfn_rt_sbx_victim2victim2victim2victim2victim2victi", "created_at": "2026-01-01T00:00:00Z"}
  ]},
  {"slug": "other-function"}
]}"#;

/// A token as the platform lists it; only what a run may not change unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub function: &'static str,
    pub name: String,
    pub status: String,
    pub expires_at: Option<String>,
    pub replaced_by: Option<String>,
}

/// All tokens by id.
pub type Tokens = BTreeMap<String, Listed>;

/// A value that somebody holds.
#[derive(Clone, Debug)]
pub struct Handed {
    pub function: &'static str,
    pub id: String,
    pub value: String,
}

/// A sandbox and a folder, ready for a run.
pub struct World {
    pub cli: Cli,
    pub before: Tokens,
    pub handed: Vec<Handed>,
    /// The id of the token `ci`, or of the deployment that is gone back to.
    pub old: String,
    /// The token that `recover` is to find.
    pub lost: Option<String>,
}

impl World {
    /// Prepares a world. `faults` are pending from the beginning; the requests that are made until
    /// the run begins are no reason to use them up, so each gets their number.
    pub fn of(setting: Setting) -> Self {
        let fixture = Fixture::parse(FIXTURE).unwrap();
        let mut cli = Cli::with(|builder| builder.fixture(fixture).redeploy_delay(std::time::Duration::ZERO));
        setting.sink.prepare(&mut cli);
        // In base64, since a value that a run leaves in a file is looked for.
        cli.write(LOG, STANDARD.encode(format!("a log with {}", values_in(FIXTURE)[0])));
        for (folder, slug) in [("new", NEW_FUNCTION), ("old", FUNCTION)] {
            cli.write(&format!("{folder}/jelou.json"), json!({"function": slug}).to_string());
            cli.write(&format!("{folder}/index.ts"), "export default (input: unknown) => input;\n");
        }
        let old = match setting.verb {
            Verb::Rollback => cli.sandbox.deployments(FUNCTION)[0].id.to_string(),
            _ => id_of(&cli, FUNCTION, "ci"),
        };
        let mut world = Self { cli, before: Tokens::new(), handed: Vec::new(), old, lost: None };
        world.note_handed();
        if setting.key == Key::Used {
            world.run_before(setting);
        }
        if matches!(setting.verb, Verb::Recover | Verb::RecoverRevoke) {
            world.lose_a_token();
        }
        world.before = tokens(&world.cli);
        world
    }

    fn note_handed(&mut self) {
        let sandbox = &self.cli.sandbox;
        let values = ["ci", "victim-1", "victim-2"].map(|name| {
            let at = FIXTURE.find(&format!("\"{name}\"")).unwrap();
            (FUNCTION, values_in(&FIXTURE[at..]).remove(0))
        });
        let defaults = [FUNCTION, OTHER].map(|slug| (slug, sandbox.default_token(slug).unwrap()));
        self.handed = values
            .into_iter()
            .chain(defaults)
            .map(|(function, value)| {
                let id = sandbox.token_with_value(function, &value).unwrap().id.to_string();
                Handed { function, id, value }
            })
            .collect();
    }

    /// An earlier run with the same key, which delivers its token.
    fn run_before(&mut self, setting: Setting) {
        let sink = if setting.verb.delivers() { Sink::Json } else { setting.sink };
        let earlier = Setting { sink, ..setting };
        let arguments = earlier.arguments(&self.old);
        let ran = self.cli.jelou(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).ended(0);
        let function = setting.verb.function();
        if let Some(value) = values_in(&ran.stdout).pop() {
            let id = self.cli.sandbox.token_with_value(function, &value).unwrap().id.to_string();
            let gone = tokens(&self.cli);
            self.handed.retain(|handed| gone.contains_key(&handed.id));
            self.handed.push(Handed { function, id, value });
        }
    }

    /// A create that is killed once the platform has made its token.
    fn lose_a_token(&mut self) {
        let cli = &self.cli;
        cli.sandbox.inject(Fault::hang_after().method("POST"));
        let mut running = cli.start(&["tokens", "create", FUNCTION, "--name", "lost"]);
        until("the token", || (cli.sandbox.held() == 1).then_some(()));
        running.signal(9);
        assert_eq!(running.end().signal, Some(9));
        cli.sandbox.release();
        self.lost = Some(id_of(&self.cli, FUNCTION, "lost"));
    }

    /// Requests of every kind about a function, whose answers the fault `replay` gives again.
    pub fn prime(&mut self, slug: &str) {
        let ask = |request: Request| request.bearer(self.cli.sandbox.pat()).send(self.cli.sandbox.port());
        let path = |rest: &str| format!("/v1/functions/{slug}{rest}");
        if slug == OTHER {
            ask(Request::post("/v1/functions", &json!({"slug": "prime", "name": "prime"}))).expect(201);
        }
        ask(Request::get(&path(""))).expect(200);
        ask(Request::get(&path("/secrets"))).expect(200);
        ask(Request::put(&path("/secrets"), &json!({"secrets": {"P": "1"}}))).expect(200);
        ask(Request::delete(&path("/secrets/P"))).expect(200);
        let first = ask(Request::post(&path("/tokens"), &json!({"name": "prime"}))).expect(201).json();
        let first = first["id"].as_str().unwrap();
        let rotate = Request::post(&path(&format!("/tokens/{first}/rotate")), &json!({"grace_seconds": null}));
        let second = ask(rotate).expect(201).json();
        ask(Request::delete(&path(&format!("/tokens/{first}")))).expect(200);
        ask(Request::get(&path("/tokens"))).expect(200);
        let second = second["id"].as_str().unwrap();
        ask(Request::get(&path(&format!("/tokens/{second}")))).expect(200);
        let deployed = if slug == OTHER { "prime" } else { slug };
        let body = json!({"entrypoint": "index.ts", "files": [{"path": "index.ts", "content": "eA=="}]});
        let deployment = ask(Request::post(&format!("/v1/functions/{deployed}/deployments"), &body)).expect(201).json();
        let deployment = deployment["id"].as_str().unwrap();
        let deployment = format!("/v1/functions/{deployed}/deployments/{deployment}");
        ask(Request::get(&deployment)).expect(200);
        ask(Request::post(&format!("{deployment}/rollback"), &json!({}))).expect(201);
        self.before = tokens(&self.cli);
    }

    /// The values in a place, what is masked beside it included.
    pub fn values_at(&self, place: &Place, stdout: &str, stderr: &str) -> Vec<String> {
        match place {
            Place::Stdout => values_in(stdout),
            Place::Stderr(begin) => {
                values_in(&stderr.lines().filter(|line| line.starts_with(begin)).collect::<Vec<_>>().join("\n"))
            }
            Place::File(name) => read(&self.cli.folder().join(name)).map_or_else(Vec::new, |text| values_in(&text)),
            // The platform keeps a hash, so nothing is read but compared.
            Place::Secret => Vec::new(),
        }
    }

    /// Every file below the folder of the run.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.cli.folder().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }

    /// The entries of the recovery log.
    pub fn intents(&self) -> Vec<String> {
        self.intent_files().iter().filter_map(|path| read(path)).collect()
    }

    /// Their ids, which are the names of their files.
    pub fn intent_ids(&self) -> Vec<String> {
        let stem = |path: &PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
        let is_id = |name: &String| name.len() == 36;
        self.intent_files().iter().filter_map(stem).filter(is_id).collect()
    }

    fn intent_files(&self) -> Vec<PathBuf> {
        let is_entry = |path: &PathBuf| path.parent().is_some_and(|folder| folder.ends_with("intents"));
        self.files().into_iter().filter(is_entry).collect()
    }

    /// Whether the gateway lets a value through.
    pub fn accepts(&self, function: &str, value: &str) -> bool {
        let answer = Request::get(&format!("/fn/{function}/mcp")).token(value).send(self.cli.sandbox.port());
        answer.status == 405
    }
}

/// The text of a file, if there is one.
pub fn read(path: &Path) -> Option<String> {
    std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// All tokens of all functions.
pub fn tokens(cli: &Cli) -> Tokens {
    let mut all = Tokens::new();
    for function in [FUNCTION, OTHER, NEW_FUNCTION, "prime"] {
        for token in cli.sandbox.tokens(function) {
            let listed = Listed {
                function,
                name: token.name,
                status: token.status.as_str().to_owned(),
                expires_at: token.expires_at.map(|end| end.to_string()),
                replaced_by: token.replaced_by.map(|id| id.to_string()),
            };
            all.insert(token.id.to_string(), listed);
        }
    }
    all
}

fn id_of(cli: &Cli, function: &str, name: &str) -> String {
    let tokens = cli.sandbox.tokens(function);
    tokens.iter().find(|token| token.name == name).unwrap().id.to_string()
}

/// Every whole value in a text.
pub fn values_in(text: &str) -> Vec<String> {
    let is_of_value = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    text.match_indices(VALUE)
        .map(|(at, _)| text[at..].chars().take_while(is_of_value).collect::<String>())
        .filter(|value| value.len() >= SHORTEST_VALUE)
        .collect()
}
