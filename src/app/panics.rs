//! Where the program panicked. A panic's payload may quote anything, so it is never printed; the
//! place is static text of the binary.

use std::sync::OnceLock;

use crate::error::Error;
use crate::exit::ErrorCode;

/// `file:line` of the first panic: later ones may follow from it.
static LOCATION: OnceLock<String> = OnceLock::new();

/// Replaces the hook that prints a panic by one that notes where it was.
pub(super) fn record_instead_of_printing() {
    std::panic::set_hook(Box::new(|panic| {
        if let Some(location) = panic.location() {
            let _ = LOCATION.set(format!("{}:{}", location.file(), location.line()));
        }
    }));
}

/// The error for a panic.
pub(super) fn bug() -> Error {
    let location = LOCATION.get().map(|location| format!(" ({location})")).unwrap_or_default();
    Error::new(ErrorCode::UnknownError, format!("This is a bug in `jelou`{location}"))
        .with_hint("please report what you ran")
}
