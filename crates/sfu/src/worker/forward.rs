//! The packet path: from a source's stream to the tap and to each viewer.

use std::time::Instant;

use str0m::media::Mid;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc};

use super::Worker;
use crate::keyframe::starts_keyframe;
use crate::peer::{Gate, OpenTrack, Peer};
use crate::{Event, GoneReason, Kind, Output, Packet, SenderReport, limits};

impl Worker {
    /// A packet of a peer was authenticated.
    pub(super) fn forward(&mut self, index: usize, packet: RtpPacket) -> Result<(), GoneReason> {
        let Some((source, track)) = self.track_of(index, &packet)? else {
            return Ok(());
        };
        let arrival = packet.timestamp;
        let report = packet.last_sender_info.map(|info| SenderReport {
            ntp: info.ntp_time,
            // The clock wraps round at 32 bits.
            time: info.rtp_time.numer() as u32,
        });
        self.outputs.push_back(Output::Packet(Packet {
            track: track.key,
            arrival,
            seq: *packet.seq_no,
            time: packet.time.numer(),
            marker: packet.header.marker,
            ssrc: *packet.header.ssrc,
            payload: packet.payload.clone(),
            report,
        }));

        let keyframe = starts_keyframe(track.codec, &packet.payload);
        let sender = &mut self.peers[index];
        let time = packet.header.timestamp;
        let captured = sender
            .capture
            .captured(report, time, track.clock_hz, arrival);
        if keyframe {
            sender.sources[source].keyframes.came();
        }
        let incoming = Incoming {
            packet,
            track,
            keyframe,
            captured,
        };
        let viewers = std::mem::take(&mut sender.sources[source].viewers);
        let mut wanted = false;
        for viewer in &viewers {
            match self.peers[viewer.peer].write(viewer.slot, &incoming) {
                Written::Yes => self.mark_dirty(viewer.peer),
                Written::NeedsKeyframe => wanted = true,
                Written::No => {}
            }
        }
        let now = self.now;
        let sender = &mut self.peers[index].sources[source];
        sender.viewers = viewers;
        if wanted {
            sender.keyframes.want(now);
            self.mark_dirty(index);
        }
        Ok(())
    }

    /// The track a packet belongs to, beginning one if it is the first: of the m-line, of another SSRC (the
    /// numbers start anew), or of another codec. `None` for what comes late of a track that has ended.
    fn track_of(
        &mut self,
        index: usize,
        packet: &RtpPacket,
    ) -> Result<Option<(usize, OpenTrack)>, GoneReason> {
        let peer = &mut self.peers[index];
        let Some(conn) = peer.conn.as_mut() else {
            return Ok(None);
        };
        conn.authenticated += 1;
        let (ssrc, pt) = (packet.header.ssrc, packet.header.payload_type);
        for (at, source) in peer.sources.iter().enumerate() {
            if let Some(track) = source.track.filter(|track| track.ssrc == ssrc) {
                if track.pt == pt {
                    return Ok(Some((at, track)));
                }
                if *packet.seq_no < track.seq_first {
                    return Ok(None);
                }
            }
        }
        let mut params = conn.rtc.codec_config().params().iter();
        let Some(params) = params.find(|params| params.pt() == pt).copied() else {
            return Ok(None);
        };
        let mid = conn
            .rtc
            .direct_api()
            .stream_rx(&ssrc)
            .map(|stream| stream.mid());
        let Some(at) = mid.and_then(|mid| peer.source_index(mid)) else {
            return Ok(None);
        };
        if peer.sources[at].has_left(ssrc, packet.timestamp) {
            return Ok(None);
        }
        if peer.tracks_opened >= limits::PEER_TRACKS_MAX {
            return Err(GoneReason::Failed("too many tracks".to_owned()));
        }
        self.close_track(index, at);
        let Some(track) = self.peers[index].open_track(at, &params, packet) else {
            return Ok(None);
        };
        self.demux.add_ssrc(*ssrc, index);
        self.event(Event::TrackOpened(track));
        self.source_has_another_track(index, at);
        Ok(self.peers[index].sources[at].track.map(|track| (at, track)))
    }

    pub(super) fn stream_paused(&mut self, index: usize, ssrc: Ssrc, silent: bool) {
        let tracks = self.peers[index]
            .sources
            .iter()
            .filter_map(|source| source.track);
        if let Some(track) = tracks.into_iter().find(|track| track.ssrc == ssrc) {
            self.event(Event::TrackSilent {
                track: track.key,
                silent,
            });
        }
    }

    /// A viewer's decoder is lost (RFC 4585 §6.3.1).
    pub(super) fn viewer_wants_keyframe(&mut self, viewer: usize, mid: Mid) {
        let peer = &self.peers[viewer];
        let Some(from) = peer
            .slot_index(mid)
            .and_then(|slot| peer.slots[slot].view.from)
        else {
            return;
        };
        let now = self.now;
        let Some(&index) = self.by_id.get(&from.peer) else {
            return;
        };
        let peer = &mut self.peers[index];
        if let Some(source) = peer.source_index(from.mid) {
            peer.sources[source].keyframes.want(now);
            self.mark_dirty(index);
        }
    }
}

/// A packet on its way to viewers.
struct Incoming {
    packet: RtpPacket,
    track: OpenTrack,
    /// Whether a decoder can start with it.
    keyframe: bool,
    captured: Instant,
}

enum Written {
    Yes,
    No,
    /// Not written, because the decoder could do nothing with it.
    NeedsKeyframe,
}

impl Peer {
    /// Queues a packet for sending on a slot. Never fails: what cannot be sent is not.
    fn write(&mut self, slot: usize, incoming: &Incoming) -> Written {
        let Incoming { packet, track, .. } = incoming;
        let Some(conn) = self.conn.as_mut().filter(|conn| conn.announced_up) else {
            return Written::No;
        };
        let slot = &mut self.slots[slot];
        let Some(pt) = slot.payload_types.of(track.codec) else {
            return Written::No;
        };
        let arrival = packet.timestamp;
        match slot.gate {
            Gate::Open => {}
            Gate::Shut | Gate::AwaitingKeyframe { .. } if incoming.keyframe => {
                slot.gate = Gate::Open;
            }
            Gate::Shut => {
                slot.gate = Gate::AwaitingKeyframe { since: arrival };
                return Written::NeedsKeyframe;
            }
            Gate::AwaitingKeyframe { since } => {
                if arrival.saturating_duration_since(since) < limits::KEYFRAME_WAIT_MAX {
                    return Written::No;
                }
                slot.gate = Gate::Open;
            }
        }
        let time = packet.header.timestamp;
        let numbers = slot
            .rebase
            .map(*packet.seq_no, time, arrival, track.clock_hz);
        let Some((seq, time)) = numbers else {
            return Written::No;
        };
        let mut api = conn.rtc.direct_api();
        let Some(stream) = api.stream_tx(&slot.ssrc) else {
            return Written::No;
        };
        // Only what means the same to every receiver: mid and rid are the sender's.
        let extensions = ExtensionValues {
            audio_level: packet.header.ext_vals.audio_level,
            voice_activity: packet.header.ext_vals.voice_activity,
            ..Default::default()
        };
        stream.write_rtp(
            RtpWrite::new(
                pt,
                seq.into(),
                time,
                incoming.captured,
                packet.payload.clone(),
            )
            .marker(packet.header.marker)
            .ext_vals(extensions)
            .nackable(slot.view.kind == Kind::Video),
        );
        Written::Yes
    }
}
