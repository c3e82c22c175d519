//! Sizes for people, as the docs show them: `98 B`, `1.2 KB`. A KB has 1,024 bytes, as in the
//! limits of a deploy.

/// A number of bytes.
pub(crate) fn shown(bytes: u64) -> String {
    const KB: u64 = 1024;
    const MB: u64 = KB * KB;
    // Rounded up, so that nothing that is over a limit looks like the limit.
    let tenths = |unit: u64| (bytes * 10).div_ceil(unit);
    let with_unit = |tenths: u64, unit: &str| match tenths % 10 {
        0 => format!("{} {unit}", tenths / 10),
        rest => format!("{}.{rest} {unit}", tenths / 10),
    };
    match bytes {
        0..KB => format!("{bytes} B"),
        KB..MB => with_unit(tenths(KB), "KB"),
        _ => with_unit(tenths(MB), "MB"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_size_is_short() {
        for (bytes, shown) in [
            (0, "0 B"),
            (98, "98 B"),
            (1023, "1023 B"),
            (1024, "1 KB"),
            (1025, "1.1 KB"),
            (1229, "1.3 KB"),
            (256 * 1024, "256 KB"),
            (256 * 1024 + 1, "256.1 KB"),
            (1024 * 1024, "1 MB"),
            (1024 * 1024 + 1, "1.1 MB"),
        ] {
            assert_eq!(super::shown(bytes), shown);
        }
    }
}
