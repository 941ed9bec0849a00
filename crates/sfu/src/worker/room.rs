//! Who sees whom.

use ids::Sid;

use super::Worker;
use super::drive::goodbye;
use crate::peer::{Asked, Viewer};
use crate::{Codec, Event, GoneReason, Kind, PeerId, SlotSource};

impl Worker {
    /// Brings every viewer's slots in line with who sends what. Tells whom it concerns, except `quiet`, whose
    /// answer tells it.
    pub(super) fn route(&mut self, room: Sid, quiet: Option<PeerId>) {
        let members: Vec<usize> = self
            .rooms
            .get(&room)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        let mut sources: Vec<(SlotSource, Kind)> = Vec::new();
        for &index in &members {
            let peer = &mut self.peers[index];
            for source in &mut peer.sources {
                sources.push((
                    SlotSource {
                        peer: peer.id,
                        mid: source.mid,
                    },
                    source.kind,
                ));
                source.viewers.clear();
            }
        }
        sources.sort();
        for &index in &members {
            let peer = &mut self.peers[index];
            let id = peer.id;
            let others: Vec<_> = sources
                .iter()
                .copied()
                .filter(|(source, _)| source.peer != id)
                .collect();
            let before = peer.slot_views();
            let done = peer.assign(&others);
            let after = peer.slot_views();
            if done.changed && quiet != Some(id) {
                self.event(Event::SlotsChanged {
                    peer: id,
                    slots: after.clone(),
                });
            }
            self.please_offer(index, &others, done.audio_missing + done.video_missing > 0);
            for (slot, view) in after.iter().enumerate() {
                if let Some(from) = view.from {
                    self.connect(
                        from,
                        Viewer { peer: index, slot },
                        before.get(slot).is_none_or(|b| b != view),
                    );
                }
            }
        }
    }

    fn connect(&mut self, from: SlotSource, viewer: Viewer, is_new: bool) {
        let now = self.now;
        let Some(&index) = self.by_id.get(&from.peer) else {
            return;
        };
        let peer = &mut self.peers[index];
        let Some(source) = peer.source_index(from.mid) else {
            return;
        };
        let source = &mut peer.sources[source];
        source.viewers.push(viewer);
        if is_new && source.kind == Kind::Video && source.track.is_some() {
            source.keyframes.want(now);
            self.mark_dirty(index);
        }
        if is_new {
            self.check_codec(index, from, viewer.peer);
        }
    }

    /// Asks a client for more m-lines, once for each state of the room.
    fn please_offer(&mut self, index: usize, others: &[(SlotSource, Kind)], missing: bool) {
        let peer = &mut self.peers[index];
        let count = |kind: Kind| others.iter().filter(|(_, k)| *k == kind).count();
        let wants = Asked {
            audio: count(Kind::Audio),
            video: count(Kind::Video),
            prefer: peer.prefer,
        };
        if !missing {
            peer.asked = None;
            return;
        }
        // A client that cannot do what it was asked for is not asked for the same again and again.
        if peer.conn.is_none() || peer.asked == Some(wants) {
            return;
        }
        peer.asked = Some(wants);
        let peer = peer.id;
        let Asked {
            audio,
            video,
            prefer,
        } = wants;
        self.event(Event::PleaseOffer {
            peer,
            audio,
            video,
            prefer,
        });
    }

    /// A source began a track. Viewers that cannot decode it have the sender asked for VP8, which everyone
    /// can (RFC 7742 §5); the others start anew with its first keyframe.
    pub(super) fn source_has_another_track(&mut self, index: usize, source: usize) {
        let peer = &self.peers[index];
        let from = SlotSource {
            peer: peer.id,
            mid: peer.sources[source].mid,
        };
        for viewer in peer.sources[source].viewers.clone() {
            self.peers[viewer.peer].slots[viewer.slot].restart();
            self.check_codec(index, from, viewer.peer);
        }
    }

    fn check_codec(&mut self, sender: usize, from: SlotSource, viewer: usize) {
        let peer = &self.peers[sender];
        let open = peer
            .source_index(from.mid)
            .and_then(|source| peer.sources[source].track);
        let Some(codec) = open.map(|track| track.codec) else {
            return;
        };
        if codec == Codec::H264 && peer.prefer.is_none() && self.peers[viewer].lacks(codec) {
            self.prefer_vp8(sender);
        }
    }

    fn prefer_vp8(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        peer.prefer = Some(Codec::Vp8);
        let count = |kind: Kind| {
            peer.slots
                .iter()
                .filter(|slot| slot.view.kind == kind)
                .count()
        };
        let wants = Asked {
            audio: count(Kind::Audio),
            video: count(Kind::Video),
            prefer: peer.prefer,
        };
        peer.asked = Some(wants);
        let peer = peer.id;
        let Asked {
            audio,
            video,
            prefer,
        } = wants;
        self.event(Event::PleaseOffer {
            peer,
            audio,
            video,
            prefer,
        });
    }

    /// A viewer can receive now: its decoders start with keyframes.
    pub(super) fn viewer_came_up(&mut self, viewer: usize) {
        let now = self.now;
        for view in self.peers[viewer].slot_views() {
            let Some(from) = view.from.filter(|_| view.kind == Kind::Video) else {
                continue;
            };
            let Some(&index) = self.by_id.get(&from.peer) else {
                continue;
            };
            let peer = &mut self.peers[index];
            let Some(source) = peer.source_index(from.mid) else {
                continue;
            };
            if peer.sources[source].track.is_some() {
                peer.sources[source].keyframes.want(now);
                self.mark_dirty(index);
            }
        }
    }

    pub(super) fn close_track(&mut self, index: usize, source: usize) {
        let now = self.now;
        if let Some(track) = self.peers[index].sources[source].close(now) {
            self.demux.remove_ssrc(*track.ssrc, index);
            self.event(Event::TrackClosed { track: track.key });
        }
    }

    /// Ends a peer's connection, but not the peer.
    pub(super) fn disconnect(&mut self, index: usize, politely: bool) {
        for source in 0..self.peers[index].sources.len() {
            self.close_track(index, source);
        }
        let peer = &mut self.peers[index];
        peer.sources.clear();
        peer.slots.clear();
        peer.asked = None;
        if let Some(conn) = peer.conn.take() {
            self.demux.remove_ufrag(&conn.ufrag, index);
            for address in conn.addresses.known() {
                self.demux.remove_address(address, index);
            }
            if politely {
                self.outputs.extend(goodbye(conn));
            }
        }
    }

    /// Ends a peer.
    pub(super) fn remove(&mut self, index: usize, reason: GoneReason) {
        let politely = match reason {
            GoneReason::Left | GoneReason::RoomClosed | GoneReason::Lost => true,
            GoneReason::Closed | GoneReason::Failed(_) | GoneReason::Panicked => false,
        };
        self.disconnect(index, politely);
        let mut peer = self.peers.remove(index);
        self.timers.remove(peer.owner, &mut peer.alarm);
        self.by_id.remove(&peer.id);
        if let Some(members) = self.rooms.get_mut(&peer.room) {
            members.remove(&index);
            if members.is_empty() {
                self.rooms.remove(&peer.room);
            }
        }
        self.event(Event::PeerGone {
            peer: peer.id,
            reason,
        });
        self.route(peer.room, None);
    }
}
