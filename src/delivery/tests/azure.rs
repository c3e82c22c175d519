use std::io::{self, Write};

use super::*;

#[test]
fn the_mask_comes_before_the_variable() {
    let mut world = World { azure_log: true, ..World::new([]) };
    let mut plan = plan(["azure-var:TOKEN"]);
    assert_eq!(world.deliver(&mut plan), ["azure-var:TOKEN"]);
    let commands =
        format!("##vso[task.setsecret]{VALUE}\n##vso[task.setvariable variable=TOKEN;issecret=true]{VALUE}\n");
    assert_eq!(String::from_utf8(world.stderr.clone()).unwrap(), commands);
    assert_eq!(world.undo(&mut plan), []);
    assert_eq!(
        String::from_utf8(world.stderr).unwrap(),
        commands + "##vso[task.setvariable variable=TOKEN;issecret=true]\n"
    );
}

#[test]
fn anywhere_else_it_would_print_the_value_and_is_refused() {
    let mut world = World::new([]);
    assert_contains(&refusal(world.check(&mut plan(["azure-var:TOKEN"]))), "Azure Pipelines");
    assert_eq!(world.stderr, b"");
}

#[test]
fn undo_says_nothing_if_nothing_was_set() {
    let mut world = World { azure_log: true, ..World::new([]) };
    assert_eq!(world.undo(&mut plan(["azure-var:TOKEN"])), []);
    assert_eq!(world.stderr, b"");
}

/// A standard error that takes one line and then breaks, and shows what was flushed.
struct Breaking {
    lines: usize,
    pending: Vec<u8>,
    flushed: Vec<u8>,
}

impl Write for Breaking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.lines == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.lines -= 1;
        self.pending.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed.append(&mut self.pending);
        Ok(())
    }
}

#[test]
fn a_broken_standard_error_is_a_delivery_error_and_the_mask_was_flushed_before_it() {
    let mut stderr = Breaking { lines: 1, pending: Vec::new(), flushed: Vec::new() };
    let mut plan = plan(["azure-var:TOKEN"]);
    let secrets = Secrets::default();
    let mut around = Surroundings { env: &|_| None, azure_log: true, secrets: &secrets, stderr: &mut stderr };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let handed_over = runtime.block_on(plan.hand_over(&token(), &mut around));
    let error = handed_over.unwrap_err();
    assert_eq!(error.details().unwrap()["not_undone"][0]["sink"], "azure-var:TOKEN");
    assert_contains(&failure(Err(error)), "standard error cannot be written");
    assert_eq!(String::from_utf8(stderr.flushed).unwrap(), format!("##vso[task.setsecret]{VALUE}\n"));
}
