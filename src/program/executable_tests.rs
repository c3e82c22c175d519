#![allow(clippy::unwrap_used)]
#![allow(clippy::print_stdout, reason = "a test says why it is skipped")]

use std::os::unix::fs::PermissionsExt;

use super::*;

/// Examines an executable file of this content.
fn examined(content: impl AsRef<[u8]>) -> Result<Start, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, content).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    examine(&file, Some(OsStr::new("/usr/bin:/bin")))
}

#[test]
fn scripts_are_started_by_their_interpreter_or_by_a_shell() {
    for (content, start) in [
        ("#!/bin/sh\n", Start::Directly),
        ("#! \t/bin/sh -e\n", Start::Directly),
        ("#!/bin/sh", Start::Directly),
        ("#!/usr/bin/env sh\n", Start::Directly),
        ("#!/usr/bin/env -S A=b sh -e\n", Start::Directly),
        // What `env` makes of these is not looked at.
        ("#!/usr/bin/env -i nobody\n", Start::Directly),
        ("#!/usr/bin/env -S $NOBODY\n", Start::Directly),
        ("#!\necho a\n", Start::ByShell),
        ("echo a\n", Start::ByShell),
        ("", Start::ByShell),
        ("\u{feff}#!/bin/sh\n", Start::ByShell),
        ("echo a\n\0binary behind a script\n", Start::ByShell),
    ] {
        assert_eq!(examined(content), Ok(start), "{content:?}");
    }
}

#[test]
fn a_missing_interpreter_is_named() {
    for (content, why) in [
        ("#!/no/such/interpreter\n", "interpreter `/no/such/interpreter` does not exist"),
        ("#!/bin\n", "interpreter `/bin` is not an executable file"),
        ("#!/etc/passwd\n", "interpreter `/etc/passwd` is not an executable file"),
        ("#!/bin/sh\r\necho a\r\n", "ends with CR LF"),
        ("#!/usr/bin/env no-such-program\n", "`/usr/bin/env` does not find its interpreter `no-such-program`"),
        ("#!/usr/bin/env -S A=b no-such-program -x\n", "does not find its interpreter `no-such-program`"),
    ] {
        let said = examined(content).unwrap_err();
        assert!(said.contains(why), "{content:?}: {said}");
    }
}

#[test]
fn interpreters_that_are_scripts_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let write = |name: &str, content: String| {
        std::fs::write(file(name), content).unwrap();
        std::fs::set_permissions(file(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    write("outer", format!("#!{}\n", file("inner").display()));
    for (inner, expected) in [
        ("#!/bin/sh\n".to_owned(), Ok(Start::Directly)),
        ("echo\n".to_owned(), Ok(Start::ByShell)),
        ("#!/no/such\n".to_owned(), Err("`/no/such` does not exist")),
        (format!("#!{}\n", file("outer").display()), Err("too many interpreters")),
    ] {
        write("inner", inner);
        match (examine(&file("outer"), None), expected) {
            (Ok(start), Ok(expected)) => assert_eq!(start, expected),
            (Err(said), Err(why)) => assert!(said.contains(why), "{said}"),
            other => panic!("{other:?}"),
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn binaries_that_this_system_does_not_run_are_refused() {
    let own = std::fs::read("/proc/self/exe").unwrap();
    assert_eq!(examined(&own), Ok(Start::Directly));
    let changed = |at: usize, bytes: &[u8]| {
        let mut program = own[..own.len().min(1 << 16)].to_vec();
        program[at..at + bytes.len()].copy_from_slice(bytes);
        program
    };
    let mut table = vec![
        (own[..10].to_vec(), "a damaged program"),
        // ET_REL: an object file.
        (changed(16, &[1, 0]), "not a whole program"),
    ];
    if !other_formats_are_known() {
        // SPARC, and another order of bytes.
        table.push((changed(18, &[2, 0]), "another kind of processor"));
        table.push((changed(5, &[2]), "another kind of processor"));
        table.push((b"MZ\x90\0\x03\0".to_vec(), "neither a script nor a program"));
        table.push((b"\xcf\xfa\xed\xfe\x07\0\0\x01".to_vec(), "neither a script nor a program"));
    }
    for (content, why) in table {
        let said = examined(content).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64", target_endian = "little"))]
#[test]
fn a_program_without_its_loader_is_refused() {
    let mut own = std::fs::read("/bin/sh").unwrap();
    let named = loader(&own[..HEAD], &File::open("/bin/sh").unwrap()).unwrap();
    let Some(named) = named else {
        println!("skipped: `/bin/sh` is linked statically, so it has no loader");
        return;
    };
    let name = named.as_bytes();
    let at = own.windows(name.len()).position(|bytes| bytes == name).unwrap();
    own[at..at + 4].copy_from_slice(b"/abc");
    let said = examined(&own).unwrap_err();
    assert!(said.starts_with("its loader `/abc") && said.ends_with("does not exist"), "{said}");
}
