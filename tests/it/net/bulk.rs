//! What holds after a verb that revokes many: each item says what became of it.

use serde_json::Value;

use super::case::Setting;
use super::run::Run;
use super::verbs::Verb;

/// The names of the tokens that a verb is asked to end.
pub fn targets(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Revoke | Verb::Whois => &["ci"],
        Verb::RevokeMany => &["ci", "victim-1", "victim-2"],
        Verb::Prune => &["victim-1", "victim-2"],
        _ => &[],
    }
}

/// Adds what is wrong with the report of a verb that destroys.
pub fn check(setting: Setting, run: &Run, stdout: Option<&Value>, wrong: &mut Vec<String>) {
    let status = run.ended.ran.status;
    let gone: Vec<(&String, &str)> = run
        .world
        .before
        .iter()
        .filter(|(id, token)| !run.after.contains_key(*id) && targets(setting.verb).contains(&token.name.as_str()))
        .map(|(id, token)| (id, token.name.as_str()))
        .collect();
    if setting.verb == Verb::RecoverRevoke {
        let is_gone = run.world.lost.as_ref().is_some_and(|lost| !run.after.contains_key(lost));
        if status == 0 && !is_gone {
            wrong.push("it ended 0, and the lost token is still there".to_owned());
        }
        if !is_gone
            && run.world.intents().is_empty()
            && !run.world.lost.as_ref().is_some_and(|id| run.ended.ran.stdout.contains(id))
        {
            wrong.push("the lost token is still there, its entry is gone, and it is not named".to_owned());
        }
    }
    if !setting.verb.destroys() {
        return;
    }
    if status == 0 && gone.len() < targets(setting.verb).len() {
        wrong.push(format!("it ended 0, and of its targets only {gone:?} are gone"));
    }
    if gone.is_empty() {
        return;
    }
    let nothing = Vec::new();
    let document = stdout.unwrap_or(&Value::Null);
    let items = document["data"].as_array().or(document["error"]["details"]["items"].as_array()).unwrap_or(&nothing);
    if targets(setting.verb).len() == 1 && status != 0 && run.ended.signal.is_none() {
        // The error of the only item is the command's.
        return;
    }
    for (id, name) in gone {
        let item = items.iter().find(|item| item["id"] == **id || item["name"] == name || item["ref"] == name);
        match item.map(|item| item["status"].as_str().unwrap_or_default()) {
            Some("revoked" | "unknown" | "missing" | "failed") => {}
            Some(other) => wrong.push(format!("{id} (`{name}`) is gone, and its item says `{other}`")),
            None => wrong.push(format!("{id} (`{name}`) is gone, and no item says so")),
        }
    }
    for item in items.iter().filter(|item| item["status"] == "revoked") {
        let is_there = run.after.keys().any(|id| item["id"] == **id);
        if is_there {
            wrong.push(format!("an item says `revoked` of a token that is there: {item}"));
        }
    }
}
