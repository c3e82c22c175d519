//! The words of a line of bash that somebody is still typing.

/// Splits a line into its words, without quotes. The last one is that at the cursor: an open quote
/// ends there, and after a space it is empty.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    // Whether the last word has begun: `''` is one.
    let mut is_begun = false;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (' ' | '\t' | '\n', None) => {
                if is_begun {
                    words.push(String::new());
                }
                is_begun = false;
                continue;
            }
            ('\'' | '"', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            ('\\', None | Some('"')) => push(&mut words, letters.next()),
            _ => push(&mut words, Some(letter)),
        }
        is_begun = true;
    }
    words
}

fn push(words: &mut [String], letter: Option<char>) {
    if let (Some(word), Some(letter)) = (words.last_mut(), letter) {
        word.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_far_as_it_is_typed() {
        for (line, words) in [
            ("jelou tokens li", &["jelou", "tokens", "li"][..]),
            ("jelou  tokens ", &["jelou", "tokens", ""]),
            ("jelou list 'pr-*' \"my", &["jelou", "list", "pr-*", "my"]),
            (r"jelou a\ b '' x\", &["jelou", "a b", "", "x"]),
            (r#"jelou "a\"b'c" 'it'\''s"#, &["jelou", "a\"b'c", "it's"]),
            ("", &[""]),
        ] {
            assert_eq!(split(line), words, "{line}");
        }
    }
}
