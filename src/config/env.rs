//! The environment: every variable that is read, in one table, and the one way to read it.
//!
//! A new variable is a line of `variables!`; `docs/environment.md` and the man page are generated
//! from it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::error::Error;
use crate::typed_path;

/// A variable that `jelou` reads, for the man page and `docs/environment.md`.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    pub name: &'static str,
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:ident: $meaning:literal),+ $(,)?) => {
        $(#[doc = $meaning] pub const $name: &str = stringify!($name);)+

        /// Every variable, in the order of the documentation.
        pub const ALL: &[Variable] = &[$(Variable { name: $name, meaning: $meaning }),+];
    };
}

variables! {
    JELOU_TOKEN: "The management token: an API key of the platform or a personal access token (`jfn_pat_…`); beats the stored profiles, unless `--profile` is given.",
    JELOU_PROFILE: "The stored profile to use.",
    JELOU_API_URL: "The control plane, `https://app.jelou.ai` by default.",
    JELOU_GATEWAY_URL: "The gateway: a URL with `{slug}` in it, or one that gets `/fn/SLUG` appended.",
    JELOU_CONFIG_DIR: "The folder of `credentials.json`.",
    JELOU_FUNCTION: "The function that a command is about when none is named.",
    JELOU_FUNCTION_TOKEN: "The runtime token (`jfn_rt_…`) that opens a function.",
    JELOU_OUTPUT: "`json` or `human`: the format when no flag says it.",
    JELOU_FORCE_HUMAN_OUTPUT: "The same as `JELOU_OUTPUT=human`, and stronger than `JELOU_OUTPUT`.",
    JELOU_NO_INPUT: "Never prompt.",
    JELOU_NO_SPINNERS: "No progress bars and spinners.",
    JELOU_CA_CERT: "A file of certificates (PEM) to trust instead of the system's.",
    JELOU_COMPLETE: "Not for you to set: the scripts of `jelou completions` do, to ask what can be typed next.",
    JELOU_RETRIES: "How often a request that failed for a passing reason is sent again, 3 by default.",
    SSL_CERT_FILE: "A file of certificates (PEM) that replaces the system's.",
    SSL_CERT_DIR: "Folders of certificates (PEM), separated by `:`, that are trusted as well.",
    HTTPS_PROXY: "The proxy for HTTPS: an `http`, `https` or `socks5h` URL, or `HOST:PORT`; user and password percent-encoded. Never used for loopback. Also in lower case, as the next three.",
    HTTP_PROXY: "The proxy for plain HTTP.",
    ALL_PROXY: "The proxy for both.",
    NO_PROXY: "Hosts that are reached without a proxy: `host`, `.domain`, `*.domain`, `host:port`, `10.0.0.0/8` or `*`, separated by commas.",
    REQUEST_METHOD: "Not for you to set: a web server that runs `jelou` as CGI does. `HTTP_PROXY` in upper case is then ignored, since the client can set it.",
    NO_COLOR: "No colours.",
    CLICOLOR_FORCE: "Colours even when not on a terminal.",
    FORCE_COLOR: "As `CLICOLOR_FORCE`.",
    COLUMNS: "How many columns the terminal has, instead of what it says itself.",
    CI: "This is a CI system: never prompt. `CI=false` and `CI=0` count as unset.",
    GITHUB_ACTIONS: "This is GitHub Actions: mask new tokens. Other CI systems are known by their own variables.",
}

/// The flags that a variable says as well, by their long name; a variable that says several things
/// with what it must be.
const OF_FLAGS: [(&str, &str); 9] = [
    ("profile", JELOU_PROFILE),
    ("api-url", JELOU_API_URL),
    ("gateway-url", JELOU_GATEWAY_URL),
    ("function", JELOU_FUNCTION),
    ("json", "JELOU_OUTPUT=json"),
    ("human", "JELOU_OUTPUT=human"),
    ("no-input", JELOU_NO_INPUT),
    ("ca-cert", JELOU_CA_CERT),
    ("retries", JELOU_RETRIES),
];

/// The variable that says the same as a flag.
pub(crate) fn of_flag(long: &str) -> Option<&'static str> {
    OF_FLAGS.iter().find(|(flag, _)| *flag == long).map(|(_, variable)| *variable)
}

/// The environment of a process: an empty value counts as unset.
#[derive(Clone, Debug, Default)]
pub struct Env {
    values: BTreeMap<OsString, OsString>,
}

impl Env {
    #[allow(clippy::disallowed_methods, reason = "the one reader of the environment")]
    pub(crate) fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    fn value(&self, name: &str) -> Option<&OsStr> {
        self.values.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// A value, or nothing if it is unset, empty or not UTF-8.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(OsStr::to_str)
    }

    /// A value, or nothing if it is unset or empty.
    ///
    /// # Errors
    /// `INPUT_ERROR` if it is not UTF-8.
    pub(super) fn utf8(&self, name: &str) -> Result<Option<&str>, Error> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| Error::input(format!("`{name}` is not UTF-8")))
    }

    /// The first variable of the table that is not UTF-8: it must not be taken for unset.
    pub(super) fn unreadable(&self) -> Option<&'static str> {
        ALL.iter().map(|variable| variable.name).find(|name| self.value(name).is_some_and(|it| it.to_str().is_none()))
    }

    /// The first of these variables whose path only a shell would have changed: what is wrong with
    /// it, as a sentence. Of a list every path is looked at.
    pub(super) fn unexpanded<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        names.into_iter().find_map(|name| match name {
            SSL_CERT_DIR => {
                let why = self.paths(name).iter().find_map(|path| typed_path::unexpanded_value(path.as_os_str()))?;
                Some(format!("A folder of `{name}` {why}"))
            }
            // A file that is not there is refused when it is read.
            JELOU_CA_CERT | SSL_CERT_FILE => Some(format!("`{name}` {}", typed_path::unexpanded(self.value(name)?)?)),
            _ => Some(format!("`{name}` {}", typed_path::unexpanded_value(self.value(name)?)?)),
        })
    }

    /// A value as a path, or nothing if it is unset or empty.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.value(name).map(PathBuf::from)
    }

    /// The paths of a list as `PATH` is one; none if it is unset.
    pub(crate) fn paths(&self, name: &str) -> Vec<PathBuf> {
        let paths = std::env::split_paths(self.value(name).unwrap_or_default());
        paths.filter(|path| !path.as_os_str().is_empty()).collect()
    }

    /// The names of the variables that begin with a prefix.
    pub(crate) fn names_with(&self, prefix: &str) -> Vec<OsString> {
        let begins = |name: &&OsString| name.to_str().is_some_and(|name| name.starts_with(prefix));
        self.values.keys().filter(begins).cloned().collect()
    }

    /// The names of the variables for which `holds` says yes, given name and value.
    pub(crate) fn names_where(&self, holds: impl Fn(&str, &str) -> bool) -> Vec<OsString> {
        let fits = |(name, value): &(&OsString, &OsString)| holds(&name.to_string_lossy(), &value.to_string_lossy());
        self.values.iter().filter(fits).map(|(name, _)| name.clone()).collect()
    }

    /// Every variable; what is not UTF-8 with replacement characters.
    pub(crate) fn into_texts(self) -> impl Iterator<Item = (String, String)> {
        let text = |text: OsString| text.to_string_lossy().into_owned();
        self.values.into_iter().map(move |(name, value)| (text(name), text(value)))
    }

    /// A switch: on unless it is unset, empty, `0` or `false`.
    pub(crate) fn switch(&self, name: &str) -> bool {
        self.text(name).is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"))
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self { values: pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect() }
    }
}
