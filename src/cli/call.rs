//! `jelou call`

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use crate::api::call::{HeaderLine, RequestPath, TypedBody, Verb, Word};
use crate::api::wire::Slug;
use crate::typed_path;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  jelou call my-fn\n  \
    jelou call my-fn '/search?q=tea'\n  \
    jelou call my-fn -d '{\"name\": \"Ada\"}'\n  \
    jelou call my-fn /upload -d @photo.png -H 'Content-Type: image/png'\n  \
    jelou call my-fn /items/7 -X DELETE\n  \
    cat events.ndjson | jelou call my-fn -d @- -H 'Content-Type: application/x-ndjson'\n  \
    printf %s \"$TOKEN\" | jelou call my-fn --token-stdin")]
pub struct Call {
    /// The function [default: `JELOU_FUNCTION`, then `jelou.json`]; a word that begins with `/` is
    /// the PATH
    #[arg(value_name = "SLUG")]
    pub(crate) word: Option<Word>,
    /// The path and the query, sent as typed [default: /]
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<RequestPath>,
    /// The function; then the word is the PATH
    #[arg(short = 'f', long, value_name = "SLUG")]
    pub(crate) function: Option<Slug>,
    /// Send a body, by POST unless `-X` says otherwise: a text, `@FILE`, or `@-` for stdin, all of
    /// it as it is. It is `application/json` unless `-H` names another `Content-Type`
    #[arg(short, long, value_name = "BODY", allow_hyphen_values = true,
        value_parser = OsStringValueParser::new().try_map(|text| body(&text)))]
    pub(crate) data: Option<Body>,
    /// The method [default: GET, or POST with `-d`]
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) request: Option<Verb>,
    /// A header, repeatable: `Name: value`; `Name;` sends an empty one; `Content-Type:` and
    /// `User-Agent:` leave out what is sent by itself
    #[arg(short = 'H', long = "header", value_name = "HEADER",
        value_parser = OsStringValueParser::new().try_map(|text| HeaderLine::parse(&text)))]
    pub(crate) headers: Vec<HeaderLine>,
    /// Read the runtime token from stdin instead of `JELOU_FUNCTION_TOKEN`
    #[arg(long)]
    pub(crate) token_stdin: bool,
}

/// Where the body comes from.
#[derive(Clone, Debug)]
pub enum Body {
    Text(TypedBody),
    File(PathBuf),
    Stdin,
}

fn body(text: &OsStr) -> Result<Body, Box<dyn std::error::Error + Send + Sync>> {
    match text.as_bytes().strip_prefix(b"@") {
        None => Ok(Body::Text(TypedBody::parse(text)?)),
        Some(b"") => Err("`@` names no file; stdin is `@-`".into()),
        Some(b"-") => Ok(Body::Stdin),
        Some(path) => Ok(Body::File(typed_path::parse(OsStr::from_bytes(path).into())?)),
    }
}
