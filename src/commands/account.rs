//! `jelou login`, `logout`, `whoami`, `auth …`

pub mod auth;
pub mod login;
pub mod logout;
pub mod whoami;

use std::path::PathBuf;

use super::Context;
use crate::error::Error;

/// The profile that is used when none is named.
const DEFAULT_PROFILE: &str = "default";

fn folder(cx: &Context) -> Result<PathBuf, Error> {
    cx.config_folder().ok_or_else(|| {
        Error::input("There is no folder for settings: `HOME` is not set").with_hint("name one with `JELOU_CONFIG_DIR`")
    })
}
