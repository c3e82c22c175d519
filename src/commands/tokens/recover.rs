//! `jelou tokens recover`: what a run that was killed left behind.
//!
//! The journal holds the request and its key. While the platform remembers the key, sending the same again gives the same
//! token: its value is handed over now, or it is revoked. Later the same request would create another one, so the token is
//! only looked for and named.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::issue::issue;
use crate::api::{ControlPlane, IdempotencyKey};
use crate::cli::tokens::Recover;
use crate::commands::Context;
use crate::commands::bulk::{self, Item, Wording};
use crate::commands::handover::{Handover, finish};
use crate::commands::mint::{MintRequest, Minting, says_that_nothing_is_there};
use crate::config::recovery_log::{self, EntryHandle, RecoveryEntry, Request};
use crate::error::Error;
use crate::exit::ErrorCode;
use crate::output::{Line, Outcome};

const COMMAND: &str = "tokens recover";
const WORDING: Wording = Wording { one: "Token revoked", each: "Revoked token", verb: "revoked" };
const FORGETTING: Wording =
    Wording { one: "Forgotten; the token may still exist", each: "Forgot token", verb: "forgotten" };
/// How long the platform remembers a key, less an hour for clocks that disagree.
const REMEMBERED: Duration = Duration::from_secs(23 * 3600);

type Left = (RecoveryEntry, EntryHandle);

/// Hands over or revokes what was left behind.
///
/// # Errors
/// `INPUT_ERROR` if several were and none is named; those of the requests.
pub async fn run(cx: &Context, args: &Recover) -> Result<Outcome, Error> {
    if args.revoke {
        cx.interactivity.needs_confirmation("Revoking what was left behind")?;
    }
    let mut left = left_behind(cx, args.intent.as_deref())?;
    if left.is_empty() {
        if !args.revoke && !args.forget {
            return Err(Error::new(ErrorCode::NotFound, "Nothing was left behind"));
        }
        return Ok(Outcome::read(json!([])).line(Line::Text("Nothing was left behind".to_owned())));
    }
    if args.forget {
        return forget(left);
    }
    let control = cx.control()?;
    let origin = cx.identity()?.api_url.origin();
    if let Some((other, _)) = left.iter().find(|(intent, _)| intent.api_origin != origin) {
        let message = format!("The token `{}` was left behind on {}, not on {origin}", other.name, other.api_origin);
        return Err(
            Error::input(message).with_hint("use `--api-url` or `--profile` to go there, or name another intent")
        );
    }
    if args.revoke {
        cx.confirm("Revoking what was left behind", &format!("Revoke {} tokens that were left behind?", left.len()))?;
        return revoke(cx, &control, left).await;
    }
    match (left.pop(), left.is_empty()) {
        (Some((intent, handle)), true) => fetch(cx, &control, args, intent, handle).await,
        (Some(last), false) => {
            left.push(last);
            let ids: Vec<String> = left.iter().map(|(intent, _)| describe(intent)).collect();
            Err(Error::input(format!("{} tokens were left behind: {}", ids.len(), ids.join(", ")))
                .with_hint("name one, or revoke all of them with `jelou tokens recover --revoke`"))
        }
        (None, _) => Ok(Outcome::default()),
    }
}

/// Says once that something was left behind, so that the next run after a crash does not go by in silence.
pub fn remind(cx: &Context) {
    let Some(folder) = cx.state_folder() else { return };
    let count = recovery_log::count(&folder);
    if count > 0 {
        let runs = if count == 1 { "An earlier run".to_owned() } else { format!("{count} earlier runs") };
        let message = format!("{runs} may have left a token behind; see `jelou tokens recover`");
        cx.warn(crate::warning::Warning::new("LEFT_BEHIND", message));
    }
}

fn left_behind(cx: &Context, named: Option<&str>) -> Result<Vec<Left>, Error> {
    let Some(folder) = cx.state_folder() else { return Ok(Vec::new()) };
    let listed = recovery_log::list(&folder);
    listed.warnings.into_iter().for_each(|warning| cx.warn(warning));
    let Some(named) = named else { return Ok(listed.entries) };
    let found: Vec<Left> =
        listed.entries.into_iter().filter(|(intent, _)| intent.id.to_string().starts_with(named)).collect();
    if found.len() == 1 {
        return Ok(found);
    }
    Err(Error::new(ErrorCode::NotFound, format!("`{named}` names {} intents, not one", found.len())))
}

/// Drops the entries, for tokens that nobody can ask about any more.
fn forget(left: Vec<Left>) -> Result<Outcome, Error> {
    let mut items = Vec::new();
    for (intent, handle) in left {
        let text = intent.id.to_string();
        let removed = handle.remove();
        items.push(match removed {
            Ok(()) => Item::done(&text, None, Some(&intent.name), "forgotten"),
            Err(cause) => {
                let error = Error::unknown("The entry could not be removed", cause);
                Item::failed(&text, None, Some(&intent.name), error)
            }
        });
    }
    bulk::outcome(items, FORGETTING)
}

fn describe(intent: &RecoveryEntry) -> String {
    let id = intent.id.to_string();
    format!("{} (`{}` of {}, {})", id.split('-').next().unwrap_or(&id), intent.name, intent.function, intent.started_at)
}

fn minting(control: &ControlPlane, intent: &RecoveryEntry) -> Result<Minting, Error> {
    let request = match &intent.request {
        Request::Create(body) => MintRequest::Create(body.clone()),
        Request::Rotate { replaces, body } => MintRequest::Rotate(replaces.clone(), body.clone()),
    };
    Ok(Minting {
        control: control.clone(),
        slug: intent.function.clone(),
        name: intent.name.clone(),
        key: IdempotencyKey::given(intent.key.as_str())?,
        again: None,
        request,
    })
}

fn is_remembered(intent: &RecoveryEntry, now: Timestamp) -> bool {
    now.duration_since(intent.started_at).unsigned_abs() < REMEMBERED
}

async fn fetch(
    cx: &Context,
    control: &ControlPlane,
    args: &Recover,
    intent: RecoveryEntry,
    handle: EntryHandle,
) -> Result<Outcome, Error> {
    if !is_remembered(&intent, cx.now()) {
        return Err(forgotten(control, &intent, handle).await?);
    }
    let handover = Handover::prepare(cx, control, &args.delivery).await?;
    let minted = minting(control, &intent)?.resume(cx, handle, intent.started_at).await?;
    let issued = issue(cx, minted, &handover, None).await?;
    let token = issued.minted.value.clone();
    let done = format!("Recovered token \"{}\"", intent.name);
    finish(cx, COMMAND, &handover, token, issued.outcome(done, handover.prints())).await
}

/// The platform does not know the key: the token, if there is one, is named and left to a person.
async fn forgotten(control: &ControlPlane, intent: &RecoveryEntry, handle: EntryHandle) -> Result<Error, Error> {
    let tokens = match control.tokens(&intent.function).await {
        Err(error) if error.code() == ErrorCode::NotFound => Vec::new(),
        listed => listed?.value,
    };
    let age = |created: Timestamp| created.duration_since(intent.started_at).unsigned_abs();
    let same =
        tokens.iter().find(|token| token.name == intent.name && age(token.created_at) < Duration::from_secs(600));
    let _ = handle.remove();
    Ok(match same {
        Some(token) => Error::new(
            ErrorCode::Conflict,
            format!("The value of token {} (`{}`) can no longer be fetched", token.id, token.name),
        )
        .with_details(json!({ "orphan": { "id": token.id, "name": token.name, "created_at": token.created_at } }))
        .with_hint(format!("revoke it with `jelou tokens revoke {} {} -y`", intent.function, token.id)),
        None => Error::new(ErrorCode::NotFound, format!("Nothing is left of the token `{}`", intent.name)),
    })
}

async fn revoke(cx: &Context, control: &ControlPlane, left: Vec<Left>) -> Result<Outcome, Error> {
    let now = cx.now();
    let items = bulk::each(cx, "Revoking", left, async |(intent, handle): Left| {
        let text = intent.id.to_string();
        let name = Some(intent.name.as_str());
        let minting = match minting(control, &intent) {
            Ok(minting) => minting,
            Err(error) => return Item::failed(&text, None, name, error),
        };
        let found = if is_remembered(&intent, now) {
            minting.find().await
        } else {
            Err(Error::new(ErrorCode::NotFound, "The key is forgotten"))
        };
        match found {
            Ok(id) => match minting.revoke(&id).await {
                Ok(()) => {
                    let _ = handle.remove();
                    Item::done(&text, Some(id.as_str()), name, "revoked")
                }
                Err(error) if error.code() == ErrorCode::NotFound => {
                    let _ = handle.remove();
                    Item::done(&text, Some(id.as_str()), name, "missing")
                }
                Err(error) => Item::failed(&text, Some(id.as_str()), name, error),
            },
            Err(error) if !error.may_have_happened() && says_that_nothing_is_there(&error) => {
                match forgotten(control, &intent, handle).await {
                    Ok(error) if error.code() == ErrorCode::NotFound => Item::done(&text, None, name, "missing"),
                    Ok(error) | Err(error) => Item::failed(&text, None, name, error),
                }
            }
            Err(error) => Item::failed(&text, None, name, error),
        }
    })
    .await;
    bulk::outcome(items, WORDING)
}
