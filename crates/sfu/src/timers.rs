//! Deadlines of many peers, exactly one entry for each that has one.
//!
//! Deadlines move with nearly every packet, mostly away. An entry is therefore only moved when its deadline
//! comes nearer; one that moved away is found out, and entered anew, when the old entry falls due.

use std::collections::BTreeSet;
use std::time::Instant;

/// What a timer belongs to: index and generation, so that a reused index inherits nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) index: usize,
    pub(crate) generation: u64,
}

/// The owner's part: when it wants to be woken, and the entry it has.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    deadline: Option<Instant>,
    entered: Option<Instant>,
}

#[derive(Debug, Default)]
pub(crate) struct Timers {
    entries: BTreeSet<(Instant, Owner)>,
}

impl Timers {
    /// Sets the owner's deadline.
    pub(crate) fn set(&mut self, owner: Owner, alarm: &mut Alarm, deadline: Option<Instant>) {
        alarm.deadline = deadline;
        let Some(at) = deadline else { return };
        match alarm.entered {
            Some(entered) if entered <= at => {}
            former => {
                if let Some(entered) = former {
                    self.entries.remove(&(entered, owner));
                }
                self.entries.insert((at, owner));
                alarm.entered = Some(at);
            }
        }
    }

    /// Forgets an owner.
    pub(crate) fn remove(&mut self, owner: Owner, alarm: &mut Alarm) {
        alarm.deadline = None;
        if let Some(entered) = alarm.entered.take() {
            self.entries.remove(&(entered, owner));
        }
    }

    /// The next owner whose entry is due. [`Timers::is_due`] tells whether it is itself.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Owner> {
        let &(at, owner) = self.entries.first()?;
        (at <= now).then(|| {
            self.entries.pop_first();
            owner
        })
    }

    /// Whether the owner of an entry from [`Timers::pop`] is due; otherwise it is entered anew.
    pub(crate) fn is_due(&mut self, owner: Owner, alarm: &mut Alarm, now: Instant) -> bool {
        alarm.entered = None;
        let deadline = alarm.deadline;
        if deadline.is_some_and(|deadline| deadline <= now) {
            return true;
        }
        self.set(owner, alarm, deadline);
        false
    }

    /// When to look again: never later than the first deadline, possibly earlier.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.entries.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_deadline_that_moves_away_is_not_moved_until_it_matters() {
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
        assert_eq!(timers.next(), Some(ms(10)));
        assert_eq!(timers.pop(ms(10)), Some(owner));
        assert!(!timers.is_due(owner, &mut alarm, ms(10)));
        assert_eq!(timers.next(), Some(ms(999)));
    }

    proptest! {
        /// Against a plain table: nobody is woken early or late, and there is one entry each at most.
        #[test]
        fn everyone_is_woken_when_due(
            steps in prop::collection::vec((0usize..5, prop::option::of(0u64..50), any::<bool>()), 1..200),
        ) {
            let start = Instant::now();
            let mut now = start;
            let mut timers = Timers::default();
            let mut alarms: BTreeMap<usize, Alarm> = BTreeMap::new();
            let mut wanted: BTreeMap<usize, Instant> = BTreeMap::new();
            for (index, after, wait) in steps {
                let owner = Owner { index, generation: 0 };
                let deadline = after.map(|ms| now + Duration::from_millis(ms));
                timers.set(owner, alarms.entry(index).or_default(), deadline);
                match deadline {
                    Some(at) => wanted.insert(index, at),
                    None => wanted.remove(&index),
                };
                prop_assert!(timers.entries.len() <= alarms.len());
                let first = wanted.values().min().copied();
                prop_assert!(first.is_none() || timers.next() <= first);
                if wait {
                    now += Duration::from_millis(20);
                    while let Some(owner) = timers.pop(now) {
                        let alarm = alarms.get_mut(&owner.index).unwrap();
                        if timers.is_due(owner, alarm, now) {
                            let at = wanted.remove(&owner.index);
                            prop_assert!(at.is_some_and(|at| at <= now));
                            timers.set(owner, alarm, None);
                        }
                    }
                    prop_assert!(wanted.values().all(|at| *at > now));
                }
            }
            for (index, alarm) in &mut alarms {
                timers.remove(Owner { index: *index, generation: 0 }, alarm);
            }
            prop_assert_eq!(timers.next(), None);
        }
    }
}
