//! Sequence numbers and timestamps of one outgoing stream that is fed by changing incoming ones.
//!
//! A viewer's decoder must see one continuous stream. The numbers it sees start low, because the extended
//! sequence number carries SRTP's rollover counter, which is not transmitted: a stream that starts above
//! 65,535 cannot be decrypted (RFC 3711 §3.3.1).

use std::time::Instant;

/// First sequence number of an outgoing stream. Not 0, so that nothing underflows on the receiver's side
/// when it looks back.
const SEQ_FIRST: u64 = 1024;

#[derive(Debug)]
pub(crate) struct Rebase {
    run: Option<Run>,
    sent: Option<Sent>,
}

/// An uninterrupted stretch of one incoming stream.
#[derive(Debug, Clone, Copy)]
struct Run {
    seq_in: u64,
    seq_out: u64,
    time_delta: u32,
}

/// The newest packet that went out.
#[derive(Debug, Clone, Copy)]
struct Sent {
    seq: u64,
    time: u32,
    arrival: Instant,
}

impl Rebase {
    pub(crate) fn new() -> Self {
        Self {
            run: None,
            sent: None,
        }
    }

    /// The next packet begins another stretch: it follows what was sent without a hole, and its time is
    /// later by as much as passed on our clock.
    pub(crate) fn restart(&mut self) {
        self.run = None;
    }

    /// Outgoing sequence number and timestamp, or `None` for a packet from before the stretch began.
    pub(crate) fn map(
        &mut self,
        seq: u64,
        time: u32,
        arrival: Instant,
        clock_hz: u32,
    ) -> Option<(u64, u32)> {
        let run = *self.run.get_or_insert_with(|| match self.sent {
            None => Run {
                seq_in: seq,
                seq_out: SEQ_FIRST,
                time_delta: 0,
            },
            Some(sent) => {
                let passed = arrival.saturating_duration_since(sent.arrival).as_micros();
                let ticks = (passed * u128::from(clock_hz) / 1_000_000).max(1);
                // The clock wraps round, so the low 32 bits are what counts.
                let time_out = sent.time.wrapping_add(ticks as u32);
                Run {
                    seq_in: seq,
                    seq_out: sent.seq + 1,
                    time_delta: time_out.wrapping_sub(time),
                }
            }
        });
        let ahead = seq.checked_sub(run.seq_in)?;
        let (seq_out, time_out) = (run.seq_out + ahead, time.wrapping_add(run.time_delta));
        if self.sent.is_none_or(|sent| seq_out > sent.seq) {
            self.sent = Some(Sent {
                seq: seq_out,
                time: time_out,
                arrival,
            });
        }
        Some((seq_out, time_out))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_running_source_starts_below_the_first_rollover() {
        let mut rebase = Rebase::new();
        let (seq, time) = rebase.map(10_000_000, 77, Instant::now(), 90_000).unwrap();
        assert!(seq < 65_536);
        assert_eq!(time, 77);
    }

    #[test]
    fn another_source_follows_without_a_hole_and_later_in_time() {
        let start = Instant::now();
        let mut rebase = Rebase::new();
        rebase.map(500, 1_000, start, 90_000).unwrap();
        let (last, _) = rebase
            .map(501, 4_000, start + Duration::from_millis(33), 90_000)
            .unwrap();
        rebase.restart();
        let (seq, time) = rebase
            .map(
                9,
                4_000_000_000,
                start + Duration::from_millis(1033),
                90_000,
            )
            .unwrap();
        assert_eq!(seq, last + 1);
        assert_eq!(time, 4_000 + 90_000);
    }

    #[test]
    fn what_was_sent_before_the_stretch_began_is_left_out() {
        let mut rebase = Rebase::new();
        let now = Instant::now();
        assert!(rebase.map(500, 0, now, 90_000).is_some());
        assert!(rebase.map(499, 0, now, 90_000).is_none());
    }

    proptest! {
        /// Whatever the order of arrival and however often the source changes: no outgoing number is used
        /// twice, which would repeat an SRTP nonce, and holes and order within a stretch are kept.
        #[test]
        fn numbers_are_never_reused(
            stretches in prop::collection::vec((0u64..1 << 40, prop::collection::vec(0u64..400, 1..60)), 1..8),
        ) {
            let start = Instant::now();
            let mut rebase = Rebase::new();
            let mut used = std::collections::BTreeSet::new();
            let mut ms = 0;
            for (base, offsets) in stretches {
                rebase.restart();
                let mut seen = std::collections::BTreeMap::new();
                for offset in offsets {
                    ms += 5;
                    let seq = base + offset;
                    if seen.contains_key(&seq) {
                        continue;
                    }
                    let arrival = start + Duration::from_millis(ms);
                    if let Some((out, _)) = rebase.map(seq, offset as u32 * 3000, arrival, 90_000) {
                        prop_assert!(used.insert(out), "{out} twice");
                        seen.insert(seq, out);
                    }
                }
                let pairs: Vec<_> = seen.into_iter().collect();
                for two in pairs.windows(2) {
                    prop_assert_eq!(two[1].0 - two[0].0, two[1].1 - two[0].1);
                }
            }
        }
    }
}
