//! Order and time: packets back into sequence, RTP timestamps onto one unbroken line.

use std::collections::BTreeMap;

use crate::limits::{DRIFT_US_MAX, HELD_PACKETS_MAX, LATE_SEQ_MAX};
use crate::packet::Packet;

/// What became of a packet given to [`Reorder::insert`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// It waits for its turn.
    Queued,
    /// It is there already, or its turn has passed with it.
    Duplicate,
    /// The hole it would have filled was given up.
    Late,
}

/// Puts packets back into order.
///
/// Nothing leaves before [`begin`](Self::begin) says where the stream starts.
#[derive(Debug, Default)]
pub struct Reorder {
    next: Option<u64>,
    held: BTreeMap<u64, Packet>,
    /// Numbers given up; the newest few, so that a repair that came too late is told from a duplicate.
    given_up: Vec<Missing>,
}

/// Consecutive packets that never came, or too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Extended sequence number of the first.
    pub first: u64,
    /// How many.
    pub count: u64,
}

impl Reorder {
    /// A number so far behind that the sender must have begun to number anew.
    pub fn is_renumbered(&self, seq: u64) -> bool {
        self.next
            .is_some_and(|next| next.saturating_sub(seq) > LATE_SEQ_MAX)
    }

    /// Takes a packet in any order.
    pub fn insert(&mut self, packet: Packet) -> Inserted {
        if let Some(next) = self.next
            && packet.seq < next
        {
            let given_up = |m: &Missing| (m.first..m.first + m.count).contains(&packet.seq);
            return if self.given_up.iter().any(given_up) {
                Inserted::Late
            } else {
                Inserted::Duplicate
            };
        }
        match self.held.entry(packet.seq) {
            std::collections::btree_map::Entry::Occupied(_) => Inserted::Duplicate,
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(packet);
                Inserted::Queued
            }
        }
    }

    /// Number of the first waiting packet that `is` what is looked for.
    pub fn first(&self, is: impl Fn(&Packet) -> bool) -> Option<u64> {
        self.held
            .values()
            .find(|packet| is(packet))
            .map(|packet| packet.seq)
    }

    /// The stream begins with `seq`; what is before it does not count.
    pub fn begin(&mut self, seq: u64) {
        self.held = self.held.split_off(&seq);
        self.next = Some(seq);
    }

    /// [`begin`](Self::begin) was called.
    pub fn has_begun(&self) -> bool {
        self.next.is_some()
    }

    /// Drops packets that arrived before `us`: used until the stream begins.
    pub fn forget_before(&mut self, us: u64) {
        self.held.retain(|_, packet| packet.arrival_us >= us);
        while self.held.len() > HELD_PACKETS_MAX {
            self.held.pop_first();
        }
    }

    /// The next packet, if it is there.
    pub fn pop(&mut self) -> Option<Packet> {
        let next = self.next?;
        let packet = self.held.remove(&next)?;
        self.next = Some(next + 1);
        Some(packet)
    }

    /// Earliest arrival among the packets waiting behind a hole, µs.
    pub fn oldest_us(&self) -> Option<u64> {
        self.held.values().map(|packet| packet.arrival_us).min()
    }

    /// More packets wait than there is room for.
    pub fn is_over_full(&self) -> bool {
        self.held.len() > HELD_PACKETS_MAX
    }

    /// Gives up the hole before the first waiting packet; `None` if nothing waits.
    pub fn skip(&mut self) -> Option<Missing> {
        const REMEMBERED: usize = 64;
        let next = self.next?;
        let (&first, _) = self.held.first_key_value()?;
        let missing = Missing {
            first: next,
            count: first - next,
        };
        self.next = Some(first);
        if self.given_up.len() == REMEMBERED {
            self.given_up.remove(0);
        }
        self.given_up.push(missing);
        Some(missing)
    }
}

/// Where a frame belongs on its track's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Ticks since the track's first frame.
    pub ticks: i64,
    /// RTP time since the track's first frame, less arrival time since then, µs.
    pub drift_us: i64,
    /// The timestamp leapt: it is further from the frame before it than time can explain.
    pub leapt: bool,
}

/// Unwraps 32-bit timestamps.
#[derive(Debug)]
pub struct Clock {
    hz: u32,
    first_us: u64,
    last: (u32, i64, u64),
}

impl Clock {
    /// Starts at the track's first frame: its timestamp, and its arrival in µs.
    pub fn new(hz: u32, rtp: u32, arrival_us: u64) -> Self {
        Self {
            hz: hz.max(1),
            first_us: arrival_us,
            last: (rtp, 0, arrival_us),
        }
    }

    /// Places the frame that follows.
    ///
    /// Of all unwrapped values the one nearest to what the arrival suggests is taken, so that
    /// even a pause longer than the timestamp's range stays unambiguous.
    pub fn place(&mut self, rtp: u32, arrival_us: u64) -> Placed {
        let (last_rtp, last_ticks, last_us) = self.last;
        let elapsed_us = (arrival_us.cast_signed()).saturating_sub(last_us.cast_signed());
        let expected = self.ticks(elapsed_us);
        let step = expected
            + i64::from(
                rtp.wrapping_sub(last_rtp)
                    .wrapping_sub(expected as u32)
                    .cast_signed(),
            );
        let ticks = last_ticks.saturating_add(step);
        let step_us = self.micros(step);
        let placed = Placed {
            ticks,
            drift_us: self.micros(ticks)
                - arrival_us
                    .cast_signed()
                    .saturating_sub(self.first_us.cast_signed()),
            leapt: step_us < -DRIFT_US_MAX.cast_signed()
                || step_us.saturating_sub(elapsed_us.max(0)) > DRIFT_US_MAX.cast_signed(),
        };
        self.last = (rtp, ticks, arrival_us);
        placed
    }

    fn ticks(&self, us: i64) -> i64 {
        (i128::from(us) * i128::from(self.hz) / 1_000_000) as i64
    }

    fn micros(&self, ticks: i64) -> i64 {
        (i128::from(ticks) * 1_000_000 / i128::from(self.hz)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u64) -> Packet {
        Packet {
            arrival_us: seq * 10,
            seq,
            rtp: 0,
            marker: false,
            red: false,
            payload: [1].into(),
            ssrc: 1,
            sender: None,
        }
    }

    fn popped(reorder: &mut Reorder) -> Vec<u64> {
        std::iter::from_fn(|| reorder.pop())
            .map(|p| p.seq)
            .collect()
    }

    #[test]
    fn packets_leave_in_order_from_the_beginning_on() {
        let mut reorder = Reorder::default();
        for seq in [12, 9, 11] {
            assert_eq!(reorder.insert(packet(seq)), Inserted::Queued);
        }
        assert_eq!(popped(&mut reorder), [0u64; 0]);
        reorder.begin(11);
        assert_eq!(popped(&mut reorder), [11, 12]);
        assert_eq!(reorder.insert(packet(12)), Inserted::Duplicate);
        assert_eq!(reorder.insert(packet(14)), Inserted::Queued);
        assert_eq!(reorder.insert(packet(14)), Inserted::Duplicate);
        assert_eq!(popped(&mut reorder), [0u64; 0]);
        assert_eq!(reorder.oldest_us(), Some(140));
        assert_eq!(
            reorder.skip(),
            Some(Missing {
                first: 13,
                count: 1
            })
        );
        assert_eq!(popped(&mut reorder), [14]);
        assert_eq!(reorder.insert(packet(13)), Inserted::Late);
        assert_eq!(reorder.skip(), None);
    }

    #[test]
    fn a_number_far_behind_is_a_new_numbering() {
        let mut reorder = Reorder::default();
        reorder.begin(100_000);
        assert!(!reorder.is_renumbered(100_000 - LATE_SEQ_MAX));
        assert!(reorder.is_renumbered(100_000 - LATE_SEQ_MAX - 1));
    }

    #[test]
    fn timestamps_wrap_and_run_through_pauses() {
        let mut clock = Clock::new(90_000, u32::MAX - 2_999, 1_000_000);
        let at = |ticks, drift_us| Placed {
            ticks,
            drift_us,
            leapt: false,
        };
        assert_eq!(clock.place(0, 1_033_333), at(3_000, 0));
        // Three days later: the timestamp has run round six times.
        let days: u64 = 3 * 86_400;
        let rtp = ((days * 90_000 + 3_000) % (1 << 32)) as u32;
        assert_eq!(
            clock
                .place(rtp.wrapping_sub(3_000), 1_033_333 + days * 1_000_000)
                .ticks,
            3_000 + 90_000 * days as i64
        );
    }

    #[test]
    fn leaps_and_drift_are_told_apart() {
        let mut clock = Clock::new(48_000, 0, 0);
        // The network holds the frame back for three seconds: drift, no leap.
        assert_eq!(
            clock.place(960, 3_020_000),
            Placed {
                ticks: 960,
                drift_us: -3_000_000,
                leapt: false
            }
        );
        assert!(
            clock.place(960 + 48_000 * 3, 3_040_000).leapt,
            "RTP runs ahead"
        );
        let mut clock = Clock::new(48_000, 480_000, 0);
        assert!(
            clock.place(480_000 - 48_000 * 3, 20_000).leapt,
            "RTP runs back"
        );
    }
}
