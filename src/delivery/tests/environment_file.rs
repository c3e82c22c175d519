use std::os::unix::fs::symlink;

use super::*;

/// Reads the runner's format as `EnvFileKeyValuePairs` does, but fails on blank lines, as
/// nektos/act does.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut lines = text.lines();
    let mut pairs = Vec::new();
    while let Some(line) = lines.next() {
        assert!(!line.is_empty(), "a blank line");
        let equals = line.find('=').unwrap_or(usize::MAX);
        match line.split_once("<<") {
            Some((name, delimiter)) if name.len() < equals => {
                let value: Vec<_> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                pairs.push((name.to_owned(), value.join("\n")));
            }
            _ => pairs.push(line.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap()),
        }
    }
    pairs
}

const SINKS: [(&str, &str); 2] = [("github-env:TOKEN", "GITHUB_ENV"), ("github-output:TOKEN", "GITHUB_OUTPUT")];

#[test]
fn the_value_arrives_whatever_the_file_held_before() {
    for (sink, variable) in SINKS {
        for (before, earlier) in [("", None), ("A=1\n", Some("1")), ("A=1", Some("1")), ("A<<E\nx\nE", Some("x"))] {
            let (_folder, path) = file("file", Some(before));
            let mut sinks = World::new([(variable, &path)]).sinks([sink]);
            let warnings: Vec<_> = check(&mut sinks).unwrap().iter().map(|warning| warning.code).collect();
            let expected: &[&str] = if sink.contains("output") { &["OUTPUT_STAYS_IN_JOB"] } else { &[] };
            assert_eq!(warnings, expected);
            assert_eq!(deliver(&mut sinks).unwrap(), [sink]);
            let mut expected: Vec<_> = earlier.map(|value| ("A".to_owned(), value.to_owned())).into_iter().collect();
            expected.push(("TOKEN".to_owned(), VALUE.to_owned()));
            assert_eq!(pairs(&read(&path)), expected, "{sink} after {before:?}");
            assert!(read(&path).starts_with(before) && read(&path).ends_with('\n'));
        }
    }
}

#[test]
fn undo_cuts_the_file_back_to_what_it_was() {
    for (sink, variable) in [SINKS[0], SINKS[1], ("bash-env:TOKEN", "BASH_ENV")] {
        for before in ["", "A=1\n", "A=1"] {
            let (_folder, path) = file("file", Some(before));
            let mut sinks = World::new([(variable, &path)]).sinks([sink]);
            check_and_deliver(&mut sinks);
            assert_ne!(read(&path), before);
            assert_eq!(undo(&mut sinks), []);
            assert_eq!(read(&path), before, "{sink}");
        }
    }
}

#[test]
fn two_names_in_one_file_have_delimiters_of_their_own_and_are_both_undone() {
    let (_folder, path) = file("file", Some("A=1"));
    let mut sinks = World::new([("GITHUB_ENV", &path)]).sinks(["github-env:X", "github-env:Y"]);
    check_and_deliver(&mut sinks);
    let text = read(&path);
    let delimiters: Vec<_> = text.lines().filter_map(|line| Some(line.split_once("<<ghadelimiter_")?.1)).collect();
    assert!(delimiters.len() == 2 && delimiters[0] != delimiters[1], "{text}");
    assert!(delimiters.iter().all(|delimiter| delimiter.len() == 32), "{text}");
    assert_eq!(pairs(&text).len(), 3);
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(read(&path), "A=1");
}

#[test]
fn undo_names_a_file_that_others_have_changed_since() {
    let (folder, path) = file("file", Some(""));
    let world = World::new([("GITHUB_ENV", &path)]);
    let mut sinks = world.sinks(["github-env:TOKEN"]);
    check_and_deliver(&mut sinks);
    let grown = read(&path) + "B=2\n";
    std::fs::write(&path, &grown).unwrap();
    assert_contains(&undo(&mut sinks)[0].reason, "has been changed since");
    assert_eq!(read(&path), grown);

    check_and_deliver(&mut sinks);
    let other = folder.path().join("other");
    std::fs::write(&other, "mine").unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_contains(&undo(&mut sinks)[0].reason, "has been replaced since");
    assert_eq!(read(&path), "mine");

    std::fs::write(&path, "").unwrap();
    check_and_deliver(&mut sinks);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(undo(&mut sinks), [], "the runner has removed the file, and the value with it");
}

#[test]
fn a_file_that_is_not_there_or_is_no_file_is_refused() {
    let (folder, path) = file("file", Some(""));
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let missing = folder.path().join("missing");
    for (sink, variable) in SINKS {
        assert_contains(&refusal(check(&mut sinks([sink]))), "is not set");
        for (path, reason) in [
            (missing.as_path(), "does not exist"),
            (&link, "is a symbolic link"),
            (folder.path(), "cannot be opened"),
            (Path::new("/dev/zero"), "is not a regular file"),
        ] {
            assert_contains(&refusal(check(&mut World::new([(variable, path)]).sinks([sink]))), reason);
            failure(deliver(&mut World::new([(variable, path)]).sinks([sink])));
        }
    }
    assert_eq!(names(folder.path()), ["file", "link"]);
}

#[test]
fn bash_reads_the_exported_variable() {
    for before in ["", "export A=1\n", "export A=1"] {
        let (_folder, path) = file("file", Some(before));
        check_and_deliver(&mut World::new([("BASH_ENV", &path)]).sinks(["bash-env:TOKEN"]));
        let script = format!(". '{}' && sh -c 'printf %s \"$TOKEN\"'", path.display());
        let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), VALUE);
    }
}

#[test]
fn the_file_of_bash_env_is_created_private_and_removed_by_undo() {
    let (folder, path) = file("bash_env", None);
    let world = World::new([("BASH_ENV", &path)]);
    let mut sinks = world.sinks(["bash-env:A", "bash-env:B"]);
    check(&mut sinks).unwrap();
    assert_eq!(names(folder.path()), [""; 0]);
    deliver(&mut sinks).unwrap();
    assert_eq!(read(&path), format!("export A='{VALUE}'\nexport B='{VALUE}'\n"));
    assert_eq!(mode(&path), 0o600);
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn bash_env_needs_its_variable_and_a_folder() {
    assert_contains(&refusal(check(&mut sinks(["bash-env:TOKEN"]))), "`BASH_ENV` is not set");
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/bash_env");
    let mut sinks = World::new([("BASH_ENV", &missing)]).sinks(["bash-env:TOKEN"]);
    assert_contains(&refusal(check(&mut sinks)), "does not exist");
}
