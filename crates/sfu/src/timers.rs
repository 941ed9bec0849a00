//! Deadlines of many peers, at most one entry in the heap for each.
//!
//! Deadlines move with nearly every packet. An entry is therefore only pushed when a deadline comes nearer;
//! one that moved away is found out, and pushed again, when the old entry falls due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// What a timer belongs to: index and generation, so that a reused index inherits nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) index: usize,
    pub(crate) generation: u64,
}

/// The owner's part: when it wants to be woken, and the entry it has in the heap.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    deadline: Option<Instant>,
    scheduled: Option<Instant>,
}

#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<(Instant, Owner)>>,
}

impl Timers {
    /// Sets the owner's deadline.
    pub(crate) fn set(&mut self, owner: Owner, alarm: &mut Alarm, deadline: Option<Instant>) {
        alarm.deadline = deadline;
        if let Some(at) = deadline
            && alarm.scheduled.is_none_or(|scheduled| at < scheduled)
        {
            alarm.scheduled = Some(at);
            self.heap.push(Reverse((at, owner)));
        }
    }

    /// The next entry that is due. [`Timers::is_due`] tells whether its owner really is.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, Owner)> {
        let &Reverse((at, owner)) = self.heap.peek()?;
        (at <= now).then(|| {
            self.heap.pop();
            (at, owner)
        })
    }

    /// Whether the owner of an entry from [`Timers::pop`] is due; otherwise its entry is set anew.
    pub(crate) fn is_due(
        &mut self,
        at: Instant,
        owner: Owner,
        alarm: &mut Alarm,
        now: Instant,
    ) -> bool {
        if alarm.scheduled != Some(at) {
            return false;
        }
        alarm.scheduled = None;
        let deadline = alarm.deadline;
        if deadline.is_some_and(|deadline| deadline <= now) {
            return true;
        }
        self.set(owner, alarm, deadline);
        false
    }

    /// When to look again: never later than the first deadline, possibly earlier.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_deadline_that_moves_away_keeps_one_entry() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let owner = Owner {
            index: 3,
            generation: 1,
        };
        let (mut timers, mut alarm) = (Timers::default(), Alarm::default());
        for n in 10..1000 {
            timers.set(owner, &mut alarm, Some(ms(n)));
        }
        assert_eq!(timers.heap.len(), 1);
        assert_eq!(timers.next(), Some(ms(10)));

        let (at, who) = timers.pop(ms(10)).unwrap();
        assert_eq!(who, owner);
        assert!(!timers.is_due(at, owner, &mut alarm, ms(10)));
        assert_eq!(timers.next(), Some(ms(999)));

        let (at, _) = timers.pop(ms(1500)).unwrap();
        assert!(timers.is_due(at, owner, &mut alarm, ms(1500)));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_nearer_deadline_overtakes_its_own_entry() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let owner = Owner {
            index: 0,
            generation: 0,
        };
        let (mut timers, mut alarm) = (Timers::default(), Alarm::default());
        timers.set(owner, &mut alarm, Some(ms(500)));
        timers.set(owner, &mut alarm, Some(ms(20)));

        let (at, _) = timers.pop(ms(30)).unwrap();
        assert!(timers.is_due(at, owner, &mut alarm, ms(30)));
        // The first entry is stale now: its owner is not woken by it.
        let (at, _) = timers.pop(ms(500)).unwrap();
        assert!(!timers.is_due(at, owner, &mut alarm, ms(500)));
        assert_eq!(timers.next(), None);
    }
}
