//! A path as it was typed, or as a variable holds it.
//!
//! A shell replaces `~` at the beginning of a word and `$NAME` anywhere, and takes quotes away. It
//! does not do the first behind `=` and `:`, nor any of them between quotes, and nothing does in the
//! env file of a service or a container. Taken as it is, such a path means a folder named `~` or
//! `$HOME` of the working tree, where nobody looks for a credential.

use std::ffi::OsStr;
use std::path::PathBuf;

/// What to do about a path that only a shell would have changed.
pub(crate) const HOW_TO_EXPAND: &str = "write the whole path; a name that begins so is written `./…`";

/// What is wrong with a path that only a shell would have changed, to be appended to its name.
pub(crate) fn unexpanded(text: &OsStr) -> Option<&'static str> {
    match text.as_encoded_bytes().first()? {
        b'~' => Some("begins with `~`, which only a shell replaces"),
        b'$' => Some("begins with `$`, and only a shell puts the value of a variable there"),
        b'"' | b'\'' => Some("begins with a quote, which only a shell takes away"),
        _ => None,
    }
}

/// The same for the value of a variable, in which no shell would have left more of its signs, and
/// which an env file may surround with blanks.
pub(crate) fn unexpanded_value(text: &OsStr) -> Option<&'static str> {
    let bytes = text.as_encoded_bytes();
    if bytes.trim_ascii().len() < bytes.len() {
        return Some("begins or ends with a blank");
    }
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    if holds(b"${") || holds(b"$(") || holds(b"`") {
        return Some("holds `${`, `$(` or a backtick, and only a shell puts something else there");
    }
    unexpanded(text)
}

/// Takes a path unless it is unexpanded. The error is the reason alone.
pub(crate) fn parse(path: PathBuf) -> Result<PathBuf, String> {
    match unexpanded(path.as_os_str()) {
        Some(why) => Err(format!("it {why}; {HOW_TO_EXPAND}")),
        None => Ok(path),
    }
}
