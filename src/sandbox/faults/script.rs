//! The list of pending faults, and which of them apply to a request.

use std::collections::BTreeSet;

use super::fault::{Alteration, Delay, Fault, FaultKind, Interception};
use crate::sandbox::admin_api::PendingFault;
use crate::sandbox::request_log::Plane;
use crate::sandbox::state::{BuildResult, Lag};

/// The parts of a request that faults are matched against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLine<'a> {
    pub(crate) plane: Plane,
    pub(crate) method: &'a str,
    /// `/fn/SLUG/…` for the gateway, also if the slug came in `Host`.
    pub(crate) path: &'a str,
}

/// The faults that apply to one request.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub(crate) names: Vec<String>,
    pub(crate) delay: Option<Delay>,
    pub(crate) interception: Option<Interception>,
    pub(crate) key_ignored: bool,
    pub(crate) alteration: Option<Alteration>,
}

/// The faults for the redeploy that a request would start.
#[derive(Debug, Default)]
pub(crate) struct Planned {
    pub(crate) result: Option<BuildResult>,
    pub(crate) lag: Option<Lag>,
    /// Where they are in the script.
    indices: Vec<usize>,
}

/// The faults that are not used up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    faults: Vec<Fault>,
    /// The scenarios of which a fault was used up.
    fired: BTreeSet<&'static str>,
}

impl Script {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults, fired: BTreeSet::new() }
    }

    pub(crate) fn push(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    /// A phrase for each pending fault that was not used for any request, as `the fault … never
    /// fired`. Those of a scenario that comes with the program count together.
    pub(crate) fn unfired(&self) -> Vec<String> {
        let mut fired = self.fired.clone();
        fired.extend(self.faults.iter().filter(|fault| fault.fired > 0).filter_map(|fault| fault.scenario));
        let phrases = self.faults.iter().filter(|fault| fault.fired == 0).filter_map(|fault| match fault.scenario {
            None => Some(format!("the fault `{}` never fired", fault.spec.as_ref().unwrap_or(&fault.name))),
            // Once.
            Some(name) => fired.insert(name).then(|| format!("no fault of the scenario `{name}` fired")),
        });
        phrases.collect()
    }

    /// Drops the faults that are used up.
    fn drop_used_up(&mut self) {
        let used_up = self.faults.iter().filter(|fault| fault.left == Some(0));
        self.fired.extend(used_up.filter_map(|fault| fault.scenario));
        self.faults.retain(|fault| fault.left != Some(0));
    }

    /// The faults that are not used up, in their order.
    pub(crate) fn pending(&self) -> Vec<PendingFault> {
        self.faults.iter().map(Fault::pending).collect()
    }

    /// Whether a fault `replay` is pending.
    pub(crate) fn may_replay(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind == FaultKind::Alter(Alteration::Replay))
    }

    /// Uses the faults that apply to a request.
    pub(crate) fn take(&mut self, target: &RequestLine) -> Applied {
        let mut applied = Applied::default();
        for fault in self.faults.iter_mut().filter(|fault| fault.matches(target)) {
            if !matches!(fault.kind, FaultKind::Delay(_) | FaultKind::Intercept(_)) || fault.lets_pass() {
                continue;
            }
            let used = match &fault.kind {
                FaultKind::Delay(delay) => fill(&mut applied.delay, *delay),
                FaultKind::Intercept(fault) => fill(&mut applied.interception, fault.clone()),
                _ => false,
            };
            fault.spend(used, &mut applied.names);
        }
        if applied.interception.is_none() {
            for fault in self.faults.iter_mut().filter(|fault| fault.matches(target)) {
                let is_of_this_stage = match &fault.kind {
                    FaultKind::KeyIgnored => target.method == "POST",
                    FaultKind::Alter(_) => true,
                    _ => false,
                };
                if !is_of_this_stage || fault.lets_pass() {
                    continue;
                }
                let used = match &fault.kind {
                    FaultKind::KeyIgnored => !std::mem::replace(&mut applied.key_ignored, true),
                    FaultKind::Alter(fault) => fill(&mut applied.alteration, fault.clone()),
                    _ => false,
                };
                fault.spend(used, &mut applied.names);
            }
        }
        self.drop_used_up();
        applied
    }

    /// The faults for the redeploy that a request would start. [`Script::spend`] uses them: the
    /// request may be refused.
    pub(crate) fn plan(&self, target: &RequestLine) -> Planned {
        let mut planned = Planned::default();
        for (index, fault) in self.faults.iter().enumerate().filter(|(_, fault)| fault.matches(target)) {
            let used = match &fault.kind {
                // `spend` counts the redeploys that it lets pass.
                FaultKind::Redeploy(_) | FaultKind::Lag(_) if fault.passing > 0 => true,
                FaultKind::Redeploy(result) => fill(&mut planned.result, *result),
                FaultKind::Lag(lag) => fill(&mut planned.lag, *lag),
                _ => false,
            };
            if used {
                planned.indices.push(index);
            }
        }
        planned
    }

    /// Uses what was planned, in a script that has not changed since; returns the names.
    pub(crate) fn spend(&mut self, planned: &Planned) -> Vec<String> {
        let mut names = Vec::new();
        for &index in &planned.indices {
            let fault = &mut self.faults[index];
            if !fault.lets_pass() {
                fault.spend(true, &mut names);
            }
        }
        self.drop_used_up();
        names
    }
}

/// The URL of a function is called with a slash at its end (`jelou call`) or without (curl).
pub(super) fn without_last_slash(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}

impl Fault {
    fn matches(&self, target: &RequestLine) -> bool {
        let options = glob::MatchOptions {
            require_literal_separator: true,
            case_sensitive: true,
            require_literal_leading_dot: false,
        };
        self.left != Some(0)
            && self.plane.is_none_or(|plane| plane == target.plane)
            && self.method.as_ref().is_none_or(|method| method == target.method)
            && self.path.as_ref().is_none_or(|pattern| {
                [target.path, without_last_slash(target.path)].iter().any(|path| pattern.matches_with(path, options))
            })
    }

    /// Counts a request that passes before the fault begins.
    fn lets_pass(&mut self) -> bool {
        let passes = self.passing > 0;
        self.passing -= u32::from(passes);
        passes
    }

    fn pending(&self) -> PendingFault {
        PendingFault {
            name: self.name.clone(),
            spec: self.spec.clone(),
            left: self.left.map(u64::from),
            fired: u64::from(self.fired),
        }
    }

    fn spend(&mut self, used: bool, names: &mut Vec<String>) {
        if used {
            self.fired = self.fired.saturating_add(1);
            self.left = self.left.map(|left| left - 1);
            names.push(self.name.clone());
        }
    }
}

/// Puts `value` into `slot` if it is empty; returns whether it was.
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

    fn get(path: &str) -> RequestLine<'_> {
        RequestLine { plane: Plane::Control, method: "GET", path }
    }

    fn post(path: &str) -> RequestLine<'_> {
        RequestLine { plane: Plane::Control, method: "POST", path }
    }

    fn script(specs: &[&str]) -> Script {
        Script::new(specs.iter().map(|spec| Fault::parse(spec).unwrap()).collect())
    }

    fn statuses(script: &mut Script, targets: &[RequestLine]) -> Vec<Option<u16>> {
        let status = |applied: Applied| match applied.interception {
            Some(Interception::Status { status, .. }) => Some(status),
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
    fn what_never_fired_is_told() {
        let mut script = script(&["status=503 GET x2", "status=404 DELETE"]);
        for spec in ["garbled GET", "reset-after PUT"] {
            script.push(Fault::parse(spec).unwrap().in_scenario("lost"));
        }
        script.push(Fault::parse("lag=1").unwrap().in_scenario("slow"));
        let (none, slow) = ("the fault `status=404 DELETE` never fired", "no fault of the scenario `slow` fired");
        let (get, lost) = ("the fault `status=503 GET x2` never fired", "no fault of the scenario `lost` fired");
        assert_eq!(script.unfired(), [get, none, lost, slow]);
        for unfired in [&[none, lost, slow][..], &[none, lost, slow], &[none, slow]] {
            script.take(&RequestLine { plane: Plane::Control, method: "GET", path: "/v1/me" });
            assert_eq!(script.unfired(), unfired);
        }
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
    fn a_slash_at_the_end_makes_no_difference() {
        for pattern in ["/fn/my-function", "/fn/my-function/", "/fn/*"] {
            let mut script = script(&[&format!("status=500 {pattern} x*")]);
            let targets = [get("/fn/my-function"), get("/fn/my-function/"), get("/fn/my-function/a"), get("/fn")];
            assert_eq!(statuses(&mut script, &targets), [Some(500), Some(500), None, None], "{pattern}");
        }
        let mut script = script(&["status=500 /fn/my-function/* x*"]);
        let targets =
            [get("/fn/my-function/a"), get("/fn/my-function/a/"), get("/fn/my-function/"), get("/fn/my-function")];
        assert_eq!(statuses(&mut script, &targets), [Some(500), Some(500), Some(500), None]);
        assert_eq!(
            statuses(&mut self::script(&["status=500 /v1/functions/*/tokens/*"]), &[post("/v1/functions/a/tokens")]),
            [None]
        );
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
            assert_eq!((planned.result, planned.lag), (Some(BuildResult::Fails), Some(Lag::Requests(3))));
        }
        let planned = script.plan(&target);
        assert_eq!(script.spend(&planned), ["redeploy-fails", "lag"]);
        assert!(script.pending().is_empty());
    }
}
