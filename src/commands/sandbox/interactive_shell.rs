//! Whether a command is a shell that reads its commands from stdin: one at which a person types.

use std::ffi::{OsStr, OsString};
use std::path::Path;

const SHELLS: [&str; 16] = [
    "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu", "pwsh", "rbash", "sh", "tcsh",
    "yash", "zsh",
];

/// Options with which a shell still reads its commands from stdin.
const KEPT_AT_STDIN: [&str; 12] = [
    "-i",
    "-il",
    "-l",
    "-li",
    "-s",
    "--interactive",
    "--login",
    "--noediting",
    "--noprofile",
    "--norc",
    "--posix",
    "--private",
];

/// Options that name a file which is read first.
const WITH_A_FILE: [&str; 2] = ["--init-file", "--rcfile"];

/// Whether it is a shell that is given neither a script nor `-c`.
pub(super) fn is_one(command: &[OsString]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let name = Path::new(program).file_name().unwrap_or_default();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if is_among(&WITH_A_FILE, argument) {
            arguments.next();
        } else if !is_among(&KEPT_AT_STDIN, argument) {
            return false;
        }
    }
    is_among(&SHELLS, name)
}

fn is_among(words: &[&str], word: &OsStr) -> bool {
    words.iter().any(|known| word == OsStr::new(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_without_a_script_is_one() {
        for (line, expected) in [
            ("bash", true),
            ("/usr/bin/zsh -l", true),
            ("bash --norc -i", true),
            ("bash --rcfile ./rc", true),
            ("fish --private", true),
            ("bash -c true", false),
            ("bash -ec true", false),
            ("bash ./script.sh", false),
            ("bash -s", true),
            ("bash --version", false),
            ("env bash", false),
            ("python3", false),
        ] {
            let command: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(is_one(&command), expected, "{line}");
        }
        assert!(!is_one(&[]));
    }
}
