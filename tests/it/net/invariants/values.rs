//! Where values stand.

use super::Facts;
use crate::net::verbs::Place;
use crate::net::world::{read, values_in};

impl Facts<'_> {
    /// No value stands outside of the sinks, and none is left in one by a run that failed, unless
    /// that sink is named.
    pub(super) fn no_value_stands_elsewhere(&mut self) {
        let is_kept =
            matches!(self.status(), 0 | 11 | 12) || (self.run.ended.signal.is_some() && self.delivered.is_some());
        let places: Vec<Place> = self.places.iter().map(|(place, ..)| place.clone()).collect();
        let ran = &self.run.ended.ran;
        let is_masked_stderr = places.iter().any(|place| matches!(place, Place::Stderr(_)));
        if !is_masked_stderr && !values_in(&ran.stderr).is_empty() {
            self.fail("a value stands on stderr");
        }
        let may_print = places.contains(&Place::Stdout) && is_kept;
        if !may_print && !values_in(&ran.stdout).is_empty() {
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
}
