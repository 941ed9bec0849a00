//! A seat as the dispatcher keeps it.

use std::collections::BTreeSet;
use std::time::Instant;

use ids::{Sid, UtcMillis};

use super::{Call, SeatProfile};
use crate::hub::ConnectionId;
use crate::protocol::{SeatState, SeatStatus, SeatWish};

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) profile: SeatProfile,
    pub(super) presence: Presence,
    pub(super) wish: SeatWish,
    pub(super) doing: Doing,
    /// It is no seat any more once its session is over.
    pub(super) is_leaving: bool,
    /// Kept while it rings and through a short cut; lost by work, by `Away` and by a call that was not taken.
    pub(super) idle: Option<Idle>,
    /// As last shown, and since when.
    pub(super) shown: SeatState,
    pub(super) since: UtcMillis,
}

#[derive(Debug)]
pub(super) enum Presence {
    Here(BTreeSet<ConnectionId>),
    Gone { since: Option<Instant> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Nothing,
    Ringing(Sid),
    Busy(Sid),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Idle {
    pub(super) rank: u64,
    pub(super) since: UtcMillis,
}

impl Seat {
    pub(super) fn new(profile: SeatProfile, utc: UtcMillis) -> Self {
        Self {
            profile,
            presence: Presence::Gone { since: None },
            wish: SeatWish::Away,
            doing: Doing::Nothing,
            is_leaving: false,
            idle: None,
            shown: SeatState::Offline,
            since: utc,
        }
    }

    pub(super) fn state(&self) -> SeatState {
        match (self.doing, &self.presence, self.wish) {
            (Doing::Busy(_), _, _) => SeatState::Busy,
            (Doing::Ringing(_), _, _) => SeatState::Ringing,
            (Doing::Nothing, Presence::Gone { .. }, _) => SeatState::Offline,
            (Doing::Nothing, Presence::Here(_), SeatWish::Idle) => SeatState::Idle,
            (Doing::Nothing, Presence::Here(_), SeatWish::Away) => SeatState::Away,
        }
    }

    pub(super) fn can_take(&self, call: &Call) -> bool {
        self.state() == SeatState::Idle && self.profile.skills.contains(&call.skill)
    }

    pub(super) fn idle_rank(&self) -> u64 {
        self.idle.map_or(u64::MAX, |idle| idle.rank)
    }

    pub(super) fn status(&self) -> SeatStatus {
        let sid = match self.doing {
            Doing::Nothing => None,
            Doing::Ringing(sid) | Doing::Busy(sid) => Some(sid),
        };
        SeatStatus {
            person: self.profile.person.clone(),
            state: self.shown,
            since: self.since,
            sid,
        }
    }
}
