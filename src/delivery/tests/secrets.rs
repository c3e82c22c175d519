use super::*;

const SINK: &str = "secret:other-function/TOKEN";

#[test]
fn the_value_becomes_a_secret_of_the_other_function() {
    let (mut world, mut plan) = (World::new([]), plan([SINK]));
    let warnings = world.check(&mut plan).unwrap();
    assert_eq!(warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["SECRET_STARTS_REDEPLOY"]);
    assert!(world.secrets.stored.borrow().is_empty());
    assert_eq!(world.hand_over(&mut plan).unwrap(), [SINK]);
    assert_eq!(world.secrets.stored.borrow()["other-function/TOKEN"], VALUE);
    assert_eq!(world.undo(&mut plan), []);
    assert!(world.secrets.stored.borrow().is_empty());
}

#[test]
fn what_the_platform_says_about_the_function_is_passed_on() {
    let mut world = World::new([]);
    world.secrets.missing = true;
    let error = world.check(&mut plan([SINK])).unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn a_secret_that_had_a_value_is_named_and_not_deleted() {
    let (mut world, mut plan) = (World::new([]), plan([SINK]));
    world.secrets.stored.get_mut().insert("other-function/TOKEN".to_owned(), "old".to_owned());
    world.deliver(&mut plan);
    let not_undone = world.undo(&mut plan);
    assert_eq!(not_undone[0].sink, SINK);
    assert_contains(&not_undone[0].reason, "nobody can read back");
    assert_eq!(world.secrets.stored.borrow()["other-function/TOKEN"], VALUE);
}

#[test]
fn a_failed_request_is_undone_if_it_may_have_been_applied() {
    for (code, applied) in [
        (ErrorCode::NetworkError, true),
        (ErrorCode::NetworkError, false),
        (ErrorCode::TransientError, true),
        (ErrorCode::ValidationError, false),
    ] {
        let (mut world, mut plan) = (World::new([]), plan([SINK]));
        world.check(&mut plan).unwrap();
        world.secrets.fail_put = Some((code, applied));
        let message = failure(world.hand_over(&mut plan));
        assert_contains(&message, "repeats the value and is withheld");
        assert!(world.secrets.stored.borrow().is_empty(), "{code:?}");
    }
}

#[test]
fn a_request_that_was_refused_has_replaced_nothing() {
    for (code, left) in [(ErrorCode::Forbidden, 0), (ErrorCode::NetworkError, 1)] {
        let (mut world, mut plan) = (World::new([]), plan([SINK]));
        world.secrets.stored.get_mut().insert("other-function/TOKEN".to_owned(), "old".to_owned());
        world.check(&mut plan).unwrap();
        world.secrets.fail_put = Some((code, false));
        let error = world.hand_over(&mut plan).unwrap_err();
        assert_eq!(error.detail().unwrap()["not_undone"].as_array().unwrap().len(), left, "{code:?}");
    }
}
