//! One participant: a connection, what it sends (sources) and what it receives (slots).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use ids::Sid;
use str0m::bwe::Bitrate;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{Codec as StackCodec, FormatParams, PayloadParams};
use str0m::media::{Frequency, Mid, Pt};
use str0m::rtp::{Extension, ExtensionMap, RtpPacket, Ssrc};
use str0m::stats::PeerStats as StackStats;
use str0m::{Candidate, Rtc, RtcConfig};

use crate::address::Addresses;
use crate::capture::CaptureClock;
use crate::keyframe::KeyframeRequests;
use crate::limits;
use crate::rebase::Rebase;
use crate::slots::Assignment;
use crate::timers::{Alarm, Owner};
use crate::{Codec, Kind, PeerId, PeerStats, SlotSource, SlotView, Track, TrackKey};

pub(crate) struct Peer {
    pub(crate) id: PeerId,
    pub(crate) room: Sid,
    pub(crate) owner: Owner,
    pub(crate) alarm: Alarm,
    /// From its first offer on.
    pub(crate) conn: Option<Conn>,
    pub(crate) sources: Vec<Source>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) tracks_opened: u32,
    pub(crate) capture: CaptureClock,
    /// What it was last asked for, and has not answered with an offer.
    pub(crate) asked: Option<Asked>,
    /// The codec its picture should have because somebody cannot decode another.
    pub(crate) prefer: Option<Codec>,
    /// Since when media cannot flow.
    pub(crate) down_since: Option<Instant>,
    /// Has packets to be driven out by the next poll.
    pub(crate) dirty: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) audio: usize,
    pub(crate) video: usize,
    pub(crate) prefer: Option<Codec>,
}

/// A connection from one offer to the next with another certificate.
pub(crate) struct Conn {
    pub(crate) rtc: Rtc,
    pub(crate) ufrag: String,
    pub(crate) fingerprint: Option<String>,
    pub(crate) addresses: Addresses,
    /// The address of ours the peer uses.
    pub(crate) local: SocketAddr,
    pub(crate) ice: Ice,
    pub(crate) dtls_up: bool,
    /// When anything last came from it.
    pub(crate) heard: Instant,
    /// Whether the application was told that media can flow.
    pub(crate) announced_up: bool,
    /// Media packets authenticated so far.
    pub(crate) authenticated: u64,
    pub(crate) stats: PeerStats,
    stats_before: Option<StackStats>,
}

/// The state of ICE as far as sending goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ice {
    /// No pair was ever nominated.
    New,
    Up,
    /// New credentials, or the nominated pair is in doubt; the old path is used meanwhile (RFC 8445 §9).
    Restarting,
    Down,
}

/// An m-line on which the peer may send.
pub(crate) struct Source {
    pub(crate) mid: Mid,
    pub(crate) kind: Kind,
    pub(crate) track: Option<OpenTrack>,
    /// The stream before the present one, and when it ended.
    former: Option<(Ssrc, Instant)>,
    pub(crate) viewers: Vec<Viewer>,
    pub(crate) keyframes: KeyframeRequests,
}

/// Who watches a source: indexes of a peer and of one of its slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) peer: usize,
    pub(crate) slot: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenTrack {
    pub(crate) key: TrackKey,
    pub(crate) codec: Codec,
    pub(crate) clock_hz: u32,
    pub(crate) pt: Pt,
    pub(crate) ssrc: Ssrc,
    /// Its first packet's extended sequence number.
    pub(crate) seq_first: u64,
}

/// An m-line on which the peer receives.
pub(crate) struct Slot {
    pub(crate) view: SlotView,
    pub(crate) ssrc: Ssrc,
    pub(crate) payload_types: PayloadTypes,
    pub(crate) rebase: Rebase,
    pub(crate) gate: Gate,
}

/// Whether a slot's packets go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Nothing yet: the first packet starts the waiting.
    Shut,
    /// A decoder could do nothing with a picture that refers to one it never saw.
    AwaitingKeyframe {
        since: Instant,
    },
    Open,
}

/// The numbers under which one m-line carries each codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PayloadTypes {
    opus: Option<Pt>,
    h264: Option<Pt>,
    vp8: Option<Pt>,
}

impl PayloadTypes {
    pub(crate) fn of(self, codec: Codec) -> Option<Pt> {
        match codec {
            Codec::Opus => self.opus,
            Codec::H264 => self.h264,
            Codec::Vp8 => self.vp8,
        }
    }
}

impl Peer {
    pub(crate) fn new(id: PeerId, room: Sid, owner: Owner, now: Instant) -> Self {
        Self {
            id,
            room,
            owner,
            alarm: Alarm::default(),
            conn: None,
            sources: Vec::new(),
            slots: Vec::new(),
            tracks_opened: 0,
            capture: CaptureClock::default(),
            asked: None,
            prefer: None,
            down_since: Some(now),
            dirty: false,
        }
    }

    pub(crate) fn slot_views(&self) -> Vec<SlotView> {
        self.slots.iter().map(|slot| slot.view).collect()
    }

    /// Puts a new assignment into effect. Slots that carry somebody else start anew.
    pub(crate) fn assign(&mut self, wanted: &[(SlotSource, Kind)]) -> Assignment {
        let mut views = self.slot_views();
        let done = crate::slots::assign(&mut views, wanted);
        for (slot, view) in self.slots.iter_mut().zip(views) {
            if slot.view != view {
                slot.view = view;
                slot.restart();
            }
        }
        done
    }

    /// Whether this peer negotiated pictures but not in this codec.
    pub(crate) fn lacks(&self, codec: Codec) -> bool {
        let Some(conn) = &self.conn else { return false };
        let received = self
            .slots
            .iter()
            .map(|slot| (slot.view.kind, slot.view.mid));
        let sent = self.sources.iter().map(|source| (source.kind, source.mid));
        let Some((_, mid)) = received.chain(sent).find(|(kind, _)| *kind == Kind::Video) else {
            return false;
        };
        payload_types(&conn.rtc, mid).of(codec).is_none()
    }

    pub(crate) fn source_index(&self, mid: Mid) -> Option<usize> {
        self.sources.iter().position(|source| source.mid == mid)
    }

    pub(crate) fn slot_index(&self, mid: Mid) -> Option<usize> {
        self.slots.iter().position(|slot| slot.view.mid == mid)
    }

    /// Begins a track of the source.
    pub(crate) fn open_track(
        &mut self,
        source: usize,
        params: &PayloadParams,
        first: &RtpPacket,
    ) -> Option<Track> {
        let spec = params.spec();
        let codec = codec_of(spec.codec)?;
        let key = TrackKey {
            peer: self.id,
            index: self.tracks_opened,
        };
        self.tracks_opened += 1;
        let source = &mut self.sources[source];
        let clock_hz = spec.clock_rate.get();
        let (ssrc, pt, seq_first) = (first.header.ssrc, params.pt(), *first.seq_no);
        source.track = Some(OpenTrack {
            key,
            codec,
            clock_hz,
            pt,
            ssrc,
            seq_first,
        });
        let fmtp = spec.format.to_string();
        let (mid, kind) = (source.mid, source.kind);
        Some(Track {
            key,
            room: self.room,
            mid,
            kind,
            codec,
            fmtp,
            clock_hz,
            ssrc: *ssrc,
        })
    }
}

impl Source {
    pub(crate) fn new(mid: Mid, kind: Kind) -> Self {
        Self {
            mid,
            kind,
            track: None,
            former: None,
            viewers: Vec::new(),
            keyframes: KeyframeRequests::default(),
        }
    }

    /// Ends the present track.
    pub(crate) fn close(&mut self, now: Instant) -> Option<OpenTrack> {
        let track = self.track.take()?;
        self.former = Some((track.ssrc, now));
        Some(track)
    }

    /// Whether another stream has just taken the place of this one.
    pub(crate) fn has_left(&self, ssrc: Ssrc, now: Instant) -> bool {
        let recent =
            |ended: Instant| now.saturating_duration_since(ended) < limits::FORMER_STREAM_AGE_MAX;
        let present = self.track.is_some_and(|track| track.ssrc != ssrc);
        present
            && self
                .former
                .is_some_and(|(former, ended)| former == ssrc && recent(ended))
    }
}

impl Slot {
    /// A new m-line, or `None` if the stack has no stream for it.
    pub(crate) fn new(rtc: &mut Rtc, mid: Mid, kind: Kind) -> Option<Self> {
        let payload_types = payload_types(rtc, mid);
        let mut api = rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None)?;
        // What was paced by its sender is not paced again: held-back packets would be late.
        stream.set_unpaced(true);
        if kind == Kind::Video {
            let ratio = Some(limits::RESEND_RATIO_MAX);
            stream.set_rtx_cache(limits::RESEND_PACKETS_MAX, limits::RESEND_AGE_MAX, ratio);
        }
        let view = SlotView {
            mid,
            kind,
            from: None,
        };
        Some(Self {
            view,
            ssrc: stream.ssrc(),
            payload_types,
            rebase: Rebase::new(),
            gate: Gate::Shut,
        })
    }

    /// The next packet comes from somewhere else or after a break.
    pub(crate) fn restart(&mut self) {
        self.rebase.restart();
        self.gate = Gate::Shut;
    }
}

impl Conn {
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.ice, Ice::Up | Ice::Restarting) && self.dtls_up
    }

    /// Takes over the stack's figures.
    pub(crate) fn update_stats(&mut self, stats: StackStats) {
        let kbps = |bytes: u64, bytes_before: u64, seconds: f64| {
            let bits = bytes.saturating_sub(bytes_before) as f64 * 8.0;
            // Saturates, which no link will.
            (bits / seconds / 1000.0) as u32
        };
        if let Some(before) = &self.stats_before {
            let seconds = stats
                .timestamp
                .saturating_duration_since(before.timestamp)
                .as_secs_f64()
                .max(0.001);
            self.stats.kbps_in = kbps(stats.peer_bytes_rx, before.peer_bytes_rx, seconds);
            self.stats.kbps_out = kbps(stats.peer_bytes_tx, before.peer_bytes_tx, seconds);
        }
        self.stats.rtt = stats.rtt.or(self.stats.rtt);
        self.stats.loss_in = stats.ingress_loss_fraction;
        self.stats.loss_out = stats.egress_loss_fraction;
        self.stats.kbps_estimate = stats.bwe_tx.map(|rate| (rate.as_f64() / 1000.0) as u32);
        self.stats_before = Some(stats);
    }
}

/// What all connections of a worker have in common.
pub(crate) struct Template {
    pub(crate) crypto: Arc<CryptoProvider>,
    pub(crate) certificate: DtlsCert,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) kbps_initial: Option<u32>,
}

impl Template {
    pub(crate) fn connect(
        &self,
        fingerprint: Option<String>,
        local: SocketAddr,
        now: Instant,
    ) -> Conn {
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::clone(&self.crypto))
            .set_dtls_cert(self.certificate.clone())
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .clear_codecs()
            .set_extension_map(extensions())
            .set_pause_threshold(limits::TRACK_SILENT_AFTER)
            .set_stats_interval(Some(limits::STATS_INTERVAL));
        if let Some(kbps) = self.kbps_initial {
            config = config.enable_bwe(Some(Bitrate::kbps(kbps.into())));
        }
        add_codecs(&mut config);
        let mut rtc = config.build(now);
        for candidate in &self.candidates {
            rtc.add_local_candidate(candidate.clone());
        }
        let ufrag = rtc.direct_api().local_ice_credentials().ufrag;
        Conn {
            rtc,
            ufrag,
            fingerprint,
            addresses: Addresses::new(),
            local,
            ice: Ice::New,
            dtls_up: false,
            heard: now,
            announced_up: false,
            authenticated: 0,
            stats: PeerStats::default(),
            stats_before: None,
        }
    }
}

/// In order of preference: H264 is what phones have in hardware and what plays everywhere.
fn add_codecs(config: &mut RtcConfig) {
    let codecs = config.codec_config();
    codecs.enable_opus(true, false);
    let format = FormatParams {
        level_asymmetry_allowed: Some(true),
        packetization_mode: Some(1),
        profile_level_id: Some(0x42_e0_1f),
        ..Default::default()
    };
    codecs.add_config(
        108.into(),
        Some(109.into()),
        StackCodec::H264,
        Frequency::NINETY_KHZ,
        None,
        format,
    );
    codecs.enable_vp8(true);
}

/// Without `urn:3gpp:video-orientation`, which would carry rotation beside the picture, where neither a
/// recorder nor Firefox looks for it: refused, the sender turns the picture itself.
fn extensions() -> ExtensionMap {
    let mut map = ExtensionMap::empty();
    map.set(1, Extension::AudioLevel);
    map.set(2, Extension::AbsoluteSendTime);
    map.set(3, Extension::TransportSequenceNumber);
    map.set(4, Extension::RtpMid);
    map
}

pub(crate) fn codec_of(codec: StackCodec) -> Option<Codec> {
    if codec == StackCodec::Opus {
        Some(Codec::Opus)
    } else if codec == StackCodec::H264 {
        Some(Codec::H264)
    } else if codec == StackCodec::Vp8 {
        Some(Codec::Vp8)
    } else {
        None
    }
}

/// What the peer accepts on an m-line, in numbers of its own.
pub(crate) fn payload_types(rtc: &Rtc, mid: Mid) -> PayloadTypes {
    let Some(media) = rtc.media(mid) else {
        return PayloadTypes::default();
    };
    let find = |codec: StackCodec| {
        let mut params = rtc.codec_config().params().iter();
        params
            .find(|p| p.spec().codec == codec && media.remote_pts().contains(&p.pt()))
            .map(|p| p.pt())
    };
    PayloadTypes {
        opus: find(StackCodec::Opus),
        h264: find(StackCodec::H264),
        vp8: find(StackCodec::Vp8),
    }
}

/// The payload types of a codec and of its retransmissions, over all m-lines.
pub(crate) fn numbers_of(rtc: &Rtc, codec: Codec) -> Vec<u8> {
    let of_codec = rtc
        .codec_config()
        .params()
        .iter()
        .filter(|p| codec_of(p.spec().codec) == Some(codec));
    of_codec
        .flat_map(|p| [Some(p.pt()), p.resend()])
        .flatten()
        .map(|pt| *pt)
        .collect()
}
