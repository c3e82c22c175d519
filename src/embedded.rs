//! Generated files of the repository that the program hands out. `build.rs` packs them.

/// Files of one kind, by name.
pub(crate) struct Files(String);

impl Files {
    /// Those of `man/`.
    pub(crate) fn pages() -> Self {
        Self(unpack(include_bytes!(concat!(env!("OUT_DIR"), "/pages"))))
    }

    /// Those of `schema/` that are the schema of a command's document.
    pub(crate) fn schemas() -> Self {
        Self(unpack(include_bytes!(concat!(env!("OUT_DIR"), "/schemas"))))
    }

    /// The name and the text of each, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut parts = self.0.split_terminator('\0');
        std::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find_map(|(found, text)| (found == name).then_some(text))
    }
}

/// `schema/openapi.json`.
pub(crate) fn openapi() -> String {
    unpack(include_bytes!(concat!(env!("OUT_DIR"), "/openapi")))
}

#[allow(clippy::expect_used, reason = "it is a part of the program: nothing comes between packing and unpacking")]
fn unpack(packed: &[u8]) -> String {
    let unpacked = miniz_oxide::inflate::decompress_to_vec(packed).expect("`build.rs` has deflated it");
    String::from_utf8(unpacked).expect("`build.rs` has read it as text")
}
