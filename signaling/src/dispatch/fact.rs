//! What the session's log is told of a call.

use ids::{Sid, UtcMillis};
use serde_json::json;

use super::SeatId;

/// Something for the session's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The session.
    pub sid: Sid,
    /// What happened.
    pub what: Happened,
}

/// What happened to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happened {
    /// It waits.
    Queued {
        /// Its place, 1 = next.
        position: u32,
        /// The skill it needs.
        skill: String,
    },
    /// It rings at a seat.
    Offered {
        /// Where.
        seat: SeatId,
        /// The how manieth offer of this call.
        offer: u32,
        /// Until when.
        until: UtcMillis,
    },
    /// It rang in vain.
    Missed {
        /// Where.
        seat: SeatId,
        /// Which offer.
        offer: u32,
        /// Why.
        reason: Miss,
    },
    /// The seat passed it on.
    Declined {
        /// Which.
        seat: SeatId,
        /// Which offer.
        offer: u32,
    },
    /// A seat took it.
    Answered {
        /// Which.
        seat: SeatId,
        /// Which offer.
        offer: u32,
        /// How long the officer waited.
        waited_ms: u64,
    },
    /// The officer gave up.
    Cancelled {
        /// How long the officer waited.
        waited_ms: u64,
    },
}

/// Why a call rang in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// Nobody answered in time.
    NoAnswer,
    /// The seat's connection broke.
    Disconnected,
}

impl Fact {
    /// The entry's `type`.
    pub fn entry_type(&self) -> &'static str {
        match self.what {
            Happened::Queued { .. } => "call.queued",
            Happened::Offered { .. } => "dispatch.offered",
            Happened::Missed { .. } => "dispatch.missed",
            Happened::Declined { .. } => "dispatch.declined",
            Happened::Answered { .. } => "call.answered",
            Happened::Cancelled { .. } => "call.cancelled",
        }
    }

    /// The seat concerned: who acted (`declined`, `answered`) or was asked to.
    pub fn seat(&self) -> Option<&SeatId> {
        match &self.what {
            Happened::Offered { seat, .. }
            | Happened::Missed { seat, .. }
            | Happened::Declined { seat, .. }
            | Happened::Answered { seat, .. } => Some(seat),
            Happened::Queued { .. } | Happened::Cancelled { .. } => None,
        }
    }

    /// The entry's `body`; `handle` names a seat as the log does, since no account stands in it.
    pub fn body(&self, handle: impl Fn(&SeatId) -> String) -> serde_json::Value {
        match &self.what {
            Happened::Queued { position, skill } => json!({ "position": position, "skill": skill }),
            Happened::Offered { seat, offer, until } => {
                json!({ "seat": handle(seat), "offer": offer, "until": until })
            }
            Happened::Missed {
                seat,
                offer,
                reason,
            } => {
                let reason = match reason {
                    Miss::NoAnswer => "no_answer",
                    Miss::Disconnected => "disconnected",
                };
                json!({ "seat": handle(seat), "offer": offer, "reason": reason })
            }
            Happened::Declined { seat, offer } => json!({ "seat": handle(seat), "offer": offer }),
            Happened::Answered {
                seat,
                offer,
                waited_ms,
            } => {
                json!({ "seat": handle(seat), "offer": offer, "waited_ms": waited_ms })
            }
            Happened::Cancelled { waited_ms } => json!({ "waited_ms": waited_ms }),
        }
    }
}
