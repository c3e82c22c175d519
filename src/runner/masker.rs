//! The masker: `***` for every registered value and for every form of it that the encoders know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::commands::Dialect;

/// Replaces secrets, by ordinal substring.
pub(super) struct SecretMasker {
    dialect: Dialect,
    texts: Vec<String>,
}

impl SecretMasker {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, texts: Vec::new() }
    }

    /// Registers a value, and on GitHub each of its forms.
    pub(super) fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.texts.push(value.to_owned());
        if self.dialect == Dialect::GitHub {
            self.texts.extend(encoded_forms(value).into_iter().filter(|form| !form.is_empty()));
        }
    }

    /// The text with every registered text replaced; overlapping and adjacent hits become one
    /// `***`.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut hits: Vec<(usize, usize)> = self.texts.iter().flat_map(|secret| occurrences(text, secret)).collect();
        hits.sort_unstable();
        let (mut masked, mut at) = (String::new(), 0);
        let mut hits = hits.into_iter().peekable();
        while let Some((start, mut end)) = hits.next() {
            while let Some((_, further)) = hits.next_if(|&(next, _)| next <= end) {
                end = end.max(further);
            }
            masked.push_str(&text[at..start]);
            masked.push_str("***");
            at = end;
        }
        masked + &text[at..]
    }
}

/// All places, also those that overlap.
fn occurrences(text: &str, secret: &str) -> Vec<(usize, usize)> {
    let mut hits = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(secret).map(|found| from + found) {
        hits.push((at, at + secret.len()));
        from = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    hits
}

/// `ValueEncoders.cs`, in the order of `HostContext.cs`.
fn encoded_forms(value: &str) -> Vec<String> {
    let json = serde_json::Value::from(value).to_string();
    let quoted = value.len() > 8 && value.starts_with('"') && value.ends_with('"');
    let (before_ampersand, after_ampersand) = powershell_sections(value);
    vec![
        STANDARD.encode(value),
        base64_shifted(value, 1),
        base64_shifted(value, 2),
        value.replace('"', "\\\""),
        value.replace('\'', "''"),
        json[1..json.len() - 1].to_owned(),
        uri_data(value),
        value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&apos;"),
        if quoted { value[1..value.len() - 1].to_owned() } else { String::new() },
        before_ampersand,
        after_ampersand,
    ]
}

fn base64_shifted(value: &str, shift: usize) -> String {
    if value.len() > shift { STANDARD.encode(&value.as_bytes()[shift..]) } else { String::new() }
}

fn uri_data(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}

/// What PowerShell prints apart when a value with `&` is taken for a command; at least 6 characters
/// each.
fn powershell_sections(value: &str) -> (String, String) {
    let (before, after) = if let Some(at) = value.find("&+") {
        (&value[..at + 2], value.get(at + 3..).unwrap_or_default())
    } else if let Some(at) = value.rfind('&') {
        (&value[..=at], &value[at + 1..])
    } else {
        ("", "")
    };
    let long_enough = |section: &str| if section.len() >= 6 { section.to_owned() } else { String::new() };
    (long_enough(before), long_enough(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_that_overlap_or_touch_become_one() {
        let mut masker = SecretMasker::new(Dialect::Act);
        ["aba", "cd", "é"].iter().for_each(|secret| masker.add(secret));
        for (text, expected) in [
            ("ababa", "***"),
            ("x aba cd y", "x *** *** y"),
            ("abacd", "***"),
            ("éé-é", "***-***"),
            ("abcd", "ab***"),
            ("ab", "ab"),
            ("", ""),
        ] {
            assert_eq!(masker.mask(text), expected, "{text}");
        }
    }
}
