//! `jelou call`: one request to a deployed function, as curl would send it, with the runtime token
//! in its header and nowhere else.
//!
//! - It is sent once. There is no retry, no `Idempotency-Key`, and no redirect is followed: whether
//!   a function may run twice is known to its author alone.
//! - Both bodies are streams: a file of any size is sent, and an answer without an end is printed,
//!   in constant memory, each piece as it comes. `--request-timeout` is how long the server may
//!   neither take nor send anything; the whole may take any time.
//! - From the request on stdout belongs to the function: its answer byte for byte, also of a
//!   refusal, and nothing of ours. So the formats of other commands (`--json`, `--jq`, `--quiet`)
//!   are refused, `JELOU_OUTPUT` decides only how an error before the request is shown, and an
//!   error after it is said on stderr alone. A terminal and the log of a job would obey what they
//!   are sent: there the answer is cleaned as other foreign text is, and its last line is ended.
//! - The exit status follows from the answer's: curl ends with 0 after a 404, and the pipeline goes
//!   on.
//! - There is nothing to undo, so a signal has its usual effect and ends the run at once.

mod answer;
mod body;

use reqwest::Method;

use super::{Completion, Context, runtime_access};
use crate::api::PreparedCall;
use crate::api::call::{Body, Call, RequestPath, Word};
use crate::api::wire::Slug;
use crate::ci::Destination;
use crate::cli::call::Call as Args;
use crate::cli::function::ChosenFunction;
use crate::error::Error;
use crate::output::{ForeignData, WriteError};

use answer::Question;

/// Sends the request and prints the answer.
#[allow(clippy::disallowed_methods, reason = "the values are looked for where they must not be")]
pub(crate) async fn run(cx: &Context, args: &Args) -> Result<Completion, Error> {
    let (slug, path) = words(args)?;
    body::check(args)?;
    // Before anything is asked, sent or read from stdin.
    let token = runtime_access::token(cx, args.token_stdin)?;
    let slug = cx.function(slug).await?;
    let body = body::open(cx, args)?;
    let gateway = runtime_access::gateway(cx, &slug)?;
    let usual = if matches!(body, Body::None) { Method::GET } else { Method::POST };
    let method = args.request.as_ref().map_or(usual, |verb| verb.0.clone());
    let question = Question { slug, method: method.clone(), path: path.clone() };
    let call = Call { method, path, headers: args.headers.clone(), body };
    call.check_for_token(&token)?;
    for (_, known) in runtime_access::known_management_tokens(cx) {
        call.check_for_management_token(known.expose())?;
    }
    let failure = exchange(cx, gateway.prepare(&token, call)?, &question).await.err();
    Ok(Completion::Printed { failure })
}

/// The function and the path that the words name.
fn words(args: &Args) -> Result<(ChosenFunction, RequestPath), Error> {
    let (slug, path) = sorted(args)?;
    if let (Some(slug), Some(function)) = (slug, &args.function) {
        return Err(Error::input(format!(
            "With `-f {function}` the word is the PATH, and `{slug}` does not begin with `/`"
        )));
    }
    Ok((ChosenFunction { slug: slug.or(args.function.as_ref()).cloned(), reading: None }, path))
}

fn sorted(args: &Args) -> Result<(Option<&Slug>, RequestPath), Error> {
    let root = RequestPath::root;
    match (&args.word, &args.path) {
        (Some(Word::Path(first)), Some(second)) => {
            let (first, second) = (first.as_str(), second.as_str());
            Err(Error::input(format!("`{first}` and `{second}` are two PATHs, and a call has one"))
                .with_hint("the function is named first: `jelou call SLUG /PATH`"))
        }
        (Some(Word::Path(path)), None) => Ok((None, path.clone())),
        (Some(Word::Slug(slug)), path) => Ok((Some(slug), path.clone().unwrap_or_else(root))),
        (None, path) => Ok((None, path.clone().unwrap_or_else(root))),
    }
}

/// Sends the request, prints the answer piece by piece, and gives the error that its status is.
async fn exchange(cx: &Context, call: PreparedCall<'_>, question: &Question) -> Result<(), Error> {
    let mut answer = call.send().await?;
    let (status, refusal) = (answer.status(), question.refusal(&answer));
    let is_obeyed = cx.output.presentation.terminals.stdout || cx.job.destination() == Destination::JobLog;
    let mut stdout = ForeignData::new(is_obeyed);
    let lost = loop {
        let piece = match answer.piece().await {
            Ok(Some(piece)) => piece,
            Ok(None) => break None,
            Err(lost) => break Some(lost.answered_with(status, answer.request_id())),
        };
        if let Err(error) = stdout.write(&piece) {
            return question.unwritten(error, status, refusal);
        }
    };
    if let Err(error) = stdout.end() {
        return question.unwritten(error, status, refusal);
    }
    match (lost, refusal) {
        (None, None) => Ok(()),
        // Who refuses a body reads no more of it, and closes the connection.
        (Some(_), Some(refusal)) if answer.is_early() => {
            Err(refusal.with_hint("it answered before the whole body was sent, and the connection was lost then"))
        }
        (Some(lost), _) => Err(lost.with_more(&format!(" (its status is {status})"))),
        (None, Some(refusal)) => Err(refusal),
    }
}

impl Question {
    /// What it means that stdout does not take the answer. A reader that has enough of a mere read
    /// is no failure.
    fn unwritten(&self, error: WriteError, status: u16, refusal: Option<Error>) -> Result<(), Error> {
        match (error, refusal) {
            (WriteError::NoReader, Some(refusal)) => Err(refusal),
            (WriteError::NoReader, None) if self.is_read() => Ok(()),
            (error, _) => {
                Err(error.into_error().with_more(&format!("; the request was sent and answered with {status}")))
            }
        }
    }
}
