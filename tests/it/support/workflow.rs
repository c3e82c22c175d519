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

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    /// Its script, unless it uses an action.
    pub run: Option<String>,
    pub uses: Option<String>,
    pub env: BTreeMap<String, String>,
    /// Whether it runs after a failure, too.
    pub always: bool,
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
            let always = match step["if"].as_str() {
                None => false,
                Some("always()") => true,
                Some(other) => panic!("`if: {other}` is not understood"),
            };
            assert!(step["shell"].is_badvalue(), "the default shell: {step:?}");
            steps.push(Step {
                name: text(&step["name"]),
                run: step["run"].as_str().map(str::to_owned),
                uses: step["uses"].as_str().map(str::to_owned),
                env,
                always,
            });
        }
    }
    steps
}

/// Puts values in the place of `${{ … }}`.
pub fn expand(value: &str, context: &BTreeMap<&str, String>) -> String {
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
