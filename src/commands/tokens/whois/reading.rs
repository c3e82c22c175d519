//! What a value may be that begins at some place of a text.
//!
//! The characters of a token are also those of sentences, names of files and addresses, so where a
//! value ends is not always known: `jfn_rt_….` may end a sentence, `jfn_rt_….log` may name a file.
//! Then it has several readings, and the gateway tells which one is right.

use zeroize::Zeroizing;

use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, RuntimeToken, TOKEN_LENGTH, WHOLE_VALUE, is_token_byte};

/// With so many characters a text is taken for a whole value.
const SHORTEST: usize = RUNTIME_PREFIX.len() + WHOLE_VALUE;
/// So many of the longest readings are kept, and of the shortest.
const KEPT: usize = 8;

/// Characters of a token behind its type prefix, as far as they go.
#[derive(Default)]
pub(super) struct Text {
    text: Zeroizing<String>,
    /// Where it may have ended, although it went on.
    seams: Vec<usize>,
}

impl Text {
    /// Whether another character may be part of it.
    pub(super) fn has_room(&self) -> bool {
        self.text.len() <= *TOKEN_LENGTH.end()
    }

    /// Takes a byte, unless no token has it.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        let is_part = is_token_byte(byte);
        if is_part {
            self.text.push(char::from(byte));
        }
        is_part
    }

    /// It may have ended here.
    pub(super) fn seam(&mut self) {
        self.seams.push(self.text.len());
    }

    #[cfg(test)]
    pub(super) fn whole(&self) -> &str {
        &self.text
    }

    /// Where it may end, the longest first: where another value begins at the latest.
    pub(super) fn endings(&self) -> impl DoubleEndedIterator<Item = usize> {
        let text = self.text.as_str();
        let next = [RUNTIME_PREFIX, MANAGEMENT_PREFIX].into_iter().filter_map(|prefix| {
            let inside = text.get(1..)?.find(prefix)?;
            Some(inside + 1)
        });
        let last = next.min().unwrap_or(text.len());
        let is_mark = |at: usize| matches!(text.as_bytes().get(at), Some(b'.' | b'-' | b'_'));
        // Before the first mark of several in a row, and behind it: a value may end with one.
        let marks = (1..last).filter(|&at| is_mark(at) && !is_mark(at - 1)).flat_map(|at| [at, at + 1]);
        let mut endings: Vec<usize> = marks.chain(self.seams.iter().copied()).chain([last]).collect();
        endings.retain(|&end| end <= last && is_whole(&text[..end]));
        endings.sort_unstable();
        endings.dedup();
        if endings.len() > 2 * KEPT {
            endings.drain(KEPT..endings.len() - KEPT);
        }
        endings.into_iter().rev()
    }

    /// The values that it may be, the longest first; none if it is not a whole one.
    pub(super) fn readings(&self) -> Vec<RuntimeToken> {
        self.endings().filter_map(|end| RuntimeToken::given(&self.text[..end], "the text").ok()).collect()
    }
}

/// Whether a text is long enough: dots at its end do not count, with which a prefix is written.
fn is_whole(text: &str) -> bool {
    text.trim_end_matches('.').len() >= SHORTEST && text.len() <= *TOKEN_LENGTH.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endings(text: &str, seams: &[usize]) -> Vec<String> {
        let text = Text { text: Zeroizing::new(text.to_owned()), seams: seams.to_vec() };
        assert_eq!(text.readings().len(), text.endings().count());
        text.endings().map(|end| text.whole()[..end].to_owned()).collect()
    }

    #[test]
    fn a_value_has_the_readings_that_marks_and_seams_leave() {
        let value = "jfn_rt_A1b2C3d4E5f6";
        for (text, expected) in [
            ("jfn_rt_A1b2C3d4E5f", vec![]),
            ("jfn_rt_sbx_A1b2..", vec![]),
            ("jfn_rt_sbx_A1b2......", vec![]),
            (value, vec![value]),
            ("jfn_rt_A1b2C3d4E5f6.", vec!["jfn_rt_A1b2C3d4E5f6.", value]),
            ("jfn_rt_A1b2C3d4E5f6...", vec!["jfn_rt_A1b2C3d4E5f6...", "jfn_rt_A1b2C3d4E5f6.", value]),
            ("jfn_rt_A1b2C3d4E5f6_jfn_rt_second", vec!["jfn_rt_A1b2C3d4E5f6_", value]),
            ("jfn_rt_A1b2C3d4E5f6jfn_pat_second", vec![value]),
        ] {
            assert_eq!(endings(text, &[]), expected, "{text}");
        }
        assert_eq!(endings("jfn_rt_A1b2C3d4E5f6Done", &[7, 19]), ["jfn_rt_A1b2C3d4E5f6Done", value]);
        let long = format!("jfn_rt_{}", "a".repeat(5000));
        assert_eq!(endings(&long, &[]), [""; 0]);
        assert_eq!(endings(&long, &[100]), [&long[..100]]);
        assert_eq!(endings(&format!("{value}{}", "-x".repeat(100)), &[]).len(), 2 * KEPT);
    }
}
