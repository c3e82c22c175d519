//! What is hostile: characters that do something or hide something, and what logs take for
//! commands.

use std::borrow::Cow;

/// Commands that begin with a doubled `#`, by what follows it, in lower case.
pub(in crate::output) const AFTER_HASHES: [&str; 3] = ["[", "vso[", "teamcity["];

/// Commands that end with a colon, in lower case.
const WITH_COLON: [&str; 4] = ["section_start:", "section_end:", "travis_fold:", "travis_time:"];

/// Whether a reader, a terminal or a log may take this for the end of a line.
pub(in crate::output) fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character does something to a terminal or a reader instead of being read: C0, DEL, C1,
/// line and paragraph separators, and whatever Unicode says is to be ignored where it cannot be
/// shown (`Default_Ignorable_Code_Point`: soft hyphen, zero-width, bidirectional, fillers,
/// variation selectors, tags).
pub(crate) fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// What the bytes of a text give reason to look for. Most texts give none, so this is asked before
/// their characters are looked at one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) struct Marks(u8);

impl Marks {
    const NONE: u8 = 0;
    /// Neither visible ASCII nor a blank: it may be hostile.
    const UNUSUAL: u8 = 1;
    /// It may begin a command.
    const HASH: u8 = 2;
    /// It may end a command.
    const COLON: u8 = 4;
    /// It may begin a secret, as [`FIRST_OF_PREFIX`] does.
    const FIRST_OF_PREFIX: u8 = 8;

    /// The mark of each byte.
    const OF_BYTE: [u8; 256] = {
        let mut marks = [Self::UNUSUAL; 256];
        let mut byte = b' ';
        while byte <= b'~' {
            marks[byte as usize] = match byte {
                b'#' => Self::HASH,
                b':' => Self::COLON,
                FIRST_OF_PREFIX => Self::FIRST_OF_PREFIX,
                _ => Self::NONE,
            };
            byte += 1;
        }
        marks
    };

    pub(in crate::output) fn of(text: &str) -> Self {
        Self(text.bytes().fold(Self::NONE, |marks, byte| marks | Self::OF_BYTE[usize::from(byte)]))
    }

    /// Whether JSON needs to escape nothing but what it always escapes.
    pub(in crate::output) fn are_plain(self) -> bool {
        self.0 & (Self::UNUSUAL | Self::HASH) == Self::NONE
    }

    /// Whether every character is visible.
    pub(in crate::output) fn are_visible(self) -> bool {
        self.0 & Self::UNUSUAL == Self::NONE
    }

    /// Whether there is reason to look for commands.
    pub(in crate::output) fn of_command(self) -> bool {
        self.0 & (Self::HASH | Self::COLON) != Self::NONE
    }

    /// Whether there is reason to look for secrets.
    pub(in crate::output) fn of_secret(self) -> bool {
        self.0 & Self::FIRST_OF_PREFIX != Self::NONE
    }
}

/// Begins the type prefix of every secret.
pub(in crate::output) const FIRST_OF_PREFIX: u8 = b'j';

/// Whether a text begins with one of these, whatever the case. The patterns are in lower case.
pub(in crate::output) fn begins_with_any(text: &str, patterns: &[&str]) -> bool {
    patterns.iter().any(|pattern| {
        text.as_bytes().get(..pattern.len()).is_some_and(|start| start.eq_ignore_ascii_case(pattern.as_bytes()))
    })
}

/// Puts a backslash into everything that a log takes for a command wherever it stands: between the
/// two `#`, before the colon. Visible on purpose: some programs ignore invisible characters when
/// they compare text.
pub(in crate::output) fn break_commands(line: &str) -> Cow<'_, str> {
    let ends_command = |at: usize| ends_with_any(&line[..=at], &WITH_COLON);
    let mut bytes = line.bytes().enumerate();
    if !bytes.any(|(at, byte)| byte == b'#' || byte == b':' && ends_command(at)) {
        return line.into();
    }
    let mut broken = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        if c == ':' && ends_command(at) {
            broken.push('\\');
        }
        broken.push(c);
        if line[at..].strip_prefix("##").is_some_and(|after| begins_with_any(after, &AFTER_HASHES)) {
            broken.push('\\');
        }
    }
    broken.into()
}

fn ends_with_any(text: &str, patterns: &[&str]) -> bool {
    let text = text.as_bytes();
    patterns.iter().any(|pattern| {
        let start = text.len().checked_sub(pattern.len());
        start.is_some_and(|start| text[start..].eq_ignore_ascii_case(pattern.as_bytes()))
    })
}
