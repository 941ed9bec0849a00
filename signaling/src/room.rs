//! Who is in one session.
//!
//! ```text
//!            join                 everything flows
//!   absent ───────────► lobby ───────────────────────► joined ◄───────┐ everything flows,
//!     ▲ connection ended │                               │            │ connection up
//!     └──────────────────┘                               │ silence, or connection lost
//!                                                        ▼            │
//!   left ◄──────────── hang-up, seal ◄──────────── interrupted ───────┘
//! ```
//!
//! *Joined* is said only when the first packet of **every** kind a participant must send is there, so that an honest
//! start is never unrecorded time. Media and signalling fail apart: a socket that breaks for a moment changes nothing
//! while media flows. A participant is in the session once: joining from another page or device puts the earlier one
//! out ([`Output::Displaced`]), and the media of an older `RTCPeerConnection` is void ([`Output::MediaVoid`]).

mod fact;
mod participant;

pub use fact::{Fact, Happened, Interruption, Leaving};

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use ids::{ParticipantId, Sid};

use self::participant::{In, Link, Participant, Place, Stage, Stream, silent};
use crate::error::RoomError;
use crate::hub::ConnectionId;
use crate::limits::{ABANDONED, CONNECTION_SKIP_MAX, PARTICIPANTS_MAX};
use crate::protocol::{
    Capture, EndState, Integrity, Kind, Person, Presence, RosterEntry, ServerMessage,
};

/// Somebody who may join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Their place in the session.
    pub participant: ParticipantId,
    /// `officer`, `seat`, `party`…
    pub role: String,
    /// The account, where there is one.
    pub person: Option<Person>,
    /// What to write under their picture.
    pub display_name: String,
    /// What they have to send to count as joined; it must be recorded.
    pub must_send: BTreeSet<Kind>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody may join.
    Expect(Expected),
    /// `session.join`, from a connection of that participant. Repeating it is harmless.
    Join {
        /// Who.
        participant: ParticipantId,
        /// From where.
        link: ConnectionId,
    },
    /// `session.leave`.
    Leave {
        /// From where.
        link: ConnectionId,
    },
    /// A connection's socket is gone.
    LinkLost {
        /// Which.
        link: ConnectionId,
    },
    /// It has a socket again.
    LinkResumed {
        /// Which.
        link: ConnectionId,
    },
    /// It ended for good.
    LinkEnded {
        /// Which.
        link: ConnectionId,
    },
    /// `media.offer`; refused if its `RTCPeerConnection` is stale.
    Offer {
        /// From where.
        link: ConnectionId,
        /// The client's n-th `RTCPeerConnection`.
        connection: u32,
    },
    /// What a participant sends begins, or begins again.
    Flowing {
        /// Who.
        participant: ParticipantId,
        /// On which `RTCPeerConnection`.
        connection: u32,
        /// What.
        kind: Kind,
    },
    /// Nothing of it has come since then.
    Silent {
        /// Who.
        participant: ParticipantId,
        /// On which `RTCPeerConnection`.
        connection: u32,
        /// What.
        kind: Kind,
        /// The last packet's arrival.
        since: Instant,
    },
    /// `media.state`.
    Capture {
        /// From where.
        link: ConnectionId,
        /// The client's own word.
        capture: Capture,
    },
    /// The session is sealed or cancelled.
    End(EndState),
    /// Nothing but time.
    Tick,
}

/// What follows, in this order.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once from machine to socket, never kept in bulk"
)]
pub enum Output {
    /// For the session's log.
    Fact(Fact),
    /// Answer `session.join`.
    Entered(Entered),
    /// For everyone in [`Room::links`].
    Broadcast(ServerMessage),
    /// The participant joined from elsewhere; this connection is out and its hub connection is to be closed with
    /// `replaced`.
    Displaced {
        /// Which.
        link: ConnectionId,
    },
    /// Drop this participant's peers with a number below that.
    MediaVoid {
        /// Whose.
        participant: ParticipantId,
        /// The first number that may still send.
        below: u32,
    },
    /// Something that must be sent is silent: show advice, before it counts as an interruption.
    Suspect {
        /// Whose.
        participant: ParticipantId,
        /// What.
        kind: Kind,
    },
    /// Nobody was in the session for [`ABANDONED`]: seal it. The room is over.
    Abandoned,
}

/// The answer to a join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entered {
    /// To whom.
    pub link: ConnectionId,
    /// Who they are.
    pub participant: ParticipantId,
    /// The number to offer with next.
    pub connection: u32,
    /// What they have to send.
    pub must_send: Vec<Kind>,
    /// Everyone.
    pub roster: Vec<RosterEntry>,
}

impl Entered {
    /// The message.
    pub fn message(self, sid: Sid, integrity: Integrity) -> ServerMessage {
        let Self {
            link: _,
            participant,
            connection,
            must_send,
            roster,
        } = self;
        ServerMessage::SessionJoined {
            sid,
            participant,
            connection,
            must_send,
            roster,
            integrity,
        }
    }
}

/// Where somebody was before a restart, as the log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Never joined.
    Absent,
    /// Joined, and not left since.
    In,
    /// Left.
    Left,
}

/// One session's participants.
#[derive(Debug)]
pub struct Room {
    sid: Sid,
    participants: BTreeMap<ParticipantId, Participant>,
    /// Nobody has been in it since then.
    empty: Option<Instant>,
    over: bool,
    told: Vec<RosterEntry>,
    out: VecDeque<Output>,
}

impl Room {
    /// A session that a seat has just answered.
    pub fn new(sid: Sid, now: Instant) -> Self {
        let (participants, told, out) = (BTreeMap::new(), Vec::new(), VecDeque::new());
        Self {
            sid,
            participants,
            empty: Some(now),
            over: false,
            told,
            out,
        }
    }

    /// After a restart: who was in is interrupted until they rejoin; the time in which nobody is in begins now. With
    /// each participant comes the number of the newest `RTCPeerConnection` known of (0: none).
    pub fn restore(sid: Sid, known: Vec<(Expected, Before, u32)>, now: Instant) -> Self {
        let mut room = Self::new(sid, now);
        for (expected, before, newest) in known {
            let id = expected.participant.clone();
            let place = match before {
                Before::Absent => Place::Absent,
                Before::Left => Place::Left,
                Before::In => {
                    room.fact(
                        &id,
                        Happened::Interrupted {
                            reason: Interruption::Restart,
                        },
                    );
                    let media = silent(&expected.must_send, now);
                    Place::In(In {
                        stage: Stage::Interrupted,
                        link: Link::Gone(now),
                        media,
                    })
                }
            };
            let valid_from = newest + 1;
            room.participants.insert(
                id,
                Participant {
                    expected,
                    place,
                    newest,
                    valid_from,
                    capture: None,
                },
            );
        }
        room.told = room.roster();
        room
    }

    /// Takes an input.
    ///
    /// # Errors
    /// The input was refused and changed nothing (time limits that were due are applied all the same).
    pub fn handle(&mut self, input: Input, now: Instant) -> Result<(), RoomError> {
        self.settle(now);
        let result = match input {
            _ if !self.over => self.apply(input, now),
            Input::Expect(_)
            | Input::Join { .. }
            | Input::Leave { .. }
            | Input::Offer { .. }
            | Input::Capture { .. } => Err(RoomError::Over),
            // Reports, not wishes: they may well come after the end.
            Input::LinkLost { .. }
            | Input::LinkResumed { .. }
            | Input::LinkEnded { .. }
            | Input::Flowing { .. }
            | Input::Silent { .. }
            | Input::End(_)
            | Input::Tick => Ok(None),
        };
        self.settle(now);
        if let Ok(Some((participant, link))) = &result {
            self.enter(participant, *link);
        }
        let roster = self.roster();
        if roster != self.told {
            self.told.clone_from(&roster);
            self.out
                .push_back(Output::Broadcast(ServerMessage::SessionRoster {
                    sid: self.sid,
                    roster,
                }));
        }
        result.map(drop)
    }

    /// The next output.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When [`Input::Tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Instant> {
        if self.over {
            return None;
        }
        let people = self.participants.values().filter_map(|p| match &p.place {
            Place::In(inside) => inside.next_deadline(),
            Place::Absent | Place::Left => None,
        });
        people
            .chain(self.empty.map(|since| since + ABANDONED))
            .min()
    }

    /// The connections in the session, those that may be resumed among them: whom a broadcast reaches.
    pub fn links(&self) -> impl Iterator<Item = ConnectionId> {
        self.participants.values().filter_map(Participant::link)
    }

    /// Who joined from this connection.
    pub fn participant_at(&self, link: ConnectionId) -> Option<&ParticipantId> {
        self.participants
            .iter()
            .find(|(_, p)| p.link() == Some(link))
            .map(|(id, _)| id)
    }

    /// Where a participant is.
    pub fn presence(&self, participant: &ParticipantId) -> Option<Presence> {
        self.participants
            .get(participant)
            .map(Participant::presence)
    }

    /// Everyone expected, by participant.
    pub fn roster(&self) -> Vec<RosterEntry> {
        self.participants
            .values()
            .map(Participant::roster_entry)
            .collect()
    }
}

impl Room {
    /// What the input asks for; a join names who enters from where, to be answered when everything has settled.
    fn apply(
        &mut self,
        input: Input,
        now: Instant,
    ) -> Result<Option<(ParticipantId, ConnectionId)>, RoomError> {
        match input {
            Input::Expect(expected) => self.expect(expected, now)?,
            Input::Join { participant, link } => {
                self.join(&participant, link, now)?;
                return Ok(Some((participant, link)));
            }
            Input::Leave { link } => {
                let id = self
                    .participant_at(link)
                    .cloned()
                    .ok_or(RoomError::NotJoined)?;
                self.leave(&id, Leaving::HungUp);
            }
            Input::LinkLost { link } => self.link(link, Link::Lost(link, now)),
            Input::LinkResumed { link } => self.link(link, Link::Up(link)),
            Input::LinkEnded { link } => self.link(link, Link::Gone(now)),
            Input::Offer { link, connection } => self.offer(link, connection, now)?,
            Input::Flowing {
                participant,
                connection,
                kind,
            } => {
                self.stream(&participant, connection, kind, |_| Stream::Flowing);
            }
            Input::Silent {
                participant,
                connection,
                kind,
                since,
            } => {
                self.stream(&participant, connection, kind, |stream| match stream {
                    Stream::Flowing => Stream::Silent(since),
                    Stream::Silent(_) | Stream::Suspect(_) => stream,
                });
            }
            Input::Capture { link, capture } => {
                let id = self
                    .participant_at(link)
                    .cloned()
                    .ok_or(RoomError::NotJoined)?;
                let p = self
                    .participants
                    .get_mut(&id)
                    .expect("participant_at names a participant");
                if p.capture.replace(capture) != Some(capture) {
                    self.fact(&id, Happened::State { capture });
                }
            }
            Input::End(state) => self.end(state),
            Input::Tick => {}
        }
        Ok(None)
    }

    fn expect(&mut self, expected: Expected, now: Instant) -> Result<(), RoomError> {
        let id = expected.participant.clone();
        if let Some(p) = self.participants.get_mut(&id) {
            if let Place::In(inside) = &mut p.place {
                let before = std::mem::replace(&mut inside.media, silent(&expected.must_send, now));
                inside
                    .media
                    .iter_mut()
                    .for_each(|(kind, stream)| *stream = *before.get(kind).unwrap_or(stream));
            }
            p.expected = expected;
            return Ok(());
        }
        if self.participants.len() >= PARTICIPANTS_MAX {
            return Err(RoomError::RoomFull);
        }
        let p = Participant {
            expected,
            place: Place::Absent,
            newest: 0,
            valid_from: 1,
            capture: None,
        };
        self.participants.insert(id, p);
        Ok(())
    }

    fn join(
        &mut self,
        id: &ParticipantId,
        link: ConnectionId,
        now: Instant,
    ) -> Result<(), RoomError> {
        let p = self
            .participants
            .get_mut(id)
            .ok_or_else(|| RoomError::UnknownParticipant(id.clone()))?;
        let inside = match &mut p.place {
            Place::In(inside) => inside,
            Place::Absent | Place::Left => {
                let media = silent(&p.expected.must_send, now);
                p.place = Place::In(In {
                    stage: Stage::Lobby,
                    link: Link::Up(link),
                    media,
                });
                return Ok(());
            }
        };
        let before = std::mem::replace(&mut inside.link, Link::Up(link));
        let displaced = match before {
            Link::Up(old) | Link::Lost(old, _) if old != link => old,
            // The same page, or one whose connection had ended: its `RTCPeerConnection` may well be alive.
            Link::Up(_) | Link::Lost(..) | Link::Gone(_) => return Ok(()),
        };
        inside.media = silent(&p.expected.must_send, now);
        let interrupted = inside.stage == Stage::Joined;
        if interrupted {
            inside.stage = Stage::Interrupted;
        }
        p.valid_from = p.newest + 1;
        let below = p.valid_from;
        if interrupted {
            self.fact(
                id,
                Happened::Interrupted {
                    reason: Interruption::Displaced,
                },
            );
        }
        self.out.push_back(Output::MediaVoid {
            participant: id.clone(),
            below,
        });
        self.out.push_back(Output::Displaced { link: displaced });
        Ok(())
    }

    fn enter(&mut self, id: &ParticipantId, link: ConnectionId) {
        let Some(p) = self.participants.get(id) else {
            return;
        };
        self.out.push_back(Output::Entered(Entered {
            link,
            participant: id.clone(),
            connection: p.newest + 1,
            must_send: p.expected.must_send.iter().copied().collect(),
            roster: self.roster(),
        }));
    }

    fn leave(&mut self, id: &ParticipantId, reason: Leaving) {
        let Some(p) = self.participants.get_mut(id) else {
            return;
        };
        let Place::In(In { stage, .. }) = p.place else {
            return;
        };
        p.place = Place::Left;
        p.valid_from = p.newest + 1;
        let below = p.valid_from;
        match stage {
            Stage::Lobby => {}
            Stage::Joined | Stage::Interrupted => self.fact(id, Happened::Left { reason }),
        }
        self.out.push_back(Output::MediaVoid {
            participant: id.clone(),
            below,
        });
    }

    fn offer(
        &mut self,
        link: ConnectionId,
        connection: u32,
        now: Instant,
    ) -> Result<(), RoomError> {
        let id = self
            .participant_at(link)
            .cloned()
            .ok_or(RoomError::NotJoined)?;
        let p = self
            .participants
            .get_mut(&id)
            .expect("participant_at names a participant");
        let newest = p.newest;
        if connection == 0 || connection.saturating_sub(newest) > CONNECTION_SKIP_MAX {
            return Err(RoomError::ConnectionOutOfTurn {
                asked: connection,
                newest,
            });
        }
        if connection < newest || connection < p.valid_from {
            return Err(RoomError::StaleConnection {
                asked: connection,
                newest: newest.max(p.valid_from),
            });
        }
        if connection > newest {
            p.newest = connection;
            p.valid_from = connection;
            if let Place::In(inside) = &mut p.place {
                // The old one's media is void from here; the silence that counts begins now.
                inside
                    .media
                    .values_mut()
                    .filter(|s| **s == Stream::Flowing)
                    .for_each(|s| *s = Stream::Silent(now));
            }
            if newest > 0 {
                self.out.push_back(Output::MediaVoid {
                    participant: id,
                    below: connection,
                });
            }
        }
        Ok(())
    }

    fn stream(
        &mut self,
        id: &ParticipantId,
        connection: u32,
        kind: Kind,
        change: impl Fn(Stream) -> Stream,
    ) {
        let Some(p) = self.participants.get_mut(id) else {
            return;
        };
        if connection != p.newest || connection < p.valid_from {
            return;
        }
        if let Place::In(inside) = &mut p.place
            && let Some(stream) = inside.media.get_mut(&kind)
        {
            *stream = change(*stream);
        }
    }

    fn link(&mut self, link: ConnectionId, state: Link) {
        let here = |p: &&mut Participant| p.link() == Some(link);
        if let Some(Participant {
            place: Place::In(inside),
            ..
        }) = self.participants.values_mut().find(here)
        {
            inside.link = state;
        }
    }

    fn end(&mut self, state: EndState) {
        let all: Vec<_> = self.participants.keys().cloned().collect();
        for id in &all {
            self.leave(id, Leaving::Ended(state));
        }
        self.over = true;
    }

    /// Draws the conclusions from what flows, what is up and what time it is.
    fn settle(&mut self, now: Instant) {
        if self.over {
            return;
        }
        for p in self.participants.values_mut() {
            let Place::In(inside) = &mut p.place else {
                continue;
            };
            let id = &p.expected.participant;
            let what = match inside.stage {
                Stage::Lobby if matches!(inside.link, Link::Gone(_)) => {
                    p.place = Place::Absent;
                    continue;
                }
                Stage::Lobby if inside.is_whole() => {
                    let Expected {
                        role, must_send, ..
                    } = p.expected.clone();
                    inside.stage = Stage::Joined;
                    Happened::Joined {
                        role,
                        must_record: must_send,
                    }
                }
                Stage::Interrupted if inside.is_whole() => {
                    inside.stage = Stage::Joined;
                    Happened::Resumed
                }
                Stage::Joined => {
                    for kind in inside.suspects(now) {
                        self.out.push_back(Output::Suspect {
                            participant: id.clone(),
                            kind,
                        });
                    }
                    let Some(reason) = inside.interruption(now) else {
                        continue;
                    };
                    inside.stage = Stage::Interrupted;
                    Happened::Interrupted { reason }
                }
                Stage::Lobby | Stage::Interrupted => continue,
            };
            self.out.push_back(Output::Fact(Fact {
                participant: id.clone(),
                what,
            }));
        }
        self.empty = if self.participants.values().any(Participant::is_here) {
            None
        } else {
            self.empty.or(Some(now))
        };
        if self
            .empty
            .is_some_and(|since| now.saturating_duration_since(since) >= ABANDONED)
        {
            self.end(EndState::Abandoned);
            self.out.push_back(Output::Abandoned);
        }
    }

    fn fact(&mut self, id: &ParticipantId, what: Happened) {
        self.out.push_back(Output::Fact(Fact {
            participant: id.clone(),
            what,
        }));
    }
}

#[cfg(test)]
mod tests;
