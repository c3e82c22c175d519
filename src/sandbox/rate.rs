//! A limit on how often the control plane may be asked.

use jiff::Timestamp;

use super::state::Refusal;

/// So many requests in each second of the clock; without a number there is no limit.
#[derive(Debug, Default)]
pub struct RateLimit {
    per_second: Option<u32>,
    second: i64,
    used: u32,
}

impl RateLimit {
    pub fn new(per_second: Option<u32>) -> Self {
        Self { per_second, ..Self::default() }
    }

    /// Counts a request, or refuses it until the next second.
    pub fn pass(&mut self, now: Timestamp) -> Result<(), Refusal> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_second_brings_new_requests() {
        let mut rate = RateLimit::new(Some(2));
        let at = |second| Timestamp::from_second(second).unwrap();
        let passed = [1, 1, 1, 2].map(|second| rate.pass(at(second)).is_ok());
        assert_eq!(passed, [true, true, false, true]);
        assert_eq!(rate.pass(at(2)).and(rate.pass(at(2))).unwrap_err().retry_after, Some(1));
    }
}
