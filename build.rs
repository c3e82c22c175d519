//! Packs the generated files that the program hands out, for `src/embedded.rs`. The files of one
//! kind are deflated as one text, so that what they have in common is stored once: 470 KB become 30.
//! And tells the linker how a release is put together.

use std::error::Error;
use std::path::{Path, PathBuf};

use miniz_oxide::deflate::compress_to_vec;

/// The description of the sandbox's API.
const OPENAPI: &str = "schema/openapi.json";
/// The description of the command line, which the program makes when it is asked.
const CLI: &str = "schema/cli.json";
/// The best.
const LEVEL: u8 = 10;

/// Which functions come first in the binary, for the linker; `just order` writes it.
const ORDER: &str = "order.ld";

fn main() -> Result<(), Box<dyn Error>> {
    link()?;
    let is_of_command = |file: &Path| file != Path::new(OPENAPI) && file != Path::new(CLI);
    pack("pages", &joined("man", |_| true)?)?;
    pack("schemas", &joined("schema", is_of_command)?)?;
    pack("openapi", &std::fs::read_to_string(OPENAPI)?)
}

/// Tells the linker what makes a program start sooner. Linkers know these options on Linux, but for
/// some that people choose by hand: a choice of theirs is left alone. Builds for trying out need none.
#[allow(clippy::print_stdout, reason = "cargo reads there what the linker is given")]
#[allow(clippy::disallowed_methods, reason = "cargo tells there what is built, and with what")]
fn link() -> Result<(), Box<dyn Error>> {
    let text = |name: &str| std::env::var(name).unwrap_or_default();
    let is_chosen = std::env::var_os("RUSTC_LINKER").is_some()
        || ["linker", "link-arg", "-fuse-ld"].iter().any(|word| text("CARGO_ENCODED_RUSTFLAGS").contains(word));
    println!("cargo::rerun-if-changed={ORDER}");
    if text("PROFILE") != "release" || text("CARGO_CFG_TARGET_OS") != "linux" || is_chosen {
        return Ok(());
    }
    // Not through `-Wl,`, which splits a path at its commas.
    println!("cargo::rustc-link-arg-bins=-T{}/{ORDER}", text("CARGO_MANIFEST_DIR"));
    // Tried on this processor alone; and what this machine has says nothing of another one.
    let is_tried = text("CARGO_CFG_TARGET_ARCH") == "x86_64" && text("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_tried && text("HOST") == text("TARGET") {
        if glibc().is_some_and(|version| version >= (2, 36)) {
            // The addresses that are set at the start are listed in 7 KB, not in 230.
            println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
        }
        if let (Some(unwinder), Some(rest)) = (library("libgcc_eh.a"), library("libgcc.a")) {
            let folder = Path::new(&text("OUT_DIR")).join("unwinder");
            std::fs::create_dir_all(&folder)?;
            // Under this name rustc asks for what unwinds after a panic; a text there is a script of the linker.
            // Within the program it is no library to be found, mapped and linked at each start.
            std::fs::write(folder.join("libgcc_s.so"), format!("GROUP(\"{unwinder}\" \"{rest}\")\n"))?;
            println!("cargo::rustc-link-arg-bins=-L{}", folder.display());
            println!("cargo::rerun-if-changed={unwinder}");
        }
    }
    Ok(())
}

/// The version of the C library that is linked, if it is glibc. Packed relocations need 2.36: an
/// older one refuses to start such a program.
fn glibc() -> Option<(u32, u32)> {
    let macros = told("cc", &["-E", "-dM", "-include", "features.h", "-x", "c", "/dev/null"])?;
    let number = |name: &str| macros.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    Some((number("#define __GLIBC__ ")?, number("#define __GLIBC_MINOR__ ")?))
}

/// Where the C compiler has a library. It repeats the name if it has none.
fn library(name: &str) -> Option<String> {
    let file = told("cc", &[&format!("-print-file-name={name}")])?.trim().to_owned();
    // A quote would end the name in the script.
    Some(file).filter(|file| Path::new(file).is_absolute() && !file.contains('"'))
}

/// What a program of this machine prints, if there is such a program and it succeeds.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok().filter(|_| output.status.success())
}

/// The names and texts of the chosen files of a folder, each with a NUL behind it.
#[allow(clippy::print_stdout, reason = "cargo reads there when to run this again: when a file changes, comes or goes")]
fn joined(folder: &str, is_chosen: impl Fn(&Path) -> bool) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let mut joined = String::new();
    for file in files.iter().filter(|file| is_chosen(file)) {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a generated file has an odd name")?;
        for part in [name, &std::fs::read_to_string(file)?] {
            joined.push_str(part);
            joined.push('\0');
        }
    }
    Ok(joined)
}

#[allow(clippy::disallowed_methods, reason = "cargo says there which folder is for the results")]
fn pack(name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let out = std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    Ok(std::fs::write(Path::new(&out).join(name), compress_to_vec(text.as_bytes(), LEVEL))?)
}
