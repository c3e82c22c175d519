//! What holds after every run, whatever went wrong.

mod tokens;
mod values;

use serde_json::Value;

use super::case::{Case, Setting};
use super::run::Run;
use super::verbs::{FUNCTION, Key, OTHER, Place, Verb};
use super::world::Listed;

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
    facts.a_rollback_is_a_new_deployment();
    facts.what_others_hold_still_works();
    facts.a_recovery_ends_what_was_left_to_it();
    super::bulk::check(facts.case.setting, run, facts.stdout.as_ref(), &mut facts.wrong);
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
        // A result that is lost after a change has no code of its own, and says what was changed.
        let is_lost_result = status == 1 && self.text.contains("the change was made");
        if !is_status_of_child && !is_lost_result && !matches!(status, 0 | 2..=13) {
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

    /// A rollback that is done, live or not, has started a deployment of its own.
    fn a_rollback_is_a_new_deployment(&mut self) {
        if self.setting.verb != Verb::Rollback || !matches!(self.status(), 0 | 11) {
            return;
        }
        let deployments = self.run.world.cli.sandbox.deployments(FUNCTION);
        let data = self.stdout.as_ref().map(|document| document["data"].clone()).unwrap_or_default();
        if data["function"] != FUNCTION || data["id"] == self.run.world.old.as_str() || deployments.len() < 2 {
            self.fail(format!(
                "it ended {} with {data}, and there are {} deployments",
                self.status(),
                deployments.len()
            ));
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
                // An error is printed before a signal that comes while it is undone ends the process.
                let is_of_error = self.run.ended.signal.is_some() && !self.setting.verb.destroys();
                if document["ok"] == false && *code != status && !is_of_error {
                    self.fail(format!("`exit_code` is {code} and it ended {status}"));
                }
            }
        }
    }
}
