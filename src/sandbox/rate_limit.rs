//! A limit on the requests that the control plane takes.

use jiff::Timestamp;

use super::state::Refusal;

/// A number of requests in each second of the clock; `None` is no limit.
#[derive(Clone, Debug, Default)]
pub(super) struct RateLimit {
    per_second: Option<u32>,
    second: i64,
    used: u32,
}

impl RateLimit {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        Self { per_second, ..Self::default() }
    }

    /// Counts a request; 429 once the second's requests are used up.
    pub(super) fn count(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let Some(limit) = self.per_second else { return Ok(()) };
        if now.as_second() != self.second {
            self.second = now.as_second();
            self.used = 0;
        }
        if self.used >= limit {
            return Err(Refusal::new(429, "Too many requests").with_retry_after(1));
        }
        self.used += 1;
        Ok(())
    }
}
