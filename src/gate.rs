//! A gate before what costs much: so many at once, so many waiting, so long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets only so many pass at once. Who can't wait any more is sent away at once rather than made to wait for nothing.
#[derive(Debug)]
pub struct Gate {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    waiting_max: usize,
    wait_max: Duration,
}

/// Who holds it is inside. It goes with the work, not with who asked for it: work that nobody waits for any more
/// costs as much.
#[derive(Debug)]
#[must_use]
pub struct Pass {
    _permit: OwnedSemaphorePermit,
}

/// As many are inside and waiting as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much of this is being done already")]
pub struct Full;

impl Gate {
    /// A gate for `inside_max` at once; `waiting_max` more may wait for `wait_max`.
    pub fn new(inside_max: usize, waiting_max: usize, wait_max: Duration) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(inside_max)),
            waiting: AtomicUsize::new(0),
            waiting_max,
            wait_max,
        }
    }

    /// Waits for a place inside.
    ///
    /// # Errors
    /// [`Full`] at once where too many wait, or after the longest wait.
    pub async fn pass(&self) -> Result<Pass, Full> {
        if let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() {
            return Ok(Pass { _permit: permit });
        }
        let _waiting = Waiting::begin(self)?;
        let permit = Arc::clone(&self.permits).acquire_owned();
        match tokio::time::timeout(self.wait_max, permit).await {
            Ok(Ok(permit)) => Ok(Pass { _permit: permit }),
            // The semaphore is never closed, so this is the wait that took too long.
            Ok(Err(_)) | Err(_) => Err(Full),
        }
    }
}

/// Counts who waits, also those who stop waiting because their client went away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn begin(gate: &'a Gate) -> Result<Self, Full> {
        let waiting = Self(&gate.waiting);
        if waiting.0.fetch_add(1, Ordering::Relaxed) < gate.waiting_max {
            Ok(waiting)
        } else {
            Err(Full)
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn so_many_pass_so_many_wait_and_the_rest_is_sent_away() {
        let gate = Arc::new(Gate::new(1, 1, Duration::from_secs(60)));
        let inside = gate.pass().await.unwrap();
        let waits = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.pass().await }
        });
        tokio::task::yield_now().await;
        assert_eq!(gate.pass().await.unwrap_err(), Full);
        drop(inside);
        drop(waits.await.unwrap().unwrap());
        drop(gate.pass().await.unwrap());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_and_who_gives_up_leaves_room() {
        let gate = Gate::new(1, 1, Duration::from_millis(5));
        let inside = gate.pass().await.unwrap();
        for _ in 0..3 {
            assert_eq!(gate.pass().await.unwrap_err(), Full);
            let gave_up = gate.pass().now_or_never();
            assert!(gave_up.is_none(), "it waited, and nobody was in its way");
        }
        drop(inside);
        drop(gate.pass().await.unwrap());
    }
}
