use super::*;

#[test]
fn a_failure_undoes_the_sinks_before_it_and_writes_none_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let env = folder.path().join("env");
    std::fs::write(&env, "A=1").unwrap();
    let (first, last) = (folder.path().join("first"), folder.path().join("last"));
    let mut plan = plan([
        "secret:other/TOKEN",
        &spec("file", &first),
        "github-env:TOKEN",
        "command:sh -c 'cat > /dev/null; exit 1'",
        &spec("file", &last),
    ]);
    let mut world = World::new([("GITHUB_ENV", &env)]);
    world.check(&mut plan).unwrap();
    let error = world.hand_over(&mut plan).unwrap_err();
    let detail = error.details().unwrap();
    assert_eq!(detail["sink"], "command:sh");
    assert_eq!(detail["not_undone"].as_array().unwrap().len(), 1);
    assert_contains(&failure(Err(error)), "could not be handed over to `command:sh`");
    assert_eq!(names(folder.path()), ["env"]);
    assert_eq!(read(&env), "A=1");
    assert!(world.secrets.stored.borrow().is_empty());
}

#[test]
fn a_check_that_fails_has_changed_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan([&spec("file", &folder.path().join("token")), "github-env:TOKEN"]);
    refusal(World::new([]).check(&mut plan));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn standard_output_is_named_but_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = spec("file", &folder.path().join("token"));
    let mut plan = plan([&file, "stdout"]);
    assert!(plan.has_stdout());
    assert_eq!(World::new([]).deliver(&mut plan), [file.as_str(), "stdout"]);
    assert!(!super::plan([&file]).has_stdout());
}

#[test]
fn undo_after_an_interrupted_hand_over_takes_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let mut plan = plan([&spec("file", &path), "command:sh -c 'cat > /dev/null; exec sleep 600'"]);
    let mut world = World::new([]);
    let started = std::time::Instant::now();
    world.run(async |around| {
        let token = token();
        let interrupted = async {
            while !path.exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            handed_over = plan.hand_over(&token, around) => panic!("ended by itself: {handed_over:?}"),
            () = interrupted => {}
        }
    });
    let not_undone = world.undo(&mut plan);
    assert_eq!(not_undone.iter().map(|left| left.sink.as_str()).collect::<Vec<_>>(), ["command:sh"]);
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(started.elapsed().as_secs() < 600, "it waited for the child");
}

#[test]
fn undo_happens_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let (mut world, mut plan) = (World::new([]), plan([&spec("file", &path)]));
    world.deliver(&mut plan);
    assert_eq!(world.undo(&mut plan), []);
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(world.undo(&mut plan), []);
    assert_eq!(read(&path), "mine");
}

#[test]
fn what_a_plan_shows_for_debugging_has_no_arguments_in_it() {
    assert_eq!(format!("{:?}", plan(["command:curl -H hunter2"])), "[\"command:curl\"]");
}
