//! Where a setting comes from.

use std::fmt;

/// What a setting was named by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag or a variable.
    Named(&'static str),
    /// The stored profile of this name.
    Profile(String),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "`{name}`"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::Default => f.write_str("the default"),
        }
    }
}
