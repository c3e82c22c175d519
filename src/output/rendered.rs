//! Text that is ready to be written.

use std::ops::Deref;

use zeroize::Zeroizing;

/// A piece of output.
#[derive(Debug)]
pub(crate) enum Rendered {
    /// It may hold the value of a new token, and is wiped when it is dropped.
    Guarded(Zeroizing<String>),
    /// It holds no value: a list of the platform has none.
    Open(String),
}

impl Deref for Rendered {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Guarded(text) => text,
            Self::Open(text) => text,
        }
    }
}

impl From<Zeroizing<String>> for Rendered {
    fn from(text: Zeroizing<String>) -> Self {
        Self::Guarded(text)
    }
}
