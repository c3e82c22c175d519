//! The language of the sandbox for people who write it: faults, scenarios, seed files, and what is
//! not modelled. The help, `jelou-sandbox-faults(7)` and `docs/sandbox.md` are made from this.

#[cfg(test)]
use super::NOT_MODELLED;
use super::faults::kinds::{KINDS, WORDS};
use super::scenario::NAMED;

/// A piece of a text.
pub(crate) enum Part {
    Text(&'static str),
    Table(&'static str, Vec<Row>),
    /// A file that can be used as it stands: a title, its name and its text.
    File(&'static str, &'static str, &'static str),
}

/// A row of a table.
pub(crate) struct Row {
    /// What is written.
    pub(crate) term: String,
    pub(crate) meaning: String,
    /// A fault as it is typed.
    pub(crate) example: Option<&'static str>,
}

/// A part of the manual, with its title.
#[cfg(test)]
pub(crate) struct Chapter {
    pub(crate) title: &'static str,
    pub(crate) parts: Vec<Part>,
}

/// All of it.
#[cfg(test)]
pub(crate) fn chapters() -> Vec<Chapter> {
    vec![
        Chapter { title: "Faults", parts: faults() },
        Chapter { title: "Scenarios", parts: scenarios() },
        Chapter { title: "Seed files", parts: seed_files() },
        Chapter { title: "What is not modelled", parts: vec![not_modelled()] },
    ]
}

/// What `--fault` takes.
pub(crate) fn faults() -> Vec<Part> {
    let kinds =
        KINDS.iter().map(|kind| Row { term: kind.form(), meaning: kind.what.to_owned(), example: Some(kind.example) });
    vec![
        Part::Text(
            "A fault makes requests fail as a network and a platform can. It is written KIND [METHOD] [/PATH] [xN]: the \
             kind comes first, the other words in any order. It is for the next request that matches, unless `xN` says \
             for how many; `x*` is for all. A fault that never fired is said at the end of `jelou sandbox run`, and \
             `--strict-faults` makes that an error.",
        ),
        Part::Table("Kinds", kinds.collect()),
        Part::Table("Words behind a kind", rows(WORDS)),
        Part::Text(
            "Several faults are several `--fault`, or several words of `jelou sandbox faults`. Those of one stage come \
             one after the other: `status=503 x2` before `status=429` is 503 twice and then 429. Those of different \
             stages apply to one request together. The stages are: the wait (`delay`, `hang-before`); an answer in the \
             platform's place (`status`, `html`, `redirect`, `reset-before`); the platform itself (`key-ignored`, \
             `redeploy-fails`, `redeploy-hangs`, `lag`); its answer (all others).",
        ),
        Part::Text(
            "The shell takes a fault as one word, so it stands in single quotes. In it, words are split as a shell does: \
             a value with a blank stands in quotes of its own, as in `body='a b'`. The JSON behind `patch=` needs none: \
             it is taken as it is, up to its last brace.",
        ),
    ]
}

/// What `--scenario` takes.
pub(crate) fn scenarios() -> Vec<Part> {
    let named = NAMED.iter().map(|named| Row {
        term: named.name.to_owned(),
        meaning: format!("{}. It finds {}", named.what, named.finds),
        example: None,
    });
    vec![
        Part::Text(
            "A scenario is settings and faults with a name, so that a pipeline meets the same again. `--scenario NAME` \
             takes one that comes with the program, `--scenario FILE` one of yours, in TOML or JSON. A file of such a \
             name in this folder is meant by `./NAME`. A flag beats the scenario; faults of `--fault` come behind its own.",
        ),
        Part::Table("Scenarios that come with the program", named.collect()),
        Part::Table("Keys of a scenario", rows(SCENARIO_KEYS)),
        Part::File("A scenario in TOML", "scenario.toml", SCENARIO_TOML),
        Part::File("The same in JSON", "scenario.json", SCENARIO_JSON),
    ]
}

/// What `--seed-file` takes.
pub(crate) fn seed_files() -> Vec<Part> {
    vec![
        Part::Text(
            "`--seed-file FILE` says what the sandbox begins with, in TOML or JSON; without it there are `my-function` \
             and `other-function`, deployed and live. A key that is not known, or is there twice, refuses the whole file.",
        ),
        Part::Text(
            "`JELOU_FUNCTION_TOKEN` is the `default` token of `my-function`, if there is a function of that name. Another \
             one is called with a token of its own: `jelou tokens exec refuses -- jelou call refuses`.",
        ),
        Part::Table("Keys of a seed file", rows(SEED_KEYS)),
        Part::Table("Keys of a function", rows(FUNCTION_KEYS)),
        Part::Table("Keys of a handler", rows(HANDLER_KEYS)),
        Part::Table("Keys of a token", rows(TOKEN_KEYS)),
        Part::File("A seed file in TOML", "seed.toml", SEED_TOML),
        Part::File("The same in JSON", "seed.json", SEED_JSON),
    ]
}

#[cfg(test)]
pub(crate) fn not_modelled() -> Part {
    Part::Text(NOT_MODELLED)
}

fn rows(table: &[(&str, &str)]) -> Vec<Row> {
    let row = |(term, meaning): &(&str, &str)| Row {
        term: (*term).to_owned(),
        meaning: (*meaning).to_owned(),
        example: None,
    };
    table.iter().map(row).collect()
}

const SCENARIO_KEYS: &[(&str, &str)] = &[
    ("seed", "A whole number: ids and values are the same in every run (`--seed`)"),
    ("redeploy_delay", "A duration such as `\"2s\"`: from a change until it is live (`--redeploy-delay`)"),
    ("rate_limit", "A whole number from 1: the requests a second that the control plane takes (`--rate-limit`)"),
    ("clock_ahead", "A duration: how far the sandbox's clock is ahead of this machine's"),
    ("faults", "A list of faults as `--fault` takes them, in the order in which they apply"),
];

const SEED_KEYS: &[(&str, &str)] = &[("functions", "A list of functions")];

const FUNCTION_KEYS: &[(&str, &str)] = &[
    ("slug", "Its name in URLs; the only key that must be there"),
    ("name", "Its name for people; without it, its slug"),
    ("description", "What it does, as an MCP client reads it"),
    (
        "deployed",
        "`false` for one that was created and not deployed, which can have no tokens; else it is live and has its `default` token",
    ),
    ("public", "`true` for one that needs no token"),
    ("mcp", "`false` for one without an MCP endpoint"),
    ("handler", "What it answers; without it, an echo of its input"),
    ("tokens", "A list of tokens beside `default`"),
    ("secrets", "Keys and values"),
];

const HANDLER_KEYS: &[(&str, &str)] = &[
    ("status", "A status from 200 to 599; without it, 200"),
    (
        "body",
        "A text, sent as it is, or anything else, sent as JSON; without it, an echo of the input, the platform's `Validation failed` for a 400, or an error for another status from 401",
    ),
    ("delay", "A duration: how long it takes"),
    ("timeout", "A duration, `30s` without it and `120s` at most: what takes longer is a 504"),
];

const TOKEN_KEYS: &[(&str, &str)] = &[
    ("name", "Its name; the only key that must be there"),
    ("value", "Its value, which begins `jfn_rt_sbx_`; without it, one is made and nobody knows it"),
    ("disabled", "`true` for one that is refused until it is enabled"),
    ("created_at", "A time such as `2026-01-01T00:00:00Z`; without it, the sandbox's start"),
    ("last_used_at", "A time; without it, it was never used"),
    ("expires_at", "A time; without it, it does not expire"),
];

const SCENARIO_TOML: &str = include_str!("scenario.toml");
const SCENARIO_JSON: &str = include_str!("scenario.json");
const SEED_TOML: &str = include_str!("seed.toml");
const SEED_JSON: &str = include_str!("seed.json");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Fixture, Scenario};

    /// The keys that an error lists.
    fn listed(message: &str) -> Vec<String> {
        let (_, keys) = message.split_once("the keys here are ").unwrap_or_else(|| panic!("{message}"));
        keys.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
    }

    fn terms(table: &[(&str, &str)]) -> Vec<String> {
        table.iter().map(|(term, _)| (*term).to_owned()).collect()
    }

    /// A key that is read and not explained, or the other way round.
    #[test]
    fn every_key_is_explained() {
        let of_seed = |text: &str| listed(&Fixture::parse(text).unwrap_err().message());
        assert_eq!(terms(SCENARIO_KEYS), listed(&Scenario::parse(r#"{"zzz": 1}"#).unwrap_err().message()));
        assert_eq!(terms(SEED_KEYS), of_seed(r#"{"zzz": 1}"#));
        assert_eq!(terms(FUNCTION_KEYS), of_seed(r#"{"functions": [{"zzz": 1}]}"#));
        assert_eq!(terms(HANDLER_KEYS), of_seed(r#"{"functions": [{"slug": "a", "handler": {"zzz": 1}}]}"#));
        assert_eq!(terms(TOKEN_KEYS), of_seed(r#"{"functions": [{"slug": "a", "tokens": [{"zzz": 1}]}]}"#));
    }

    #[test]
    fn the_examples_say_the_same_and_use_every_key() {
        let scenario = |text: &str| format!("{:?}", Scenario::parse(text).unwrap());
        assert_eq!(scenario(SCENARIO_TOML), scenario(SCENARIO_JSON));
        let seed = |text: &str| format!("{:?}", Fixture::parse(text).unwrap());
        assert_eq!(seed(SEED_TOML), seed(SEED_JSON));
        let has = |text: &str, key: &str| text.contains(&format!("{key} = ")) || text.contains(&format!("{key}]]"));
        assert!(SCENARIO_KEYS.iter().all(|(key, _)| has(SCENARIO_TOML, key)));
        for (key, _) in SEED_KEYS.iter().chain(FUNCTION_KEYS).chain(HANDLER_KEYS).chain(TOKEN_KEYS) {
            assert!(has(SEED_TOML, key), "{key}");
        }
    }
}
