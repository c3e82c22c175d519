//! The list of faults that are still to come.

use std::time::Duration;

use super::{Answer, Fault, Front, Kind};
use crate::sandbox::journal::Plane;
use crate::sandbox::state::{Lag, Outcome};

/// A request as faults look at it.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub plane: Plane,
    pub method: &'a str,
    /// `/fn/SLUG/…` for the gateway, however it was reached.
    pub path: &'a str,
}

/// The faults that apply to one request.
#[derive(Debug, Default)]
pub struct Applied {
    pub names: Vec<String>,
    pub delay: Option<Duration>,
    pub front: Option<Front>,
    pub key_ignored: bool,
    pub answer: Option<Answer>,
}

/// The faults that apply to the redeploy which a request starts, if it does.
#[derive(Debug, Default)]
pub struct Planned {
    pub outcome: Option<Outcome>,
    pub lag: Option<Lag>,
    /// Their places in the script.
    places: Vec<usize>,
}

/// The faults that are not used up.
#[derive(Debug, Default)]
pub struct Script {
    faults: Vec<Fault>,
}

impl Script {
    /// Adds a fault behind those that are there.
    pub fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Removes every fault.
    pub fn clear(&mut self) {
        self.faults.clear();
    }

    /// The names of the faults that are not used up, with how many requests each is still for (`None`: all).
    pub fn pending(&self) -> Vec<(&str, Option<u32>)> {
        self.faults.iter().map(|fault| (fault.name.as_str(), fault.left)).collect()
    }

    /// The faults that apply to a request; each that does is used once.
    pub fn take(&mut self, target: &Target) -> Applied {
        let mut applied = Applied::default();
        for fault in self.faults.iter_mut().filter(|fault| fault.matches(target)) {
            let used = match &fault.kind {
                Kind::Delay(time) => fill(&mut applied.delay, *time),
                Kind::Front(front) => fill(&mut applied.front, front.clone()),
                _ => false,
            };
            fault.spend(used, &mut applied.names);
        }
        if applied.front.is_none() {
            for fault in self.faults.iter_mut().filter(|fault| fault.matches(target)) {
                let used = match &fault.kind {
                    Kind::KeyIgnored if target.method == "POST" => !std::mem::replace(&mut applied.key_ignored, true),
                    Kind::Answer(answer) => fill(&mut applied.answer, answer.clone()),
                    _ => false,
                };
                fault.spend(used, &mut applied.names);
            }
        }
        self.faults.retain(|fault| fault.left != Some(0));
        applied
    }

    /// The faults for the redeploy that a request would start; none is used before [`Script::spend`], for the request may
    /// still be refused.
    pub fn plan(&self, target: &Target) -> Planned {
        let mut planned = Planned::default();
        for (place, fault) in self.faults.iter().enumerate().filter(|(_, fault)| fault.matches(target)) {
            let used = match &fault.kind {
                Kind::Redeploy(outcome) => fill(&mut planned.outcome, *outcome),
                Kind::Lag(lag) => fill(&mut planned.lag, *lag),
                _ => false,
            };
            if used {
                planned.places.push(place);
            }
        }
        planned
    }

    /// Uses what was planned, in a script that has not changed since; the names.
    pub fn spend(&mut self, planned: &Planned) -> Vec<String> {
        let mut names = Vec::new();
        for &place in &planned.places {
            self.faults[place].spend(true, &mut names);
        }
        self.faults.retain(|fault| fault.left != Some(0));
        names
    }
}

impl Fault {
    fn matches(&self, target: &Target) -> bool {
        let options = glob::MatchOptions {
            require_literal_separator: true,
            case_sensitive: true,
            require_literal_leading_dot: false,
        };
        self.left != Some(0)
            && self.plane.is_none_or(|plane| plane == target.plane)
            && self.method.as_ref().is_none_or(|method| method == target.method)
            && self.path.as_ref().is_none_or(|path| path.matches_with(target.path, options))
    }

    fn spend(&mut self, used: bool, names: &mut Vec<String>) {
        if used {
            self.left = self.left.map(|left| left - 1);
            names.push(self.name.clone());
        }
    }
}

/// Whether `slot` was free and now holds `value`.
fn fill<T>(slot: &mut Option<T>, value: T) -> bool {
    let free = slot.is_none();
    if free {
        *slot = Some(value);
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Target<'_> {
        Target { plane: Plane::Control, method: "GET", path }
    }

    fn post(path: &str) -> Target<'_> {
        Target { plane: Plane::Control, method: "POST", path }
    }

    fn script(specs: &[&str]) -> Script {
        Script { faults: specs.iter().map(|spec| Fault::parse(spec).unwrap()).collect() }
    }

    fn statuses(script: &mut Script, targets: &[Target]) -> Vec<Option<u16>> {
        let status = |applied: Applied| match applied.front {
            Some(Front::Status { status, .. }) => Some(status),
            _ => None,
        };
        targets.iter().map(|target| status(script.take(target))).collect()
    }

    #[test]
    fn faults_of_one_stage_come_one_after_the_other() {
        let mut script = script(&["status=503 x2", "status=429"]);
        let path = get("/v1/me");
        assert_eq!(statuses(&mut script, &[path; 4]), [Some(503), Some(503), Some(429), None]);
        assert!(script.pending().is_empty());
    }

    #[test]
    fn a_fault_waits_for_a_request_that_it_is_for() {
        let mut script = script(&["status=500 POST /v1/functions/*/tokens"]);
        let targets = [
            get("/v1/functions/a/tokens"),
            post("/v1/functions/a/tokens/tok_1/rotate"),
            post("/v1/functions/a/tokens"),
            post("/v1/functions/a/tokens"),
        ];
        assert_eq!(statuses(&mut script, &targets), [None, None, Some(500), None]);
    }

    #[test]
    fn two_stars_stand_for_any_number_of_segments() {
        let mut script = script(&["status=500 /v1/functions/** x*"]);
        let targets = [get("/v1/functions/a"), get("/v1/functions/a/tokens/tok_1"), get("/v1/me")];
        assert_eq!(statuses(&mut script, &targets), [Some(500), Some(500), None]);
    }

    #[test]
    fn stages_go_together_but_what_never_arrives_uses_up_nothing_inside() {
        let mut script = script(&["delay=1s x2", "status=503", "reset-after", "redeploy-fails", "lag=3"]);
        let first = script.take(&post("/v1/functions/a/tokens"));
        assert_eq!(first.names, ["delay", "status"]);
        let read = script.take(&get("/v1/functions/a/tokens"));
        assert_eq!(read.names, ["delay", "reset-after"]);
        let target = post("/v1/functions/a/tokens");
        assert_eq!(script.take(&target).names, [""; 0]);
        for _ in 0..2 {
            let planned = script.plan(&target);
            assert_eq!((planned.outcome, planned.lag), (Some(Outcome::Fails), Some(Lag::Requests(3))));
        }
        let planned = script.plan(&target);
        assert_eq!(script.spend(&planned), ["redeploy-fails", "lag"]);
        assert!(script.pending().is_empty());
    }
}
