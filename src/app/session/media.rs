//! The session's media: offers, arriving tracks, takes.

use std::num::NonZeroU32;
use std::time::Instant;

use ids::{ParticipantId, TrackId};
use recorder::{EndReason, Report, TakeSpec};
use sfu::{Event, PeerId, Track};
use signaling::hub::ConnectionId;
use signaling::protocol::{CaptureState, ClientMessage, Kind, ServerMessage, Slot};
use signaling::room::Input;

use super::{Arriving, LastCapture, OFFICER, PARTY, SEAT, Session, limits};
use crate::app::Who;

impl Session {
    /// What a client of the session said.
    pub(super) async fn client(
        &mut self,
        link: ConnectionId,
        who: &Who,
        n: u64,
        body: ClientMessage,
    ) {
        let now = Instant::now();
        match body {
            ClientMessage::SessionJoin { .. } => {
                let participant = self.participant_of(who);
                let joined = match (&mut self.room, participant) {
                    (Some(room), Some(participant)) => {
                        room.handle(Input::Join { participant, link }, now)
                    }
                    (None, Some(_)) => Err(signaling::RoomError::NotJoined),
                    (_, None) => Err(signaling::RoomError::UnknownParticipant(
                        PARTY.parse().expect("a valid id"),
                    )),
                };
                self.refuse(link, n, joined);
            }
            ClientMessage::SessionLeave { .. } => self.tell_room(Input::Leave { link }),
            ClientMessage::MediaOffer {
                request,
                connection,
                sdp,
                ..
            } => self.offer(link, request, connection, sdp).await,
            ClientMessage::MediaState {
                visible,
                camera,
                microphone,
                ..
            } => {
                let capture = signaling::protocol::Capture {
                    visible,
                    camera,
                    microphone,
                };
                self.note_reasons(link, visible, camera, microphone);
                self.captured(link, capture);
            }
            ClientMessage::ScreenTurned { to_party, .. } => {
                let place = self
                    .room
                    .as_ref()
                    .and_then(|room| room.participant_at(link));
                if place.is_none_or(|p| p.as_str() == PARTY) {
                    let error = signaling::Error::from(signaling::RoomError::NotJoined);
                    self.parts.hub.send(link, error.reply(n));
                    return;
                }
                self.turned_to_party = to_party;
                self.broadcast(&ServerMessage::ScreenTurned {
                    sid: self.sid,
                    to_party,
                });
            }
            // These concern the queue and never come here.
            ClientMessage::SeatState { .. }
            | ClientMessage::CallAnswer { .. }
            | ClientMessage::CallDecline { .. } => {}
        }
    }

    fn refuse(&self, link: ConnectionId, n: u64, outcome: Result<(), signaling::RoomError>) {
        if let Err(error) = outcome {
            self.parts
                .hub
                .send(link, signaling::Error::from(error).reply(n));
        }
    }

    /// Every change is an entry of the log, so they are taken down in measured steps: the newest counts.
    fn captured(&mut self, link: ConnectionId, capture: signaling::protocol::Capture) {
        let now = Instant::now();
        if let Some(last) = self.captures.get_mut(&link)
            && now.duration_since(last.taken) < limits::CAPTURE_EVERY
        {
            last.waiting = Some(capture);
            return;
        }
        let (taken, waiting) = (now, None);
        self.captures.insert(link, LastCapture { taken, waiting });
        self.tell_room(Input::Capture { link, capture });
    }

    /// Takes down what participants said of their cameras meanwhile.
    pub(super) fn take_captures(&mut self) {
        let now = Instant::now();
        let mut due = Vec::new();
        self.captures.retain(|link, last| {
            if now.duration_since(last.taken) < limits::CAPTURE_EVERY {
                return true;
            }
            due.extend(last.waiting.take().map(|capture| (*link, capture)));
            last.taken = now;
            due.last().is_some_and(|(newest, _)| newest == link)
        });
        for (link, capture) in due {
            self.tell_room(Input::Capture { link, capture });
        }
    }

    /// The place of a person in this session.
    pub(crate) fn participant_of(&self, who: &Who) -> Option<ParticipantId> {
        match who {
            Who::Account { id, .. } if *id == self.officer.id.to_string() => OFFICER.parse().ok(),
            Who::Account { id, .. }
                if self.seat.as_ref().is_some_and(|s| s.id.to_string() == *id) =>
            {
                SEAT.parse().ok()
            }
            Who::Account { .. } => None,
            Who::Party { sid, participant } => (*sid == self.sid).then(|| participant.clone()),
        }
    }

    /// What the participant knows of their own camera becomes the reason of a stall, should one come.
    fn note_reasons(
        &self,
        link: ConnectionId,
        visible: bool,
        camera: CaptureState,
        microphone: CaptureState,
    ) {
        let Some(participant) = self.room.as_ref().and_then(|r| r.participant_at(link)) else {
            return;
        };
        for arriving in self
            .arriving
            .values()
            .filter(|a| a.participant == *participant)
        {
            let capture = if arriving.kind == Kind::Video {
                camera
            } else {
                microphone
            };
            let reason = match capture {
                CaptureState::Muted => Some(recorder::Reason::Muted),
                CaptureState::Interrupted | CaptureState::Absent => Some(recorder::Reason::Hold),
                CaptureState::Live if !visible && arriving.kind == Kind::Video => {
                    Some(recorder::Reason::Hold)
                }
                CaptureState::Live => None,
            };
            if let Err(error) = self
                .parts
                .recorder
                .set_reason(self.sid, &arriving.take, reason)
            {
                tracing::warn!(sid = %self.sid, %error, "The recorder was not told why a track may stall");
            }
        }
    }

    async fn offer(&mut self, link: ConnectionId, request: u32, connection: u32, sdp: String) {
        let sid = self.sid;
        let reject = |code: &str, detail: String| ServerMessage::MediaRejected {
            sid,
            request,
            code: code.to_owned(),
            detail,
        };
        let accepted = match &mut self.room {
            _ if self.sealing => Err(signaling::RoomError::Over),
            Some(room) => room.handle(Input::Offer { link, connection }, Instant::now()),
            None => Err(signaling::RoomError::NotJoined),
        };
        let participant = self
            .room
            .as_ref()
            .and_then(|r| r.participant_at(link))
            .cloned();
        let (Ok(()), Some(participant)) = (&accepted, participant) else {
            let code = match &accepted {
                Err(signaling::RoomError::StaleConnection { .. }) => "stale_connection",
                Ok(()) | Err(_) => "not_joined",
            };
            let detail = accepted.err().map(|e| e.to_string()).unwrap_or_default();
            self.parts.hub.send(link, reject(code, detail));
            return;
        };
        let key = (participant, connection);
        let peer = match self.peers.get(&key) {
            Some(peer) => *peer,
            None => {
                let peer = self.parts.next_peer();
                // Routed first: its events may come before the reply.
                self.parts.sessions.route_peer(peer, sid);
                if let Err(error) = self.parts.media.join(sid, peer).await {
                    self.parts.sessions.forget_peer(peer);
                    self.parts.hub.send(link, reject("busy", error.to_string()));
                    return;
                }
                self.peers.insert(key, peer);
                peer
            }
        };
        let reply = match self.parts.media.offer(sid, peer, sdp).await {
            Ok(answer) => ServerMessage::MediaAnswer {
                sid,
                request,
                sdp: answer.sdp,
                slots: self.slots(&answer.slots),
            },
            Err(error) => reject("sdp_invalid", error.to_string()),
        };
        self.parts.hub.send(link, reply);
    }

    fn slots(&self, slots: &[sfu::SlotView]) -> Vec<Slot> {
        let slot = |slot: &sfu::SlotView| Slot {
            mid: slot.mid.to_string(),
            kind: kind_of(slot.kind),
            participant: slot
                .from
                .and_then(|source| self.participant_at_peer(source.peer))
                .map(|(p, _)| p),
        };
        slots.iter().map(slot).collect()
    }

    fn participant_at_peer(&self, peer: PeerId) -> Option<(ParticipantId, u32)> {
        self.peers
            .iter()
            .find(|(_, p)| **p == peer)
            .map(|(key, _)| key.clone())
    }

    /// The link over which a participant with this peer listens.
    fn link_of_peer(&self, peer: PeerId) -> Option<ConnectionId> {
        let (participant, _) = self.participant_at_peer(peer)?;
        let room = self.room.as_ref()?;
        room.links()
            .find(|link| room.participant_at(*link) == Some(&participant))
    }

    /// A media worker's event.
    pub(super) fn media(&mut self, event: Event) {
        match event {
            Event::TrackOpened(track) => self.open_track(&track),
            Event::TrackClosed { track } => {
                self.parts.taps_close(self.sid, track);
                if let Some(arriving) = self.arriving.remove(&track) {
                    self.end_take(&arriving.take, EndReason::Renegotiated);
                }
            }
            Event::SlotsChanged { peer, slots } => {
                if let Some(link) = self.link_of_peer(peer) {
                    let message = ServerMessage::MediaSlots {
                        sid: self.sid,
                        slots: self.slots(&slots),
                    };
                    self.parts.hub.send(link, message);
                }
            }
            Event::PleaseOffer {
                peer,
                audio,
                video,
                prefer,
            } => {
                if let Some(link) = self.link_of_peer(peer) {
                    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                    let prefer = prefer.map(|codec| codec_word(codec).to_owned());
                    let message = ServerMessage::MediaPleaseOffer {
                        sid: self.sid,
                        audio: count(audio),
                        video: count(video),
                        prefer,
                    };
                    self.parts.hub.send(link, message);
                }
            }
            Event::Disconnected { peer } => {
                self.tell_reason(peer, Some(recorder::Reason::IceDisconnected))
            }
            Event::Connected { peer } => self.tell_reason(peer, None),
            Event::PeerGone { peer, .. } => {
                self.peers.retain(|_, p| *p != peer);
                self.parts.sessions.forget_peer(peer);
            }
            // The recorder judges silence by what it could decode.
            Event::TrackSilent { .. } | Event::AddressChanged { .. } => {}
        }
    }

    fn tell_reason(&self, peer: PeerId, reason: Option<recorder::Reason>) {
        let Some((participant, connection)) = self.participant_at_peer(peer) else {
            return;
        };
        for arriving in self
            .arriving
            .values()
            .filter(|a| a.participant == participant && a.connection == connection)
        {
            if let Err(error) = self
                .parts
                .recorder
                .set_reason(self.sid, &arriving.take, reason)
            {
                tracing::warn!(sid = %self.sid, %error, "The recorder was not told why a track stalls");
            }
        }
    }

    fn open_track(&mut self, track: &Track) {
        let takes_none = self.sealing || self.is_over() || self.failed.is_some();
        let place = self.participant_at_peer(track.key.peer);
        let Some((participant, connection)) = place.filter(|_| !takes_none) else {
            self.parts.taps_close(self.sid, track.key);
            return;
        };
        let kind = kind_of(track.kind);
        let take = self.next_take(&participant, kind);
        let (origin, offset_us) = self.clock.origin();
        let spec = TakeSpec {
            sid: self.sid,
            session_dir: self.parts.journal.dir(self.sid).path().to_owned(),
            clock: recorder::SessionClock { origin, offset_us },
            take: take.clone(),
            participant: participant.clone(),
            codec: match track.codec {
                sfu::Codec::H264 => recorder::Codec::H264,
                sfu::Codec::Vp8 => recorder::Codec::Vp8,
                sfu::Codec::Opus => recorder::Codec::Opus,
            },
            clock_hz: NonZeroU32::new(track.clock_hz).unwrap_or(NonZeroU32::MIN),
            gap_tolerance_us: self.parts.policy.gap_tolerance_ms * 1000,
        };
        match self.parts.recorder.start_take(spec) {
            Ok(tap) => {
                if !self.parts.taps_open(self.sid, track.key, tap, self.clock) {
                    tracing::error!(sid = %self.sid, %take, "A media worker could not be told where to record a track");
                }
                self.arriving.insert(
                    track.key,
                    Arriving {
                        participant,
                        connection,
                        kind,
                        take,
                    },
                );
            }
            Err(error) => {
                tracing::error!(sid = %self.sid, %take, %error, "A track is not recorded");
                self.parts.taps_close(self.sid, track.key);
            }
        }
    }

    /// `<participant>_<v or a><n>`, never used before in the session.
    fn next_take(&mut self, participant: &ParticipantId, kind: Kind) -> TrackId {
        let prefix = format!(
            "{participant}_{}",
            if kind == Kind::Video { "v" } else { "a" }
        );
        let n = self.takes.entry(prefix.clone()).or_insert(0);
        *n += 1;
        format!("{prefix}{n}")
            .parse()
            .expect("participants of a session are lower-case words")
    }

    pub(super) fn end_take(&self, take: &TrackId, reason: EndReason) {
        if let Err(error) = self.parts.recorder.end_take(self.sid, take, reason) {
            tracing::error!(sid = %self.sid, %take, %error, "The recorder could not be told that a track is over");
        }
    }

    /// A live signal of the recorder. What it logs comes as entries; this is what is not logged.
    pub(super) fn signal(&mut self, report: Report) {
        match report {
            Report::Stalled {
                take,
                since_us,
                reason,
                ..
            } => {
                let tracks = self.tracks_of(&take);
                for track in &tracks {
                    self.status.stalled(track, since_us, reason.as_str());
                }
                self.room_flow(&take, Some(since_us));
                self.note_break(&take, since_us, None);
            }
            Report::Flowing { take, .. } => {
                for track in self.tracks_of(&take) {
                    self.status.flowing(&track);
                }
                self.room_flow(&take, None);
            }
            Report::KeyframeWanted { take, .. } => {
                if let Some((key, _)) = self.arriving.iter().find(|(_, a)| a.take == take) {
                    told(self.parts.media.request_keyframe(self.sid, *key));
                }
            }
            Report::Failed { take, failure, .. } => {
                tracing::error!(sid = %self.sid, %take, %failure, "Recording failed");
                match failure {
                    recorder::Failure::Disk(_) => self.fail(failure.to_string()),
                    // The other takes go on.
                    recorder::Failure::Container(_) | recorder::Failure::NameTaken => {
                        self.failed = Some(failure.to_string());
                    }
                }
            }
            Report::Closed { .. } => {}
            // These are logged, and come back as entries.
            Report::Started { .. }
            | Report::Committed { .. }
            | Report::Gap { .. }
            | Report::Ended { .. } => {}
        }
        self.show_integrity(true);
    }

    /// The tracks of a take that are open: its first has the take's name, later ones a number behind it.
    fn tracks_of(&self, take: &TrackId) -> Vec<TrackId> {
        self.status
            .tracks()
            .keys()
            .filter(|track| belongs(track, take))
            .cloned()
            .collect()
    }

    /// Tells the room that what a participant sends flows, or has been silent since then.
    pub(super) fn room_flow(&mut self, take: &TrackId, silent_since_us: Option<u64>) {
        let Some(arriving) = self.arriving.values().find(|a| a.take == *take) else {
            return;
        };
        let (participant, connection, kind) = (
            arriving.participant.clone(),
            arriving.connection,
            arriving.kind,
        );
        let input = match silent_since_us {
            None => Input::Flowing {
                participant,
                connection,
                kind,
            },
            Some(us) => {
                let ago = std::time::Duration::from_micros(self.now_us().saturating_sub(us));
                let since = Instant::now().checked_sub(ago).unwrap_or_else(Instant::now);
                Input::Silent {
                    participant,
                    connection,
                    kind,
                    since,
                }
            }
        };
        self.tell_room(input);
    }
}

/// A media worker that could not be told is on its way down or will be asked again.
pub(super) fn told(outcome: Result<(), crate::media::MediaError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "A media worker could not be told");
    }
}

/// Whether a track is of this take: its first has the take's name, later ones a number behind it.
pub(super) fn belongs(track: &TrackId, take: &TrackId) -> bool {
    track
        .as_str()
        .strip_prefix(take.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Sound or picture, from one crate's word to the other's.
pub(crate) const fn kind_of(kind: sfu::Kind) -> Kind {
    match kind {
        sfu::Kind::Audio => Kind::Audio,
        sfu::Kind::Video => Kind::Video,
    }
}

const fn codec_word(codec: sfu::Codec) -> &'static str {
    match codec {
        sfu::Codec::Opus => "opus",
        sfu::Codec::H264 => "H264",
        sfu::Codec::Vp8 => "VP8",
    }
}
