//! The order of the functions in the binary: those that the counted rows call come first, each row's
//! in the order in which they are met.
//!
//! The kernel maps what a run touches in windows of 64 KiB. Where the functions of a run are spread
//! over the whole program, nearly all of it is mapped; where they stand together, a third.
//! `order.ld` names their sections, and `build.rs` gives it to the linker. A name that is not in the
//! program names nothing, so an old file costs memory and nothing else.
#![allow(clippy::print_stdout, reason = "it is what the benchmark is run for")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use crate::instructions::callgrind;
use crate::jobs::Job;
use crate::stage::Stage;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../order.ld");

/// Writes the linker script.
///
/// # Errors
/// valgrind is missing, a command fails, or the program has no symbols.
pub fn write(stage: &Stage, jobs: &[Job], map: &Path) -> Result<()> {
    let map = std::fs::read_to_string(map).with_context(|| format!("{} is made by `just order`", map.display()))?;
    let sections = sections(&map);
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::new();
    for (_, ours) in jobs.iter().filter(|job| job.is_counted).flat_map(|job| &job.ours) {
        let profile = callgrind(stage, ours, &["--demangle=no", "--compress-strings=no"])?;
        let called = called(&profile).filter_map(|name| sections.get(name).copied());
        ordered.extend(called.filter(|section| seen.insert(*section)));
    }
    ensure!(ordered.len() > 100, "only {} functions have a name: is the program stripped?", ordered.len());
    let patterns: BTreeSet<&str> = sections.values().copied().collect();
    std::fs::write(FILE, script(&ordered, &patterns))?;
    println!("{} of {} functions come first", ordered.len(), sections.len());
    Ok(())
}

/// The sections of code by the function that each holds, from the map that `rust-lld` writes: the
/// lines of its input end with `FILE:(SECTION)`.
fn sections(map: &str) -> BTreeMap<&str, &str> {
    let inputs = map.lines().filter_map(|line| line.strip_suffix(')')?.rsplit_once(":(").map(|(_, section)| section));
    inputs.filter_map(|section| Some((function_of(section)?, section))).collect()
}

fn function_of(section: &str) -> Option<&str> {
    let name = section.strip_prefix(".text.")?;
    Some(name.strip_prefix("unlikely.").unwrap_or(name)).filter(|name| !name.is_empty())
}

/// The functions of a profile. A function that calls itself stands there once more, as `NAME'2`.
fn called(profile: &str) -> impl Iterator<Item = &str> {
    profile.lines().filter_map(|line| line.strip_prefix("fn=")?.split('\'').next())
}

fn script(ordered: &[&str], all: &BTreeSet<&str>) -> String {
    let mut script = String::from(
        "/* Written by `just order`: the functions that a run needs, so that they stand together. */\n\
         SECTIONS\n{\n  .text.first : {\n",
    );
    for section in ordered {
        _ = writeln!(script, "    *({})", pattern(section, all));
    }
    script.push_str("  }\n}\nINSERT BEFORE .text;\n");
    script
}

/// The section without the hash at the end of its name, which another compiler makes differently,
/// unless others have that name too: the kinds of a generic function.
fn pattern(section: &str, all: &BTreeSet<&str>) -> String {
    // 17h, sixteen digits, E: https://doc.rust-lang.org/rustc/symbol-mangling/legacy.html
    const HASH: usize = "17h0123456789abcdefE".len();
    let stem = section.len().checked_sub(HASH).and_then(|end| section.split_at_checked(end));
    let Some((stem, _)) = stem.filter(|(_, hash)| hash.starts_with("17h") && hash.ends_with('E')) else {
        return section.to_owned();
    };
    let alike = all.range(stem..).take_while(|other| other.starts_with(stem));
    if alike.filter(|other| other.len() == section.len()).count() > 1 {
        return section.to_owned();
    }
    format!("{stem}17h*")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = "\
          1e7db0           1e7db0      297    16         /a/b.o:(.text._ZN1a1b17h0123456789abcdefE)
          1e7db0           1e7db0      297     1                 a::b
          1e8050           1e8050      434    16         /a/b.o:(.text.unlikely._ZN1a1c17h0123456789abcdefE)
          1e8050           1e8050       10    16         /a/b.o:(.text._ZN1a1c17h1123456789abcdefE)
          1e8050           1e8050       10    16         /a/b.o:(.text.memcpy)
           37860            37860       10     4         /a/b.o:(.rodata._ZN1a1b17h0123456789abcdefE)
";

    #[test]
    fn what_is_called_is_named_by_its_section() {
        let sections = sections(MAP);
        assert_eq!(sections.len(), 4, "{sections:?}");
        let profile = "fl=a.rs\nfn=_ZN1a1b17h0123456789abcdefE\n1 2\nfn=_ZN1a1b17h0123456789abcdefE'2\nfn=0x10\n";
        let named: Vec<&str> = called(profile).filter_map(|name| sections.get(name).copied()).collect();
        assert_eq!(named, [".text._ZN1a1b17h0123456789abcdefE"; 2]);
        assert_eq!(sections["_ZN1a1c17h0123456789abcdefE"], ".text.unlikely._ZN1a1c17h0123456789abcdefE");
    }

    #[test]
    fn a_hash_is_kept_where_it_alone_tells_two_apart() {
        let all = BTreeSet::from([
            ".text._ZN1a17h0123456789abcdefE",
            ".text._ZN1b17h0123456789abcdefE",
            ".text._ZN1b17h1123456789abcdefE",
            ".text.memcpy",
        ]);
        for (section, expected) in [
            (".text._ZN1a17h0123456789abcdefE", ".text._ZN1a17h*"),
            (".text._ZN1b17h0123456789abcdefE", ".text._ZN1b17h0123456789abcdefE"),
            (".text.memcpy", ".text.memcpy"),
        ] {
            assert_eq!(pattern(section, &all), expected);
        }
    }

    #[test]
    fn the_script_names_them_in_their_order() {
        let script = script(&[".text.b", ".text.a"], &BTreeSet::new());
        assert!(
            script.contains(".text.first : {\n    *(.text.b)\n    *(.text.a)\n  }\n}\nINSERT BEFORE .text;"),
            "{script}"
        );
    }
}
