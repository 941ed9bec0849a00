//! A participant as the room keeps them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use super::{Expected, Interruption};
use crate::hub::ConnectionId;
use crate::limits::{LINK_INTERRUPTED, MEDIA_INTERRUPTED, MEDIA_SUSPECT};
use crate::protocol::{Capture, Kind, Presence, RosterEntry};

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) expected: Expected,
    pub(super) place: Place,
    /// The newest `RTCPeerConnection` that offered; 0: none yet.
    pub(super) newest: u32,
    /// Numbers below this are void, whether or not a newer one has offered.
    pub(super) valid_from: u32,
    pub(super) capture: Option<Capture>,
}

#[derive(Debug)]
pub(super) enum Place {
    Absent,
    In(In),
    Left,
}

#[derive(Debug)]
pub(super) struct In {
    pub(super) stage: Stage,
    pub(super) link: Link,
    /// Exactly the kinds that must be sent.
    pub(super) media: BTreeMap<Kind, Stream>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Lobby,
    Joined,
    Interrupted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Up(ConnectionId),
    Lost(ConnectionId, Instant),
    Gone(Instant),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Flowing,
    Silent(Instant),
    /// Silent since then, and said so.
    Suspect(Instant),
}

impl Participant {
    pub(super) fn link(&self) -> Option<ConnectionId> {
        match &self.place {
            Place::In(In {
                link: Link::Up(link) | Link::Lost(link, _),
                ..
            }) => Some(*link),
            Place::In(In {
                link: Link::Gone(_),
                ..
            })
            | Place::Absent
            | Place::Left => None,
        }
    }

    pub(super) fn is_here(&self) -> bool {
        match &self.place {
            Place::In(inside) => {
                matches!(inside.link, Link::Up(_))
                    || inside.media.values().any(|s| *s == Stream::Flowing)
            }
            Place::Absent | Place::Left => false,
        }
    }

    pub(super) fn presence(&self) -> Presence {
        match &self.place {
            Place::Absent => Presence::Absent,
            Place::In(In {
                stage: Stage::Lobby,
                ..
            }) => Presence::Lobby,
            Place::In(In {
                stage: Stage::Joined,
                ..
            }) => Presence::Joined,
            Place::In(In {
                stage: Stage::Interrupted,
                ..
            }) => Presence::Interrupted,
            Place::Left => Presence::Left,
        }
    }

    pub(super) fn roster_entry(&self) -> RosterEntry {
        let Expected {
            participant,
            role,
            person,
            display_name,
            must_send: _,
        } = self.expected.clone();
        RosterEntry {
            participant,
            role,
            person,
            display_name,
            state: self.presence(),
            capture: self.capture,
        }
    }
}

impl In {
    /// Everything that must be sent arrives, and the connection is up.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.link, Link::Up(_))
            && self.media.values().all(|stream| *stream == Stream::Flowing)
    }

    /// Streams that became suspect by `now`.
    pub(super) fn suspects(&mut self, now: Instant) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for (kind, stream) in &mut self.media {
            match *stream {
                Stream::Silent(since) if now.saturating_duration_since(since) >= MEDIA_SUSPECT => {
                    *stream = Stream::Suspect(since);
                    kinds.push(*kind);
                }
                Stream::Flowing | Stream::Silent(_) | Stream::Suspect(_) => {}
            }
        }
        kinds
    }

    pub(super) fn interruption(&self, now: Instant) -> Option<Interruption> {
        let passed = |since, limit| now.saturating_duration_since(since) >= limit;
        let silent = |stream: &Stream| match stream {
            Stream::Flowing => false,
            Stream::Silent(since) | Stream::Suspect(since) => passed(*since, MEDIA_INTERRUPTED),
        };
        if self.media.values().any(silent) {
            return Some(Interruption::Media);
        }
        match self.link {
            Link::Up(_) => None,
            Link::Lost(_, since) | Link::Gone(since) => {
                passed(since, LINK_INTERRUPTED).then_some(Interruption::Link)
            }
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Lobby | Stage::Interrupted => None,
            Stage::Joined => {
                let media = self.media.values().filter_map(|stream| match stream {
                    Stream::Flowing => None,
                    Stream::Silent(since) => Some(*since + MEDIA_SUSPECT),
                    Stream::Suspect(since) => Some(*since + MEDIA_INTERRUPTED),
                });
                let link = match self.link {
                    Link::Up(_) => None,
                    Link::Lost(_, since) | Link::Gone(since) => Some(since + LINK_INTERRUPTED),
                };
                media.chain(link).min()
            }
        }
    }
}

pub(super) fn silent(kinds: &BTreeSet<Kind>, since: Instant) -> BTreeMap<Kind, Stream> {
    kinds
        .iter()
        .map(|kind| (*kind, Stream::Silent(since)))
        .collect()
}
