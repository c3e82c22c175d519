//! What a shell makes of text that [`read`](super::read) refuses, as far as editing must know it:
//! where it ends, and what else it sets.

use super::BLANKS;

/// Begin a command that goes on over several lines.
const COMPOUND: [&str; 9] = ["if", "for", "while", "until", "case", "select", "function", "{", "[["];

/// Whether a line, or a quoted value of several lines, is complete: a shell would not read on behind
/// it. In doubt it is not.
pub(super) fn is_complete(text: &str) -> bool {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let first = text.split(|c: char| BLANKS.contains(&c) || ";&|()<>".contains(c)).find(|word| !word.is_empty());
    if first.is_some_and(|word| COMPOUND.contains(&word)) {
        return false;
    }
    let (mut depth, mut begins_word) = (0_usize, true);
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let behind = &rest[character.len_utf8()..];
        let began_word = std::mem::replace(&mut begins_word, false);
        rest = match character {
            '#' if began_word => break,
            '\\' => match behind.chars().next() {
                Some(escaped) => &behind[escaped.len_utf8()..],
                None => return false,
            },
            '\'' | '"' | '`' => match behind_quote(behind, character) {
                Some(behind) => behind,
                None => return false,
            },
            // A document follows on the next lines; `<<<` is a string.
            '<' if behind.starts_with('<') && !behind.starts_with("<<") => return false,
            '<' if behind.starts_with("<<") => &behind[2..],
            '$' if behind.starts_with('{') => {
                depth += 1;
                &behind[1..]
            }
            '(' => {
                (depth, begins_word) = (depth + 1, true);
                behind
            }
            '{' if began_word => {
                depth += 1;
                behind
            }
            ')' | '}' if depth > 0 => {
                depth -= 1;
                behind
            }
            ')' => return false,
            ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' => {
                begins_word = true;
                behind
            }
            _ => behind,
        };
    }
    let code = &text[..text.len() - rest.len()];
    depth == 0 && !code.trim_end_matches(BLANKS).ends_with(['|', '&'])
}

/// What stands behind a quote that was opened before `text`; nothing if it is not closed. What is
/// expanded in double quotes may hold quotes of its own: in doubt nothing.
fn behind_quote(text: &str, quote: char) -> Option<&str> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote != '\'' => escaped = true,
            _ if character == quote => {
                let (inside, behind) = (&text[..at], &text[at + 1..]);
                // `"$(echo "a b")"`: what looks like the end may be a quote inside.
                let count = |c: char| inside.matches(c).count();
                let is_expanded =
                    quote == '"' && (inside.contains('`') || inside.contains("$(") || inside.contains("${"));
                let is_whole = count('(') == count(')') && count('{') == count('}') && count('`') % 2 == 0;
                return (!is_expanded || (is_whole && !behind.contains('"'))).then_some(behind);
            }
            _ => {}
        }
    }
    None
}

/// Whether a command or an assignment that is not understood may set `name` in another way than
/// `NAME=VALUE` at the beginning of its line.
pub(super) fn may_set(text: &str, name: &str, is_assignment: bool) -> bool {
    if is_export_list(text) {
        return false;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        let is_word = !before.ends_with(is_part) && !behind.starts_with(is_part);
        let is_read = before.ends_with('$') || before.ends_with("${");
        let is_set = behind.starts_with(['=', '[']) || behind.starts_with("+=");
        is_word && if is_assignment { is_set } else { !is_read || is_set }
    })
}

/// `export A B`, which sets nothing.
fn is_export_list(text: &str) -> bool {
    let mut words = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty());
    words.next() == Some("export")
        && words.all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
}

/// Whether a value that is not understood is more than one: replacing it would lose the rest.
pub(super) fn sets_more(value: &str) -> bool {
    let is_assignment = |word: &str| {
        let name = word.split(['=', '[']).next().unwrap_or_default().trim_end_matches('+');
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        name.len() < word.len() && !name.is_empty() && is_name
    };
    value.contains([';', '&', '|']) || value.split(BLANKS).skip(1).any(is_assignment)
}
