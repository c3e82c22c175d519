//! `jelou tokens recover`: what a run that was killed left behind.
//!
//! The recovery log holds the request and its key. While the platform remembers the key, sending
//! the same again gives the same token: its value is delivered now, or it is revoked. Later the
//! same request would create another one, so the token is only looked for and named.

use std::time::Duration;

use jiff::Timestamp;

use crate::api::ControlPlane;
use crate::api::wire::Deployment;
use crate::cli::tokens::Recover;
use crate::commands::bulk::{self, Item, Subject, Wording};
use crate::commands::issuance::lost_token::{Found, SAME_REQUEST, SeenToken};
use crate::commands::issuance::request::Orphan;
use crate::commands::issuance::sinks::Unprintable;
use crate::commands::issuance::{Custody, IssueRequest};
use crate::commands::named::{self, Thing};
use crate::commands::{Completion, Context};
use crate::config::recovery_log::{self, EntryHandle, RecoveryEntry};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};
use crate::warning::Warning;

const REVOKED: Wording = Wording { again: "run it again", ..super::revoke::WORDING };
const FORGOTTEN: Wording = Wording {
    done: "Entry forgotten, though the token may still exist",
    noun: "entry",
    verb: "forgotten",
    all_done: "forgotten",
    again: "run it again",
};
/// How long the platform remembers a key (24 h), less an hour for clocks that disagree.
const REMEMBERED: Duration = Duration::from_secs(23 * 3600);

type Left = (RecoveryEntry, EntryHandle);

impl Subject for Left {
    fn item(&self) -> Item {
        Item::done(&self.0.id.to_string(), None, Some(&self.0.name), "revoked")
    }
}

/// Delivers or revokes what was left behind.
pub(crate) async fn run(cx: &Context, args: &Recover) -> Result<Completion, Error> {
    if args.revoke {
        cx.interactivity.needs_confirmation("Revoking what was left behind")?;
    }
    let mut left = left_behind(cx, args.entry.as_deref())?;
    if left.is_empty() {
        if !args.revoke && !args.forget {
            return Err(Error::new(ErrorCode::NotFound, "Nothing was left behind"));
        }
        let nothing: [(); 0] = [];
        return Ok(Outcome::read(nothing).line(Line::Text("Nothing was left behind".to_owned())).into());
    }
    if args.forget {
        return Ok(forget(left)?.into());
    }
    let control = cx.control()?;
    let origin = cx.identity()?.api_url.origin();
    if let Some((other, _)) = left.iter().find(|(entry, _)| entry.api_origin != origin) {
        let message = format!("The token `{}` was left behind on {}, not on {origin}", other.name, other.api_origin);
        return Err(
            Error::input(message).with_hint("use `--api-url` or `--profile` to go there, or name another entry")
        );
    }
    if args.revoke {
        let thing = |(entry, _): &Left| Thing { name: describe(entry), about: String::new() };
        let things: Vec<Thing> = left.iter().map(thing).collect();
        let what = match things.as_slice() {
            [token] => format!("the token {} that was left behind", token.name),
            several => named::several(cx, "tokens that were left behind", several),
        };
        cx.confirm("Revoking what was left behind", &format!("Revoke {what}?"))?;
        return Ok(revoke(cx, &control, left, args.entry.is_some()).await?.into());
    }
    if left.len() > 1 {
        let ids: Vec<String> = left.iter().map(|(entry, _)| describe(entry)).collect();
        return Err(Error::input(format!("{} tokens were left behind: {}", ids.len(), ids.join(", ")))
            .with_hint("name one, or revoke all of them with `jelou tokens recover --revoke`"));
    }
    match left.pop() {
        Some((entry, handle)) => deliver(cx, &control, args, entry, handle).await,
        None => Err(Error::new(ErrorCode::NotFound, "Nothing was left behind")),
    }
}

/// Says once that something was left behind, so that the next run after a crash does not go by in
/// silence.
pub(crate) fn remind(cx: &Context) {
    let Some(folder) = cx.state_folder() else { return };
    let count = recovery_log::count(&folder);
    if count > 0 {
        let runs = if count == 1 { "An earlier run".to_owned() } else { format!("{count} earlier runs") };
        let message = format!("{runs} may have left a token behind; see `jelou tokens recover`");
        cx.warn(Warning::new("LEFT_BEHIND", message));
    }
}

fn left_behind(cx: &Context, named: Option<&str>) -> Result<Vec<Left>, Error> {
    let Some(folder) = cx.state_folder() else { return Ok(Vec::new()) };
    let listed = recovery_log::list(&folder);
    listed.warnings.into_iter().for_each(|warning| cx.warn(warning));
    let Some(named) = named else { return Ok(listed.entries) };
    let found: Vec<Left> =
        listed.entries.into_iter().filter(|(entry, _)| entry.id.to_string().starts_with(named)).collect();
    if found.len() == 1 {
        return Ok(found);
    }
    Err(Error::new(
        ErrorCode::NotFound,
        format!("`{named}` is the beginning of the ids of {} entries, not of one", found.len()),
    ))
}

/// Drops the entries, for tokens that nobody can ask about any more.
fn forget(left: Vec<Left>) -> Result<Outcome, Error> {
    let forget_one = |(entry, handle): Left| {
        let text = entry.id.to_string();
        match handle.remove() {
            Ok(()) => Item::done(&text, None, Some(&entry.name), "forgotten"),
            Err(cause) => {
                let error = Error::unknown("The entry could not be removed", cause);
                Item::failed(&text, None, Some(&entry.name), error)
            }
        }
    };
    bulk::outcome(left.into_iter().map(forget_one).collect::<Vec<_>>(), FORGOTTEN)
}

fn describe(entry: &RecoveryEntry) -> String {
    let id = entry.id.to_string();
    let profile = entry.profile.as_ref().map(|profile| format!(", profile {profile}")).unwrap_or_default();
    let id = id.split('-').next().unwrap_or(&id);
    format!("{id} (`{}` of {}, {}{profile})", entry.name, entry.function, entry.started_at)
}

fn is_remembered(entry: &RecoveryEntry, now: Timestamp) -> bool {
    now.duration_since(entry.started_at).unsigned_abs() < REMEMBERED
}

async fn deliver(
    cx: &Context,
    control: &ControlPlane,
    args: &Recover,
    entry: RecoveryEntry,
    handle: EntryHandle,
) -> Result<Completion, Error> {
    if !is_remembered(&entry, Timestamp::now()) {
        return Err(forgotten(control, &entry, handle).await?);
    }
    let sinks = cx.sinks(control, &args.delivery, Unprintable::Refuse).await?;
    let request = IssueRequest::recorded(control, &entry);
    let custody = Custody::resume(cx, request, &sinks, handle, entry.started_at)?;
    let token = custody.obtain().await.issued()?.mask().await?.deliver().await?;
    let token = token.unproved(|Deployment { id, .. }| {
        let wait = format!("jelou deployments wait {} {id}", entry.function);
        let message = format!("The token is accepted once the deployment {id} is live; `{wait}` waits for that");
        Warning::new("NOT_YET_LIVE", message)
    });
    token.print(|token| token.outcome(&cx.times, format!("Recovered token \"{}\"", entry.name), None)).await
}

/// The platform does not know the key: the token, if there is one, is named and left to a person.
async fn forgotten(control: &ControlPlane, entry: &RecoveryEntry, handle: EntryHandle) -> Result<Error, Error> {
    let tokens = match control.tokens(&entry.function).await {
        Err(error) if error.is_absent() => Vec::new(),
        listed => listed?.value,
    };
    let apart = |created: Timestamp| created.duration_since(entry.started_at).unsigned_abs();
    let same = tokens.iter().find(|token| token.name == entry.name && apart(token.created_at) < SAME_REQUEST);
    let _ = handle.remove();
    Ok(match same {
        Some(token) => Error::new(
            ErrorCode::Conflict,
            format!("The value of token {} (`{}`) can no longer be fetched", token.id, token.name),
        )
        .with_fields(&Orphan::of(token))
        .with_hint(format!("revoke it with `jelou tokens revoke {} {} -y`", entry.function, token.id)),
        None => Error::new(ErrorCode::NotFound, format!("Nothing is left of the token `{}`", entry.name)),
    })
}

/// Revokes what was left behind. Under a key that the user gave, another run may have delivered the
/// same token: it is revoked only if its entry is named.
async fn revoke(cx: &Context, control: &ControlPlane, left: Vec<Left>, is_named: bool) -> Result<Outcome, Error> {
    let now = Timestamp::now();
    let items = bulk::each(cx, "Revoking tokens", left, async |(entry, handle): Left| {
        if entry.key.is_given() && !is_named {
            let id = entry.id.to_string();
            let message = format!(
                "The token `{}` stays, for another run with the same key may have delivered it; `jelou tokens recover {id} --revoke` revokes it nevertheless, `--forget` drops the entry",
                entry.name
            );
            return Item::failed(&id, None, Some(&entry.name), Error::new(ErrorCode::Conflict, message));
        }
        revoke_one(control, &entry, handle, is_remembered(&entry, now)).await
    });
    bulk::outcome(items.await?, REVOKED)
}

async fn revoke_one(control: &ControlPlane, entry: &RecoveryEntry, handle: EntryHandle, remembered: bool) -> Item {
    let text = entry.id.to_string();
    let name = Some(entry.name.as_str());
    let request = IssueRequest::recorded(control, entry);
    let found = if remembered { Some(request.identify(&handle).await) } else { None };
    match found {
        Some(Ok(Found { token, .. })) if request.is_not_its(&token).await.is_some() => {
            let message = format!("The server's answer is about {}, which is another token", token.id);
            Item::failed(&text, None, name, Error::new(ErrorCode::ApiError, message))
        }
        Some(Ok(Found { token: SeenToken { id, .. }, .. })) => match request.revoke(&id).await {
            Ok(was_there) => {
                let _ = handle.remove();
                Item::done(&text, Some(id.as_str()), name, if was_there { "revoked" } else { "missing" })
            }
            Err(error) => Item::failed(&text, Some(id.as_str()), name, error.into_error()),
        },
        Some(Err(error)) if !error.is_refused_for_good() => Item::failed(&text, None, name, error.into_error()),
        Some(Err(_)) | None => match forgotten(control, entry, handle).await {
            Ok(error) if error.code() == ErrorCode::NotFound => Item::done(&text, None, name, "missing"),
            Ok(error) | Err(error) => Item::failed(&text, None, name, error),
        },
    }
}
