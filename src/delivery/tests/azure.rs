use std::io::{self, Write};

use super::*;

/// A standard error that takes some lines, then breaks, and shows what was flushed.
#[derive(Clone, Default)]
struct Stderr(Rc<RefCell<Stream>>);

#[derive(Default)]
struct Stream {
    lines_left: usize,
    pending: Vec<u8>,
    flushed: Vec<u8>,
}

impl Stderr {
    fn for_lines(lines_left: usize) -> Self {
        Self(Rc::new(RefCell::new(Stream { lines_left, ..Stream::default() })))
    }

    fn flushed(&self) -> String {
        String::from_utf8(self.0.borrow().flushed.clone()).unwrap()
    }
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stream = self.0.borrow_mut();
        stream.lines_left = stream.lines_left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        stream.pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut stream = self.0.borrow_mut();
        let pending = std::mem::take(&mut stream.pending);
        stream.flushed.extend(pending);
        Ok(())
    }
}

fn azure(azure_log: bool, stderr: &Stderr) -> SinkSet {
    SinkSet::of(Box::new(AzureVariable::parse("TOKEN", azure_log, Box::new(stderr.clone())).unwrap()))
}

#[test]
fn the_mask_comes_before_the_variable() {
    let stderr = Stderr::for_lines(3);
    let mut sinks = azure(true, &stderr);
    assert_eq!(check_and_deliver(&mut sinks), ["azure-var:TOKEN"]);
    let commands =
        format!("##vso[task.setsecret]{VALUE}\n##vso[task.setvariable variable=TOKEN;issecret=true]{VALUE}\n");
    assert_eq!(stderr.flushed(), commands);
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(stderr.flushed(), commands + "##vso[task.setvariable variable=TOKEN;issecret=true]\n");
}

#[test]
fn anywhere_else_it_would_print_the_value_and_is_refused() {
    let stderr = Stderr::for_lines(9);
    assert_contains(&refusal(check(&mut azure(false, &stderr))), "Azure Pipelines");
    assert_eq!(undo(&mut azure(true, &stderr)), [], "nothing was set");
    assert_eq!(stderr.flushed(), "");
}

#[test]
fn a_broken_standard_error_is_a_delivery_error_and_the_mask_was_flushed_before_it() {
    let stderr = Stderr::for_lines(1);
    let error = deliver(&mut azure(true, &stderr)).unwrap_err();
    assert_eq!(error.details().unwrap()["not_undone"][0]["sink"], "azure-var:TOKEN");
    assert_contains(&failure(Err(error)), "standard error cannot be written");
    assert_eq!(stderr.flushed(), format!("##vso[task.setsecret]{VALUE}\n"));
}
