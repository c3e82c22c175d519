//! The files that a step writes to, and what later steps and jobs see of them.

use super::{TOKEN, runner};

#[test]
fn files_carry_variables_outputs_and_the_path_to_later_steps() {
    let (_folder, mut runner) = runner();
    let first = runner.step(
        "echo A=1=2 >> \"$GITHUB_ENV\"\necho >> \"$GITHUB_ENV\"\nprintf 'B<<END\\nx\\n\\ny\\nEND' >> \"$GITHUB_ENV\"\n\
         printf 'C=z\\r\\n' >> \"$GITHUB_OUTPUT\"\nmkdir bin; printf '#!/bin/sh\\necho found\\n' > bin/tool; chmod +x bin/tool\n\
         echo \"$PWD/bin\" >> \"$GITHUB_PATH\"",
    );
    assert!(!first.failed, "{}", first.log);
    assert_eq!(first.outputs["C"], "z\r", "a carriage return stays in the value");
    let second = runner.step("echo \"$A|$B\"; tool; echo \"$GITHUB_ACTIONS $CI\"; cat");
    assert_eq!(second.log, "1=2|x\n\ny\nfound\ntrue true\n");
    assert!(second.outputs.is_empty());
}

#[test]
fn a_malformed_file_fails_the_step_and_prints_the_line() {
    for (line, expected) in [
        ("no format", "Invalid format 'no format'"),
        ("A<<", "Invalid format 'A<<'"),
        ("A<<END", "Matching delimiter not found 'END'"),
        ("A<<END\nx", "Matching delimiter not found 'END'"),
    ] {
        for file in ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE"] {
            let (_folder, mut runner) = runner();
            let step = runner.step(&format!("echo '{line}' >> \"${file}\""));
            assert!(step.failed && step.status == 0 && step.log.contains(expected), "{file}: {}", step.log);
        }
    }
    for (text, expected) in
        [("=x", "Value cannot be null. (Parameter 'name')"), ("A<<END\nx", "EOF marker missing new line")]
    {
        let (_folder, mut runner) = runner();
        let step = runner.step(&format!("printf 'B=1\\n{}' >> \"$GITHUB_OUTPUT\"", text.replace('\n', "\\n")));
        assert!(step.failed && step.log.contains(expected), "{text}: {}", step.log);
        assert_eq!(step.outputs["B"], "1", "what stands before it counts");
    }
    let (_folder, mut runner) = runner();
    assert!(runner.step("echo NODE_OPTIONS=--x >> \"$GITHUB_ENV\"").log.contains("##[error]Can't store NODE_OPTIONS"));
    assert_eq!(runner.step("echo \"[$NODE_OPTIONS]\"").log, "[]\n");
}

#[test]
fn a_masked_value_does_not_leave_the_job_but_reaches_later_steps() {
    let (_folder, mut runner) = runner();
    let step = runner.step(&format!(
        "echo ::add-mask::{TOKEN}\necho T={TOKEN} >> \"$GITHUB_OUTPUT\"\necho T={TOKEN} >> \"$GITHUB_ENV\""
    ));
    assert_eq!(step.outputs["T"], TOKEN, "step outputs are not filtered");
    assert_eq!(runner.job_output("t", &step.outputs["T"]), None);
    assert!(runner.log().contains("##[warning]Skip output 't' since it may contain secret."));
    assert_eq!(runner.job_output("id", "tok_1"), Some("tok_1".to_owned()));
    assert_eq!(runner.step("echo \"${#T} $T\"").log, "23 ***\n");
}

#[test]
fn the_summary_is_scrubbed() {
    let (_folder, runner) = runner();
    let step = runner.secret(TOKEN).step(&format!("echo '# {TOKEN}' >> \"$GITHUB_STEP_SUMMARY\""));
    assert_eq!(step.summary, "# ***\n");
}

#[test]
fn the_folder_that_was_added_last_comes_first() {
    let (_folder, mut runner) = runner();
    runner.step("printf '/a\\n/b\\n/a\\n' >> \"$GITHUB_PATH\"");
    assert!(runner.step("echo \"$PATH\"").log.starts_with("/a:/b:"));
}
