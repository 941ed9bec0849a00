//! The only place that reads the wall clock and the monotonic clock.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

/// Measures the wall clock against the monotonic one: whether it runs, or was set.
#[derive(Debug)]
pub struct Watch {
    since: Mutex<(Instant, UtcMillis)>,
}

impl Watch {
    /// How far back is looked. Over a longer span a clock that is being slewed differs lawfully.
    pub const SPAN: Duration = Duration::from_secs(60);
    /// Before this product was written no clock can have shown the right time.
    const EARLIEST_MS: i64 = 1_767_225_600_000;

    /// A watch that begins at `now`, when the wall clock shows `utc`.
    pub fn start(now: Instant, utc: UtcMillis) -> Self {
        Self {
            since: Mutex::new((now, utc)),
        }
    }

    /// How much was added to the wall clock lately, ms; none where it shows a time that can't be.
    pub fn shift_ms(&self, now: Instant, utc: UtcMillis) -> Option<i64> {
        let mut since = self
            .since
            .lock()
            .expect("nothing panics while it holds this lock");
        let ran = now.saturating_duration_since(since.0);
        let ran_ms = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
        let shift_ms = utc.as_millis() - since.1.as_millis() - ran_ms;
        if ran >= Self::SPAN {
            *since = (now, utc);
        }
        (utc.as_millis() >= Self::EARLIEST_MS).then_some(shift_ms)
    }
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

    /// The clock of a log whose last entry is of `time` and `mono_us`: it went on with the wall clock.
    pub fn of_log(time: UtcMillis, mono_us: u64) -> Self {
        let since_ms = utc_now()
            .as_millis()
            .saturating_sub(time.as_millis())
            .max(0);
        let since_us = u64::try_from(since_ms).unwrap_or(0).saturating_mul(1000);
        Self::resume(Instant::now(), mono_us.saturating_add(since_us))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_noticed_for_a_while() {
        let (start, utc) = (Instant::now(), 1_800_000_000_000);
        let watch = Watch::start(start, UtcMillis::from_millis(utc));
        let at = |s: u64, wall_ms: i64| {
            let now = start + Duration::from_secs(s);
            watch.shift_ms(now, UtcMillis::from_millis(utc + wall_ms))
        };
        assert_eq!(at(10, 10_000), Some(0));
        assert_eq!(at(20, 23_000), Some(3_000));
        assert_eq!(at(60, 63_000), Some(3_000));
        assert_eq!(at(70, 73_000), Some(0));
        assert_eq!(watch.shift_ms(start, UtcMillis::from_millis(0)), None);
    }
}
