//! What a value may be that begins at some place of a text.
//!
//! The characters of a token are also those of sentences, names of files and addresses, so where a
//! value ends is not always known: `jfn_rt_….` may end a sentence, `jfn_rt_….log` may name a file.
//! Then it has several readings, and the gateway tells which one is right.

use super::view::{View, steps};
use crate::secret::{RUNTIME_PREFIX, RuntimeToken, TOKEN_LENGTH, WHOLE_VALUE, is_token_byte};

/// With so many characters a text is taken for a whole value.
const SHORTEST: usize = RUNTIME_PREFIX.len() + WHOLE_VALUE;
/// So many of the longest readings are kept, and of the shortest.
const KEPT: usize = 8;

/// Characters of a token from its type prefix on, as far as they go.
pub(super) struct Text<'t> {
    text: &'t [u8],
    /// Where it may have ended, although it went on.
    seams: Vec<usize>,
}

/// What a value may be.
#[derive(Debug)]
pub(super) struct Readings {
    /// The longest first.
    pub(super) values: Vec<RuntimeToken>,
    /// Whether it may be something else, as there are too many places where it may end.
    pub(super) are_some: bool,
}

impl<'t> Text<'t> {
    /// What begins at a place of a text, and ends where another value begins at the latest.
    pub(super) fn of(view: View<'t>, begin: usize, next: usize) -> Self {
        let end = next.min(begin + TOKEN_LENGTH.end() + 1);
        let text = &view.bytes[begin..end];
        let length = text.iter().take_while(|&&byte| is_token_byte(byte)).count();
        steps::take(length);
        let seams = view.seams_between(begin, begin + length).iter().map(|seam| seam - begin).collect();
        Self { text: &text[..length], seams }
    }

    /// Where it ends.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Where it may end, the longest first, and whether that is not all.
    fn endings(&self) -> (Vec<usize>, bool) {
        let text = self.text;
        steps::take(text.len());
        // Dots at its end do not count, with which a prefix is written.
        let Some(enough) = (SHORTEST - 1..text.len()).find(|&at| text[at] != b'.') else { return (Vec::new(), false) };
        let is_mark = |at: usize| matches!(text.get(at), Some(b'.' | b'-' | b'_'));
        // Before the first mark of several in a row, and behind it: a value may end with one.
        let marks = (1..text.len()).filter(|&at| is_mark(at) && !is_mark(at - 1)).flat_map(|at| [at, at + 1]);
        let is_too_long = text.len() > *TOKEN_LENGTH.end();
        let last = text.len().min(*TOKEN_LENGTH.end());
        let mut endings: Vec<usize> = marks.chain(self.seams.iter().copied()).chain([last]).collect();
        endings.retain(|&end| end > enough && end <= last);
        endings.sort_unstable();
        endings.dedup();
        let are_some = endings.len() > 2 * KEPT;
        if are_some {
            endings.drain(KEPT..endings.len() - KEPT);
        }
        endings.reverse();
        (endings, are_some || is_too_long)
    }

    /// The values that it may be; none if it is not a whole one.
    pub(super) fn readings(&self) -> Readings {
        let (endings, are_some) = self.endings();
        let value = |end: usize| {
            steps::take(end);
            let text = std::str::from_utf8(&self.text[..end]).ok()?;
            RuntimeToken::given(text, "the text").ok()
        };
        Readings { values: endings.into_iter().filter_map(value).collect(), are_some }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endings(text: &str, seams: &[usize]) -> Vec<String> {
        let text = Text { text: text.as_bytes(), seams: seams.to_vec() };
        assert_eq!(text.readings().values.len(), text.endings().0.len());
        let ending = |&end: &usize| String::from_utf8_lossy(&text.text[..end]).into_owned();
        text.endings().0.iter().map(ending).collect()
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
        ] {
            assert_eq!(endings(text, &[]), expected, "{text}");
        }
        assert_eq!(endings("jfn_rt_A1b2C3d4E5f6Done", &[7, 19]), ["jfn_rt_A1b2C3d4E5f6Done", value]);
    }

    #[test]
    fn what_another_value_ends_goes_no_further() {
        for next in ["jfn_rt_second", "jfn_pat_second"] {
            let text = format!("jfn_rt_A1b2C3d4E5f6{next}");
            let values = Text::of(View::of(text.as_bytes()), 0, 19).readings().values;
            assert_eq!(values.len(), 1);
        }
    }

    #[test]
    fn readings_that_are_dropped_are_said() {
        let value = "jfn_rt_A1b2C3d4E5f6";
        for (text, count, are_some) in [
            (format!("{value}{}", "-x".repeat(7)), 15, false),
            (format!("{value}{}", "-x".repeat(100)), 2 * KEPT, true),
            (format!("jfn_rt_{}", "a".repeat(5000)), 1, true),
        ] {
            let readings = Text { text: text.as_bytes(), seams: Vec::new() }.readings();
            assert_eq!((readings.values.len(), readings.are_some), (count, are_some));
        }
    }
}
