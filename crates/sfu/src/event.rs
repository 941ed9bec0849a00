//! What goes in and what comes out.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use ids::Sid;
use str0m::media::Mid;

use crate::{GoneReason, RejectReason};

/// One connection of one participant; chosen by the caller, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerId(pub u64);

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ties a reply to its command; chosen by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// One encoded stream of one peer from its first packet to its last. Unique as long as [`PeerId`]s are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrackKey {
    /// Whose.
    pub peer: PeerId,
    /// The how-manieth of this peer, from 0.
    pub index: u32,
}

/// What carries the datagrams of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// One datagram each.
    Udp,
    /// A stream of frames (RFC 4571), opened by the peer (RFC 6544), for networks that let nothing else out.
    Tcp,
}

/// Where a peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Remote {
    /// By what.
    pub transport: Transport,
    /// The peer's address.
    pub address: SocketAddr,
}

/// Sound or picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Sound.
    Audio,
    /// Picture.
    Video,
}

/// What is negotiated; everything else is refused in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    /// RFC 7587, with in-band FEC.
    Opus,
    /// RFC 6184, constrained baseline, packetization-mode 1.
    H264,
    /// RFC 7741.
    Vp8,
}

/// Something happened outside.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in.
    Datagram {
        /// Where from.
        source: Remote,
        /// The address of ours it was sent to, as far as the socket tells (it may be unspecified).
        local: SocketAddr,
        /// The payload of the datagram, or of the frame.
        bytes: &'a [u8],
    },
    /// [`crate::Worker::next_deadline`] has come.
    Timeout,
    /// The application wants something.
    Command(Command),
}

/// What the application may want. Where there is a `request`, exactly one reply carries it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Opens the room if need be and adds a peer: answered by [`Output::Joined`] or [`Output::Rejected`].
    Join {
        /// The session.
        room: Sid,
        /// The new connection.
        peer: PeerId,
        /// For the reply.
        request: RequestId,
    },
    /// An offer of the peer: answered by [`Output::Answer`] or [`Output::Rejected`]. New ICE credentials
    /// restart ICE and keep tracks and slots; a new DTLS fingerprint is a new connection: tracks end, slots
    /// are assigned anew.
    Offer {
        /// Who offers.
        peer: PeerId,
        /// For the reply.
        request: RequestId,
        /// The session description.
        sdp: String,
    },
    /// The peer leaves. Unknown peers are ignored.
    Leave {
        /// Who.
        peer: PeerId,
    },
    /// Somebody, such as the recorder, needs a keyframe of this track. Requests are merged and limited.
    RequestKeyframe {
        /// Of what.
        track: TrackKey,
    },
    /// Answered by [`Output::Stats`] or [`Output::Rejected`].
    Stats {
        /// Whose.
        peer: PeerId,
        /// For the reply.
        request: RequestId,
    },
    /// Everyone leaves.
    CloseRoom {
        /// The session.
        room: Sid,
    },
}

/// Something has to happen outside. To be carried out in order.
#[derive(Debug)]
pub enum Output {
    /// Send a datagram. Datagrams to one peer come in a row.
    Transmit(Transmit),
    /// A media packet was received: for the recorder.
    Packet(Packet),
    /// The peer is in the room.
    Joined {
        /// Who.
        peer: PeerId,
        /// Of the command.
        request: RequestId,
    },
    /// The answer to an offer.
    Answer {
        /// Who offered.
        peer: PeerId,
        /// Of the command.
        request: RequestId,
        /// What to send back.
        answer: Answer,
    },
    /// A command was refused.
    Rejected {
        /// Who asked.
        peer: PeerId,
        /// Of the command.
        request: RequestId,
        /// Why.
        reason: RejectReason,
    },
    /// The state of a connection.
    Stats {
        /// Whose.
        peer: PeerId,
        /// Of the command.
        request: RequestId,
        /// The latest figures.
        stats: PeerStats,
    },
    /// Something the application should know.
    Event(Event),
}

/// A datagram to send.
#[derive(Debug, PartialEq, Eq)]
pub struct Transmit {
    /// The address of ours that the peer uses, as the socket reported it.
    pub local: SocketAddr,
    /// Where to. What goes to a stream that has ended is lost, as on any other way.
    pub destination: Remote,
    /// The payload of the datagram.
    pub contents: Vec<u8>,
}

/// An answer and what its m-lines carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The session description.
    pub sdp: String,
    /// What the peer receives, in order of its m-lines.
    pub slots: Vec<SlotView>,
}

/// An m-line on which a peer receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotView {
    /// The m-line.
    pub mid: Mid,
    /// Sound or picture.
    pub kind: Kind,
    /// Whom it carries; nobody at the moment if `None`.
    pub from: Option<SlotSource>,
}

/// Where a slot's media comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SlotSource {
    /// The sender.
    pub peer: PeerId,
    /// The sender's own m-line, to tell a camera from a shared screen.
    pub mid: Mid,
}

/// A fact about a room. Each describes the whole state of what it is about, so that repeating one or
/// missing all but the last does no harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Media can flow; also after an interruption.
    Connected {
        /// Who.
        peer: PeerId,
    },
    /// The peer's ICE consent ran out (RFC 7675). It may come back by itself, by an ICE restart, or never.
    Disconnected {
        /// Who.
        peer: PeerId,
    },
    /// The first packet of a track was authenticated; the packet itself follows.
    TrackOpened(Track),
    /// The track stopped arriving, or arrives again.
    TrackSilent {
        /// Which.
        track: TrackKey,
        /// Whether nothing has come for `TRACK_SILENT_AFTER`.
        silent: bool,
    },
    /// No packet of this track will come any more.
    TrackClosed {
        /// Which.
        track: TrackKey,
    },
    /// A peer's m-lines carry somebody else now.
    SlotsChanged {
        /// The receiver.
        peer: PeerId,
        /// All its slots.
        slots: Vec<SlotView>,
    },
    /// The peer should make a new offer, with at least so many receiving m-lines of each kind in all.
    PleaseOffer {
        /// Who.
        peer: PeerId,
        /// Receiving m-lines for sound.
        audio: usize,
        /// Receiving m-lines for picture.
        video: usize,
        /// The codec its picture will be answered with first, because somebody cannot decode what it
        /// sends now.
        prefer: Option<Codec>,
    },
    /// The peer's packets come from another address now, e.g. because a NAT forgot the old one.
    AddressChanged {
        /// Who.
        peer: PeerId,
    },
    /// The peer is no longer in the room. Its tracks were closed before.
    PeerGone {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: GoneReason,
    },
}

/// An encoded stream that arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Its name.
    pub key: TrackKey,
    /// The session.
    pub room: Sid,
    /// The sender's m-line.
    pub mid: Mid,
    /// Sound or picture.
    pub kind: Kind,
    /// How it is encoded.
    pub codec: Codec,
    /// The codec's format parameters as negotiated (RFC 8866 §6.15), without the payload type.
    pub fmtp: String,
    /// Ticks of the RTP clock in a second.
    pub clock_hz: u32,
    /// RFC 3550 §8.
    pub ssrc: u32,
}

/// A media packet as received and authenticated, before any rewriting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Of which track.
    pub track: TrackKey,
    /// When the datagram came in.
    pub arrival: Instant,
    /// RTP sequence number, extended by the number of times it wrapped round.
    pub seq: u64,
    /// RTP timestamp, extended likewise; in ticks of the track's clock.
    pub time: u64,
    /// The marker bit: last packet of a frame, first of a talkspurt.
    pub marker: bool,
    /// RFC 3550 §8.
    pub ssrc: u32,
    /// The payload, shared with the packet's forwarding.
    pub payload: Arc<[u8]>,
    /// The latest sender report of the track, if one has come.
    pub report: Option<SenderReport>,
}

/// The sender's own mapping from its clock to RTP time (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport {
    /// The sender's wall clock.
    pub ntp: SystemTime,
    /// RTP timestamp at the same moment: the low 32 bits compare with those of [`Packet::time`].
    pub time: u32,
}

/// How a connection fares, over the last `STATS_INTERVAL`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PeerStats {
    /// Whether media can flow.
    pub connected: bool,
    /// Round trip, from RTCP.
    pub rtt: Option<Duration>,
    /// Fraction of the peer's packets that did not reach us (0 to 1).
    pub loss_in: Option<f32>,
    /// Fraction of our packets that did not reach the peer (0 to 1).
    pub loss_out: Option<f32>,
    /// Received from the peer, in kbit/s.
    pub kbps_in: u32,
    /// Sent to the peer, in kbit/s.
    pub kbps_out: u32,
    /// What the link to the peer is estimated to carry, in kbit/s.
    pub kbps_estimate: Option<u32>,
}
