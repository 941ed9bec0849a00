//! Links: what of a stream arrives, and when.

use std::ops::Range;

use recorder::Packet;

use crate::source::Sent;

/// A small seeded generator: the same seed, the same network.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % bound.max(1)
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// How a link treats packets.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) seed: u64,
    pub(crate) delay_us: u64,
    pub(crate) jitter_us: u64,
    pub(crate) loss_percent: u64,
    /// Of the lost packets, how many are repaired, and after how long.
    pub(crate) repair_percent: u64,
    pub(crate) repair_us: u64,
    pub(crate) duplicate_percent: u64,
    /// Nothing sent then arrives.
    pub(crate) outages: Vec<Range<u64>>,
}

impl Link {
    pub(crate) fn perfect() -> Self {
        Self {
            seed: 1,
            delay_us: 10_000,
            jitter_us: 0,
            loss_percent: 0,
            repair_percent: 0,
            repair_us: 0,
            duplicate_percent: 0,
            outages: Vec::new(),
        }
    }

    /// The packets that arrive, in order of arrival.
    pub(crate) fn carry(&self, sent: &[Sent]) -> Vec<Packet> {
        let mut dice = Dice::new(self.seed);
        let mut arrived = Vec::new();
        for packet in sent {
            let mut arrive = |at_us: u64| {
                arrived.push(Packet {
                    arrival_us: at_us,
                    seq: packet.seq,
                    rtp: packet.rtp,
                    marker: packet.marker,
                    red: false,
                    payload: packet.payload.as_slice().into(),
                    ssrc: 77,
                    sender: None,
                });
            };
            if self
                .outages
                .iter()
                .any(|outage| outage.contains(&packet.at_us))
            {
                continue;
            }
            let at_us = packet.at_us + self.delay_us + dice.below(self.jitter_us);
            if !dice.percent(self.loss_percent) {
                arrive(at_us);
                if dice.percent(self.duplicate_percent) {
                    arrive(at_us + dice.below(300_000));
                }
            } else if dice.percent(self.repair_percent) {
                arrive(at_us + self.repair_us + dice.below(20_000));
            }
        }
        arrived.sort_by_key(|packet| packet.arrival_us);
        arrived
    }
}
