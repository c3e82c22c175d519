//! `jelou login`, `logout`, `whoami`, `auth …`

pub(crate) mod auth;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod whoami;

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
