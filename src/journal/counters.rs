//! What the journal has done, for those who watch over the server.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::histogram::{Distribution, Histogram};

/// Upper bounds of the buckets of [`CommitCounts::took`], in milliseconds.
const TOOK_MS: &[u64] = &[1, 2, 5, 10, 50, 100, 500, 1_000];
/// Upper bounds of the buckets of [`CommitCounts::behind`], in milliseconds: fine where it is promised to be.
const BEHIND_MS: &[u64] = &[
    100, 200, 300, 350, 400, 450, 475, 500, 525, 550, 575, 600, 650, 700, 750, 800, 850, 900, 950,
    1_000, 1_250, 1_500, 2_000, 5_000,
];

/// Written by the journal's threads.
#[derive(Debug)]
pub(super) struct Counters {
    begun: Instant,
    failed: AtomicU64,
    entries: AtomicU64,
    took: Histogram,
    behind: Histogram,
    /// µs since the beginning, plus one; 0 before the first.
    last_commit: AtomicU64,
}

/// Counts of group commits since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitCounts {
    /// Group commits that failed; each ends a session's recording.
    pub failed: u64,
    /// Entries written by them.
    pub entries: u64,
    /// From a group commit's beginning until it was written, synced and signed for.
    pub took: Distribution,
    /// From the arrival of a segment's oldest packet until its signed head.
    pub behind: Distribution,
    /// How long ago the last one was.
    pub last: Option<Duration>,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            failed: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            took: Histogram::new(TOOK_MS),
            behind: Histogram::new(BEHIND_MS),
            last_commit: AtomicU64::new(0),
        }
    }
}

fn us(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

impl Counters {
    /// A group commit of so many entries was begun at `begun` and has failed or is signed for now.
    pub(super) fn committed(&self, entries: usize, begun: Instant, ok: bool) {
        if !ok {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Who only asks for the head has nothing written.
        if entries == 0 {
            return;
        }
        self.entries.fetch_add(entries as u64, Ordering::Relaxed);
        self.took.observe(begun.elapsed());
        self.last_commit
            .store(us(self.begun.elapsed()) + 1, Ordering::Relaxed);
    }

    /// The oldest packet of a segment that is signed for now arrived so long ago.
    pub(super) fn behind(&self, us: u64) {
        self.behind.observe(Duration::from_micros(us));
    }

    pub(super) fn read(&self) -> CommitCounts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last = of(&self.last_commit).checked_sub(1).map(|us| {
            self.begun
                .elapsed()
                .saturating_sub(Duration::from_micros(us))
        });
        CommitCounts {
            failed: of(&self.failed),
            entries: of(&self.entries),
            took: self.took.read(),
            behind: self.behind.read(),
            last,
        }
    }
}
