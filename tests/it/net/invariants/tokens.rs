//! Which tokens there are, and who holds them.

use super::Facts;
use crate::net::bulk;
use crate::net::verbs::{FUNCTION, Key, NEW_FUNCTION, Place, Sink, Verb};
use crate::net::world::Listed;

impl Facts<'_> {
    /// At most one token is left that nobody holds, and then it is named.
    pub(super) fn what_nobody_holds_is_named(&mut self) {
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
        for (id, token) in self.new_tokens() {
            let verb = self.setting.verb;
            if verb.makes() != Some(token.name.as_str()) || verb.function() != token.function {
                self.fail(format!("it made {id} (`{}` of {}), which nobody asked for", token.name, token.function));
            }
        }
        for (id, token) in nobodys {
            if !self.is_named(id, token) {
                self.fail(format!("{id} (`{}`) is left, nobody holds it, and it is not named", token.name));
            }
        }
    }

    /// Whether it is said that a token of this name may exist.
    fn says_unknown(&self, token: &Listed) -> bool {
        let unknown = [
            "may exist",
            "if it exists",
            "may still exist",
            "could not be revoked",
            "may still do so",
            "\"outcome\":\"unknown\"",
        ];
        let names = [format!("`{}`", token.name), format!("\"{}\"", token.name)];
        names.iter().any(|name| self.text.contains(name)) && unknown.iter().any(|text| self.text.contains(text))
    }

    fn is_named(&self, id: &str, token: &Listed) -> bool {
        let of_deploy = format!("tokens rotate {NEW_FUNCTION} default");
        self.text.contains(id)
            || self.says_unknown(token)
            || (token.function == NEW_FUNCTION && self.text.contains(&of_deploy))
    }

    /// 0 and 11: the value is in every sink and works; what it replaces is gone or has an end. 12: the
    /// old one is named.
    pub(super) fn a_success_is_one(&mut self) {
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
        let is_later_deploy = setting.verb == Verb::FirstDeploy && setting.key == Key::Used;
        if is_later_deploy && setting.keys_ignored && self.places.iter().all(|(_, value, _)| value.is_none()) {
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
        let is_old = |id: &String, token: &Listed| token.name == "ci" && *id != delivered;
        let replaced = self.run.world.before.iter().find(|(id, token)| is_old(id, token)).map(|(id, _)| id.clone());
        let old = replaced.as_ref().and_then(|id| self.run.after.get(id));
        match (setting.verb, status, old) {
            (Verb::Create | Verb::FirstDeploy | Verb::Recover, ..) | (_, 0, None) => {}
            (Verb::Rotate | Verb::CreateOrRotate, 0, Some(_)) => {
                self.fail("it ended 0, and the old token is still there");
            }
            (Verb::RotateGrace, 0, Some(old)) if old.expires_at.is_none() => {
                self.fail("it ended 0, and the old token has no end");
            }
            (Verb::Regenerate, 0 | 11, Some(old)) if old.status != "expired" => {
                self.fail(format!("it ended {status}, and the old token is {}", old.status));
            }
            (_, 12, _) if !replaced.is_some_and(|id| self.text.contains(&id)) => {
                self.fail("it ended 12, and the old token is not named");
            }
            _ => {}
        }
    }

    /// Nothing that this run did not create is gone or changed, and every value that was handed over
    /// before works, but for what it was asked to end.
    pub(super) fn what_others_hold_still_works(&mut self) {
        let world = &self.run.world;
        let setting = *self.setting;
        let has_replaced = setting.verb.replaces() && self.delivered.is_some();
        for (id, token) in &world.before {
            let may_go = match setting.verb {
                verb if verb.replaces() => has_replaced && token.name == "ci" && self.delivered.as_ref() != Some(id),
                Verb::RecoverRevoke => world.lost.as_ref() == Some(id),
                verb if verb.destroys() => bulk::targets(verb).contains(&token.name.as_str()),
                _ => false,
            };
            if may_go && token.function == FUNCTION {
                continue;
            }
            let Some(now) = self.run.after.get(id) else {
                self.fail(format!("{id} (`{}` of {}) is gone, and nobody asked for that", token.name, token.function));
                continue;
            };
            let is_changed = (&now.status, &now.expires_at) != (&token.status, &token.expires_at);
            if is_changed && !self.text.contains(id.as_str()) && !self.is_of_an_unknown_rotation(token) {
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

    /// Whether the old token has the end that was asked for by a request whose outcome is unknown and
    /// said to be so. If the run undoes it, it must have tried to give the end back.
    fn is_of_an_unknown_rotation(&self, token: &Listed) -> bool {
        let gives_back = |request: &String| request.starts_with("PATCH");
        let is_undone = self.text.contains("could not be revoked") || self.text.contains("stays, for");
        self.setting.verb.replaces()
            && token.name == "ci"
            && self.says_unknown(token)
            && (!is_undone || self.run.requests.iter().any(gives_back))
    }

    /// What is left to `jelou tokens recover` is undone by it, and nothing else is. A token that was
    /// delivered is not left to it.
    pub(super) fn a_recovery_ends_what_was_left_to_it(&mut self) {
        let Some((ran, recovered)) = &self.run.recovered else { return };
        if let Some(delivered) = self.delivered.clone().filter(|id| !recovered.contains_key(id)) {
            self.fail(format!("the recovery log has an entry of {delivered}, which was delivered"));
        }
        if ran.status != 0 {
            self.fail(format!("`tokens recover --revoke` of what this run left ended {}: {}", ran.status, ran.stderr));
        }
        let before = &self.run.world.before;
        let left: Vec<&String> =
            recovered.keys().filter(|id| !before.contains_key(*id) && self.delivered.as_ref() != Some(id)).collect();
        let gone: Vec<&String> =
            self.run.after.keys().filter(|id| before.contains_key(*id) && !recovered.contains_key(*id)).collect();
        if !left.is_empty() || !gone.is_empty() {
            self.fail(format!("`tokens recover --revoke` left {left:?} and ended {gone:?}, which were there before"));
        }
    }
}
