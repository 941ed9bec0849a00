//! Limits of what a stranger may send: sizes, and attempts in a span of time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::gate::Gate;

/// Largest body of an ordinary request.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Largest body of a picture.
pub const CAPTURE_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Largest body of a signature: a PNG of 1 MiB in base64, and the strokes.
pub const SIGNATURE_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Passwords that wait to be hashed for each core. Behind them a person would wait longer than they do.
pub const HASHES_WAITING_PER_CORE: usize = 32;
/// How long one waits.
pub const HASH_WAIT: Duration = Duration::from_secs(10);
/// Most addresses or names a limiter remembers; the oldest are forgotten first.
pub const LIMITER_KEYS_MAX: usize = 50_000;

/// The limits for strangers.
#[derive(Debug)]
pub struct RateLimits {
    /// Failed sign-ins of one address.
    pub sign_in_address: Limiter,
    /// Failed sign-ins with one login name.
    pub sign_in_login: Limiter,
    /// Failed joins of one address.
    pub join: Limiter,
    /// Receipts asked for by one address.
    pub receipt: Limiter,
    /// Passwords being hashed: each takes a core and 19 MiB for a while, whoever asks.
    pub hashing: Gate,
}

impl Default for RateLimits {
    fn default() -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            // A station's officers may share one address; a login name belongs to one person.
            sign_in_address: Limiter::new(30, minutes(5)),
            sign_in_login: Limiter::new(5, minutes(5)),
            join: Limiter::new(20, minutes(5)),
            receipt: Limiter::new(60, minutes(1)),
            hashing: Gate::new(cores, cores * HASHES_WAITING_PER_CORE, HASH_WAIT),
        }
    }
}

/// At most so many events of one key within a sliding span.
#[derive(Debug)]
pub struct Limiter {
    events_max: usize,
    span: Duration,
    seen: Mutex<BTreeMap<String, Vec<Instant>>>,
}

impl Limiter {
    /// At most `events_max` events within `span`.
    pub fn new(events_max: usize, span: Duration) -> Self {
        Self {
            events_max,
            span,
            seen: Mutex::new(BTreeMap::new()),
        }
    }

    /// Counts an event of `key` at `now`, in one step, so that of many at once no more are admitted than one after
    /// the other; else how long to wait.
    pub fn admit(&self, key: &str, now: Instant) -> Result<(), Duration> {
        let mut seen = self
            .seen
            .lock()
            .expect("no code panics while it holds this lock");
        if seen.len() >= LIMITER_KEYS_MAX && !seen.contains_key(key) {
            self.forget(&mut seen, now);
        }
        let events = seen.entry(key.to_owned()).or_default();
        events.retain(|at| now.saturating_duration_since(*at) < self.span);
        match events.first() {
            Some(oldest) if events.len() >= self.events_max => Err(self
                .span
                .saturating_sub(now.saturating_duration_since(*oldest))),
            Some(_) | None => {
                events.push(now);
                Ok(())
            }
        }
    }

    /// Takes back the event of `key` that was admitted at `at`: it turned out to be one that isn't counted.
    pub fn give_back(&self, key: &str, at: Instant) {
        let mut seen = self
            .seen
            .lock()
            .expect("no code panics while it holds this lock");
        if let Some(events) = seen.get_mut(key)
            && let Some(found) = events.iter().position(|event| *event == at)
        {
            events.remove(found);
            if events.is_empty() {
                seen.remove(key);
            }
        }
    }

    /// Drops what no longer counts; where everything still counts, what was quiet longest.
    fn forget(&self, seen: &mut BTreeMap<String, Vec<Instant>>, now: Instant) {
        seen.retain(|_, events| {
            events
                .last()
                .is_some_and(|at| now.saturating_duration_since(*at) < self.span)
        });
        if seen.len() >= LIMITER_KEYS_MAX
            && let Some(quiet) = seen
                .iter()
                .min_by_key(|(_, events)| events.last().copied())
                .map(|(key, _)| key.clone())
        {
            seen.remove(&quiet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_in_a_sliding_span() {
        let limiter = Limiter::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        assert_eq!(limiter.admit("a", at(0)), Ok(()));
        assert_eq!(limiter.admit("a", at(4)), Ok(()));
        assert_eq!(limiter.admit("a", at(5)), Err(Duration::from_secs(5)));
        assert_eq!(limiter.admit("b", at(5)), Ok(()));
        assert_eq!(limiter.admit("a", at(10)), Ok(()));
        assert_eq!(limiter.admit("a", at(11)), Err(Duration::from_secs(3)));
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::new(1, Duration::from_secs(10));
        let start = Instant::now();
        for n in 0..LIMITER_KEYS_MAX + 10 {
            let at = start + Duration::from_micros(n as u64);
            assert_eq!(limiter.admit(&n.to_string(), at), Ok(()));
        }
        assert_eq!(limiter.seen.lock().unwrap().len(), LIMITER_KEYS_MAX);
        let end = start + Duration::from_secs(5);
        assert!(
            limiter
                .admit(&(LIMITER_KEYS_MAX + 9).to_string(), end)
                .is_err()
        );
        assert_eq!(
            limiter.admit("0", end),
            Ok(()),
            "the key that was quiet longest is forgotten"
        );
    }

    #[test]
    fn what_is_given_back_may_happen_again() {
        let limiter = Limiter::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let at = |s| start + Duration::from_secs(s);
        assert_eq!(limiter.admit("a", at(0)), Ok(()));
        assert_eq!(limiter.admit("a", at(1)), Ok(()));
        limiter.give_back("a", at(1));
        limiter.give_back("a", at(1));
        limiter.give_back("b", at(1));
        assert_eq!(limiter.admit("a", at(2)), Ok(()));
        assert_eq!(limiter.admit("a", at(3)), Err(Duration::from_secs(7)));
    }
}
