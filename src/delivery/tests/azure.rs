use std::io::{self, Write};

use super::*;

/// A standard error that takes some writes, then breaks. `!` in its text stands for a flush.
#[derive(Clone)]
struct Stderr {
    text: Rc<RefCell<String>>,
    writes_left: usize,
}

impl Stderr {
    fn for_writes(writes_left: usize) -> Self {
        Self { text: Rc::default(), writes_left }
    }
}

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes_left = self.writes_left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?;
        self.text.borrow_mut().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.text.borrow_mut().push('!');
        Ok(())
    }
}

fn azure(azure_log: bool, stderr: &Stderr) -> SinkSet {
    SinkSet::of(Box::new(AzureVariable::parse("TOKEN", azure_log, Box::new(stderr.clone())).unwrap()))
}

#[test]
fn the_mask_comes_before_the_variable() {
    let stderr = Stderr::for_writes(3);
    let mut sinks = azure(true, &stderr);
    assert_eq!(check_and_deliver(&mut sinks), ["azure-var:TOKEN"]);
    let commands =
        format!("##vso[task.setsecret]{VALUE}\n!##vso[task.setvariable variable=TOKEN;issecret=true]{VALUE}\n!");
    assert_eq!(*stderr.text.borrow(), commands);
    assert_eq!(undo(&mut sinks), []);
    assert_eq!(*stderr.text.borrow(), commands + "##vso[task.setvariable variable=TOKEN;issecret=true]\n!");
}

#[test]
fn anywhere_else_it_would_print_the_value_and_is_refused() {
    let stderr = Stderr::for_writes(9);
    assert_contains(&refusal(check(&mut azure(false, &stderr))), "Azure Pipelines");
    assert_eq!(undo(&mut azure(true, &stderr)), [], "nothing was set");
    assert_eq!(*stderr.text.borrow(), "");
}

#[test]
fn a_broken_standard_error_is_a_delivery_error_and_the_mask_was_flushed_before_it() {
    let stderr = Stderr::for_writes(1);
    let error = deliver(&mut azure(true, &stderr)).unwrap_err();
    assert_eq!(error.details().unwrap()["not_undone"][0]["sink"], "azure-var:TOKEN");
    assert_contains(&failure(Err(error)), "standard error cannot be written");
    assert_eq!(*stderr.text.borrow(), format!("##vso[task.setsecret]{VALUE}\n!"));
}
