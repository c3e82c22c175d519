//! A header of a request, as curl writes it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use reqwest::header::{self, HeaderName, HeaderValue};

use super::{Tokens, refuse_tokens};
use crate::api::wire::TOKEN_HEADER;
use crate::error::Error;

/// Headers that are not the user's, and why.
const REFUSED: &[(&[&str], &str)] = &[
    (&[TOKEN_HEADER], "holds the token, which comes from `JELOU_FUNCTION_TOKEN` or `--token-stdin`"),
    (&["host"], "follows from the gateway's address; another gateway is named with `--gateway-url`"),
    (&["content-length", "transfer-encoding", "trailer"], "follows from the body"),
    (
        &["connection", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings", "proxy-authorization"],
        "belongs to the connection, not to the request",
    ),
    (&["expect"], "asks for an answer before the body is sent, and it is sent at once"),
];

/// A header to send, or one that is sent otherwise and shall not be.
#[derive(Clone, Debug)]
pub enum HeaderLine {
    Send(HeaderName, HeaderValue),
    LeaveOut(HeaderName),
}

impl HeaderLine {
    /// Reads `Name: value`, `Name;` for an empty value, and `Name:` for leaving out a header that
    /// is sent by itself (curl(1), `--header`).
    ///
    /// # Errors
    /// `INPUT_ERROR` for what cannot be sent as typed. It does not repeat the value, which may be a
    /// secret.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, Error> {
        let text = text.as_bytes();
        refuse_tokens(text, "a header", Tokens::OfBothKinds)?;
        let (name, value) = match text.iter().position(|byte| *byte == b':') {
            Some(at) => (&text[..at], &text[at + 1..]),
            None => match text.split_last() {
                Some((b';', name)) => (name, &text[text.len()..]),
                _ => return Err(Error::input("A header has no colon").with_hint(FORM)),
            },
        };
        let is_bare = text.ends_with(b":") || (text.contains(&b':') && value.trim_ascii().is_empty());
        let name = HeaderName::from_bytes(name)
            .map_err(|_| Error::input("A header's name is empty or has a character that none has").with_hint(FORM))?;
        let of_ours = REFUSED.iter().find(|(names, _)| names.contains(&name.as_str()));
        if let Some((_, why)) = of_ours {
            return Err(Error::input(format!("The header `{name}` cannot be chosen: it {why}")));
        }
        if is_bare {
            return match name {
                header::CONTENT_TYPE | header::USER_AGENT => Ok(Self::LeaveOut(name)),
                _ => Err(Error::input(format!("The header `{name}` has no value"))
                    .with_hint(format!("`-H '{name};'` sends it empty"))),
            };
        }
        // Blanks around a value are no part of it (RFC 9110, section 5.5).
        let mut value = HeaderValue::from_bytes(value.trim_ascii())
            .map_err(|_| Error::input(format!("The header `{name}` has a line break or another control character")))?;
        value.set_sensitive(true);
        Ok(Self::Send(name, value))
    }

    /// Its name in lower case.
    pub(crate) fn name(&self) -> &HeaderName {
        match self {
            Self::Send(name, _) | Self::LeaveOut(name) => name,
        }
    }
}

const FORM: &str = "write it as `-H 'Name: value'`";
