//! The path and the query of a request.

use std::borrow::Cow;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{Tokens, refuse_tokens};
use crate::error::Error;

/// A path, with its query, that is sent exactly as it was typed. It begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestPath(String);

impl RequestPath {
    pub(crate) fn root() -> Self {
        Self("/".to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL below the base of a function.
    pub(crate) fn below(&self, base: &Url) -> Result<Url, Error> {
        let text = format!("{}{}", base.as_str().trim_end_matches('/'), self.0);
        let too_long = || Error::input("PATH is too long for a URL");
        // The type of the URL changed nothing below `http://h`, so it changes nothing here.
        let url = Url::parse(&text).map_err(|_| too_long())?;
        // The type that sends it has a limit of 64 KiB.
        text.parse::<hyper::Uri>().map_err(|_| too_long())?;
        Ok(url)
    }
}

impl FromStr for RequestPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        for text in [text.as_bytes(), &decoded] {
            refuse_tokens(text, "the PATH", Tokens::OfBothKinds)?;
        }
        if !text.starts_with('/') {
            let what = if text.is_empty() { "An empty word".to_owned() } else { format!("`{}`", without_query(text)) };
            return Err(Error::input(format!("{what} is no PATH, which begins with `/`"))
                .with_hint("the function is named first: `jelou call SLUG /PATH`"));
        }
        let shown = without_query(text);
        let refused = |why: &str| Error::input(format!("PATH `{shown}` cannot be sent as typed: {why}"));
        if text.contains('#') {
            return Err(refused("`#` and what follows it never leaves a client").with_hint("write `%23` for a `#`"));
        }
        match as_sent(text) {
            Some(sent) if sent == text => Ok(Self(sent)),
            Some(sent) => Err(refused(&match without_query(&sent) {
                same if same == shown => "its query would be percent-encoded".to_owned(),
                other => format!("it would become `{other}`"),
            })
            .with_hint("percent-encode what is not plain ASCII, and leave out `.` and `..` between slashes")),
            None => Err(refused("no URL can hold it")),
        }
    }
}

/// A path or a URL as a message may repeat it: queries hold keys.
pub(crate) fn without_query(text: &str) -> Cow<'_, str> {
    match text.split_once('?') {
        Some((path, _)) => format!("{path}?…").into(),
        None => text.into(),
    }
}

/// What the types of the URL and of the request would make of a path.
fn as_sent(text: &str) -> Option<String> {
    let url = Url::parse(&format!("http://h{text}")).ok()?;
    let sent = url.as_str().strip_prefix("http://h")?;
    sent.parse::<hyper::Uri>().ok()?;
    Some(sent.to_owned())
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::properties;

    proptest! {
        #![proptest_config(properties::config(500))]

        /// What is accepted is below any base what it was, and what is refused is no such path.
        #[test]
        fn a_path_is_sent_as_typed(text in "/(\\.|\\.\\.|/|%2e|%|a|é| |\\?|#|\\\\|\t|\n|['\"<>{}|^`~!$&()*+,;=:@\\[\\]-]){0,8}") {
            if let Ok(path) = text.parse::<RequestPath>() {
                for base in ["http://127.0.0.1:1/fn/my-fn", "https://my-fn.fn.jelou.ai/", "https://a/x/my-fn/y/"] {
                    let url = path.below(&Url::parse(base).expect(base)).expect("a URL");
                    prop_assert_eq!(url.as_str(), format!("{}{text}", base.trim_end_matches('/')));
                    let uri: hyper::Uri = url.as_str().parse().expect("a URI");
                    prop_assert!(uri.path_and_query().expect("a path").as_str().ends_with(&text));
                }
            } else {
                let plain = |c: char| c.is_ascii_alphanumeric() || "/%?-~!$&()*+,;=:@[]|".contains(c);
                let has_dots = text.split(['/', '?']).any(|part| part.replace("%2e", ".").trim_matches('.').is_empty() && !part.is_empty());
                prop_assert!(!text.chars().all(plain) || has_dots, "{text} could be sent");
            }
        }
    }
}
