//! The sandbox's own plane, below `/__sandbox/`: what `jelou sandbox faults|journal|advance` talk to.
//!
//! | method and path | request → answer |
//! | --- | --- |
//! | GET `/__sandbox/journal?after=N` | → `{entries:[…],violations:[…]}` |
//! | GET `/__sandbox/faults` | → `{faults:[{name,left}]}`, `left` null for those without end |
//! | POST `/__sandbox/faults` | `{faults:["SPEC",…]}` → 201, the same list |
//! | DELETE `/__sandbox/faults` | → the same list, now empty |
//! | GET `/__sandbox/clock` · POST `/__sandbox/clock/advance` | · `{by:"10m"}` → `{now}` |
//!
//! It needs no credential, for it listens on loopback alone; a page in a browser is kept out by its `Origin`.

use hyper::header::ORIGIN;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::clock::{Clock, whole_seconds};
use super::conduct::is_loopback;
use super::faults::{Fault, Script, parse_duration};
use super::journal::Journal;
use super::message::{Inbound, Reply};
use super::state::Refusal;
use crate::api::wire::strict_json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFaults {
    faults: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

/// Answers a request to the sandbox itself.
pub fn answer(request: &Inbound, script: &mut Script, journal: &Journal, clock: &Clock) -> Result<Reply, Refusal> {
    if request.headers.contains_key(ORIGIN) || !is_loopback(request.header(&hyper::header::HOST)) {
        return Err(Refusal::new(403, "Not from a browser"));
    }
    let path = request.path.strip_prefix("/__sandbox/").unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "journal") => {
            let after = request.query.as_deref().and_then(|query| query.strip_prefix("after="));
            let after = after.map(str::parse).transpose();
            let after = after.map_err(|_| Refusal::invalid("`after` is not a number"))?.unwrap_or(0);
            Ok(Reply::json(200, &json!({"entries": journal.entries_after(after), "violations": journal.violations()})))
        }
        ("GET", "faults") => Ok(listed(200, script)),
        ("POST", "faults") => {
            let new: NewFaults = json(request)?;
            let faults: Result<Vec<Fault>, _> = new.faults.iter().map(|spec| Fault::parse(spec)).collect();
            for fault in faults.map_err(|error| Refusal::invalid(error.message()))? {
                script.push(fault);
            }
            Ok(listed(201, script))
        }
        ("DELETE", "faults") => {
            script.clear();
            Ok(listed(200, script))
        }
        ("GET", "clock") => Ok(Reply::json(200, &json!({"now": whole_seconds(clock.now())}))),
        ("POST", "clock/advance") => {
            let Advance { by } = json(request)?;
            let by = parse_duration(&by)
                .ok_or_else(|| Refusal::invalid(format!("`{by}` is not a time such as `2s` or `10m`")))?;
            clock.advance(by);
            Ok(Reply::json(200, &json!({"now": whole_seconds(clock.now())})))
        }
        (method, _) => Err(Refusal::not_found(format!("There is no {method} `{}`", request.path))),
    }
}

fn listed(status: u16, script: &Script) -> Reply {
    let faults: Vec<_> = script.pending().iter().map(|(name, left)| json!({"name": name, "left": left})).collect();
    Reply::json(status, &json!({"faults": faults}))
}

fn json<T: DeserializeOwned>(request: &Inbound) -> Result<T, Refusal> {
    let body = request.body.as_deref().unwrap_or_default();
    strict_json::from_slice(body).map_err(|error| Refusal::invalid(error.to_string()))
}
