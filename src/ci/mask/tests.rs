use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// 23 bytes: two over whole groups of three.
const VALUE: &str = "jfn_rt_A1b2C3d4E5f6G7h8";

fn token(value: &str) -> RuntimeToken {
    RuntimeToken::issued(Secret::new(value)).unwrap()
}

fn detection(name: &'static str) -> Detection {
    Detection::from_env(&move |variable| (variable == name).then(|| "true".to_owned()))
}

/// Remembers what was written and whether it was flushed.
#[derive(Default)]
struct Stream {
    written: Vec<u8>,
    writes: usize,
    flushed_at: Option<usize>,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed_at = Some(self.written.len());
        Ok(())
    }
}

fn written(masker: &Masker) -> Stream {
    let mut stream = Stream::default();
    write_masks(&masker.mask(&token(VALUE)), &mut stream).unwrap();
    stream
}

#[test]
fn github_gets_the_value_and_three_forms_of_base64_each_at_column_0() {
    let masker = Masker::prepare(&detection("GITHUB_ACTIONS"), None).unwrap();
    let expected = format!(
        "\n::add-mask::{VALUE}\n::add-mask::{}\n::add-mask::{}\n::add-mask::{}\n",
        STANDARD.encode(&VALUE[..21]),
        STANDARD.encode(&VALUE[1..22]),
        STANDARD.encode(&VALUE[2..]),
    );
    assert_eq!(String::from_utf8(written(&masker).written).unwrap(), expected);
}

#[test]
fn azure_gets_setsecret_for_each() {
    let masker = Masker::prepare(&detection("TF_BUILD"), None).unwrap();
    let text = String::from_utf8(written(&masker).written).unwrap();
    assert!(text.starts_with(&format!("##vso[task.setsecret]{VALUE}\n")), "{text}");
    assert_eq!(text.matches("##vso[task.setsecret]").count(), 4);
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn all_lines_go_out_in_one_piece_and_are_flushed() {
    let stream = written(&Masker::WorkflowCommands);
    assert_eq!((stream.writes, stream.flushed_at), (1, Some(stream.written.len())));
}

#[test]
fn a_system_that_cannot_mask_gets_nothing_at_all() {
    for name in ["GITLAB_CI", "CIRCLECI", "TRAVIS", "DRONE", "CI", "UNRELATED"] {
        let masker = Masker::prepare(&detection(name), None).unwrap();
        assert_eq!(masker, Masker::Nothing, "{name}");
        assert!(written(&masker).written.is_empty(), "{name}");
    }
}

#[test]
fn a_short_token_is_masked_alone() {
    let Mask::Lines { lines, .. } = Masker::WorkflowCommands.mask(&token("jfn_rt_x")) else { panic!("no lines") };
    assert_eq!(lines.len(), 1);
}

#[test]
fn a_stream_that_refuses_the_mask_is_a_delivery_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mask = Masker::WorkflowCommands.mask(&token(VALUE));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(mask.apply(&mut Full)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DeliveryError);
    assert!(!error.message().contains(VALUE));
}

#[test]
fn no_debug_output_shows_a_masked_text() {
    for masker in [Masker::WorkflowCommands, Masker::LoggingCommands, Masker::Redactor("agent".into())] {
        let shown = format!("{:?}", masker.mask(&token(VALUE)));
        assert!(!shown.contains("A1b2C3"), "{shown}");
        assert!(!shown.contains(&STANDARD.encode(&VALUE[..12])), "{shown}");
    }
}

#[cfg(unix)]
mod buildkite {
    use std::fs;
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// Has a shell write the program: were it open for writing here while another test starts a
    /// process, that process would inherit it, and the kernel refuses to run a program that is open
    /// for writing.
    fn agent(folder: &Path, script: &str) -> PathBuf {
        let file = folder.join("buildkite-agent");
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" > "$2" && chmod +x "$2""#;
        let status = Command::new("sh").args(["-c", write, "sh", script]).arg(&file).status().unwrap();
        assert!(status.success());
        file
    }

    fn apply(masker: &Masker) -> Result<(), Error> {
        let mask = masker.mask(&token(VALUE));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut stream = Stream::default();
        let result = runtime.block_on(mask.apply(&mut stream));
        assert!(stream.written.is_empty(), "the value goes to the agent, not to a stream");
        result
    }

    #[test]
    fn the_agent_gets_each_text_on_its_stdin_and_nothing_in_its_arguments() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        agent(folder.path(), &format!("{{ echo \"$*\"; cat; echo; }} >> '{}'", log.display()));
        let masker = Masker::prepare(&detection("BUILDKITE"), Some(folder.path().as_os_str())).unwrap();
        apply(&masker).unwrap();
        let log = fs::read_to_string(log).unwrap();
        let lines: Vec<_> = log.lines().collect();
        assert_eq!(lines.len(), 8, "{log}");
        assert!(lines.iter().step_by(2).all(|arguments| *arguments == "redactor add"), "{log}");
        assert_eq!(lines[1], VALUE);
        assert_eq!(lines[3], STANDARD.encode(&VALUE[..21]));
    }

    fn probe(masker: &Masker) -> Result<(), Error> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(masker.probe())
    }

    #[test]
    fn a_probe_has_the_agent_mask_a_text_that_nobody_will_print() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let masker =
            Masker::Redactor(agent(folder.path(), &format!("{{ echo \"$*\"; cat; echo; }} >> '{}'", log.display())));
        probe(&masker).unwrap();
        probe(&masker).unwrap();
        let log = fs::read_to_string(log).unwrap();
        let lines: Vec<_> = log.lines().collect();
        assert_eq!((lines[0], lines[2]), ("redactor add", "redactor add"));
        assert_ne!(lines[1], lines[3]);
        assert!(lines[1].len() == 32 && lines[1].bytes().all(|byte| byte.is_ascii_alphanumeric()), "{log}");
    }

    #[test]
    fn an_agent_that_cannot_mask_is_refused_while_there_is_nothing_to_mask() {
        let folder = tempfile::tempdir().unwrap();
        let error = probe(&Masker::Redactor(agent(folder.path(), "cat >/dev/null; exit 1"))).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InputError);
        assert!(error.message().contains("exit status: 1"), "{}", error.message());
        assert!(error.hint().is_some());
        for masker in [Masker::Nothing, Masker::WorkflowCommands, Masker::LoggingCommands] {
            probe(&masker).unwrap();
        }
    }

    #[test]
    fn no_agent_on_path_is_refused_beforehand() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("buildkite-agent"), "not a program").unwrap();
        let error = Masker::prepare(&detection("BUILDKITE"), Some(folder.path().as_os_str())).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InputError);
    }

    #[test]
    fn an_agent_that_fails_or_does_not_listen_is_a_delivery_error() {
        for (script, expected) in
            [("cat >/dev/null; exit 3", "exit status: 3"), ("echo \"$0\" >&2; exit 1", "exit status: 1")]
        {
            let folder = tempfile::tempdir().unwrap();
            let error = apply(&Masker::Redactor(agent(folder.path(), script))).unwrap_err();
            assert_eq!(error.code(), ErrorCode::DeliveryError);
            assert!(error.message().contains(expected), "{}", error.message());
            assert!(!error.message().contains(VALUE));
        }
    }
}
