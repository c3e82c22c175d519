//! JSON on stdout: hostile characters and the `#` of CI commands as `\uXXXX`, so that the document
//! means the same and neither a terminal nor a log obeys it.
//!
//! A list is rendered item by item ([`JsonList`]), page by page, while its pages arrive, so that no
//! tree of values is built.

use serde::Serialize;
use zeroize::Zeroizing;

use super::sanitise::hostile;
use crate::error::Error;

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    OneLine,
    /// Two spaces a level, as `serde_json` and `jq` indent.
    Indented,
}

/// The depth of `.data` in the envelope, in levels of indentation.
const DATA_DEPTH: usize = 1;

/// A value as JSON, without a line end.
///
/// # Errors
/// `UNKNOWN_ERROR` if the value cannot be written as JSON, as a map whose keys are not strings.
pub(crate) fn to_json(value: &impl Serialize, layout: Layout) -> Result<String, Error> {
    let json = match layout {
        Layout::OneLine => serde_json::to_string(value),
        Layout::Indented => serde_json::to_string_pretty(value),
    };
    json.map(escaped).map_err(|cause| Error::unknown("The result cannot be written as JSON", cause))
}

/// A document with `\uXXXX` for what is hostile. It can only stand inside of strings: the rest of a
/// document is ASCII. `serde_json` has escaped the characters before the space there, so a line
/// feed is one of the layout.
fn escaped(json: String) -> String {
    let is_obeyed = |at: usize, c: char| match c {
        '#' => is_in_command(&json, at),
        c => c >= ' ' && hostile::is_hostile(c),
    };
    let mut text = String::new();
    let mut copied = 0;
    for (at, c) in json.char_indices().filter(|&(at, c)| is_obeyed(at, c)) {
        text.push_str(&json[copied..at]);
        c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.push_str(&format!("\\u{unit:04x}")));
        copied = at + c.len_utf8();
    }
    if copied == 0 {
        return json;
    }
    text.push_str(&json[copied..]);
    text
}

/// Whether the `#` at this place is one of two or more that begin a command.
fn is_in_command(json: &str, at: usize) -> bool {
    let after = json[at..].trim_start_matches('#');
    let is_doubled = json[at..].starts_with("##") || json[..at].ends_with('#');
    is_doubled && hostile::begins_with_any(after, &hostile::AFTER_HASHES)
}

/// Moves the lines after the first `depth` levels to the right.
fn indented(json: String, depth: usize) -> String {
    if json.contains('\n') { json.replace('\n', &format!("\n{}", "  ".repeat(depth))) } else { json }
}

/// Anything that can be `.data`.
pub(crate) trait ToJson {
    /// Renders it as it stands in the envelope, once.
    fn data(&mut self, layout: Layout) -> Result<Zeroizing<String>, Error>;
}

impl<T: Serialize> ToJson for T {
    fn data(&mut self, layout: Layout) -> Result<Zeroizing<String>, Error> {
        Ok(Zeroizing::new(indented(to_json(self, layout)?, DATA_DEPTH)))
    }
}

/// An array that is rendered item by item, as `.data`.
#[derive(Debug)]
pub(crate) struct JsonList {
    layout: Layout,
    json: String,
}

impl JsonList {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, json: String::new() }
    }

    /// Renders one more item.
    pub(crate) fn push(&mut self, item: &impl Serialize) -> Result<(), Error> {
        let mut item = to_json(item, self.layout)?;
        if self.layout == Layout::Indented {
            item.insert(0, '\n');
        }
        self.json.push(if self.json.is_empty() { '[' } else { ',' });
        self.json.push_str(&indented(item, DATA_DEPTH + 1));
        Ok(())
    }

    /// Ends the array.
    pub(crate) fn finish(mut self) -> RenderedList {
        if self.json.is_empty() {
            return RenderedList::default();
        }
        let end = if self.layout == Layout::Indented { "\n]" } else { "]" };
        self.json.push_str(&indented(end.to_owned(), DATA_DEPTH));
        RenderedList(self.json)
    }
}

/// An array that is rendered, as it stands in the envelope.
#[derive(Debug)]
pub(crate) struct RenderedList(String);

impl Default for RenderedList {
    fn default() -> Self {
        Self("[]".to_owned())
    }
}

impl ToJson for RenderedList {
    fn data(&mut self, _: Layout) -> Result<Zeroizing<String>, Error> {
        Ok(Zeroizing::new(std::mem::take(&mut self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_is_rendered_by_items_is_the_array() {
        #[derive(Serialize)]
        struct Envelope<'a> {
            data: &'a [(&'static str, u8)],
        }
        for items in [&[][..], &[("a", 1)][..], &[("a", 1), ("b##[x", 2)][..]] {
            for layout in [Layout::OneLine, Layout::Indented] {
                let mut list = JsonList::new(layout);
                items.iter().for_each(|item| list.push(item).expect("an item of this test"));
                let rendered = list.finish().0;
                let whole = to_json(&Envelope { data: items }, layout).expect("a document of this test");
                assert!(whole.contains(&rendered), "{rendered} is not in {whole}");
            }
        }
    }
}
