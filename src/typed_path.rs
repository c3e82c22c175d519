//! A path as it was typed, or as a variable holds it.
//!
//! A shell replaces `~` at the beginning of a word. It does not behind `=` and `:` or between
//! quotes, and nothing does in the variables of a service or a container. Taken as it is, such a
//! path means a folder named `~` of the working tree, where nobody looks for a credential.

use std::ffi::OsStr;
use std::path::PathBuf;

/// What is wrong with such a path, to be appended to its name.
pub(crate) const UNEXPANDED: &str = "begins with `~`, which only a shell replaces";
/// What to do about it.
pub(crate) const HOW_TO_EXPAND: &str = "write the whole path; a file or folder of that name is `./~…`";

pub(crate) fn is_unexpanded(text: &OsStr) -> bool {
    text.as_encoded_bytes().starts_with(b"~")
}

/// Takes a path unless it begins with `~`. The error is the reason alone.
pub(crate) fn parse(path: PathBuf) -> Result<PathBuf, String> {
    if is_unexpanded(path.as_os_str()) {
        return Err(format!("it {UNEXPANDED}; {HOW_TO_EXPAND}"));
    }
    Ok(path)
}
