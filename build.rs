//! Packs the generated files that the program hands out, for `src/embedded.rs`. The files of one
//! kind are deflated as one text, so that what they have in common is stored once: 470 KB become 30.

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
    order();
    let is_of_command = |file: &Path| file != Path::new(OPENAPI) && file != Path::new(CLI);
    pack("pages", &joined("man", |_| true)?)?;
    pack("schemas", &joined("schema", is_of_command)?)?;
    pack("openapi", &std::fs::read_to_string(OPENAPI)?)
}

/// Gives the linker the order of the functions. Linkers know such scripts on Linux, but for some
/// that people choose by hand: a choice of theirs is left alone. Builds for trying out need no order.
#[allow(clippy::print_stdout, reason = "cargo reads there what the linker is given")]
#[allow(clippy::disallowed_methods, reason = "cargo tells there what is built, and with what")]
fn order() {
    let text = |name: &str| std::env::var(name).unwrap_or_default();
    let is_chosen = std::env::var_os("RUSTC_LINKER").is_some()
        || ["linker", "link-arg", "-fuse-ld"].iter().any(|word| text("CARGO_ENCODED_RUSTFLAGS").contains(word));
    println!("cargo::rerun-if-changed={ORDER}");
    if text("PROFILE") == "release" && text("CARGO_CFG_TARGET_OS") == "linux" && !is_chosen {
        let folder = text("CARGO_MANIFEST_DIR");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{folder}/{ORDER}");
    }
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
