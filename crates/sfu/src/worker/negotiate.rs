//! Offers and answers.

use std::panic::{AssertUnwindSafe, catch_unwind};

use str0m::change::SdpOffer;

use super::Worker;
use super::drive::guard;
use crate::answer::{self, Line};
use crate::peer::{Conn, Slot, Source, numbers_of, payload_types};
use crate::{Answer, Codec, Event, GoneReason, Output, PeerId, RejectReason, RequestId, limits};

impl Worker {
    pub(super) fn offer(&mut self, id: PeerId, request: RequestId, sdp: &str) {
        let Some(&index) = self.by_id.get(&id) else {
            return self.reject(id, request, RejectReason::UnknownPeer);
        };
        let before = self.outputs.len();
        match self.negotiate(index, sdp) {
            Ok(answer) => {
                // Ahead of what follows from it, so that nobody is asked for an offer with one pending.
                self.outputs.insert(
                    before,
                    Output::Answer {
                        peer: id,
                        request,
                        answer,
                    },
                );
                self.mark_dirty(index);
            }
            Err(reason) => {
                self.reject(id, request, reason.clone());
                if let RejectReason::Failed(reason) = reason {
                    self.remove(index, GoneReason::Failed(reason));
                }
            }
        }
    }

    fn negotiate(&mut self, index: usize, sdp: &str) -> Result<Answer, RejectReason> {
        if sdp.len() > limits::OFFER_BYTES_MAX {
            return Err(RejectReason::OfferTooLarge);
        }
        let sdp = answer::trim_offer(sdp);
        let size = answer::size(&sdp);
        if size.lines > limits::OFFER_LINES_MAX {
            return Err(RejectReason::OfferTooLarge);
        }
        if size.sending > limits::PEER_SOURCES_MAX {
            return Err(RejectReason::TooManySources);
        }
        // The stack changes a connection while it reads an offer and cannot go back. So every offer is tried
        // on a new connection, which is the one to use if the peer has none under this certificate.
        let fingerprint = answer::fingerprint(&sdp);
        let mut conn = self
            .template
            .connect(fingerprint.clone(), self.addresses[0], self.now);
        let mut text = accept(&mut conn, parse(&sdp)?).map_err(RejectReason::BadOffer)?;

        let peer = &mut self.peers[index];
        match peer
            .conn
            .as_mut()
            .filter(|present| present.fingerprint == fingerprint)
        {
            Some(present) => text = accept(present, parse(&sdp)?).map_err(RejectReason::Failed)?,
            None => self.replace(index, conn),
        }
        Ok(self.adopt_answer(index, &text))
    }

    /// Puts a new connection in the place of the former one, if any.
    fn replace(&mut self, index: usize, conn: Conn) {
        let peer = &self.peers[index];
        let (id, was_up) = (
            peer.id,
            peer.conn.as_ref().is_some_and(|former| former.announced_up),
        );
        self.disconnect(index, true);
        if was_up {
            self.event(Event::Disconnected { peer: id });
        }
        let peer = &mut self.peers[index];
        peer.down_since = Some(self.now);
        peer.conn = Some(conn);
    }

    /// Brings sources and slots in line with what was negotiated, and completes the answer.
    fn adopt_answer(&mut self, index: usize, text: &str) -> Answer {
        self.adopt_ufrag(index);
        let lines = answer::lines(text);
        self.adopt_sources(index, &lines);
        self.adopt_slots(index, &lines);
        let (id, room) = (self.peers[index].id, self.peers[index].room);
        self.route(room, Some(id));
        self.prefer_what_all_decode(index);

        let peer = &self.peers[index];
        let first = match (peer.prefer, &peer.conn) {
            (Some(codec), Some(conn)) => numbers_of(&conn.rtc, codec),
            _ => Vec::new(),
        };
        Answer {
            sdp: answer::finish(text, &first),
            slots: peer.slot_views(),
        }
    }

    /// New ICE credentials are an ICE restart (RFC 8839 §4.4.1.1).
    fn adopt_ufrag(&mut self, index: usize) {
        let Some(conn) = &mut self.peers[index].conn else {
            return;
        };
        let ufrag = conn.rtc.direct_api().local_ice_credentials().ufrag;
        if ufrag != conn.ufrag {
            conn.addresses.restart();
            let former = std::mem::replace(&mut conn.ufrag, ufrag.clone());
            self.demux.remove_ufrag(&former, index);
        }
        self.demux.add_ufrag(ufrag, index);
    }

    fn adopt_sources(&mut self, index: usize, lines: &[Line]) {
        let receives = |mid| lines.iter().any(|line| line.receives && line.mid == mid);
        for source in (0..self.peers[index].sources.len()).rev() {
            if !receives(self.peers[index].sources[source].mid) {
                self.close_track(index, source);
                self.peers[index].sources.remove(source);
            }
        }
        let peer = &mut self.peers[index];
        for line in lines.iter().filter(|line| line.receives) {
            if peer.source_index(line.mid).is_none() {
                peer.sources.push(Source::new(line.mid, line.kind));
            }
        }
    }

    /// In order of the m-lines, on which the pairing of sound and picture rests.
    fn adopt_slots(&mut self, index: usize, lines: &[Line]) {
        let peer = &mut self.peers[index];
        let Some(conn) = &mut peer.conn else { return };
        let mut former = std::mem::take(&mut peer.slots);
        for line in lines.iter().filter(|line| line.sends) {
            let slot = match former.iter().position(|slot| slot.view.mid == line.mid) {
                Some(at) => {
                    let mut slot = former.swap_remove(at);
                    slot.payload_types = payload_types(&conn.rtc, line.mid);
                    Some(slot)
                }
                None => Slot::new(&mut conn.rtc, line.mid, line.kind),
            };
            peer.slots.extend(slot);
        }
    }

    /// Spares a second negotiation where it is known by now that somebody cannot decode H264.
    fn prefer_what_all_decode(&mut self, index: usize) {
        let room = self.peers[index].room;
        let mut others = self
            .rooms
            .get(&room)
            .into_iter()
            .flatten()
            .filter(|&&other| other != index);
        if others.any(|&other| self.peers[other].lacks(Codec::H264)) {
            self.peers[index].prefer = Some(Codec::Vp8);
        }
    }
}

fn parse(sdp: &str) -> Result<SdpOffer, RejectReason> {
    catch_unwind(AssertUnwindSafe(|| SdpOffer::from_sdp_string(sdp)))
        .map_err(|_| RejectReason::BadOffer("not parseable".to_owned()))?
        .map_err(|error| RejectReason::BadOffer(error.to_string()))
}

fn accept(conn: &mut Conn, offer: SdpOffer) -> Result<String, String> {
    let rtc = &mut conn.rtc;
    let answer =
        guard(|| rtc.sdp_api().accept_offer(offer)).map_err(|reason| reason.to_string())?;
    Ok(answer.to_sdp_string())
}
