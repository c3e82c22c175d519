//! Tokens and deployments as data and as rows.

use std::cell::OnceCell;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::api::wire::{Deployment, Token};
use crate::output::times;

/// A deployment in the data of another command.
pub fn brief(deployment: &Deployment) -> Value {
    json!({ "id": deployment.id, "status": deployment.status })
}

/// How times are shown to people.
pub struct Clock {
    now: Timestamp,
    relative: bool,
    /// Read from the system only when a time is shown: it takes longer than a request.
    zone: OnceCell<TimeZone>,
}

impl Clock {
    /// Relative to now on a terminal, absolute elsewhere.
    pub fn new(now: Timestamp, relative: bool) -> Self {
        Self { now, relative, zone: OnceCell::new() }
    }

    /// A time.
    pub fn show(&self, time: Timestamp) -> String {
        if self.relative {
            return times::relative(time, self.now);
        }
        times::absolute(time, self.zone.get_or_init(TimeZone::system).clone())
    }

    /// A time, or `never`.
    pub fn show_or_never(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(|| "never".to_owned(), |time| self.show(time))
    }
}

/// The columns of a list of tokens: those of the seeds, then what `revoke` needs.
pub const HEADER: [&str; 6] = ["Name", "Prefix", "Last Used", "Created", "Status", "ID"];

/// A row under [`HEADER`].
pub fn row(token: &Token, clock: &Clock) -> Vec<String> {
    let status = match token.replaced_by {
        Some(_) => format!("{} (replaced)", token.status.as_str()),
        None => token.status.as_str().to_owned(),
    };
    vec![
        token.name.clone(),
        format!("{}..", token.prefix),
        clock.show_or_never(token.last_used_at),
        clock.show(token.created_at),
        status,
        token.id.to_string(),
    ]
}
