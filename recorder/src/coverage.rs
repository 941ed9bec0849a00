//! Which spans of a track show nothing correct: the gap map as it comes into being.

use std::collections::VecDeque;

use crate::limits::{GAP_PIECE_US, PAUSE_US_MAX};

/// Why a span of a track is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing arrived.
    NoRtp,
    /// What arrived cannot be decoded until the next random access point.
    Undecodable,
    /// The participant switched the source off.
    Muted,
    /// The session is on hold.
    Hold,
    /// The connection is down.
    IceDisconnected,
    /// The recorder could not keep up and packets were dropped before it.
    Overload,
}

impl Reason {
    /// As the log writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoRtp => "no_rtp",
            Self::Undecodable => "undecodable",
            Self::Muted => "muted",
            Self::Hold => "hold",
            Self::IceDisconnected => "ice_disconnected",
            Self::Overload => "overload",
        }
    }
}

/// A change of a track's coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing correct from `t0_us` to `t1_us`: to be declared.
    Gap {
        /// µs.
        t0_us: u64,
        /// µs.
        t1_us: u64,
        /// Why.
        reason: Reason,
    },
    /// Nothing correct since `since_us`, and it lasts.
    Stalled {
        /// µs.
        since_us: u64,
        /// Why, as far as is known.
        reason: Reason,
    },
    /// It is over.
    Flowing,
}

/// Follows one track.
#[derive(Debug)]
pub struct Coverage {
    tolerance_us: u64,
    /// Media that shows something correct reaches to here.
    good_until_us: u64,
    /// Reason of the stall that was signalled, if one lasts.
    stalled: Option<Reason>,
    /// The log's segments show media to here.
    covered_us: u64,
    /// Gaps have been declared up to here.
    declared_us: u64,
    /// Packets came since `good_until_us`, but nothing correct.
    undecodable: bool,
    /// When packets were last dropped before the recorder.
    overload_us: Option<u64>,
    /// What the shell knows about the source.
    told: Option<Reason>,
    out: VecDeque<Change>,
}

impl Coverage {
    /// Starts with media at `us`; a hole of up to `tolerance_us` needs no declaration.
    pub fn new(us: u64, tolerance_us: u64, told: Option<Reason>) -> Self {
        Self {
            tolerance_us,
            good_until_us: us,
            stalled: None,
            covered_us: us,
            declared_us: us,
            undecodable: false,
            overload_us: None,
            told,
            out: VecDeque::new(),
        }
    }

    /// A correct frame, its packets arrived between `from_us` and `to_us`; `adjoins`: nothing is
    /// missing between it and what was stored before.
    pub fn good(&mut self, from_us: u64, to_us: u64, adjoins: bool) {
        self.close(from_us, adjoins);
        if self.stalled.take().is_some() {
            self.out.push_back(Change::Flowing);
        }
        self.good_until_us = self.good_until_us.max(to_us);
        self.undecodable = false;
    }

    /// Something came at `us`, but nothing correct can be made of it.
    pub fn undecodable(&mut self, us: u64) {
        self.change_reason(us, |coverage| coverage.undecodable = true);
    }

    /// Packets were dropped before the recorder.
    pub fn overloaded(&mut self, us: u64) {
        self.change_reason(us, |coverage| coverage.overload_us = Some(us));
    }

    /// What the shell knows about the source from `us` on.
    pub fn tell(&mut self, us: u64, told: Option<Reason>) {
        self.change_reason(us, |coverage| coverage.told = told);
    }

    /// The log will show a segment from `t0_us` to `t1_us`, the one before it ended at `last_us`:
    /// what a verifier would find undeclared before it is declared.
    pub fn segment(&mut self, last_us: u64, t0_us: u64, t1_us: u64, adjoins: bool) {
        let from_us = self.covered_us.max(self.declared_us);
        let is_pause = adjoins && t0_us.saturating_sub(last_us) <= PAUSE_US_MAX;
        if t0_us.saturating_sub(from_us) > self.tolerance_us && !is_pause {
            // If nothing correct has come for longer, the gap began there.
            self.declared_us = self.declared_us.max(self.good_until_us).min(from_us);
            self.declare(t0_us);
        }
        // A single instant is no span of media.
        if is_pause || t1_us > t0_us {
            self.covered_us = self.covered_us.max(t1_us);
        }
        self.good_until_us = self.good_until_us.min(t1_us);
    }

    /// Time passes; `undecided_us`: arrival of the oldest packet whose use is still open.
    pub fn tick(&mut self, now_us: u64, undecided_us: Option<u64>) {
        let known_us = undecided_us.map_or(now_us, |us| us.min(now_us));
        let (horizon_us, patience_us) = if self.undecodable {
            (now_us, self.tolerance_us)
        } else {
            (known_us, self.tolerance_us.max(PAUSE_US_MAX))
        };
        if self.stalled.is_none() && horizon_us.saturating_sub(self.good_until_us) > patience_us {
            let reason = self.reason();
            self.stalled = Some(reason);
            self.declared_us = self.declared_us.max(self.good_until_us);
            self.out.push_back(Change::Stalled {
                since_us: self.good_until_us,
                reason,
            });
        }
        if self.stalled.is_some() && known_us.saturating_sub(self.declared_us) >= GAP_PIECE_US {
            self.declare(known_us);
        }
    }

    /// A stall was signalled and lasts.
    pub fn is_stalled(&self) -> bool {
        self.stalled.is_some()
    }

    /// The track ends at `now_us` at the latest. Returns where: with its last correct frame, or,
    /// if a gap must be declared, with that.
    pub fn finish(&mut self, now_us: u64) -> u64 {
        let hole_us = now_us.saturating_sub(self.good_until_us);
        let patience_us = if self.undecodable || self.overload() {
            self.tolerance_us
        } else {
            PAUSE_US_MAX
        };
        if self.stalled.is_some() || hole_us > patience_us {
            self.close(now_us, false);
            self.good_until_us.max(now_us)
        } else {
            self.good_until_us
        }
    }

    /// The next change, in order.
    pub fn poll(&mut self) -> Option<Change> {
        self.out.pop_front()
    }

    /// What is correct again begins at `from_us`.
    fn close(&mut self, from_us: u64, adjoins: bool) {
        let hole_us = from_us.saturating_sub(self.good_until_us);
        let is_pause = adjoins && !self.undecodable && hole_us <= PAUSE_US_MAX;
        if hole_us > self.tolerance_us && !is_pause {
            self.declared_us = self.declared_us.max(self.good_until_us);
            self.declare(from_us);
        }
    }

    fn declare(&mut self, to_us: u64) {
        if to_us > self.declared_us {
            let reason = self.stalled.unwrap_or_else(|| self.reason());
            self.out.push_back(Change::Gap {
                t0_us: self.declared_us,
                t1_us: to_us,
                reason,
            });
            self.declared_us = to_us;
        }
    }

    fn change_reason(&mut self, us: u64, change: impl FnOnce(&mut Self)) {
        change(self);
        let reason = self.reason();
        if self.stalled.is_some_and(|stalled| stalled != reason) {
            self.declare(us);
            self.stalled = Some(reason);
            self.out.push_back(Change::Stalled {
                since_us: self.declared_us,
                reason,
            });
        }
    }

    fn overload(&self) -> bool {
        self.overload_us.is_some_and(|us| us >= self.good_until_us)
    }

    fn reason(&self) -> Reason {
        if self.overload() {
            Reason::Overload
        } else if self.undecodable {
            Reason::Undecodable
        } else {
            self.told.unwrap_or(Reason::NoRtp)
        }
    }
}
