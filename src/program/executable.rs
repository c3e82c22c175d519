//! Whether and how the system starts a file, as far as the file tells (execve(2), and
//! `fs/binfmt_script.c` and `fs/binfmt_elf.c` of Linux).

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::{find_file, is_executable};

/// Linux reads so much of a first line (`BINPRM_BUF_SIZE`).
const LINE: usize = 256;
/// So much of a file without `#!` is looked at to tell a script from a binary, as bash does it
/// (`check_binary_file`).
const SAMPLE: usize = 80;
/// An interpreter may be a script itself; Linux follows so many (`fs/exec.c`).
const MOST_INTERPRETERS: usize = 5;
/// The header of an ELF file and the table behind it, which has about a dozen rows of 56 bytes.
const HEAD: usize = 4096;
const ELF: &[u8] = b"\x7fELF";

/// How a file is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Directly,
    /// `execve` says `ENOEXEC`; a shell then runs the file as a script (POSIX, “Command Search and
    /// Execution”).
    ByShell,
}

/// Looks at an executable file; `path` is the `PATH` that it gets. The error is why it cannot be
/// started.
pub(super) fn examine(file: &Path, path: Option<&OsStr>) -> Result<Start, String> {
    examine_at(file, path, 0)
}

fn examine_at(file: &Path, path: Option<&OsStr>, depth: usize) -> Result<Start, String> {
    if depth > MOST_INTERPRETERS {
        return Err("too many interpreters need one another".to_owned());
    }
    // Who may only run it may not read it: then nothing can be told.
    let Ok(opened) = File::open(file) else { return Ok(Start::Directly) };
    let mut head = Vec::with_capacity(HEAD);
    if (&opened).take(HEAD as u64).read_to_end(&mut head).is_err() {
        return Ok(Start::Directly);
    }
    if let Some(line) = head.strip_prefix(b"#!") {
        return script(&line[..line.len().min(LINE - 2)], path, depth);
    }
    if head.starts_with(ELF) && cfg!(target_os = "linux") {
        return elf(&head, &opened, own_head().as_deref());
    }
    let sample = &head[..head.len().min(SAMPLE)];
    let first_line = sample.split(|byte| *byte == b'\n').next().unwrap_or(sample);
    if !first_line.contains(&0) {
        return Ok(Start::ByShell);
    }
    if cfg!(target_os = "linux") && !other_formats_are_known() {
        return Err("it is neither a script nor a program of this system".to_owned());
    }
    Ok(Start::Directly)
}

/// Examines what a line behind `#!` asks for.
fn script(line: &[u8], path: Option<&OsStr>, depth: usize) -> Result<Start, String> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let line = line.split(|byte| matches!(byte, b'\n' | 0)).next().unwrap_or(line);
    let start = line.iter().position(|byte| !is_blank(byte)).unwrap_or(line.len());
    let (interpreter, rest) = line[start..].split_at(line[start..].iter().take_while(|byte| !is_blank(byte)).count());
    if interpreter.is_empty() {
        return Ok(Start::ByShell);
    }
    let file = Path::new(OsStr::from_bytes(interpreter));
    let shown = String::from_utf8_lossy(interpreter);
    if interpreter.ends_with(b"\r") {
        return Err(format!("its first line ends with CR LF, so its interpreter is `{}` and a CR", shown.trim_end()));
    }
    if !file.exists() {
        return Err(format!("its interpreter `{shown}` does not exist"));
    }
    if !is_executable(file) {
        return Err(format!("its interpreter `{shown}` is not an executable file"));
    }
    if file.file_name() == Some(OsStr::new("env"))
        && let Some(program) = program_of_env(rest)
        && find_file(&program, path).is_err()
    {
        return Err(format!("`{shown}` does not find its interpreter `{}`", program.display()));
    }
    examine_at(file, path, depth + 1).map_err(|why| format!("its interpreter `{shown}` cannot be started: {why}"))
}

/// The program that `env` runs with these arguments, if that is plain to see.
fn program_of_env(arguments: &[u8]) -> Option<OsString> {
    let text = arguments.trim_ascii();
    let text = text.strip_prefix(b"-S").unwrap_or(text);
    let mut words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let word = words.find(|word| !word.contains(&b'='))?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-/".contains(byte);
    (word.iter().all(is_plain) && !word.starts_with(b"-")).then(|| OsStr::from_bytes(word).to_owned())
}

/// Examines an ELF file; `own` is the beginning of this program's file.
fn elf(head: &[u8], file: &File, own: Option<&[u8]>) -> Result<Start, String> {
    const CLASS: usize = 4;
    const TYPE: usize = 16;
    const MACHINE: usize = 18;
    const X86: [u8; 2] = [3, 0];
    const X86_64: [u8; 2] = [62, 0];
    const ARM: [u8; 2] = [40, 0];
    const AARCH64: [u8; 2] = [183, 0];
    let pair = |bytes: &[u8], at: usize| -> Option<[u8; 2]> { bytes.get(at..at + 2)?.try_into().ok() };
    let machine = pair(head, MACHINE).ok_or_else(damaged)?;
    let Some(own) = own else { return Ok(Start::Directly) };
    let Some(own_machine) = pair(own, MACHINE) else { return Ok(Start::Directly) };
    // Class and byte order.
    let is_own = machine == own_machine && head[CLASS..CLASS + 2] == own[CLASS..CLASS + 2];
    // Kernels of 64 bits run these too, unless they were built without.
    let is_older = matches!((own_machine, machine), (X86_64, X86) | (AARCH64, ARM));
    if !is_own && !is_older {
        if other_formats_are_known() {
            return Ok(Start::Directly);
        }
        return Err("it is a program for another kind of processor".to_owned());
    }
    // Executables, and position-independent ones.
    if !matches!(pair(head, TYPE), Some([2 | 3, 0])) {
        return Err("it is not a whole program".to_owned());
    }
    if is_own && head[CLASS..CLASS + 2] == [2, 1] {
        let loader = loader(head, file)?;
        if let Some(loader) = loader.filter(|loader| !Path::new(loader).exists()) {
            return Err(format!("its loader `{}` does not exist", loader.display()));
        }
    }
    Ok(Start::Directly)
}

/// The loader that an ELF file of 64 bits, the lowest byte first, asks for (`PT_INTERP`).
fn loader(head: &[u8], file: &File) -> Result<Option<OsString>, String> {
    const PT_INTERP: usize = 3;
    let number = |at: usize, size: usize| -> Option<usize> {
        let bytes = head.get(at..at.checked_add(size)?)?;
        bytes.iter().rev().try_fold(0_usize, |number, byte| number.checked_mul(256)?.checked_add(usize::from(*byte)))
    };
    let (table, row_size, rows) =
        number(32, 8).zip(number(54, 2)).zip(number(56, 2)).map(|((a, b), c)| (a, b, c)).ok_or_else(damaged)?;
    for row in 0..rows {
        let at = row.checked_mul(row_size).and_then(|rows| rows.checked_add(table)).ok_or_else(damaged)?;
        // Linkers put the table behind the header; one that is elsewhere is not looked at.
        let Some(kind) = number(at, 4) else { return Ok(None) };
        if kind == PT_INTERP {
            let (offset, size) = number(at + 8, 8).zip(number(at + 32, 8)).ok_or_else(damaged)?;
            if size > HEAD {
                return Err(damaged());
            }
            let mut name = vec![0; size];
            file.read_exact_at(&mut name, offset as u64).map_err(|_| damaged())?;
            let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
            return Ok(Some(OsStr::from_bytes(name).to_owned()));
        }
    }
    Ok(None)
}

fn damaged() -> String {
    "it is a damaged program".to_owned()
}

/// The beginning of this program's own file.
fn own_head() -> Option<Vec<u8>> {
    let mut head = Vec::new();
    File::open("/proc/self/exe").ok()?.take(64).read_to_end(&mut head).ok()?;
    (head.len() == 64).then_some(head)
}

/// Whether the kernel was told to start more kinds of files (`binfmt_misc`), such as programs of
/// other processors by an emulator.
fn other_formats_are_known() -> bool {
    let registered = std::fs::read_dir("/proc/sys/fs/binfmt_misc").into_iter().flatten().flatten();
    registered.map(|entry| entry.file_name()).any(|name| name != "register" && name != "status")
}

#[cfg(test)]
#[path = "executable_tests.rs"]
mod tests;
