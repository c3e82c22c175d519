//! Dotenv files, read without substitution: the parsers at hand replace `$NAME` by the environment, which would turn
//! `pa$$word` into something else and `${JELOU_TOKEN}` into a credential that leaves.
//!
//! A line is `KEY=VALUE`, `export ` in front allowed. A value is bare (white space around it and ` #…` behind it cut off),
//! in single quotes (as it is), or in double quotes (`\\n`, `\\r`, `\\t`, `\\"`, `\\\\` and `\\$` stand for one character).

use std::path::Path;

use zeroize::Zeroizing;

use crate::error::Error;
use crate::secret::Secret;

/// Reads a file into keys and values.
///
/// # Errors
/// `INPUT_ERROR` that names the file and the line, and never repeats one: it may hold a value.
pub fn read(path: &Path) -> Result<Vec<(String, Secret)>, Error> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|cause| Error::input(format!("{} cannot be read", path.display())).caused_by(cause))?;
    let mut pairs = Vec::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let pair = line.strip_prefix("export ").unwrap_or(line).split_once('=');
        let pair = pair.and_then(|(key, value)| Some((key.trim().to_owned(), unquote(value.trim())?)));
        pairs.push(pair.ok_or_else(|| {
            Error::input(format!("{}, line {}: not KEY=VALUE with closed quotes", path.display(), index + 1))
        })?);
    }
    Ok(pairs)
}

fn unquote(value: &str) -> Option<Secret> {
    if let Some(rest) = value.strip_prefix('\'') {
        let (inside, behind) = rest.split_once('\'')?;
        return is_comment(behind).then(|| Secret::new(inside));
    }
    let Some(rest) = value.strip_prefix('"') else {
        let bare = value.split_once(" #").map_or(value, |(bare, _)| bare);
        return Some(Secret::new(bare.trim_end()));
    };
    let mut inside = Zeroizing::new(String::with_capacity(rest.len()));
    let mut letters = rest.chars();
    loop {
        match letters.next()? {
            '"' => break,
            '\\' => inside.push(match letters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                plain @ ('"' | '\\' | '$') => plain,
                _ => return None,
            }),
            letter => inside.push(letter),
        }
    }
    is_comment(letters.as_str()).then(|| Secret::new(inside.as_str()))
}

fn is_comment(behind: &str) -> bool {
    let behind = behind.trim_start();
    behind.is_empty() || behind.starts_with('#')
}

#[cfg(test)]
mod tests;
