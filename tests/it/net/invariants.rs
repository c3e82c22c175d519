//! What holds after every run, whatever went wrong.

use serde_json::Value;

use super::case::{Case, Setting};
use super::run::Run;
use super::verbs::{FUNCTION, Key, NEW_FUNCTION, OTHER, Place, Sink, Verb};
use super::world::{Listed, read, values_in};

/// Longer than the retries, waits and undoes of a run without a signal take with the limits that
/// the cases set.
const LONGEST_RUN: std::time::Duration = std::time::Duration::from_secs(30);
/// The 5 seconds that an undo may take after a signal, and a margin for a busy machine.
const LONGEST_UNDO: std::time::Duration = std::time::Duration::from_secs(9);

/// What is known of a run, for the checks.
struct Facts<'a> {
    case: &'a Case,
    setting: &'a Setting,
    run: &'a Run,
    /// Both streams.
    text: String,
    stdout: Option<Value>,
    /// What each place of the sink holds: a value, and the token that has it.
    places: Vec<(Place, Option<String>, Option<String>)>,
    /// The token whose value every place holds.
    delivered: Option<String>,
    wrong: Vec<String>,
}

/// Every invariant that the run broke.
pub fn broken(case: &Case, run: &Run) -> Vec<String> {
    let mut facts = Facts::of(case, run);
    facts.the_status_is_of_the_contract();
    facts.it_ends_in_time();
    facts.stdout_is_one_document_or_nothing();
    facts.no_value_stands_elsewhere();
    facts.what_nobody_holds_is_named();
    facts.a_success_is_one();
    facts.what_others_hold_still_works();
    super::bulk::check(&facts.case.setting, run, facts.stdout.as_ref(), &mut facts.wrong);
    let violations = run.world.cli.sandbox.take_violations();
    if !violations.is_empty() {
        facts.wrong.push(format!("requests broke the platform's rules: {violations:?}"));
    }
    facts.wrong
}

impl<'a> Facts<'a> {
    fn of(case: &'a Case, run: &'a Run) -> Self {
        let (setting, sandbox) = (&case.setting, &run.world.cli.sandbox);
        let ran = &run.ended.ran;
        let function = setting.verb.function();
        let places = if setting.verb.delivers() { setting.sink.places() } else { Vec::new() };
        let look = |place: Place| {
            if place == Place::Secret {
                let token = sandbox.token_in_secret(OTHER, "T", function).map(|token| token.id.to_string());
                return (place, None, token);
            }
            let value = run.world.values_at(&place, &ran.stdout, &ran.stderr).pop();
            let token = value.as_ref().and_then(|value| sandbox.token_with_value(function, value));
            (place, value, token.map(|token| token.id.to_string()))
        };
        let places: Vec<_> = places.into_iter().map(look).collect();
        let delivered = places.first().and_then(|(_, _, token)| token.clone());
        let delivered = delivered.filter(|id| places.iter().all(|(_, _, token)| token.as_ref() == Some(id)));
        let text = format!("{}\n{}", ran.stdout, ran.stderr);
        let stdout = serde_json::from_str(&ran.stdout).ok();
        Self { case, setting, run, text, stdout, places, delivered, wrong: Vec::new() }
    }

    fn fail(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }

    fn status(&self) -> i32 {
        self.run.ended.ran.status
    }

    /// The tokens that this run made.
    fn new_tokens(&self) -> Vec<(&'a String, &'a Listed)> {
        let before = &self.run.world.before;
        self.run.after.iter().filter(|(id, _)| !before.contains_key(*id)).collect()
    }

    fn the_status_is_of_the_contract(&mut self) {
        let (status, verb) = (self.status(), self.setting.verb);
        if let Some(signal) = self.run.ended.signal {
            let sent = self.case.interruption.map_or(&[] as &[i32], |interruption| interruption.signals.numbers());
            if !sent.contains(&signal) {
                self.fail(format!("it was ended by signal {signal}, which nobody sent"));
            }
            return;
        }
        let is_status_of_child = verb == Verb::Exec;
        if !is_status_of_child && !matches!(status, 0 | 2..=13) {
            self.fail(format!("{status} is no exit status of this table"));
        }
        let never_not_live = verb.replaces() && verb != Verb::Regenerate || verb == Verb::Exec;
        if status == 11 && never_not_live {
            self.fail("a rotation or exec that is not live ends 13, never 11");
        }
        let is_clean = self.case.trouble.is_none() && self.case.interruption.is_none();
        if is_clean && self.setting.key != Key::Used && !self.setting.keys_ignored {
            let expected = if self.setting.sink.can_work() { 0 } else { 13 };
            if status != expected {
                self.fail(format!("nothing went wrong, and it ended {status} instead of {expected}"));
            }
        }
    }

    fn it_ends_in_time(&mut self) {
        let (took, after_signal) = (self.run.took, self.run.ended.took);
        if took > LONGEST_RUN || after_signal > LONGEST_UNDO {
            self.fail(format!("it took {took:?}, {after_signal:?} of it after the signal"));
        }
    }

    fn stdout_is_one_document_or_nothing(&mut self) {
        let (stdout, status) = (&self.run.ended.ran.stdout, self.status());
        let is_json = match self.setting.verb {
            Verb::Exec => return,
            verb if verb.delivers() => self.setting.sink.is_json(),
            _ => true,
        };
        if !is_json {
            let prints_data = matches!(status, 0 | 11 | 12);
            let is_deploy = self.setting.verb == Verb::FirstDeploy;
            if !prints_data && !stdout.is_empty() && self.run.ended.signal.is_none() && !is_deploy {
                self.fail(format!("it failed and printed {stdout:?}"));
            }
            return;
        }
        match self.stdout.clone() {
            None if stdout.is_empty() && self.run.ended.signal.is_some() => {}
            None => self.fail(format!("stdout is no JSON document: {stdout:?}")),
            Some(document) => {
                let is_retired_late =
                    status == 12 && document["ok"] == true && self.setting.sink.places().contains(&Place::Stdout);
                if document["ok"] != (status == 0) && !is_retired_late && self.run.ended.signal.is_none() {
                    self.fail(format!("`ok` is {} and it ended {status}", document["ok"]));
                }
                let code = &document["error"]["exit_code"];
                if document["ok"] == false && *code != status {
                    self.fail(format!("`exit_code` is {code} and it ended {status}"));
                }
            }
        }
    }

    /// No value stands outside of the sinks, and none is left in one by a run that failed, unless
    /// that sink is named.
    fn no_value_stands_elsewhere(&mut self) {
        let is_kept =
            matches!(self.status(), 0 | 11 | 12) || (self.run.ended.signal.is_some() && self.delivered.is_some());
        let places: Vec<Place> = self.places.iter().map(|(place, ..)| place.clone()).collect();
        let ran = &self.run.ended.ran;
        let is_masked_stderr = places.iter().any(|place| matches!(place, Place::Stderr(_)));
        if !is_masked_stderr && !values_in(&ran.stderr).is_empty() {
            self.fail("a value stands on stderr");
        }
        if !(places.contains(&Place::Stdout) && is_kept) && !values_in(&ran.stdout).is_empty() {
            self.fail("a value stands on stdout");
        }
        for path in self.run.world.files() {
            let name = path.strip_prefix(self.run.world.cli.folder()).unwrap().display().to_string();
            if read(&path).is_none_or(|text| values_in(&text).is_empty()) || name == "kept-by-command" {
                continue;
            }
            let is_place = places.iter().any(|place| matches!(place, Place::File(file) if *file == name));
            if !is_place {
                self.fail(format!("a value stands in `{name}`, which is no sink"));
            } else if !is_kept && !self.names_a_sink() {
                self.fail(format!("the run failed, its value stands in `{name}`, and nothing says so"));
            }
        }
        let in_secret = self.places.iter().any(|(place, _, token)| *place == Place::Secret && token.is_some());
        if in_secret && !is_kept && !self.names_a_sink() {
            self.fail("the run failed, its value stands in the secret, and nothing says so");
        }
    }

    fn names_a_sink(&self) -> bool {
        self.text.contains("may still be in") || self.text.contains("not_undone\":[{")
    }

    /// At most one token is left that nobody holds, and then it is named.
    fn what_nobody_holds_is_named(&mut self) {
        let is_held = |id: &String| {
            let of_command = Place::File("kept-by-command");
            self.places.iter().any(|(place, _, token)| {
                token.as_ref() == Some(id) && (*place != of_command || self.setting.sink == Sink::Command)
            })
        };
        let nobodys: Vec<_> = self.new_tokens().into_iter().filter(|(id, _)| !is_held(id)).collect();
        if nobodys.len() > 1 {
            self.fail(format!("{} tokens are left that nobody holds: {nobodys:?}", nobodys.len()));
        }
        for (id, token) in nobodys {
            if !self.is_named(id, token) {
                self.fail(format!("{id} (`{}`) is left, nobody holds it, and it is not named", token.name));
            }
        }
    }

    fn is_named(&self, id: &str, token: &Listed) -> bool {
        let says_unknown = ["may exist", "may still exist", "could not be revoked", "\"outcome\":\"unknown\""];
        let names = [format!("`{}`", token.name), format!("\"{}\"", token.name)];
        let names_it = names.iter().any(|name| self.text.contains(name))
            && says_unknown.iter().any(|text| self.text.contains(text));
        let of_deploy = format!("tokens rotate {NEW_FUNCTION} default");
        self.text.contains(id) || names_it || (token.function == NEW_FUNCTION && self.text.contains(&of_deploy))
    }

    /// 0 and 11: the value is in every sink and works; what it replaces is gone or has an end. 12: the
    /// old one is named.
    fn a_success_is_one(&mut self) {
        let (status, setting) = (self.status(), *self.setting);
        if self.run.ended.signal.is_some() || !matches!(status, 0 | 11 | 12) {
            return;
        }
        let new = self.new_tokens().len();
        if !setting.verb.delivers() {
            if new > 0 && status == 0 {
                self.fail(format!("it ended 0, and {new} tokens are new"));
            }
            return;
        }
        let Some(delivered) = self.delivered.clone() else {
            let places = &self.places;
            return self
                .fail(format!("it ended {status}, and not every sink holds the value of one token: {places:?}"));
        };
        let values: Vec<String> = self.places.iter().filter_map(|(_, value, _)| value.clone()).collect();
        for value in values {
            if !self.run.world.accepts(setting.verb.function(), &value) {
                self.fail(format!("it ended {status}, and the gateway refuses the value of {delivered}"));
            }
        }
        if status == 0 && !self.run.world.intents().is_empty() {
            self.fail("it ended 0, and the recovery log has an entry");
        }
        let old = self.run.after.get(&self.run.world.old);
        match (setting.verb, status, old) {
            (Verb::Create | Verb::FirstDeploy | Verb::Recover, ..) | (_, 0, None) => {}
            (Verb::Rotate | Verb::CreateOrRotate, 0, Some(_)) => {
                self.fail("it ended 0, and the old token is still there")
            }
            (Verb::RotateGrace, 0, Some(old)) if old.expires_at.is_none() => {
                self.fail("it ended 0, and the old token has no end");
            }
            (Verb::Regenerate, 0 | 11, Some(old)) if old.status != "expired" => {
                self.fail(format!("it ended {status}, and the old token is {}", old.status));
            }
            (_, 12, _) if !self.text.contains(&self.run.world.old) => {
                self.fail("it ended 12, and the old token is not named");
            }
            _ => {}
        }
    }

    /// Nothing that this run did not create is gone or changed, and every value that was handed over
    /// before works, but for what it was asked to end.
    fn what_others_hold_still_works(&mut self) {
        let world = &self.run.world;
        let setting = *self.setting;
        let has_replaced = setting.verb.replaces() && self.delivered.is_some();
        for (id, token) in &world.before {
            let may_go = match setting.verb {
                verb if verb.replaces() => has_replaced && token.name == "ci" && self.delivered.as_ref() != Some(id),
                Verb::RecoverRevoke => world.lost.as_ref() == Some(id),
                verb if verb.destroys() => super::bulk::targets(verb).contains(&token.name.as_str()),
                _ => false,
            };
            if may_go && token.function == FUNCTION {
                continue;
            }
            let Some(now) = self.run.after.get(id) else {
                self.fail(format!("{id} (`{}` of {}) is gone, and nobody asked for that", token.name, token.function));
                continue;
            };
            if (&now.status, &now.expires_at) != (&token.status, &token.expires_at) && !self.text.contains(id.as_str())
            {
                self.fail(format!("{id} (`{}`) was {token:?} and is {now:?}, and nothing says so", token.name));
            }
            let handed = world.handed.iter().find(|handed| handed.id == *id);
            if let Some(handed) = handed.filter(|_| now.status == "active")
                && !world.accepts(handed.function, &handed.value)
            {
                self.fail(format!("the value of {id} (`{}`) was handed over before and is refused now", token.name));
            }
        }
    }
}
