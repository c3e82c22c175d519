//! The steps of a workflow file, as GitHub's runner would run them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

/// A file of this repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The YAML of a file of this repository.
pub fn yaml(path: &str) -> Yaml {
    let text = std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(documents.len(), 1, "{path} is one document");
    documents.remove(0)
}

/// The variables of an `env:` or `variables:`.
pub fn variables(node: &Yaml) -> BTreeMap<String, String> {
    let Some(map) = node.as_hash() else { return BTreeMap::new() };
    map.iter().map(|(name, value)| (text(name), text(value))).collect()
}

/// A scalar.
pub fn text(node: &Yaml) -> String {
    match node {
        Yaml::String(text) => text.clone(),
        Yaml::Integer(number) => number.to_string(),
        Yaml::Boolean(truth) => truth.to_string(),
        other => panic!("not a scalar: {other:?}"),
    }
}

/// When a step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// As long as no step failed.
    Success,
    /// Whatever happened.
    Always,
    /// Whatever happened, if the step of that id was begun.
    AlwaysAfter(String),
}

impl Condition {
    fn of(node: &Yaml) -> Self {
        let Some(text) = node.as_str() else { return Self::Success };
        if text == "always()" {
            return Self::Always;
        }
        let after = text.strip_prefix("always() && steps.").and_then(|rest| rest.strip_suffix(".outcome != 'skipped'"));
        match after {
            Some(id) => Self::AlwaysAfter(id.to_owned()),
            None => panic!("`if: {text}` is not understood"),
        }
    }
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    pub id: Option<String>,
    /// Its script, unless it uses an action.
    pub run: Option<String>,
    pub uses: Option<String>,
    pub env: BTreeMap<String, String>,
    /// The command that its script is given to: its own, its job's or its workflow's; none for the
    /// runner's.
    pub shell: Option<String>,
    pub condition: Condition,
}

/// The steps of every job of a workflow; a job's and the workflow's variables are those of its
/// steps.
pub fn steps(workflow: &Yaml) -> Vec<Step> {
    let jobs = workflow["jobs"].as_hash().expect("jobs");
    let mut steps = Vec::new();
    for job in jobs.values() {
        for step in job["steps"].as_vec().expect("steps") {
            let mut env = variables(&workflow["env"]);
            env.extend(variables(&job["env"]));
            env.extend(variables(&step["env"]));
            let shells = [&step["shell"], &job["defaults"]["run"]["shell"], &workflow["defaults"]["run"]["shell"]];
            steps.push(Step {
                name: text(&step["name"]),
                id: step["id"].as_str().map(str::to_owned),
                shell: shells.into_iter().find_map(Yaml::as_str).map(str::to_owned),
                condition: Condition::of(&step["if"]),
                run: step["run"].as_str().map(str::to_owned),
                uses: step["uses"].as_str().map(str::to_owned),
                env,
            });
        }
    }
    steps
}

/// Puts values in the place of `${{ … }}`.
pub fn expand(value: &str, context: &BTreeMap<String, String>) -> String {
    let mut expanded = String::new();
    let mut rest = value;
    while let Some((before, behind)) = rest.split_once("${{") {
        let (expression, after) = behind.split_once("}}").expect("a closed expression");
        let expression = expression.trim();
        expanded.push_str(before);
        expanded.push_str(context.get(expression).unwrap_or_else(|| panic!("`{expression}` has no value here")));
        rest = after;
    }
    expanded + rest
}
