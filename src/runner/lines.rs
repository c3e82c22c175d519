//! Lines as .NET's `StreamReader.ReadLine` reads them: ended by `\n`, `\r\n` or a lone `\r`.

/// The lines of a stream that comes in pieces.
#[derive(Default)]
pub struct Lines {
    unfinished: Vec<u8>,
    /// Whether the last byte was a `\r`, so that a `\n` ends no further line.
    after_return: bool,
}

impl Lines {
    /// Takes a piece in; returns the lines that it ends.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut ended = Vec::new();
        for &byte in bytes {
            let belongs_to_return = byte == b'\n' && self.after_return;
            self.after_return = byte == b'\r';
            match byte {
                b'\n' if belongs_to_return => {}
                b'\n' | b'\r' => ended.push(self.take()),
                _ => self.unfinished.push(byte),
            }
        }
        ended
    }

    /// The last line, if nothing ended it.
    pub fn finish(&mut self) -> Option<String> {
        (!self.unfinished.is_empty()).then(|| self.take())
    }

    fn take(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.unfinished)).into_owned()
    }
}

/// The lines of a whole text.
pub fn split(bytes: &[u8]) -> Vec<String> {
    let mut lines = Lines::default();
    let mut all = lines.push(bytes);
    all.extend(lines.finish());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_the_same_lines_as_the_whole() {
        let text = "a\nb\r\nc\rd\r\r\n\n\u{e9}\n\re";
        let whole = ["a", "b", "c", "d", "", "", "\u{e9}", "", "e"];
        assert_eq!(split(text.as_bytes()), whole);
        for size in 1..6 {
            let mut lines = Lines::default();
            let mut all: Vec<String> = text.as_bytes().chunks(size).flat_map(|piece| lines.push(piece)).collect();
            all.extend(lines.finish());
            assert_eq!(all, whole, "pieces of {size}");
        }
        assert!(split(b"").is_empty());
    }
}
