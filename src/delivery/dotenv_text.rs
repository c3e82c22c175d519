//! Editing the text of a dotenv file: one variable changes, every other byte stays.

use zeroize::Zeroizing;

/// Sets `name` to `value`, which needs no quotes. The first assignment is replaced where it stands and later ones of the
/// same name go, for readers disagree on which of them counts; without one, a line is added at the end.
pub(super) fn set(text: &str, name: &str, value: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut edited = String::with_capacity(text.len() + name.len() + value.len() + 16);
    let mut replaced = false;
    for entry in entries(text) {
        match assignment(entry) {
            Some(found) if found.name == name => {
                if !replaced {
                    edited.push_str(if found.exported { "export " } else { "" });
                    push_line(&mut edited, name, value, newline);
                }
                replaced = true;
            }
            _ => edited.push_str(entry),
        }
    }
    if !replaced {
        if !edited.is_empty() && !edited.ends_with('\n') {
            edited.push_str(newline);
        }
        push_line(&mut edited, name, value, newline);
    }
    edited
}

/// Everything that assigns to `name`, with newlines.
pub(super) fn lines_of(text: &str, name: &str) -> Zeroizing<String> {
    Zeroizing::new(entries(text).filter(|entry| assignment(entry).is_some_and(|found| found.name == name)).collect())
}

/// Replaces the assignment `line`, wherever it stands, by others or by nothing; nothing comes back if it is not there.
pub(super) fn replace(text: &str, line: &str, others: &str) -> Option<Zeroizing<String>> {
    let mut edited = Zeroizing::new(String::with_capacity(text.len() + others.len() + 2));
    let mut replaced = false;
    for entry in entries(text) {
        let content = entry.trim_end_matches(['\r', '\n']);
        if content != line.trim_end_matches(['\r', '\n']) {
            edited.push_str(entry);
        } else if !replaced {
            edited.push_str(others);
            if !others.is_empty() && !others.ends_with('\n') {
                edited.push_str(&entry[content.len()..]);
            }
            replaced = true;
        }
    }
    replaced.then_some(edited)
}

fn push_line(text: &mut String, name: &str, value: &str, newline: &str) {
    for part in [name, "=", value, newline] {
        text.push_str(part);
    }
}

/// Splits a text into lines with their newlines. A quoted value that goes on over several lines is one entry.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let line = line_end(rest, 0);
        let end = assignment(rest).and_then(|found| closing_quote(rest, found.value_at)).map_or(line, |quote| {
            // A quote that is closed on a later line.
            if quote < line { line } else { line_end(rest, quote) }
        });
        let (entry, others) = rest.split_at(end);
        rest = others;
        Some(entry)
    })
}

/// Where the line that `from` is in ends, behind its newline.
fn line_end(text: &str, from: usize) -> usize {
    text[from..].find('\n').map_or(text.len(), |newline| from + newline + 1)
}

/// Where the quote that begins at `from` ends, if there is one and it does. A backslash escapes in double quotes only.
fn closing_quote(text: &str, from: usize) -> Option<usize> {
    let quote = text[from..].chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    let mut escaped = false;
    for (offset, character) in text[from..].char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if character == quote => return Some(from + offset),
            _ => {}
        }
    }
    None
}

/// The assignment at the beginning of a text.
struct Assignment<'a> {
    name: &'a str,
    exported: bool,
    /// Where the value begins.
    value_at: usize,
}

fn assignment(text: &str) -> Option<Assignment<'_>> {
    let line = text.lines().next()?;
    let (left, right) = line.split_once('=')?;
    let value_at = line.len() - right.trim_start().len();
    let left = left.trim_start_matches('\u{feff}').trim();
    let exported = left.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
    let name = exported.map_or(left, str::trim_start);
    is_name(name).then_some(Assignment { name, exported: exported.is_some(), value_at })
}

/// What dotenv readers take for a name. A comment is none.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_changes_and_every_other_byte_stays() {
        let table = [
            ("", "T=v\n", "an empty file"),
            ("A=1\n", "A=1\nT=v\n", "added at the end"),
            ("A=1", "A=1\nT=v\n", "the last line had no newline"),
            ("A=1\r\n", "A=1\r\nT=v\r\n", "the file's own line ends"),
            ("A=1\nT=old\nB=2\n", "A=1\nT=v\nB=2\n", "replaced where it is"),
            ("T=old", "T=v\n", "replaced as the last line"),
            ("export T=old\n", "export T=v\n", "stays exported"),
            ("  T = 'old' # why\n", "T=v\n", "blanks around it"),
            ("T=1\nA=1\nT=2\n", "T=v\nA=1\n", "later ones go"),
            ("# T=old\n", "# T=old\nT=v\n", "a comment is no assignment"),
            ("# K=\"a\nT=old\n# \"\n", "# K=\"a\nT=v\n# \"\n", "nor does a quote in one begin anything"),
            ("TT=1\nexportT=2\n", "TT=1\nexportT=2\nT=v\n", "another name that resembles it"),
            ("T=\"a\nB=2\nc\"\nD=1\n", "T=v\nD=1\n", "a value of several lines goes as a whole"),
            ("K=\"\nT=inside\n\"\n", "K=\"\nT=inside\n\"\nT=v\n", "inside of another value it is text"),
            ("K='a\\'\nT=old\n", "K='a\\'\nT=v\n", "single quotes know no escape"),
            ("K=\"a\\\"\nT=x\"\n", "K=\"a\\\"\nT=x\"\nT=v\n", "double quotes do"),
            ("K=\"open\nT=old\n", "K=\"open\nT=v\n", "a quote that never ends is text"),
            ("\u{feff}T=old\n", "T=v\n", "a byte order mark"),
        ];
        for (before, after, what) in table {
            assert_eq!(set(before, "T", "v"), after, "{what}");
        }
    }

    #[test]
    fn a_variable_gets_its_lines_back_and_what_others_changed_stays() {
        let table = [
            ("A=1\n", "T=v\nA=2\n", Some("A=2\n"), "there was none"),
            ("T=old\n", "T=v\nA=1\n", Some("T=old\nA=1\n"), "there was one"),
            ("T=old", "T=v\nA=1\n", Some("T=old\nA=1\n"), "without a newline"),
            ("T=1\nB=1\nT=\"2\n3\"\n", "T=v\n", Some("T=1\nT=\"2\n3\"\n"), "there were several"),
            ("T=old\n", "A=1\nT=v", Some("A=1\nT=old\n"), "its newline was cut off"),
            ("", "T=v\r\nA=1\r\n", Some("A=1\r\n"), "other line ends"),
            ("T=old\n", "T=w\n", None, "somebody else set it"),
            ("", "# T=v\n", None, "it was commented out"),
        ];
        for (before, now, restored, what) in table {
            let (ours, earlier) = (lines_of(&set(before, "T", "v"), "T"), lines_of(before, "T"));
            assert_eq!(replace(now, &ours, &earlier).as_ref().map(|text| text.as_str()), restored, "{what}");
        }
    }

    #[test]
    fn a_dotenv_reader_finds_the_value() {
        let text = set("A='x y'\nexport T=\"a\nb\"\n", "T", "jfn_rt_a.B-9");
        let read: Vec<_> = dotenvy::from_read_iter(text.as_bytes()).map(Result::unwrap).collect();
        assert_eq!(read, [("A".to_owned(), "x y".to_owned()), ("T".to_owned(), "jfn_rt_a.B-9".to_owned())]);
    }
}
