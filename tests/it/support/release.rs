//! A release laid out in a folder, as `curl` finds it under `file://`: what an example downloads,
//! checks and unpacks.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cli::Cli;

/// What the releases are built for that the examples download, also where the tests run on another
/// processor: the archive holds the program that was built there.
pub const TARGET: &str = "x86_64-unknown-linux-musl";

/// Which program stands in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The one that was built.
    Built,
    /// The same, which waits for a second where the built one would wait for two minutes.
    Impatient,
}

/// Lays out this version's release in the test's folder and sets what the examples are told of it:
/// `JELOU_RELEASES`, `JELOU_VERSION` and `JELOU_SHA256`. The built `jelou` leaves `PATH`, so that a
/// pipeline has it only once it has installed it.
pub fn lay_out(cli: &mut Cli, program: Program) {
    let version = env!("CARGO_PKG_VERSION");
    let name = format!("jelou-v{version}-{TARGET}");
    let unpacked = cli.folder().join("releases").join(&name);
    std::fs::create_dir_all(&unpacked).unwrap();
    put(&unpacked.join("jelou"), program);
    std::fs::write(unpacked.join("README.md"), "# jelou\n").unwrap();
    let folder = cli.folder().join(format!("releases/download/v{version}"));
    std::fs::create_dir_all(&folder).unwrap();
    let archive = folder.join(format!("{name}.tar.gz"));
    let releases = cli.folder().join("releases");
    stdout(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(&releases).arg(&name));
    std::fs::remove_dir_all(&unpacked).unwrap();
    let hash = stdout(Command::new("sha256sum").arg(&archive));
    let (hash, _) = hash.split_once(' ').expect("`HASH  FILE`");
    cli.set("JELOU_SHA256", hash);
    cli.set("JELOU_VERSION", version);
    cli.set("JELOU_RELEASES", &format!("file://{}", releases.display()));
    take_off_path(cli);
}

/// Puts the program into a folder of its own in front of `PATH`, for pipelines that install nothing.
pub fn install(cli: &mut Cli, program: Program) {
    take_off_path(cli);
    let folder = cli.folder().join("installed");
    std::fs::create_dir_all(&folder).unwrap();
    put(&folder.join("jelou"), program);
    let path = format!("{}:{}", folder.display(), cli.env()["PATH"]);
    cli.set("PATH", &path);
}

/// The archive of the release that was laid out.
pub fn archive(cli: &Cli) -> PathBuf {
    let version = &cli.env()["JELOU_VERSION"];
    cli.folder().join(format!("releases/download/v{version}/jelou-v{version}-{TARGET}.tar.gz"))
}

/// A link, for a debug build is large and is unpacked by every test.
fn put(file: &Path, program: Program) {
    use std::os::unix::fs::PermissionsExt;
    let built = env!("CARGO_BIN_EXE_jelou");
    match program {
        Program::Built => std::os::unix::fs::symlink(built, file).unwrap(),
        Program::Impatient => {
            std::fs::write(file, format!("#!/bin/sh\nexec '{built}' --timeout 1s \"$@\"\n")).unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}

fn take_off_path(cli: &mut Cli) {
    let path = std::env::split_paths(&cli.env()["PATH"])
        .filter(|folder| !folder.join("jelou").exists())
        .map(|folder| folder.display().to_string())
        .collect::<Vec<_>>()
        .join(":");
    cli.set("PATH", &path);
}

fn stdout(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
