//! `forgejo/end-to-end.yml`, as the runners of Forgejo and of Gitea run it.

use super::broken::{self, Broken};
use super::github::Job;
use crate::support::runner::{Dialect, Order};
use crate::support::workflow::{steps, yaml};

const FILE: &str = "ci-examples/forgejo/end-to-end.yml";

#[test]
fn every_failure_of_the_matrix_stops_the_job_and_leaves_nothing() {
    broken::matrix(|cli| Job { dialect: Dialect::Forgejo, ..Job::of(FILE) }.run(cli).ended());
}

/// Gitea's runner masks less, and both read the streams as they come.
#[test]
fn the_value_reaches_the_next_steps_masked_on_both() {
    for dialect in [Dialect::Forgejo, Dialect::Gitea] {
        for order in [Order::StderrFirst, Order::StdoutFirst] {
            let cli = Broken::Nothing.world();
            let ran = Job { order, dialect, ..Job::of(FILE) }.run(&cli);
            Broken::Nothing.was_told(&cli, &ran.ended());
            assert!(ran.value.starts_with("jfn_rt_sbx_"), "{dialect:?}: {}", ran.log);
            assert!(!ran.log.contains(&ran.value), "{dialect:?}: {}", ran.log);
            assert_eq!(ran.steps.len(), 5, "{:?}", ran.steps);
        }
    }
}

/// A short name means another repository on another server.
#[test]
fn an_action_is_named_by_its_whole_address() {
    let uses: Vec<String> = steps(&yaml(FILE)).into_iter().filter_map(|step| step.uses).collect();
    assert!(uses.iter().all(|uses| uses.starts_with("https://")), "{uses:?}");
}
