//! How long things take, counted as they happen.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Counts of spans by upper bounds. Written by any thread, without a lock.
#[derive(Debug)]
pub struct Histogram {
    bounds_ms: &'static [u64],
    below: Vec<AtomicU64>,
    count: AtomicU64,
    total_us: AtomicU64,
}

/// What a histogram has counted at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// Upper bounds, in milliseconds, and how many took at most so long.
    pub below: Vec<(u64, u64)>,
    /// How many there were.
    pub count: u64,
    /// What all took together.
    pub total: Duration,
}

impl Histogram {
    /// An empty one; bounds rise.
    pub fn new(bounds_ms: &'static [u64]) -> Self {
        Self {
            bounds_ms,
            below: bounds_ms.iter().map(|_| AtomicU64::new(0)).collect(),
            count: AtomicU64::new(0),
            total_us: AtomicU64::new(0),
        }
    }

    /// Something took so long.
    pub fn observe(&self, span: Duration) {
        for (below, bound) in self.below.iter().zip(self.bounds_ms) {
            if span <= Duration::from_millis(*bound) {
                below.fetch_add(1, Ordering::Relaxed);
            }
        }
        let us = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(us, Ordering::Relaxed);
    }

    /// As it stands.
    pub fn read(&self) -> Distribution {
        let below = self.below.iter().map(|below| below.load(Ordering::Relaxed));
        Distribution {
            below: self.bounds_ms.iter().copied().zip(below).collect(),
            count: self.count.load(Ordering::Relaxed),
            total: Duration::from_micros(self.total_us.load(Ordering::Relaxed)),
        }
    }
}
