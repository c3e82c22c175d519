//! JSON on stdout: hostile characters and the `#` of CI commands as `\uXXXX`, so that the document
//! means the same and neither a terminal nor a log obeys it.
//!
//! The serialiser escapes while it writes, so no tree of values is built. A list is rendered item
//! by item ([`JsonList`]), page by page, while its pages arrive.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};
use zeroize::Zeroizing;

use super::rendered::Rendered;
use super::sanitise::hostile::{self, Marks};
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
    let mut json = Vec::new();
    write_at(&mut json, value, layout, 0)?;
    text(json)
}

fn text(json: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(json).map_err(|cause| Error::unknown("The result cannot be written as JSON", cause.utf8_error()))
}

/// Takes the pieces of a document. Most are single bytes: quotes, colons, commas.
struct Pieces<'a>(&'a mut Vec<u8>);

impl Write for Pieces<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        match piece {
            [byte] => self.0.push(*byte),
            _ => self.0.extend_from_slice(piece),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a value that stands `depth` levels deep in a document.
fn write_at(json: &mut Vec<u8>, value: &impl Serialize, layout: Layout, depth: usize) -> Result<(), Error> {
    let json = Pieces(json);
    let written = match layout {
        Layout::OneLine => value.serialize(&mut Serializer::with_formatter(json, Escaping(CompactFormatter))),
        Layout::Indented => {
            let mut formatter = PrettyFormatter::new();
            for _ in 0..depth {
                // Only the depth that the formatter counts is wanted here.
                let _ = formatter.begin_object(&mut io::sink());
            }
            value.serialize(&mut Serializer::with_formatter(json, Escaping(formatter)))
        }
    };
    written.map_err(|cause| Error::unknown("The result cannot be written as JSON", cause))
}

/// Anything that can be `.data`.
pub(crate) trait ToJson {
    /// Renders it as it stands in the envelope, once, in parts that follow each other.
    ///
    /// # Errors
    /// As [`to_json`].
    fn data(&mut self, layout: Layout) -> Result<Vec<Rendered>, Error>;
}

impl<T: Serialize> ToJson for T {
    fn data(&mut self, layout: Layout) -> Result<Vec<Rendered>, Error> {
        let mut json = Vec::new();
        write_at(&mut json, self, layout, DATA_DEPTH)?;
        Ok(vec![Zeroizing::new(text(json)?).into()])
    }
}

/// Objects on a line each.
#[derive(Debug)]
pub(crate) struct JsonLines(Vec<u8>);

impl JsonLines {
    /// For about so many bytes.
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Renders one more.
    ///
    /// # Errors
    /// As [`to_json`].
    pub(crate) fn push(&mut self, item: &impl Serialize) -> Result<(), Error> {
        write_at(&mut self.0, item, Layout::OneLine, 0)?;
        self.0.push(b'\n');
        Ok(())
    }

    /// # Errors
    /// As [`to_json`].
    pub(crate) fn finish(self) -> Result<Rendered, Error> {
        text(self.0).map(Rendered::Open)
    }
}

/// An item of a list, as it stands in `.data`.
#[derive(Debug)]
pub(crate) struct JsonItem(Box<[u8]>);

/// An array that is rendered item by item, as `.data`. It is kept in parts of about this size, so
/// that a long one is never copied to grow.
#[derive(Debug)]
pub(crate) struct JsonList {
    layout: Layout,
    full: Vec<Rendered>,
    json: Vec<u8>,
}

/// How large a part of a list becomes.
const PART: usize = 256 * 1024;

impl JsonList {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, full: Vec::new(), json: Vec::new() }
    }

    /// Renders one more item.
    ///
    /// # Errors
    /// As [`to_json`].
    pub(crate) fn push(&mut self, item: &impl Serialize) -> Result<(), Error> {
        self.separate()?;
        write_at(&mut self.json, item, self.layout, DATA_DEPTH + 1)
    }

    /// Renders an item that does not stand in the list yet.
    ///
    /// # Errors
    /// As [`to_json`].
    pub(crate) fn item(&self, item: &impl Serialize) -> Result<JsonItem, Error> {
        let mut json = Vec::new();
        write_at(&mut json, item, self.layout, DATA_DEPTH + 1)?;
        Ok(JsonItem(json.into()))
    }

    /// Adds an item of this list.
    ///
    /// # Errors
    /// As [`to_json`].
    pub(crate) fn push_item(&mut self, item: &JsonItem) -> Result<(), Error> {
        self.separate()?;
        self.json.extend_from_slice(&item.0);
        Ok(())
    }

    /// Begins the array, or separates the next item from the one before it.
    fn separate(&mut self) -> Result<(), Error> {
        let is_first = self.json.is_empty() && self.full.is_empty();
        if self.json.len() >= PART {
            let full = std::mem::replace(&mut self.json, Vec::with_capacity(PART + PART / 64));
            self.full.push(Rendered::Open(text(full)?));
        }
        self.json.push(if is_first { b'[' } else { b',' });
        self.break_line(DATA_DEPTH + 1);
        Ok(())
    }

    /// Ends the array.
    ///
    /// # Errors
    /// As [`to_json`].
    pub(crate) fn finish(mut self) -> Result<RenderedList, Error> {
        if self.json.is_empty() {
            return Ok(RenderedList::default());
        }
        self.break_line(DATA_DEPTH);
        self.json.push(b']');
        self.full.push(Rendered::Open(text(self.json)?));
        Ok(RenderedList(self.full))
    }

    fn break_line(&mut self, depth: usize) {
        if self.layout == Layout::Indented {
            self.json.push(b'\n');
            self.json.extend(std::iter::repeat_n(b' ', 2 * depth));
        }
    }
}

/// An array that is rendered, as it stands in the envelope.
#[derive(Debug)]
pub(crate) struct RenderedList(Vec<Rendered>);

impl Default for RenderedList {
    fn default() -> Self {
        Self(vec![Rendered::Open("[]".to_owned())])
    }
}

impl ToJson for RenderedList {
    fn data(&mut self, _: Layout) -> Result<Vec<Rendered>, Error> {
        Ok(std::mem::take(&mut self.0))
    }
}

/// A formatter that lays out JSON as the one inside does and escapes more.
struct Escaping<F>(F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if Marks::of(fragment).are_plain() {
            return writer.write_all(fragment.as_bytes());
        }
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if hostile::is_hostile(c) || c == '#' && is_in_command(fragment, at) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_key(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// Whether the `#` at this place is one of two or more that begin a command.
fn is_in_command(fragment: &str, at: usize) -> bool {
    let after = fragment[at..].trim_start_matches('#');
    let is_doubled = fragment[at..].starts_with("##") || fragment[..at].ends_with('#');
    is_doubled && hostile::begins_with_any(after, &hostile::AFTER_HASHES)
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
        let of_many_parts = vec![("of thirty characters or more, so", 1); 3 * PART / 32];
        for items in [&[][..], &[("a", 1)][..], &[("a", 1), ("b##[x", 2)][..], &of_many_parts] {
            for layout in [Layout::OneLine, Layout::Indented] {
                let mut list = JsonList::new(layout);
                for (number, item) in items.iter().enumerate() {
                    // Both ways in which an item can be added.
                    if number % 2 == 0 {
                        list.push(item).expect("an item of this test");
                    } else {
                        let item = list.item(item).expect("an item of this test");
                        list.push_item(&item).expect("UTF-8");
                    }
                }
                let rendered: String = list.finish().expect("UTF-8").0.iter().map(|part| &**part).collect();
                let whole = to_json(&Envelope { data: items }, layout).expect("a document of this test");
                assert!(whole.contains(&rendered), "{} items, {layout:?}", items.len());
            }
        }
    }
}
