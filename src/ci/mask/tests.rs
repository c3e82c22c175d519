use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// 23 bytes: two over whole groups of three.
const VALUE: &str = "jfn_rt_A1b2C3d4E5f6G7h8";

/// The value and what base64 of any text with it contains.
fn texts() -> [String; 4] {
    let encode = |part: &str| STANDARD.encode(part);
    [VALUE.to_owned(), encode(&VALUE[..21]), encode(&VALUE[1..22]), encode(&VALUE[2..])]
}

/// Remembers how it was written to and whether it was flushed.
#[derive(Default)]
struct Stream {
    written: String,
    writes: usize,
    flushed_at: Option<usize>,
    is_full: bool,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.writes += 1;
        self.written.push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed_at = Some(self.written.len());
        Ok(())
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn mask(masker: &Masker, stream: &mut Stream) -> Result<(), Error> {
    run(masker.mask(&RuntimeToken::issued(Secret::new(VALUE)).unwrap(), stream))
}

#[test]
fn a_stream_gets_the_value_and_three_forms_of_base64_in_one_piece() {
    for (masker, before, command) in
        [(Masker::WorkflowCommands, "\n", "::add-mask::"), (Masker::LoggingCommands, "", "##vso[task.setsecret]")]
    {
        let mut stream = Stream::default();
        mask(&masker, &mut stream).unwrap();
        let lines = texts().map(|text| format!("{command}{text}\n")).concat();
        assert_eq!(stream.written, format!("{before}{lines}"));
        assert_eq!((stream.writes, stream.flushed_at), (1, Some(stream.written.len())));
    }
    let mut stream = Stream::default();
    mask(&Masker::Nothing, &mut stream).unwrap();
    assert_eq!(stream.writes, 0);
}

#[test]
fn a_stream_that_refuses_the_mask_is_a_delivery_error() {
    let error = mask(&Masker::WorkflowCommands, &mut Stream { is_full: true, ..Stream::default() }).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DeliveryError);
    assert!(!error.message().contains(VALUE));
}

#[test]
fn buildkites_agent_gets_each_text_on_its_stdin_and_a_random_one_as_a_probe() {
    let folder = tempfile::tempdir().unwrap();
    let (agent, log) = (folder.path().join("buildkite-agent"), folder.path().join("log"));
    // A shell writes the program: were it open for writing here while another test starts a
    // process, that process would inherit it, and the kernel refuses to run a program that is open
    // for writing.
    let write = "printf '#!/bin/sh\\n{ echo \"$*\"; cat; echo; } >> log\\n' > \"$0\" && chmod +x \"$0\"";
    let write = write.replace("log", &format!("\"{}\"", log.display()));
    assert!(std::process::Command::new("sh").args(["-c", &write]).arg(&agent).status().unwrap().success());
    let masker = Masker::Redactor(Program::find(agent.as_os_str(), None).unwrap());
    let mut stream = Stream::default();
    mask(&masker, &mut stream).unwrap();
    assert_eq!(stream.written, "", "the value goes to the agent alone");
    run(masker.probe()).unwrap();
    run(masker.probe()).unwrap();
    let log = std::fs::read_to_string(log).unwrap();
    let (arguments, inputs): (Vec<_>, Vec<_>) = log.lines().enumerate().partition(|(line, _)| line % 2 == 0);
    assert!(arguments.iter().all(|(_, arguments)| *arguments == "redactor add"), "{log}");
    let inputs: Vec<_> = inputs.into_iter().map(|(_, input)| input).collect();
    assert_eq!(inputs[..4], texts());
    assert!(inputs.len() == 6 && inputs[4] != inputs[5] && inputs[4].len() == 32, "{log}");
}
