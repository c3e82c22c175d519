use super::*;

#[test]
fn a_failure_undoes_the_sinks_before_it_and_writes_none_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let env = folder.path().join("env");
    std::fs::write(&env, "A=1").unwrap();
    let (first, last) = (folder.path().join("first"), folder.path().join("last"));
    let world = World::new([("GITHUB_ENV", &env)]);
    let mut sinks = world.sinks([
        "secret:other/TOKEN",
        &spec("file", &first),
        "github-env:TOKEN",
        "command:sh -c 'cat > /dev/null; exit 1'",
        &spec("file", &last),
    ]);
    check(&mut sinks).unwrap();
    let error = deliver(&mut sinks).unwrap_err();
    let detail = error.details().unwrap();
    assert_eq!(detail["sink"], "command:sh");
    assert_eq!(detail["not_undone"].as_array().unwrap().len(), 1);
    assert_contains(&failure(Err(error)), "could not be delivered to `command:sh`");
    assert_eq!(names(folder.path()), ["env"]);
    assert_eq!(read(&env), "A=1");
    assert!(world.secrets.stored.borrow().is_empty());
}

#[test]
fn standard_output_is_named_but_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = spec("file", &folder.path().join("token"));
    let mut sinks = sinks([&file, "stdout"]);
    assert!(sinks.has_stdout() && sinks.has_others());
    assert_eq!(check_and_deliver(&mut sinks), [file.as_str(), "stdout"]);
    assert!(!super::sinks([&file]).has_stdout() && !super::sinks([]).has_others());
}

#[test]
fn undo_after_an_interrupted_delivery_takes_back_what_was_written() {
    let (folder, path) = file("token", None);
    let mut sinks = sinks([&spec("file", &path), "command:sh -c 'cat > /dev/null; exec sleep 600'"]);
    let started = std::time::Instant::now();
    run(async {
        let token = token();
        let interrupted = async {
            while !path.exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            delivered = sinks.deliver(&token, async || ()) => panic!("ended by itself: {delivered:?}"),
            () = interrupted => {}
        }
    });
    let not_undone = undo(&mut sinks);
    assert_eq!(not_undone.iter().map(|left| left.sink.as_str()).collect::<Vec<_>>(), ["command:sh"]);
    assert_eq!(names(folder.path()), [""; 0]);
    assert!(started.elapsed().as_secs() < 600, "it waited for the child");
}
