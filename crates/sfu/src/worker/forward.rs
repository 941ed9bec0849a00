//! The packet path: from a source's stream to the tap and to each viewer.

use str0m::media::Mid;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite, Ssrc};

use super::Worker;
use crate::keyframe::starts_keyframe;
use crate::peer::{Gate, OpenTrack, Peer};
use crate::{Event, Kind, Output, Packet, SenderReport, limits};

impl Worker {
    /// A packet of a peer was authenticated.
    pub(super) fn forward(&mut self, index: usize, packet: RtpPacket) {
        let Some((source, track)) = self.track_of(index, &packet) else {
            return;
        };
        self.outputs.push_back(Output::Packet(Packet {
            track: track.key,
            arrival: packet.timestamp,
            seq: *packet.seq_no,
            time: packet.time.numer(),
            marker: packet.header.marker,
            ssrc: *packet.header.ssrc,
            payload: packet.payload.clone(),
            report: packet.last_sender_info.map(|info| SenderReport {
                ntp: info.ntp_time,
                // The clock wraps round at 32 bits.
                time: info.rtp_time.numer() as u32,
            }),
        }));

        let keyframe = starts_keyframe(track.codec, &packet.payload);
        let sender = &mut self.peers[index].sources[source];
        if keyframe {
            sender.keyframes.came();
        }
        let viewers = std::mem::take(&mut sender.viewers);
        let mut wanted = false;
        for viewer in &viewers {
            match self.peers[viewer.peer].write(viewer.slot, &packet, track, keyframe) {
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
    }

    /// The track a packet belongs to, beginning one if it is the first: of the m-line, of another SSRC (the
    /// numbers start anew), or of another codec.
    fn track_of(&mut self, index: usize, packet: &RtpPacket) -> Option<(usize, OpenTrack)> {
        let peer = &mut self.peers[index];
        let conn = peer.conn.as_mut()?;
        conn.authenticated += 1;
        let (ssrc, pt) = (packet.header.ssrc, packet.header.payload_type);
        let is_of = |track: &OpenTrack| track.ssrc == ssrc && track.pt == pt;
        let open = peer
            .sources
            .iter()
            .position(|source| source.track.as_ref().is_some_and(is_of));
        if let Some(source) = open {
            return Some((source, peer.sources[source].track?));
        }
        let mid = conn.rtc.direct_api().stream_rx(&ssrc)?.mid();
        let params = *conn
            .rtc
            .codec_config()
            .params()
            .iter()
            .find(|params| params.pt() == pt)?;
        let source = peer.source_index(mid)?;
        self.close_track(index, source);
        let track = self.peers[index].open_track(source, &params, pt, ssrc)?;
        self.demux.add_ssrc(*ssrc, index);
        self.event(Event::TrackOpened(track));
        self.source_has_another_track(index, source);
        Some((source, self.peers[index].sources[source].track?))
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

enum Written {
    Yes,
    No,
    /// Not written, because the decoder could do nothing with it.
    NeedsKeyframe,
}

impl Peer {
    /// Queues a packet for sending on a slot. Never fails: what cannot be sent is not.
    fn write(
        &mut self,
        slot: usize,
        packet: &RtpPacket,
        track: OpenTrack,
        keyframe: bool,
    ) -> Written {
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
            Gate::Shut | Gate::AwaitingKeyframe { .. } if keyframe => slot.gate = Gate::Open,
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
        let numbers = slot.rebase.map(
            *packet.seq_no,
            packet.header.timestamp,
            arrival,
            track.clock_hz,
        );
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
            RtpWrite::new(pt, seq.into(), time, arrival, packet.payload.clone())
                .marker(packet.header.marker)
                .ext_vals(extensions)
                .nackable(slot.view.kind == Kind::Video),
        );
        Written::Yes
    }
}
