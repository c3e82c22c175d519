//! JSON that means the same and does nothing: hostile characters and the `#` of commands as `\uXXXX`.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::hostile;
use crate::error::Error;

/// A value as JSON, on one line or indented, without a line end.
///
/// # Errors
/// `UNKNOWN_ERROR` if the value cannot be written as JSON, as a map whose keys are not strings.
pub fn to_json(value: &impl Serialize, pretty: bool) -> Result<String, Error> {
    let mut json = Vec::new();
    write_json(&mut json, value, pretty)
        .map_err(|cause| Error::unknown("The result cannot be written as JSON", cause))?;
    String::from_utf8(json).map_err(|cause| Error::unknown("The result cannot be written as JSON", cause.utf8_error()))
}

/// Writes a value as JSON, on one line or indented, without a line end; in many small pieces, so that a stream should be
/// buffered.
///
/// # Errors
/// Those of the writer, and those of [`to_json`] as `InvalidData`.
pub fn write_json(writer: impl Write, value: &impl Serialize, pretty: bool) -> io::Result<()> {
    if pretty {
        value.serialize(&mut Serializer::with_formatter(writer, Escaping(PrettyFormatter::new())))?;
    } else {
        value.serialize(&mut Serializer::with_formatter(writer, Escaping(CompactFormatter)))?;
    }
    Ok(())
}

/// A formatter that lays out JSON as the one inside does and escapes more.
#[derive(Clone, Debug)]
pub struct Escaping<F>(pub F);

impl<F: Formatter> Formatter for Escaping<F> {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
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
