//! Runs one case and notes what is there afterwards.

use std::time::{Duration, Instant};

use jelou::sandbox::Fault as Scripted;
use serde_json::json;

use super::case::{Case, Fault, Interruption, Moment, Setting, Times, Trouble};
use super::verbs::{FUNCTION, Key, OTHER, Sink, Verb};
use super::world::{LOG, Tokens, World, tokens};
use crate::support::cli::Ran;
use crate::support::running::{Ended, Running, until};

/// How long a held request is held after the signal if nothing shows that the signal was received.
const HELD: Duration = Duration::from_millis(150);

/// A run that has ended, and the world after it.
pub struct Run {
    pub world: World,
    pub ended: Ended,
    pub took: Duration,
    pub after: Tokens,
    /// What is there once `jelou tokens recover --revoke` has undone what this run left to it.
    pub recovered: Option<(Ran, Tokens)>,
    /// The requests that it made, as `METHOD /path: status`.
    pub requests: Vec<String>,
}

/// Prepares a world and runs the case in it.
pub fn run(case: &Case) -> Run {
    let mut world = World::of(case.setting);
    if let Some(trouble) = &case.trouble {
        inject(&mut world, trouble);
    }
    if case.setting.keys_ignored {
        world.cli.sandbox.inject(Scripted::key_ignored().always());
    }
    if let Some(Interruption { at, moment, .. }) = case.interruption {
        let hold = match moment {
            Moment::Before => Scripted::hang_before(),
            Moment::After => Scripted::hang_after(),
        };
        world.cli.sandbox.inject(hold.after(at - 1));
    }
    let earlier = world.cli.sandbox.requests().len();
    let arguments = case.setting.arguments(&world.old);
    let mut command = world.cli.process(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    command.stdin(std::fs::File::open(world.cli.folder().join(LOG)).unwrap());
    let began = Instant::now();
    let mut running = if case.setting.sink == Sink::Closed {
        let (reader, writer) = std::io::pipe().unwrap();
        command.stdout(writer);
        drop(reader);
        Running::start_into(command)
    } else {
        Running::start(command)
    };
    if let Some(interruption) = case.interruption {
        interrupt(&world, &mut running, interruption, hangs_before(case.trouble, interruption.at));
    }
    let ended = running.end();
    let took = began.elapsed();
    let sandbox = &world.cli.sandbox;
    sandbox.clear_faults();
    // What is not held is carried out before the state is looked at, also if its client has gone.
    // A request that a fault holds is lost.
    until("all answers", || {
        (sandbox.requests().iter().filter(|request| is_open(request)).count() <= sandbox.held()).then_some(())
    });
    let logged = sandbox.requests();
    let requests = logged[earlier..].iter().map(|request| {
        let status = request.status.map_or_else(|| "lost".to_owned(), |status| status.to_string());
        format!("{} {}: {status}", request.method, request.path)
    });
    let (requests, after) = (requests.collect(), tokens(&world.cli));
    let recovered = recover(case, &world);
    Run { world, ended, took, after, recovered, requests }
}

/// Undoes what the run has left to a recovery, where the platform can tell which token it was and
/// no other run holds it.
fn recover(case: &Case, world: &World) -> Option<(Ran, Tokens)> {
    let Setting { verb, key, keys_ignored, .. } = case.setting;
    let is_of_this_run = !keys_ignored && key != Key::Used && !matches!(verb, Verb::Recover | Verb::RecoverRevoke);
    if !is_of_this_run || world.intents().is_empty() {
        return None;
    }
    // What was lost on the way comes late, but it comes.
    world.cli.sandbox.release();
    // Under a given key an entry is revoked only if it is named.
    let named = if key == Key::Given { world.intent_ids().into_iter().map(Some).collect() } else { vec![None] };
    let mut ran = named.iter().map(|entry| {
        let all = ["tokens", "recover", "--revoke", "-y", "--json"];
        let arguments: Vec<&str> = all.into_iter().chain(entry.as_deref()).collect();
        world.cli.jelou(&arguments)
    });
    let first = ran.next()?;
    let worst = ran.fold(first, |worst, next| if worst.status == 0 { next } else { worst });
    Some((worst, tokens(&world.cli)))
}

/// Whether a request is still being handled.
fn is_open(request: &jelou::sandbox::LoggedRequest) -> bool {
    let is_lost = |fault: &String| fault.starts_with("reset");
    request.status.is_none() && !request.faults.iter().any(is_lost)
}

/// How many requests before this one a fault holds, too.
fn hangs_before(trouble: Option<Trouble>, at: u32) -> usize {
    let hangs = trouble.filter(|trouble| matches!(trouble.fault, Fault::HangBefore | Fault::HangAfter));
    let count = hangs.map_or(0, |trouble| match trouble.times {
        Times::Some(count) => count.min(at.saturating_sub(trouble.at)),
        Times::All => at.saturating_sub(trouble.at),
    });
    usize::try_from(count).unwrap()
}

/// Waits until the request is held, sends the signals at once, and lets the request go on as soon
/// as something shows that they were received. `others` are held besides.
fn interrupt(world: &World, running: &mut Running, interruption: Interruption, others: usize) {
    let sandbox = &world.cli.sandbox;
    until("the held request, or the end", || (sandbox.held() > others || running.has_ended()).then_some(()));
    if sandbox.held() <= others {
        return;
    }
    let known = sandbox.requests().len();
    for signal in interruption.signals.numbers() {
        if !running.has_ended() {
            running.signal(*signal);
        }
    }
    let deadline = Instant::now() + HELD;
    until("the end, or another request", || {
        (running.has_ended() || sandbox.requests().len() > known || Instant::now() > deadline).then_some(())
    });
    sandbox.release();
}

fn inject(world: &mut World, trouble: &Trouble) {
    let Trouble { fault, at, times } = *trouble;
    let primed = match fault {
        Fault::Replay => Some(FUNCTION),
        Fault::OtherAnswer => Some(OTHER),
        _ => None,
    };
    let id = |name: &str| world.before.iter().find(|(_, token)| token.name == name).map(|(id, _)| id.clone());
    let victim = id("victim-1").unwrap();
    let scripted = match fault {
        Fault::ResetBefore => Scripted::reset_before(),
        Fault::ResetAfter => Scripted::reset_after(),
        Fault::Truncated => Scripted::truncated(),
        Fault::Garbled => Scripted::garbled(),
        Fault::Html => Scripted::html(200),
        Fault::S304 => Scripted::status(304),
        Fault::S304After => Scripted::status_after(304),
        Fault::S408 => Scripted::status(408),
        Fault::S408After => Scripted::status_after(408),
        Fault::S429 => Scripted::status(429),
        Fault::S499After => Scripted::status_after(499),
        Fault::S500 => Scripted::status(500),
        Fault::S500After => Scripted::status_after(500),
        Fault::S503 => Scripted::status(503),
        Fault::S503After => Scripted::status_after(503),
        Fault::HangBefore => Scripted::hang_before(),
        Fault::HangAfter => Scripted::hang_after(),
        Fault::Replay | Fault::OtherAnswer => Scripted::replay(),
        Fault::OtherId => Scripted::patch(json!({"id": victim})),
        Fault::OtherToken => Scripted::patch(json!({"id": victim, "name": "victim-1"})),
        Fault::OtherFunction => Scripted::patch(json!({"function": OTHER})),
        Fault::OldId => Scripted::patch(json!({"id": world.old})),
        Fault::NoValue => Scripted::patch(json!({"token": null})),
        Fault::BadValue => Scripted::patch(json!({"token": "two\nlines"})),
    };
    let scripted = match times {
        Times::Some(count) => scripted.times(count),
        Times::All => scripted.always(),
    };
    let Some(primed) = primed else {
        world.cli.sandbox.inject(scripted.after(at - 1));
        return;
    };
    // Pending while the world is primed, so that those answers are kept.
    let priming = u32::try_from(if primed == OTHER { 13 } else { 12 }).unwrap();
    let known = world.cli.sandbox.requests().len();
    world.cli.sandbox.inject(scripted.after(priming + at - 1));
    world.prime(primed);
    assert_eq!(world.cli.sandbox.requests().len() - known, priming as usize, "requests that prime");
}
