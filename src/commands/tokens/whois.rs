//! `jelou tokens whois`: whose values stand in a text, whether they are still accepted, and revoking
//! them. The text is read to its end and sent nowhere.

mod again;
mod asked;
mod candidates;
mod deployments;
mod encoded;
mod escaped;
mod found;
mod fresh;
mod reading;
mod report;
mod resolved;
mod revoking;
mod scanner;
mod view;

use std::collections::BTreeSet;

use crate::api::ControlPlane;
use crate::api::wire::{Slug, TokenStatus};
use crate::cli::tokens::Whois;
use crate::commands::deadline::Deadline;
use crate::commands::{Context, bulk, stdin};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::std_streams;
use crate::warning::Warning;
use asked::{Answer, Answers, Unproved};
use candidates::Candidate;
use found::{Finding, Found};
use resolved::{Resolved, Sureness};

pub(crate) use report::FoundToken;

/// Reads, looks up, asks, and revokes.
pub(crate) async fn run(cx: &Context, args: &Whois) -> Result<Outcome, Error> {
    if args.revoke && !cx.interactivity.assume_yes {
        return Err(Error::input("Revoking what is found needs a confirmation, and stdin is the text")
            .with_hint("add `-y` to confirm it in the command"));
    }
    if std_streams::stdin_has_no_text() {
        return Err(Error::input("stdin is closed or `/dev/null`, so there is no text to look through")
            .with_hint("put the text on stdin: `jelou tokens whois < FILE`"));
    }
    stdin::say_if_typed(cx);
    let found = scanner::scan(std_streams::stdin())
        .map_err(|cause| Error::input("The text on stdin cannot be read").caused_by(cause))?;
    if found.length == 0 {
        if args.check {
            return Err(Error::input("stdin held no text, so nothing was checked")
                .with_hint("the command before the pipe wrote nothing: look whether it failed"));
        }
        cx.warn(Warning::new("EMPTY_TEXT", "stdin held no text, so nothing was looked through"));
    }
    warn_of_management_token(cx, &found);
    if found.findings().is_empty() {
        let outcome = Outcome::read(Vec::<FoundToken>::new());
        let but = if found.management_token.is_some() { ", but a management token does" } else { "" };
        let outcome = outcome.line(Line::Text(format!("No runtime token stands in it{but}")));
        return Ok(Outcome { failure: management_token(args, &found), ..outcome });
    }
    if found.are_left_out {
        cx.warn(Warning::new("VALUES_LEFT_OUT", TOO_MANY));
    }
    let control = cx.control()?;
    let mut outcome = Lookup { cx, args, control: &control, findings: found.findings() }.run().await?;
    outcome.failure =
        outcome.failure.take().or_else(|| left_out(args, &found)).or_else(|| management_token(args, &found));
    Ok(outcome)
}

const TOO_MANY: &str = "The text has more values than any log of a pipeline, and was looked through for the first ones";

/// The failure of `--check` for values that were not looked up.
fn left_out(args: &Whois, found: &Found) -> Option<Error> {
    let hint = "run it with one part of the text after the other";
    (args.check && found.are_left_out).then(|| Error::new(ErrorCode::PartialFailure, TOO_MANY).with_hint(hint))
}

/// The failure of `--check` for a value that opens the control plane, of which nobody is asked.
fn management_token(args: &Whois, found: &Found) -> Option<Error> {
    let line = found.management_token.filter(|_| args.check)?;
    let message = format!("A management token stands in line {line}, and may be accepted");
    let hint = "revoke it on the settings page of the platform, where it was made";
    Some(Error::new(ErrorCode::PartialFailure, message).with_hint(hint))
}

/// A value that opens the control plane is worse than one that opens a function.
fn warn_of_management_token(cx: &Context, found: &Found) {
    if let Some(line) = found.management_token {
        let message = format!(
            "Line {line} holds a management token (`jfn_pat_…`), which opens every function: revoke it on the platform"
        );
        cx.warn(Warning::new("MANAGEMENT_TOKEN", message));
    }
}

struct Lookup<'a> {
    cx: &'a Context,
    args: &'a Whois,
    control: &'a ControlPlane,
    findings: &'a [Finding],
}

impl Lookup<'_> {
    async fn run(&self) -> Result<Outcome, Error> {
        let candidates = candidates::of(self.control, self.args.only(), self.findings).await?;
        let mut answers = asked::all(self.cx, self.findings, &candidates.tokens).await?;
        let mut found = resolved::tokens(self.findings, &candidates, &answers);
        // All waiting together takes no longer than `--timeout`.
        let deadline = Deadline::of(self.cx);
        if self.args.revoke && self.args.wait {
            let changed = fresh::wait(self.cx, self.control, &found, deadline).await?;
            let again: Vec<Candidate> =
                candidates.tokens.iter().filter(|token| changed.contains(&token.function)).cloned().collect();
            answers.extend(asked::all(self.cx, self.findings, &again).await?);
            found = resolved::tokens(self.findings, &candidates, &answers);
        }
        let problem = incomplete(&candidates.not_listed, &answers);
        let known: BTreeSet<usize> =
            candidates.tokens.iter().flat_map(|token| token.findings.iter().copied()).collect();
        let unknown: Vec<&Finding> = (0..self.findings.len())
            .filter(|index| !known.contains(index))
            .map(|index| &self.findings[index])
            .collect();
        self.warn_of_prefixes(&candidates.not_compared);
        self.warn(&found, unknown.len(), &answers);
        let mut rows: Vec<FoundToken> = found.iter().map(FoundToken::of).collect();
        let mut outcome = Outcome::read(());
        let mut lines = Vec::new();
        if self.args.revoke {
            let revoked = revoking::revoke(self.cx, self.control, &found, self.args.wait.then_some(deadline)).await?;
            outcome = revoked.outcome;
            let items: Vec<&bulk::Item> = revoked.items.iter().map(|(_, item)| item).collect();
            lines = bulk::lines(&items, revoking::WORDING);
            outcome = outcome.quiet(bulk::ids(&items));
            revoking::tell(&mut rows, revoked.items);
            if self.args.wait && outcome.failure.is_none() {
                outcome.failure = again::ask(self.cx, self.findings, &found, &mut rows, deadline).await.err();
            }
        } else {
            let ids = rows.iter().filter_map(|row| row.id.as_ref().map(ToString::to_string)).collect();
            outcome = outcome.quiet(ids);
        }
        let places: Vec<&Finding> =
            found.iter().map(|found| &self.findings[found.token.findings[0]]).chain(unknown.iter().copied()).collect();
        rows.extend(unknown.iter().map(|finding| FoundToken::unknown(finding)));
        let table = report::table(rows.iter().zip(places), &self.cx.times);
        outcome = lines.into_iter().fold(outcome.line(Line::Table(table)), Outcome::line);
        let failure = outcome.failure.take().or(problem).or_else(|| self.still_accepted(&rows, &answers));
        outcome.failure = match failure {
            None if self.args.check => match Self::not_compared(&candidates.not_compared) {
                None => self.not_live(&candidates.listed, unknown.len(), &found, &rows).await,
                problem => problem,
            },
            failure => failure,
        };
        if let Some(row) = rows.iter().find(|row| row.accepted == Some(true) && !self.args.revoke)
            && let (Some(slug), Some(id)) = (row.function(), row.id.as_ref())
        {
            outcome = outcome
                .next(format!("jelou tokens revoke {slug} {id} --wait"), "revoke it")
                .next(format!("jelou tokens rotate {slug} {id} --to SINK"), "give it a new value");
        }
        outcome.data = Box::new(rows);
        Ok(outcome)
    }

    fn warn_of_prefixes(&self, not_compared: &[Slug]) {
        if !not_compared.is_empty() {
            let message = no_prefixes(not_compared);
            self.cx.warn(Warning::new("PREFIX_NOT_SHOWN", format!("No value can be recognised there: {message}")));
        }
    }

    /// The failure of `--check`: any value may be that of a token of which a list shows too little.
    fn not_compared(slugs: &[Slug]) -> Option<Error> {
        if slugs.is_empty() {
            return None;
        }
        let message = format!("A value may be accepted: {}", no_prefixes(slugs));
        let hint = "ask with the value on stdin: `jelou tokens verify SLUG --token-stdin`";
        Some(Error::new(ErrorCode::PartialFailure, message).with_hint(hint))
    }

    /// Says what people and programs must not overlook.
    fn warn(&self, found: &[Resolved], unknown: usize, answers: &Answers) {
        let unproved = |is: fn(&Unproved) -> bool| {
            let fits = answers.iter().filter(|(_, answer)| matches!(answer, Answer::Unproved(why) if is(why)));
            let mut slugs: Vec<&Slug> = fits.map(|((_, slug), _)| slug).collect();
            slugs.dedup();
            slugs
        };
        let open = unproved(|why| matches!(why, Unproved::LetsAllIn));
        if !open.is_empty() {
            let message = format!(
                "The gateway answers a random token like the value, so nothing is proved: is {} public, or not deployed?",
                names(open.into_iter())
            );
            self.cx.warn(Warning::new("NOT_PROVED", message));
        }
        if !unproved(|why| matches!(why, Unproved::NotAsked)).is_empty() {
            let message =
                "The gateway of this control plane is not known, so it was not asked; name it with `--gateway-url`";
            self.cx.warn(Warning::new("NOT_PROVED", message));
        }
        let too_many = unproved(|why| matches!(why, Unproved::TooMany));
        if !too_many.is_empty() {
            let message = format!(
                "The text has more than {} values with the prefix of a token of {}, or one that may end in too many places; the \
                 gateway was not asked about all",
                asked::AT_MOST,
                names(too_many.into_iter())
            );
            self.cx.warn(Warning::new("TOO_MANY_VALUES", message));
        }
        if !self.args.revoke {
            self.warn_of_doubts(found);
        }
        if unknown > 0 {
            let is_one = unknown == 1;
            let message = match self.args.only() {
                Some(slug) => format!(
                    "{unknown} {} no token of `{slug}`, and other functions were not looked through; \
                     `jelou tokens whois --check` without `-f` does",
                    if is_one { "value fits" } else { "values fit" }
                ),
                None => format!(
                    "{unknown} {} the prefix of no token that this credential may list: revoked or rotated already, or \
                     of another account",
                    if is_one { "value has" } else { "values have" }
                ),
            };
            self.cx.warn(Warning::new("UNKNOWN_VALUE", message));
        }
    }

    /// Says which tokens it may be or not be.
    fn warn_of_doubts(&self, found: &[Resolved]) {
        let refused = found.iter().filter(|found| found.sureness == Sureness::Refused);
        let refused: Vec<String> = refused.filter_map(|found| FoundToken::of(found).label()).collect();
        if !refused.is_empty() {
            let message = format!(
                "The gateway refuses a value with the prefix of an active token: {}; it is another one's, or was found in \
                 part, or is not live yet, so nothing is proved",
                refused.join(", ")
            );
            self.cx.warn(Warning::new("VALUE_REFUSED", message));
        }
        let several = found.iter().filter(|found| matches!(found.sureness, Sureness::OneOf(_)));
        let several: Vec<String> = several.filter_map(|found| FoundToken::of(found).label()).collect();
        if !several.is_empty() {
            let message = format!("One prefix fits several tokens, of which one was found: {}", several.join(", "));
            self.cx.warn(Warning::new("SEVERAL_TOKENS", message));
        }
    }

    /// The failure of `--check`: a token is still accepted, or may be.
    fn still_accepted(&self, rows: &[FoundToken], answers: &Answers) -> Option<Error> {
        let open: Vec<&FoundToken> = rows.iter().filter(|row| row.may_be_accepted()).collect();
        if !self.args.check || open.is_empty() {
            return None;
        }
        let labels: Vec<String> = open.iter().filter_map(|row| row.label()).collect();
        let all_are = open.iter().all(|row| row.accepted == Some(true));
        let what = if all_are { "Still accepted" } else { "Still accepted, or not known to be refused" };
        let message = format!("{what}: {}", labels.join(", "));
        let too_many = answers.values().any(|answer| matches!(answer, Answer::Unproved(Unproved::TooMany)));
        let hint = if too_many && !all_are {
            "the gateway was not asked about all values: run it again with the part of the text that holds the token, or \
             revoke it with `jelou tokens revoke SLUG ID`"
        } else {
            "`jelou tokens whois --revoke -y --wait` with the same text revokes what is found"
        };
        Some(Error::new(ErrorCode::PartialFailure, message).with_hint(hint))
    }

    /// The failure of `--check`: what the lists say may not count yet, so a value that is gone, or
    /// that of a disabled token, may be accepted. What has the prefix of one that is refused may be
    /// a value that is gone, of any function that is looked through.
    async fn not_live(
        &self,
        listed: &[Slug],
        unknown: usize,
        found: &[Resolved],
        rows: &[FoundToken],
    ) -> Option<Error> {
        let is_refused = |(found, row): (&Resolved, &FoundToken)| {
            found.token.status != TokenStatus::Active && row.accepted == Some(false)
        };
        if unknown == 0 && !found.iter().zip(rows).any(is_refused) {
            return None;
        }
        deployments::problem(self.control, &listed.iter().collect()).await
    }
}

/// What could not be found out, so that the result is not all there is.
fn incomplete(not_listed: &[(Slug, Error)], answers: &Answers) -> Option<Error> {
    let not_asked: Vec<(&Slug, &Error)> = answers
        .iter()
        .filter_map(|((_, slug), answer)| match answer {
            Answer::Unproved(Unproved::Failed(error)) => Some((slug, error)),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    if let Some((_, first)) = not_listed.first() {
        let slugs = names(not_listed.iter().map(|(slug, _)| slug));
        parts.push(format!("the tokens of {slugs} could not be listed ({})", first.message()));
    }
    if let Some((_, first)) = not_asked.first() {
        let slugs = names(not_asked.iter().map(|(slug, _)| *slug));
        parts.push(format!("the gateway of {slugs} could not be asked ({})", first.message()));
    }
    if parts.is_empty() {
        return None;
    }
    let message = format!("The result is not complete: {}", parts.join("; "));
    let errors = not_listed.iter().map(|(_, error)| error).chain(not_asked.iter().map(|(_, error)| *error));
    let error = errors.take(1).fold(Error::new(ErrorCode::PartialFailure, message), Error::with_hints_of);
    Some(error.with_hint("run it again with the same text; until then nothing is all clear"))
}

fn no_prefixes(slugs: &[Slug]) -> String {
    format!(
        "the list of {} shows no prefixes that can be compared, for all active tokens or for some",
        names(slugs.iter())
    )
}

/// `a, b, c`, each once.
fn names<'s>(slugs: impl Iterator<Item = &'s Slug>) -> String {
    let mut names: Vec<&str> = slugs.map(Slug::as_str).collect();
    names.sort_unstable();
    names.dedup();
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
