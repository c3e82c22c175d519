//! What each command means, apart from how it is typed and how it is printed.

pub mod child;
