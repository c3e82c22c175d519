//! What a release is made of: its archives, the files beside them, the formula, the workflow, the
//! image. On Linux: the archives are made by its programs.

mod notes;
mod sbom;
mod workflow;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::cli::Ran;
use crate::support::repository;
use crate::support::tools;
use crate::support::workflow::{text, yaml};

/// The systems that a release is built for.
const TARGETS: [&str; 4] =
    ["aarch64-apple-darwin", "aarch64-unknown-linux-musl", "x86_64-apple-darwin", "x86_64-unknown-linux-musl"];
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Runs a script of `.ci/release/`.
fn script(name: &str, arguments: &[&str]) -> Ran {
    script_with(name, arguments, &[])
}

fn script_with(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    crate::support::environment::prepare();
    let mut command = assert_cmd::Command::new(repository::path(&format!(".ci/release/{name}")));
    command.args(arguments).env("SOURCE_DATE_EPOCH", "1760000000").envs(variables.iter().copied());
    Ran::of(&mut command)
}

/// A small program that is `jelou` in all that it says.
fn stand_in(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("jelou");
    std::fs::write(&file, format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_jelou"))).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file
}

/// A folder with an archive for each system, made once.
static ARCHIVES: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let program = stand_in(folder.path());
    for target in TARGETS {
        let into = folder.path().join("archives").display().to_string();
        let ran = script("pack", &[target, program.to_str().unwrap(), &into]).ended(0);
        assert_eq!(ran.stdout, format!("{into}/jelou-v{VERSION}-{target}.tar.gz\n"));
    }
    folder
});

fn archive(target: &str) -> PathBuf {
    ARCHIVES.path().join(format!("archives/jelou-v{VERSION}-{target}.tar.gz"))
}

/// A folder that is ready to be finished: the archives and an SBOM.
fn assembled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for target in TARGETS {
        let archive = archive(target);
        std::fs::copy(&archive, folder.path().join(archive.file_name().unwrap())).unwrap();
    }
    std::fs::write(folder.path().join(format!("jelou-v{VERSION}.cdx.json")), "{}").unwrap();
    folder
}

/// What cargo says of this package.
fn package() -> Value {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--offline", "--no-deps", "--format-version=1"]).current_dir(repository::path(""));
    let said: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let packages = said["packages"].as_array().unwrap();
    packages.iter().find(|package| package["name"] == "jelou").unwrap().clone()
}

fn names(folder: &Path) -> BTreeSet<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn an_archive_holds_all_in_one_folder() {
    let target = "x86_64-unknown-linux-musl";
    let output = Command::new("tar").arg("-tvzf").arg(archive(target)).env("TZ", "UTC").output().unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    let folder = format!("jelou-v{VERSION}-{target}/");
    let mut files = BTreeSet::new();
    for line in listing.lines() {
        let (head, name) = line.split_once(&folder).unwrap_or_else(|| panic!("{line}"));
        let mode = head.split(' ').next().unwrap();
        let expected = match (name.ends_with('/') || name.is_empty(), name) {
            (true, _) => "drwxr-xr-x",
            (false, "jelou") => "-rwxr-xr-x",
            (false, _) => "-rw-r--r--",
        };
        assert_eq!(mode, expected, "{line}");
        assert!(head.contains(" 0/0 ") && head.contains("2025-10-09 "), "of nobody, and of the given time: {line}");
        if !name.is_empty() && !name.ends_with('/') {
            files.insert(name.to_owned());
        }
    }
    let fixed = ["jelou", "README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];
    let completions =
        ["_jelou", "jelou.bash", "jelou.fish", "jelou.ps1", "jelou.elv"].map(|name| format!("completions/{name}"));
    let page = |page: &String| {
        let section = page.rsplit('.').next().unwrap();
        page.replacen("man/", &format!("man/man{section}/"), 1)
    };
    let pages: Vec<String> =
        ["1", "7"].iter().flat_map(|section| repository::files("man", &format!(".{section}"))).collect();
    assert!(pages.len() > 50);
    let expected = fixed.iter().map(|name| (*name).to_owned()).chain(completions).chain(pages.iter().map(page));
    assert_eq!(files, expected.collect());
}

#[test]
fn the_same_files_give_the_same_archive() {
    let folder = tempfile::tempdir().unwrap();
    let target = TARGETS[0];
    let program = stand_in(ARCHIVES.path());
    let into = folder.path().display().to_string();
    let _ = script("pack", &[target, program.to_str().unwrap(), &into]).ended(0);
    let again = std::fs::read(folder.path().join(archive(target).file_name().unwrap())).unwrap();
    assert!(again == std::fs::read(archive(target)).unwrap(), "the bytes are the same");
}

#[test]
fn a_program_of_another_version_is_not_packed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("jelou");
    std::fs::write(&program, "#!/bin/sh\necho 'jelou 9.9.9'\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let into = folder.path().join("packed");
    let ran = script("pack", &[TARGETS[0], program.to_str().unwrap(), into.to_str().unwrap()]).ended(1);
    assert!(ran.stderr.contains(&format!("says that it is `jelou 9.9.9`, and Cargo.toml says {VERSION}\n")), "{ran:?}");
    assert!(names(&into).is_empty());
}

#[test]
fn the_tag_names_the_version() {
    assert_eq!(script("version", &[]).ended(0).stdout, format!("{VERSION}\n"));
    let _ = script("version", &[&format!("v{VERSION}")]).ended(0);
    for tag in ["v9.9.9", VERSION, "", "v"] {
        let ran = script("version", &[tag]).ended(1);
        assert_eq!(ran.stderr, format!("error: the tag is `{tag}`, and Cargo.toml names version {VERSION}\n"));
    }
}

/// The whole way of a release: what was packed and finished is installed by the copy of the script
/// that goes with it.
#[test]
fn a_finished_release_installs_itself() {
    let folder = tempfile::tempdir().unwrap();
    let published = folder.path().join(format!("download/v{VERSION}"));
    std::fs::create_dir_all(published.parent().unwrap()).unwrap();
    std::fs::rename(assembled().keep(), &published).unwrap();
    let ran = script("finish", &[published.to_str().unwrap(), "https://github.com/some-owner/jelou"]).ended(0);
    let archives = TARGETS.map(|target| format!("jelou-v{VERSION}-{target}.tar.gz"));
    let sbom = format!("jelou-v{VERSION}.cdx.json");
    let summed: BTreeSet<String> =
        archives.into_iter().chain([sbom, "install.sh".to_owned(), "jelou.rb".to_owned()]).collect();
    let sums = std::fs::read_to_string(published.join("SHA256SUMS")).unwrap();
    assert_eq!(ran.stdout, sums);
    assert_eq!(sums.lines().map(|line| line.split("  ").nth(1).unwrap().to_owned()).collect::<BTreeSet<_>>(), summed);
    let checked =
        Command::new("sha256sum").args(["--strict", "--check", "SHA256SUMS"]).current_dir(&published).output();
    assert!(checked.unwrap().status.success());
    assert_eq!(names(&published).len(), summed.len() + 1);

    let install = |variables: &[(&str, String)], script: &Path| {
        let mut command = assert_cmd::Command::new("sh");
        command.arg(script).args(["--to", "here/bin", "--man", "--completions"]).current_dir(folder.path());
        command.env_remove("JELOU_RELEASES").envs(variables.iter().map(|(name, value)| (name, value)));
        Ran::of(&mut command)
    };
    let releases = ("JELOU_RELEASES", format!("file://{}", folder.path().display()));
    let ran = install(&[releases], &published.join("install.sh")).ended(0);
    assert!(ran.stdout.ends_with("/here/bin/jelou\n"), "{ran:?}");
    assert!(folder.path().join("here/share/man/man7/jelou-sandbox-faults.7").is_file());
    // The copy alone knows where it is from; nothing answers there in a test.
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1".to_owned());
    let ran = install(&[proxy, ("PATH", with_quick_sleep(folder.path()))], &published.join("install.sh")).ended(4);
    let asked =
        format!("https://github.com/some-owner/jelou/releases/download/v{VERSION}/SHA256SUMS could not be downloaded");
    assert!(ran.stderr.contains(&asked), "{ran:?}");
    let ran = install(&[], &repository::path("install.sh")).ended(2);
    assert!(ran.stderr.contains("Where the releases are is not known"), "{ran:?}");
}

/// A PATH on which pauses take no time.
fn with_quick_sleep(folder: &Path) -> String {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("quick/sleep");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("{}:{}", file.parent().unwrap().display(), std::env::var("PATH").unwrap())
}

#[test]
fn the_formula_names_the_archives_and_their_hashes() {
    let folder = assembled();
    let _ = script("finish", &[folder.path().to_str().unwrap(), "https://github.com/some-owner/jelou"]).ended(0);
    let formula = std::fs::read_to_string(folder.path().join("jelou.rb")).unwrap();
    let sums = std::fs::read_to_string(folder.path().join("SHA256SUMS")).unwrap();
    for target in TARGETS {
        let name = format!("jelou-v{VERSION}-{target}.tar.gz");
        let hash = sums.lines().find_map(|line| line.strip_suffix(&format!("  {name}"))).unwrap();
        let url = format!("url \"https://github.com/some-owner/jelou/releases/download/v{VERSION}/{name}\"");
        let (_, behind) = formula.split_once(&url).unwrap_or_else(|| panic!("{name}: {formula}"));
        assert_eq!(behind.trim_start().lines().next(), Some(format!("sha256 \"{hash}\"").as_str()), "{target}");
        let system = if target.contains("darwin") { "on_macos do" } else { "on_linux do" };
        let (before, _) = formula.split_once(&url).unwrap();
        let last = before.rfind("on_macos do").max(before.rfind("on_linux do")).unwrap();
        assert!(before[last..].starts_with(system), "{target}");
        let processor = if target.starts_with("aarch64") { "on_arm do" } else { "on_intel do" };
        assert!(before.trim_end().ends_with(processor), "{target}");
    }
    let desc = formula.lines().find_map(|line| line.trim().strip_prefix("desc ")).unwrap();
    assert!(desc.len() <= 82, "Homebrew takes no more than 80 characters: {desc}");
    if !tools::is_installed("ruby") {
        return crate::support::skipped("there is no ruby to parse the formula");
    }
    let parsed = Command::new("ruby").arg("-c").arg(folder.path().join("jelou.rb")).output().unwrap();
    assert!(parsed.status.success(), "{parsed:?}");
}

#[test]
fn a_release_that_is_not_whole_is_not_finished() {
    let address = "https://github.com/some-owner/jelou";
    let lacking = assembled();
    std::fs::remove_file(lacking.path().join(format!("jelou-v{VERSION}-x86_64-apple-darwin.tar.gz"))).unwrap();
    let without_sbom = assembled();
    std::fs::remove_file(without_sbom.path().join(format!("jelou-v{VERSION}.cdx.json"))).unwrap();
    let left_over = assembled();
    std::fs::write(left_over.path().join("jelou-v0.0.9-x86_64-apple-darwin.tar.gz"), "").unwrap();
    for folder in [lacking, without_sbom, left_over] {
        let before = names(folder.path());
        let ran = script("finish", &[folder.path().to_str().unwrap(), address]).ended(1);
        assert!(ran.stderr.starts_with("error: these files make a release:\n"), "{ran:?}");
        assert_eq!(names(folder.path()), before);
    }
    let folder = assembled();
    for address in [
        "",
        "github.com/a/b",
        "http://github.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b|c",
        "https://x@y/a/b",
    ] {
        let ran = script("finish", &[folder.path().to_str().unwrap(), address]).ended(2);
        assert!(ran.stderr.contains("is no address of a repository"), "{ran:?}");
    }
}

/// One list of systems: what is built is what the script asks for, and what the dependencies are
/// checked for.
#[test]
fn everybody_speaks_of_the_same_systems() {
    let expected: BTreeSet<String> = TARGETS.iter().map(|target| (*target).to_owned()).collect();
    let build = &yaml(".github/workflows/release.yml")["jobs"]["build"]["strategy"]["matrix"]["include"];
    let targets: BTreeSet<String> = build.as_vec().unwrap().iter().map(|row| text(&row["target"])).collect();
    assert_eq!(targets, expected);
    let words = |file: &str| -> BTreeSet<String> {
        let text = repository::read(file);
        let targets = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
        targets.filter(|word| word.ends_with("-musl") || word.ends_with("-darwin")).map(str::to_owned).collect()
    };
    for file in ["install.sh", ".ci/release/finish", ".ci/release/notes", ".ci/release/sbom", "deny.toml"] {
        let found: BTreeSet<String> = words(file).into_iter().filter(|word| !word.starts_with('-')).collect();
        assert_eq!(found, expected, "{file}");
    }
}

/// What `cargo binstall` makes of its templates is where the archive and the program are.
#[test]
fn binstall_finds_the_program() {
    let package = package();
    let binstall = &package["metadata"]["binstall"];
    for target in TARGETS {
        let fill = |key: &str| {
            let mut filled = binstall[key].as_str().unwrap().to_owned();
            for (name, value) in [
                ("repo", "https://github.com/some-owner/jelou"),
                ("name", "jelou"),
                ("version", VERSION),
                ("target", target),
                ("bin", "jelou"),
                ("binary-ext", ""),
            ] {
                filled = filled.replace(&format!("{{ {name} }}"), value);
            }
            assert!(!filled.contains('{'), "{filled}");
            filled
        };
        let name = archive(target).file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(fill("pkg-url"), format!("https://github.com/some-owner/jelou/releases/download/v{VERSION}/{name}"));
        let listed = Command::new("tar").arg("-tzf").arg(archive(target)).arg(fill("bin-dir")).output().unwrap();
        assert!(listed.status.success(), "{listed:?}");
    }
    // Nobody knows yet where it will be published, so no address is claimed.
    assert_eq!(package["repository"], Value::Null);
}
