//! The only place that reads the wall clock and the monotonic clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ids::UtcMillis;

/// The wall clock now. For evidence and screens, never for timers.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the wall clock"
)]
pub fn utc_now() -> UtcMillis {
    let ms = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    UtcMillis::from_millis(ms)
}

/// The monotonic clock of one session: microseconds since `session.opened`, continued from the wall clock
/// after a restart of the server.
#[derive(Debug, Clone, Copy)]
pub struct SessionClock {
    origin: Instant,
    offset_us: u64,
}

impl SessionClock {
    /// A clock that shows 0 at `now`.
    pub fn start(now: Instant) -> Self {
        Self {
            origin: now,
            offset_us: 0,
        }
    }

    /// A clock that shows `mono_us` at `now`.
    pub fn resume(now: Instant, mono_us: u64) -> Self {
        Self {
            origin: now,
            offset_us: mono_us,
        }
    }

    /// Microseconds since the session opened, at `at` (saturating for instants before the origin).
    pub fn us_at(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.origin).as_micros();
        self.offset_us
            .saturating_add(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// The instant at which this clock showed 0 where that can be said, else its origin.
    pub fn origin(&self) -> (Instant, u64) {
        (self.origin, self.offset_us)
    }
}
