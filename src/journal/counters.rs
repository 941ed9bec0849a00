//! What the journal has done, for those who watch over the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Upper bounds of the histogram's buckets, in milliseconds.
pub const COMMIT_BUCKETS_MS: [u64; 8] = [1, 2, 5, 10, 50, 100, 500, 1_000];

/// Written by the journal's threads.
#[derive(Debug)]
pub(super) struct Counters {
    begun: Instant,
    commits: AtomicU64,
    failed: AtomicU64,
    entries: AtomicU64,
    buckets: [AtomicU64; COMMIT_BUCKETS_MS.len()],
    total_us: AtomicU64,
    /// µs since the beginning, plus one; 0 before the first.
    last_commit: AtomicU64,
}

/// Counts of group commits since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitCounts {
    /// Group commits that are durable.
    pub commits: u64,
    /// Group commits that failed; each ends a session's recording.
    pub failed: u64,
    /// Entries written by them.
    pub entries: u64,
    /// How many took at most so long as [`COMMIT_BUCKETS_MS`] says.
    pub buckets: [u64; COMMIT_BUCKETS_MS.len()],
    /// What all took together.
    pub total: Duration,
    /// How long ago the last one was.
    pub last: Option<Duration>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            commits: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            buckets: Default::default(),
            total_us: AtomicU64::new(0),
            last_commit: AtomicU64::new(0),
        }
    }
}

impl Counters {
    /// A group commit of so many entries was begun at `begun` and has ended now.
    pub(super) fn committed(&self, entries: usize, begun: Instant, ok: bool) {
        if !ok {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Who only asks for the head has nothing written.
        if entries == 0 {
            return;
        }
        let took = begun.elapsed();
        let us = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        for (bucket, bound) in self.buckets.iter().zip(COMMIT_BUCKETS_MS) {
            if took <= Duration::from_millis(bound) {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.total_us.fetch_add(us(took), Ordering::Relaxed);
        self.last_commit
            .store(us(self.begun.elapsed()) + 1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> CommitCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last = of(&self.last_commit).checked_sub(1).map(|us| {
            self.begun
                .elapsed()
                .saturating_sub(Duration::from_micros(us))
        });
        CommitCounts {
            commits: of(&self.commits),
            failed: of(&self.failed),
            entries: of(&self.entries),
            buckets: std::array::from_fn(|n| of(&self.buckets[n])),
            total: Duration::from_micros(of(&self.total_us)),
            last,
        }
    }
}
