//! Which seat gets which call.
//!
//! Calls wait in the order they came. A call is offered to the **longest-idle free seat** with the skill it needs and
//! rings there for [`RING`]; then it goes to the next. A seat that declined a call, let it ring or lost its connection
//! while it rang is offered the *same* call again only when no other seat is free for it (and, where it chose not to
//! answer, not before [`RING_AGAIN`]). A seat has at most one call, a call at most one seat: the machine decides
//! both in one place, so an answer wins or is refused, and never half.
//!
//! Time limits are applied before an input is: an answer that comes at the very moment the offer ends is late.

mod fact;
mod seat;

pub use fact::{Fact, Happened, Miss};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Instant;

use ids::{Sid, UtcMillis};

use self::seat::{Doing, Idle, Presence, Seat};
use crate::error::DispatchError;
use crate::hub::ConnectionId;
use crate::limits::{QUEUE_MAX, RING, RING_AGAIN, SEATS_MAX, WISH_KEPT};
use crate::protocol::{
    Person, QueueItem, Ringing, SeatState, SeatStatus, SeatWish, ServerMessage, Withdrawal,
};

/// A seat: the account of who sits there ([`Person::id`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeatId(pub String);

impl fmt::Display for SeatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who sits at a seat and which calls they can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatProfile {
    /// The person; its `id` is the seat's.
    pub person: Person,
    /// Skills, compared with [`Call::skill`]: police types such as `police_traffic`.
    pub skills: BTreeSet<String>,
}

impl SeatProfile {
    /// The seat.
    pub fn seat(&self) -> SeatId {
        SeatId(self.person.id.clone())
    }
}

/// A call as it enters the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The session.
    pub sid: Sid,
    /// Who calls.
    pub officer: Person,
    /// The skill a seat needs for it.
    pub skill: String,
    /// Procedure id, e.g. `traffic_simple`.
    pub procedure: String,
    /// Where, in words.
    pub place_text: String,
    /// What for, where known.
    pub violation_text: Option<String>,
    /// Since when it waits.
    pub waiting_since: UtcMillis,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A seat exists, or its person or skills changed. Unconnected it shows as offline.
    Seat(SeatProfile),
    /// A seat is no more; one in a session is none once that is over.
    SeatRemoved(SeatId),
    /// A connection of a seat came up or was resumed.
    Connected {
        /// The seat.
        seat: SeatId,
        /// Which of its connections.
        connection: ConnectionId,
    },
    /// A connection of a seat lost its socket or ended. What rings there goes to the next seat at once when it
    /// was the last; a session goes on.
    Disconnected {
        /// The seat.
        seat: SeatId,
        /// Which of its connections.
        connection: ConnectionId,
    },
    /// A seat takes calls, or doesn't. `Away` while it rings declines.
    Wish {
        /// The seat.
        seat: SeatId,
        /// The wish.
        wish: SeatWish,
    },
    /// A new call.
    Call(Call),
    /// A seat answers.
    Answer {
        /// The seat.
        seat: SeatId,
        /// The call.
        sid: Sid,
    },
    /// A seat passes a call on.
    Decline {
        /// The seat.
        seat: SeatId,
        /// The call.
        sid: Sid,
    },
    /// The officer gives up waiting.
    Cancel {
        /// The call.
        sid: Sid,
    },
    /// A session ended; its seat is free.
    SessionOver {
        /// The session.
        sid: Sid,
    },
    /// Nothing but time.
    Tick,
}

/// What follows, in this order: a fact stands before the messages that rest on it, so that an application which
/// writes facts before it goes on tells nobody what isn't in the log.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// For the session's log.
    Fact(Fact),
    /// For people.
    Tell {
        /// Whom.
        to: Audience,
        /// What.
        message: ServerMessage,
    },
    /// A seat took the call: the session begins.
    Answered {
        /// The session.
        sid: Sid,
        /// Who called.
        officer: Person,
        /// Who answered.
        seat: Person,
    },
}

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// All connections of the account with this id.
    Account(String),
    /// Seats and chiefs.
    Board,
}

/// Seats and queue.
#[derive(Debug, Default)]
pub struct Dispatch {
    seats: BTreeMap<SeatId, Seat>,
    queue: Vec<Waiting>,
    /// Counts the moments at which a seat became idle: the smallest rank has been idle the longest.
    ranks: u64,
    changed: bool,
    out: VecDeque<Output>,
}

#[derive(Debug)]
struct Waiting {
    call: Call,
    ring: Ring,
    /// Offers so far.
    offers: u32,
    /// Seats that did not take it, and from when each may be asked again.
    tried: BTreeMap<SeatId, Tried>,
    told: Option<(u32, Option<Ringing>)>,
}

#[derive(Debug)]
enum Ring {
    Nowhere,
    At {
        seat: SeatId,
        until: Instant,
        until_utc: UtcMillis,
    },
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    offer: u32,
    again: Instant,
}

/// How an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapse {
    Missed(Miss),
    Declined,
}

impl Dispatch {
    /// The state after a restart: `calls` wait again in the order given, seats in sessions are busy. Seats show as
    /// offline until they connect. The log has these calls' `call.queued`, so no fact is repeated.
    pub fn restore(
        calls: Vec<Call>,
        seats: Vec<SeatProfile>,
        busy: &BTreeMap<SeatId, Sid>,
        utc: UtcMillis,
    ) -> Self {
        let mut dispatch = Self {
            changed: true,
            ..Self::default()
        };
        for profile in seats {
            let id = profile.seat();
            let mut seat = Seat::new(profile, utc);
            if let Some(sid) = busy.get(&id) {
                seat.doing = Doing::Busy(*sid);
            }
            dispatch.seats.insert(id, seat);
        }
        dispatch.queue = calls.into_iter().map(Waiting::new).collect();
        dispatch.settle_shown(utc);
        dispatch.tell_positions();
        dispatch
    }

    /// Takes an input at `now`, which is `utc` on the wall.
    ///
    /// # Errors
    /// The input was refused and changed nothing (time limits that were due are applied all the same).
    pub fn handle(
        &mut self,
        input: Input,
        now: Instant,
        utc: UtcMillis,
    ) -> Result<(), DispatchError> {
        self.lapse_due(now);
        let result = self.apply(input, now, utc);
        self.settle_shown(utc);
        self.offer(now, utc);
        self.settle_shown(utc);
        self.tell_positions();
        result
    }

    /// The next output. The board comes last, once for everything that changed.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front().or_else(|| {
            let message = std::mem::take(&mut self.changed).then(|| self.board())?;
            Some(Output::Tell {
                to: Audience::Board,
                message,
            })
        })
    }

    /// When [`Input::Tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        let due = |waiting: &Waiting| match &waiting.ring {
            Ring::At { until, .. } => Some(*until),
            // Only a seat that is free now makes waiting worthwhile; any other becomes free by an input.
            Ring::Nowhere => {
                let free = |id: &SeatId| {
                    self.seats
                        .get(id)
                        .is_some_and(|seat| seat.can_take(&waiting.call))
                };
                waiting
                    .tried
                    .iter()
                    .filter(|(id, _)| free(id))
                    .map(|(_, tried)| tried.again)
                    .min()
            }
        };
        self.queue.iter().filter_map(due).min()
    }

    /// Waiting calls, first first.
    pub fn queue(&self) -> Vec<QueueItem> {
        (1..)
            .zip(&self.queue)
            .map(|(position, waiting)| self.item(waiting, position))
            .collect()
    }

    /// All seats, by account.
    pub fn seats(&self) -> Vec<SeatStatus> {
        self.seats.values().map(Seat::status).collect()
    }

    /// What a board shows: for a seat or chief that has just connected.
    pub fn board(&self) -> ServerMessage {
        ServerMessage::QueueChanged {
            queue: self.queue(),
            seats: self.seats(),
        }
    }

    /// Where a waiting call stands: for an officer that has just connected.
    pub fn position(&self, sid: Sid) -> Option<ServerMessage> {
        let at = self
            .queue
            .iter()
            .position(|waiting| waiting.call.sid == sid)?;
        let ringing = self.ringing(&self.queue[at]);
        Some(ServerMessage::CallQueued {
            sid,
            position: position_of(at),
            ringing,
        })
    }

    /// The offer that rings at a seat: for a page of it that has just connected.
    pub fn offer_at(&self, seat: &SeatId) -> Option<ServerMessage> {
        let at = self
            .queue
            .iter()
            .position(|waiting| waiting.rings_at(seat))?;
        let Ring::At { until_utc, .. } = self.queue[at].ring else {
            return None;
        };
        Some(ServerMessage::CallOffered {
            call: self.item(&self.queue[at], position_of(at)),
            until: until_utc,
        })
    }
}

impl Dispatch {
    fn apply(&mut self, input: Input, now: Instant, utc: UtcMillis) -> Result<(), DispatchError> {
        match input {
            Input::Seat(profile) => self.seat_known(profile, utc),
            Input::SeatRemoved(seat) => self.seat_removed(&seat, now),
            Input::Connected { seat, connection } => self.connected(&seat, connection, now),
            Input::Disconnected { seat, connection } => self.disconnected(&seat, connection, now),
            Input::Wish { seat, wish } => self.wish(&seat, wish, now),
            Input::Call(call) => self.call(call),
            Input::Answer { seat, sid } => self.answer(&seat, sid, utc),
            Input::Decline { seat, sid } => {
                let at = self.offer_to(&seat, sid)?;
                self.lapse(at, Lapse::Declined, now);
                Ok(())
            }
            Input::Cancel { sid } => self.cancel(sid, utc),
            Input::SessionOver { sid } => {
                for seat in self
                    .seats
                    .values_mut()
                    .filter(|seat| seat.doing == Doing::Busy(sid))
                {
                    seat.doing = Doing::Nothing;
                }
                let leave: Vec<SeatId> = self
                    .seats
                    .iter()
                    .filter(|(_, seat)| seat.is_leaving && seat.doing == Doing::Nothing)
                    .map(|(id, _)| id.clone())
                    .collect();
                leave
                    .iter()
                    .try_for_each(|seat| self.seat_removed(seat, now))
            }
            Input::Tick => Ok(()),
        }
    }

    fn seat_known(&mut self, profile: SeatProfile, utc: UtcMillis) -> Result<(), DispatchError> {
        self.changed = true;
        if let Some(seat) = self.seats.get_mut(&profile.seat()) {
            seat.profile = profile;
            seat.is_leaving = false;
            return Ok(());
        }
        if self.seats.len() >= SEATS_MAX {
            return Err(DispatchError::SeatsFull);
        }
        self.seats.insert(profile.seat(), Seat::new(profile, utc));
        Ok(())
    }

    fn seat_removed(&mut self, id: &SeatId, now: Instant) -> Result<(), DispatchError> {
        let seat = self.seat(id)?;
        match seat.doing {
            Doing::Busy(_) => {
                seat.is_leaving = true;
                return Ok(());
            }
            Doing::Ringing(_) => self.lapse_at_seat(id, Lapse::Missed(Miss::Disconnected), now),
            Doing::Nothing => {}
        }
        self.seats.remove(id);
        for waiting in &mut self.queue {
            waiting.tried.remove(id);
        }
        self.changed = true;
        Ok(())
    }

    fn connected(
        &mut self,
        id: &SeatId,
        connection: ConnectionId,
        now: Instant,
    ) -> Result<(), DispatchError> {
        let seat = self.seat(id)?;
        match &mut seat.presence {
            Presence::Here(connections) => {
                connections.insert(connection);
            }
            Presence::Gone { since } => {
                if since.is_none_or(|since| now.saturating_duration_since(since) >= WISH_KEPT) {
                    seat.wish = SeatWish::Away;
                    seat.idle = None;
                }
                seat.presence = Presence::Here(BTreeSet::from([connection]));
            }
        }
        Ok(())
    }

    fn disconnected(
        &mut self,
        id: &SeatId,
        connection: ConnectionId,
        now: Instant,
    ) -> Result<(), DispatchError> {
        let seat = self.seat(id)?;
        let Presence::Here(connections) = &mut seat.presence else {
            return Ok(());
        };
        connections.remove(&connection);
        if connections.is_empty() {
            seat.presence = Presence::Gone { since: Some(now) };
            self.lapse_at_seat(id, Lapse::Missed(Miss::Disconnected), now);
        }
        Ok(())
    }

    fn wish(&mut self, id: &SeatId, wish: SeatWish, now: Instant) -> Result<(), DispatchError> {
        let seat = self.seat(id)?;
        seat.wish = wish;
        match wish {
            SeatWish::Idle => {}
            SeatWish::Away => {
                seat.idle = None;
                self.lapse_at_seat(id, Lapse::Declined, now);
            }
        }
        Ok(())
    }

    fn call(&mut self, call: Call) -> Result<(), DispatchError> {
        let sid = call.sid;
        let known = self.queue.iter().any(|waiting| waiting.call.sid == sid)
            || self.busy_with(sid).is_some();
        if known {
            return Err(DispatchError::KnownCall(sid));
        }
        if self.queue.len() >= QUEUE_MAX {
            return Err(DispatchError::QueueFull);
        }
        let (position, skill) = (position_of(self.queue.len()), call.skill.clone());
        self.queue.push(Waiting::new(call));
        self.fact(sid, Happened::Queued { position, skill });
        self.changed = true;
        Ok(())
    }

    fn answer(&mut self, id: &SeatId, sid: Sid, utc: UtcMillis) -> Result<(), DispatchError> {
        // A second click, or the answer of another page of the same seat: it has the call already.
        if self.busy_with(sid).is_some_and(|by| by == id) {
            return Ok(());
        }
        let at = self.offer_to(id, sid)?;
        let Waiting { call, offers, .. } = self.queue.remove(at);
        let seat = self.seat(id)?;
        seat.doing = Doing::Busy(sid);
        seat.idle = None;
        let person = seat.profile.person.clone();
        let waited_ms = waited_ms(&call, utc);
        self.fact(
            sid,
            Happened::Answered {
                seat: id.clone(),
                offer: offers,
                waited_ms,
            },
        );
        self.tell(
            &person.id,
            ServerMessage::CallWithdrawn {
                sid,
                reason: Withdrawal::Settled,
            },
        );
        for account in [&person.id, &call.officer.id] {
            self.tell(
                account,
                ServerMessage::CallAnswered {
                    sid,
                    seat: person.clone(),
                },
            );
        }
        self.out.push_back(Output::Answered {
            sid,
            officer: call.officer,
            seat: person,
        });
        self.changed = true;
        Ok(())
    }

    fn cancel(&mut self, sid: Sid, utc: UtcMillis) -> Result<(), DispatchError> {
        let Some(at) = self
            .queue
            .iter()
            .position(|waiting| waiting.call.sid == sid)
        else {
            return Err(self.not_waiting(sid));
        };
        let Waiting { call, ring, .. } = self.queue.remove(at);
        self.fact(
            sid,
            Happened::Cancelled {
                waited_ms: waited_ms(&call, utc),
            },
        );
        if let Ring::At { seat: id, .. } = ring {
            // It keeps its rank among the idle: it did no work and refused none.
            self.seat(&id)?.doing = Doing::Nothing;
            self.tell(
                &id.0,
                ServerMessage::CallWithdrawn {
                    sid,
                    reason: Withdrawal::Cancelled,
                },
            );
        }
        self.changed = true;
        Ok(())
    }

    /// Offers each call that rings nowhere to the best seat, in the order of the queue.
    fn offer(&mut self, now: Instant, utc: UtcMillis) {
        let mut idle: BTreeSet<SeatId> = self
            .seats
            .iter()
            .filter(|(_, seat)| seat.state() == SeatState::Idle)
            .map(|(id, _)| id.clone())
            .collect();
        for at in 0..self.queue.len() {
            if idle.is_empty() {
                return;
            }
            let Some(id) = self.best_seat(&self.queue[at], &idle, now) else {
                continue;
            };
            idle.remove(&id);
            let until_utc =
                UtcMillis::from_millis(utc.as_millis().saturating_add(RING.as_millis() as i64));
            let waiting = &mut self.queue[at];
            waiting.offers += 1;
            waiting.ring = Ring::At {
                seat: id.clone(),
                until: now + RING,
                until_utc,
            };
            let (sid, offer) = (waiting.call.sid, waiting.offers);
            if let Some(seat) = self.seats.get_mut(&id) {
                seat.doing = Doing::Ringing(sid);
            }
            self.fact(
                sid,
                Happened::Offered {
                    seat: id.clone(),
                    offer,
                    until: until_utc,
                },
            );
            let call = self.item(&self.queue[at], position_of(at));
            self.tell(
                &id.0,
                ServerMessage::CallOffered {
                    call,
                    until: until_utc,
                },
            );
            self.changed = true;
        }
    }

    /// The longest-idle free seat that this call has not been offered to; when there is none, the one whose turn
    /// was longest ago among those that may be asked again.
    fn best_seat(
        &self,
        waiting: &Waiting,
        idle: &BTreeSet<SeatId>,
        now: Instant,
    ) -> Option<SeatId> {
        if matches!(waiting.ring, Ring::At { .. }) {
            return None;
        }
        let free = || {
            let idle = idle.iter().map(|id| (id, &self.seats[id]));
            idle.filter(|(_, seat)| seat.can_take(&waiting.call))
        };
        let fresh = free()
            .filter(|(id, _)| !waiting.tried.contains_key(id))
            .min_by_key(|(_, seat)| seat.idle_rank());
        let again = || {
            let tried = free().filter_map(|(id, seat)| Some((id, seat, waiting.tried.get(id)?)));
            let may = tried.filter(|(_, _, tried)| tried.again <= now);
            may.min_by_key(|(_, _, tried)| tried.offer)
                .map(|(id, seat, _)| (id, seat))
        };
        fresh.or_else(again).map(|(id, _)| id.clone())
    }

    fn lapse_due(&mut self, now: Instant) {
        for at in 0..self.queue.len() {
            if matches!(self.queue[at].ring, Ring::At { until, .. } if until <= now) {
                self.lapse(at, Lapse::Missed(Miss::NoAnswer), now);
            }
        }
    }

    fn lapse_at_seat(&mut self, id: &SeatId, lapse: Lapse, now: Instant) {
        if let Some(at) = self.queue.iter().position(|waiting| waiting.rings_at(id)) {
            self.lapse(at, lapse, now);
        }
    }

    /// Ends the offer of call `at` without an answer. The call keeps its place in the queue; the seat goes to the
    /// end of the idle ones, so that one that nobody sits at does not hold up every call.
    fn lapse(&mut self, at: usize, lapse: Lapse, now: Instant) {
        let waiting = &mut self.queue[at];
        let Ring::At { seat: id, .. } = std::mem::replace(&mut waiting.ring, Ring::Nowhere) else {
            return;
        };
        let (sid, offer) = (waiting.call.sid, waiting.offers);
        let again = match lapse {
            Lapse::Missed(Miss::Disconnected) => now,
            Lapse::Missed(Miss::NoAnswer) | Lapse::Declined => now + RING_AGAIN,
        };
        waiting.tried.insert(id.clone(), Tried { offer, again });
        if let Some(seat) = self.seats.get_mut(&id) {
            seat.doing = Doing::Nothing;
            seat.idle = None;
        }
        let (what, reason) = match lapse {
            Lapse::Missed(reason) => (
                Happened::Missed {
                    seat: id.clone(),
                    offer,
                    reason,
                },
                Withdrawal::NoAnswer,
            ),
            Lapse::Declined => (
                Happened::Declined {
                    seat: id.clone(),
                    offer,
                },
                Withdrawal::Settled,
            ),
        };
        self.fact(sid, what);
        self.tell(&id.0, ServerMessage::CallWithdrawn { sid, reason });
        self.changed = true;
    }

    /// The index of the call that rings at this seat.
    fn offer_to(&mut self, id: &SeatId, sid: Sid) -> Result<usize, DispatchError> {
        self.seat(id)?;
        let at = self
            .queue
            .iter()
            .position(|waiting| waiting.call.sid == sid)
            .ok_or_else(|| self.not_waiting(sid))?;
        if self.queue[at].rings_at(id) {
            Ok(at)
        } else {
            Err(DispatchError::OfferOver(sid))
        }
    }

    fn not_waiting(&self, sid: Sid) -> DispatchError {
        match self.busy_with(sid) {
            Some(by) => DispatchError::Taken {
                sid,
                by: by.clone(),
            },
            None => DispatchError::UnknownCall(sid),
        }
    }

    fn busy_with(&self, sid: Sid) -> Option<&SeatId> {
        self.seats
            .iter()
            .find(|(_, seat)| seat.doing == Doing::Busy(sid))
            .map(|(id, _)| id)
    }

    fn seat(&mut self, id: &SeatId) -> Result<&mut Seat, DispatchError> {
        self.seats
            .get_mut(id)
            .ok_or_else(|| DispatchError::UnknownSeat(id.clone()))
    }

    /// Brings what is shown of each seat in line with what it does, and ranks those that became idle.
    fn settle_shown(&mut self, utc: UtcMillis) {
        let mut settled: Vec<_> = self
            .seats
            .values_mut()
            .filter(|seat| seat.state() != seat.shown)
            .collect();
        self.changed |= !settled.is_empty();
        for seat in &mut settled {
            seat.shown = seat.state();
            seat.since = utc;
            if seat.shown == SeatState::Idle {
                let ranks = &mut self.ranks;
                let idle = seat.idle.get_or_insert_with(|| {
                    *ranks += 1;
                    Idle {
                        rank: *ranks,
                        since: utc,
                    }
                });
                seat.since = idle.since;
            }
        }
    }

    fn tell_positions(&mut self) {
        for at in 0..self.queue.len() {
            let (position, ringing) = (position_of(at), self.ringing(&self.queue[at]));
            let told = Some((position, ringing.clone()));
            if self.queue[at].told != told {
                self.queue[at].told = told;
                let call = &self.queue[at].call;
                let (officer, sid) = (call.officer.id.clone(), call.sid);
                self.tell(
                    &officer,
                    ServerMessage::CallQueued {
                        sid,
                        position,
                        ringing,
                    },
                );
            }
        }
    }

    fn item(&self, waiting: &Waiting, position: u32) -> QueueItem {
        let Call {
            sid,
            officer,
            skill: _,
            procedure,
            place_text,
            violation_text,
            waiting_since,
        } = waiting.call.clone();
        let ringing = self.ringing(waiting);
        QueueItem {
            sid,
            officer,
            procedure,
            place_text,
            violation_text,
            waiting_since,
            position,
            ringing,
        }
    }

    fn ringing(&self, waiting: &Waiting) -> Option<Ringing> {
        match &waiting.ring {
            Ring::Nowhere => None,
            Ring::At {
                seat, until_utc, ..
            } => {
                let person = self.seats.get(seat)?.profile.person.clone();
                Some(Ringing {
                    person,
                    until: *until_utc,
                })
            }
        }
    }

    fn fact(&mut self, sid: Sid, what: Happened) {
        self.out.push_back(Output::Fact(Fact { sid, what }));
    }

    fn tell(&mut self, account: &str, message: ServerMessage) {
        self.out.push_back(Output::Tell {
            to: Audience::Account(account.into()),
            message,
        });
    }
}

impl Waiting {
    fn new(call: Call) -> Self {
        Self {
            call,
            ring: Ring::Nowhere,
            offers: 0,
            tried: BTreeMap::new(),
            told: None,
        }
    }

    fn rings_at(&self, id: &SeatId) -> bool {
        matches!(&self.ring, Ring::At { seat, .. } if seat == id)
    }
}

fn position_of(index: usize) -> u32 {
    u32::try_from(index + 1).expect("the queue has fewer than 2³² calls")
}

fn waited_ms(call: &Call, utc: UtcMillis) -> u64 {
    u64::try_from(utc.as_millis() - call.waiting_since.as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
