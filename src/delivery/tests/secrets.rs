use super::*;

const SINK: &str = "secret:other-function/TOKEN";

#[test]
fn the_value_becomes_a_secret_of_the_other_function() {
    let world = World::new([]);
    let mut sinks = world.sinks([SINK]);
    let warnings = check(&mut sinks).unwrap();
    assert_eq!(warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["SECRET_STARTS_REDEPLOY"]);
    assert!(world.secrets.stored.borrow().is_empty());
    assert_eq!(deliver(&mut sinks).unwrap(), [SINK]);
    assert_eq!(world.secrets.stored.borrow()["other-function/TOKEN"], VALUE);
    assert_eq!(undo(&mut sinks), []);
    assert!(world.secrets.stored.borrow().is_empty());
}

#[test]
fn what_the_platform_says_about_the_function_is_passed_on() {
    let world = World::new([]);
    world.secrets.missing.set(true);
    let error = check(&mut world.sinks([SINK])).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn a_secret_that_had_a_value_is_named_and_not_deleted() {
    let world = World::new([]);
    let mut sinks = world.sinks([SINK]);
    world.secrets.stored.borrow_mut().insert("other-function/TOKEN".to_owned(), "old".to_owned());
    check_and_deliver(&mut sinks);
    let not_undone = undo(&mut sinks);
    assert_eq!(not_undone[0].sink, SINK);
    assert_contains(&not_undone[0].reason, "the platform does not show");
    assert_eq!(world.secrets.stored.borrow()["other-function/TOKEN"], VALUE);
}

/// Whether the outcome of a failed request is known follows from what was sent and answered, not
/// from its code: the last answer may be that to a retry.
fn failures() -> [FailedPut; 7] {
    let failed = |code, outcome_unknown, applied| FailedPut { code, outcome_unknown, applied };
    [
        failed(ErrorCode::NetworkError, true, true),
        failed(ErrorCode::NetworkError, true, false),
        failed(ErrorCode::TransientError, true, true),
        failed(ErrorCode::RateLimited, true, true),
        failed(ErrorCode::Forbidden, true, true),
        failed(ErrorCode::NetworkError, false, false),
        failed(ErrorCode::ValidationError, false, false),
    ]
}

#[test]
fn a_failed_request_is_undone_if_it_may_have_been_applied_and_that_is_possible() {
    for failed in failures() {
        for earlier in [None, Some("old")] {
            let world = World::new([]);
            let key = || "other-function/TOKEN".to_owned();
            world.secrets.stored.borrow_mut().extend(earlier.map(|value| (key(), value.to_owned())));
            let mut sinks = world.sinks([SINK]);
            check(&mut sinks).unwrap();
            world.secrets.fail_put.set(Some(failed));
            let error = deliver(&mut sinks).unwrap_err();
            let not_undone = error.details().unwrap()["not_undone"].as_array().unwrap().len();
            // What was not there when it was to be deleted may still be stored.
            let is_named = failed.outcome_unknown && (earlier.is_some() || !failed.applied);
            assert_eq!(not_undone, usize::from(is_named), "{failed:?}");
            assert_eq!(world.secrets.stored.borrow().is_empty(), earlier.is_none(), "{failed:?}");
            assert_contains(&failure(Err(error)), "repeats the value and is withheld");
        }
    }
}
