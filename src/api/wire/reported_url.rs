//! URLs that the server reports. They are shown and never called, but a script may call them: a
//! text such as `--output=x` in the place of one would be an option there.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use url::Url;

fn is_web_url(text: &str) -> bool {
    let parsed = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    // `Url` leaves out tabs and line feeds and blanks at both ends, which stay in the text.
    parsed && text.bytes().all(|byte| byte.is_ascii_graphic()) && text.starts_with("http")
}

/// A URL, or nothing for null and an empty text.
pub(super) fn url_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty()) {
        Some(text) if !is_web_url(&text) => Err(D::Error::custom("not an `http` or `https` URL")),
        url => Ok(url),
    }
}

/// A URL, or nothing for anything else: the answer holds a token that must not be lost for it.
pub(super) fn url_if_it_is_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| is_web_url(text)))
}
