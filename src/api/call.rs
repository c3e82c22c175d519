//! A request to a function, as a user types it. Each part is a type that is either sent as it was
//! typed or cannot be made.
//!
//! - What the URL type or HTTP would change silently (dot segments, blanks, `#`, letters beyond
//!   ASCII) is refused, with what would be sent.
//! - Headers that belong to the connection, to the address or to the token are refused.
//! - The runtime token has one place, `X-Jelou-Token`: a URL or another header ends in logs. A
//!   management token has none here, for the function's author would get to see it.

mod answer;
mod header;
mod path;
mod upload;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::str::FromStr;
use std::sync::Arc;

use bytes::Bytes;
use percent_encoding::percent_decode_str;
use reqwest::Method;

pub(crate) use answer::Answer;
pub use header::HeaderLine;
pub use path::RequestPath;
pub(crate) use path::without_query;
pub(crate) use upload::{Progress, Upload};

use super::wire::Slug;
use crate::error::Error;
use crate::secret::{MANAGEMENT_PREFIX, RUNTIME_PREFIX, RuntimeToken, TOKEN_LENGTH, holds_value};

/// The first word of a call: which function, or what of the default one.
#[derive(Clone, Debug)]
pub enum Word {
    Slug(Slug),
    Path(RequestPath),
}

/// The method of a request, in the case in which it was typed.
#[derive(Clone, Debug)]
pub struct Verb(pub(crate) Method);

/// The body that was typed.
#[derive(Clone, Debug)]
pub struct TypedBody(pub(crate) Bytes);

/// One request to a function.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: RequestPath,
    pub(crate) headers: Vec<HeaderLine>,
    pub(crate) body: Body,
}

/// The body of a request.
pub(crate) enum Body {
    None,
    Whole(Bytes),
    /// Read while it is sent.
    Streamed(Upload),
}

impl Call {
    /// # Errors
    /// `INPUT_ERROR` if the runtime token stands where logs would show it.
    #[allow(clippy::disallowed_methods, reason = "the value is looked for where it must not be")]
    pub(crate) fn check_for_token(&self, token: &RuntimeToken) -> Result<(), Error> {
        let value = token.secret().expose();
        self.logged().find(|(_, text)| holds(text, value)).map_or(Ok(()), |(what, _)| Err(misplaced(what)))
    }

    /// # Errors
    /// `INPUT_ERROR` if this management token, which may have any form, would be sent.
    pub(crate) fn check_for_management_token(&self, value: &str) -> Result<(), Error> {
        let body = match &self.body {
            Body::Whole(text) => Some(("the body", text.to_vec())),
            Body::None | Body::Streamed(_) => None,
        };
        let mut parts = self.logged().chain(body);
        let found = parts.find(|(_, text)| TOKEN_LENGTH.contains(&value.len()) && holds(text, value));
        found.map_or(Ok(()), |(what, _)| Err(misplaced_management_token(what)))
    }

    /// What logs show of a request: the path, as it is and decoded, and the headers.
    fn logged(&self) -> impl Iterator<Item = (&'static str, Vec<u8>)> {
        let path = self.path.as_str();
        let path = [path.as_bytes().to_vec(), percent_decode_str(path).collect()].map(|text| ("the PATH", text));
        let headers = self.headers.iter().filter_map(|line| match line {
            HeaderLine::Send(_, value) => Some(("a header", value.as_bytes().to_vec())),
            HeaderLine::LeaveOut(_) => None,
        });
        path.into_iter().chain(headers)
    }
}

fn holds(text: &[u8], value: &str) -> bool {
    text.windows(value.len()).any(|window| window == value.as_bytes())
}

impl Body {
    /// How far it is sent.
    pub(super) fn progress(&self) -> Arc<Progress> {
        match self {
            Self::None | Self::Whole(_) => Arc::new(Progress::at_its_end()),
            Self::Streamed(upload) => upload.progress(),
        }
    }
}

impl FromStr for Word {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with('/') {
            return text.parse().map(Self::Path);
        }
        if let Some(slug) = Slug::parse(text) {
            return Ok(Self::Slug(slug));
        }
        refuse_tokens(text.as_bytes(), "a word of the command", Tokens::OfBothKinds)?;
        let neither = if text.is_empty() { "An empty word".to_owned() } else { format!("`{}`", without_query(text)) };
        let error = Error::input(format!("{neither} is neither a SLUG nor a PATH"));
        Err(if text.contains("://") {
            error.with_hint(
                "the gateway's address is known: name the function and the PATH, as in `jelou call my-fn /x?y=z`",
            )
        } else {
            error.with_hint(format!("a SLUG has {}; a PATH begins with `/`", Slug::RULE))
        })
    }
}

impl FromStr for Verb {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        refuse_tokens(text.as_bytes(), "the method", Tokens::OfBothKinds)?;
        let refused = |why: &str| Err(Error::input(format!("`{text}` {why}")));
        match Method::from_bytes(text.as_bytes()) {
            Ok(Method::CONNECT) => refused("asks a proxy for a tunnel, not a function for an answer"),
            // RFC 9110, section 9.3.8: it makes the server repeat the request, and it must hold no
            // secret.
            Ok(Method::TRACE) => refused("would make the server repeat the token"),
            Ok(method) => Ok(Self(method)),
            Err(_) => refused("is not a method, such as `PUT` or `DELETE`"),
        }
    }
}

impl TypedBody {
    /// Takes the bytes of an argument.
    ///
    /// # Errors
    /// `INPUT_ERROR` if they hold a management token.
    pub(crate) fn parse(text: &OsStr) -> Result<Self, Error> {
        refuse_tokens(text.as_bytes(), "the body", Tokens::OfTheControlPlane)?;
        Ok(Self(Bytes::copy_from_slice(text.as_bytes())))
    }
}

/// Which tokens a part of a request may not hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tokens {
    OfTheControlPlane,
    OfBothKinds,
}

/// `INPUT_ERROR`, which does not repeat the text, if it holds what looks like a whole token.
fn refuse_tokens(text: &[u8], what: &str, refused: Tokens) -> Result<(), Error> {
    if holds_value(text, MANAGEMENT_PREFIX) {
        return Err(misplaced_management_token(what));
    }
    if refused == Tokens::OfBothKinds && holds_value(text, RUNTIME_PREFIX) {
        return Err(misplaced(what));
    }
    Ok(())
}

/// A token of the control plane where a function's author would see it.
fn misplaced_management_token(what: &str) -> Error {
    Error::input(format!("A management token stands in {what}; none is sent to a function"))
        .with_hint("a function takes a runtime token (`jfn_rt_…`), from `JELOU_FUNCTION_TOKEN` or `--token-stdin`")
}

/// A runtime token where logs would show it.
fn misplaced(what: &str) -> Error {
    Error::input(format!("A runtime token stands in {what}, where logs would show it")).with_hint(
        "give it in `JELOU_FUNCTION_TOKEN` or with `--token-stdin`; it is sent in the header `X-Jelou-Token`",
    )
}
