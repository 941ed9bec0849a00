//! A browser in memory: the same stack on the offering side, sending made-up sound and picture.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sfu::{Kind, Mid, PeerId, Remote, SlotView, Transport};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Pt};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc, RtcConfig};

const FRAME_INTERVAL: Duration = Duration::from_millis(40);
const FRAME_PACKETS: u64 = 4;
const SOUND_INTERVAL: Duration = Duration::from_millis(20);

/// What a client is made with.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) sends: Vec<Kind>,
    pub(crate) h264: bool,
    /// First sequence number of everything it sends.
    pub(crate) seq_first: u64,
    /// Receiving m-lines of each kind in the first offer.
    pub(crate) slots: usize,
    /// Whether it also tries TCP.
    pub(crate) tcp: bool,
}

impl Plan {
    /// Camera and microphone.
    pub(crate) fn sending() -> Self {
        Self {
            sends: vec![Kind::Audio, Kind::Video],
            h264: true,
            seq_first: 40_000,
            slots: 0,
            tcp: false,
        }
    }

    /// Only looks on.
    pub(crate) fn watching() -> Self {
        Self {
            sends: vec![],
            ..Self::sending()
        }
    }

    pub(crate) fn without_h264(self) -> Self {
        Self {
            h264: false,
            ..self
        }
    }
}

/// A made-up payload that says whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) peer: PeerId,
    pub(crate) seq: u64,
    pub(crate) keyframe: bool,
    /// When it was made, since the client was.
    pub(crate) made: Duration,
}

pub(crate) struct Client {
    pub(crate) id: PeerId,
    pub(crate) rtc: Rtc,
    /// Its own address.
    pub(crate) address: SocketAddr,
    born: Instant,
    pub(crate) now: Instant,
    pub(crate) deadline: Instant,
    pub(crate) outbox: VecDeque<(Transport, Vec<u8>)>,
    pub(crate) connected: bool,
    pub(crate) slots: Vec<SlotView>,
    pub(crate) received: BTreeMap<Mid, Vec<RtpPacket>>,
    pub(crate) keyframes_asked: u32,
    pub(crate) senders: Vec<Sender>,
    /// Whether it really makes packets.
    pub(crate) live: bool,
    /// Whether it ignores requests for keyframes.
    pub(crate) stubborn: bool,
    pub(crate) receiving: BTreeMap<Kind, usize>,
    /// What each m-line is to send, by the answer.
    formats: BTreeMap<String, Pt>,
}

pub(crate) struct Sender {
    pub(crate) mid: Mid,
    pub(crate) kind: Kind,
    pub(crate) seq: u64,
    time: u32,
    next: Instant,
    keyframe_wanted: bool,
}

impl Client {
    pub(crate) fn new(id: PeerId, address: SocketAddr, plan: &Plan, now: Instant) -> Self {
        let config = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_opus(true, false);
        let mut rtc = config.enable_h264(plan.h264).enable_vp8(true).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        if plan.tcp {
            let active = Candidate::builder()
                .tcp()
                .host(address)
                .tcptype(TcpType::Active);
            rtc.add_local_candidate(active.build().unwrap());
        }
        Self {
            id,
            rtc,
            address,
            born: now,
            now,
            deadline: now,
            outbox: VecDeque::new(),
            connected: false,
            slots: Vec::new(),
            received: BTreeMap::new(),
            keyframes_asked: 0,
            senders: Vec::new(),
            live: true,
            stubborn: false,
            receiving: BTreeMap::new(),
            formats: BTreeMap::new(),
        }
    }

    /// The first offer.
    pub(crate) fn first_offer(&mut self, plan: &Plan) -> (String, SdpPendingOffer) {
        let now = self.now;
        let mut api = self.rtc.sdp_api();
        for &kind in &plan.sends {
            let mid = api.add_media(media_kind(kind), Direction::SendOnly, None, None, None);
            let sender = Sender {
                mid,
                kind,
                seq: plan.seq_first,
                time: 7,
                next: now,
                keyframe_wanted: true,
            };
            self.senders.push(sender);
        }
        // An offer needs something in it.
        let slots = plan.slots.max(usize::from(plan.sends.is_empty()));
        for kind in [Kind::Audio, Kind::Video] {
            for _ in 0..slots {
                api.add_media(media_kind(kind), Direction::RecvOnly, None, None, None);
            }
            self.receiving.insert(kind, slots);
        }
        let (offer, pending) = api.apply().unwrap();
        (offer.to_sdp_string(), pending)
    }

    /// An offer with at least so many receiving m-lines, if that needs one.
    pub(crate) fn offer_slots(
        &mut self,
        audio: usize,
        video: usize,
    ) -> Option<(String, SdpPendingOffer)> {
        let mut api = self.rtc.sdp_api();
        for (kind, wanted) in [(Kind::Audio, audio), (Kind::Video, video)] {
            let have = self.receiving.entry(kind).or_default();
            for _ in *have..wanted {
                api.add_media(media_kind(kind), Direction::RecvOnly, None, None, None);
            }
            *have = wanted.max(*have);
        }
        let (offer, pending) = api.apply()?;
        Some((offer.to_sdp_string(), pending))
    }

    /// An offer that restarts ICE, and thereby one even if nothing else changes.
    pub(crate) fn offer_restart(&mut self) -> (String, SdpPendingOffer) {
        let mut api = self.rtc.sdp_api();
        api.ice_restart(true);
        let (offer, pending) = api.apply().unwrap();
        (offer.to_sdp_string(), pending)
    }

    pub(crate) fn accept(&mut self, answer: &str, pending: SdpPendingOffer, slots: Vec<SlotView>) {
        self.formats = first_formats(answer);
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        self.slots = slots;
        self.drain();
    }

    pub(crate) fn receive(&mut self, now: Instant, source: Remote, bytes: &[u8]) {
        self.now = now;
        let tcp = source.transport == Transport::Tcp;
        let protocol = if tcp { Protocol::Tcp } else { Protocol::Udp };
        let Ok(receive) = Receive::new(protocol, source.address, self.address, bytes) else {
            return;
        };
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        self.drain();
    }

    /// Lets time pass: timers, and what camera and microphone made.
    pub(crate) fn advance(&mut self, now: Instant) {
        self.now = now;
        if self.connected && self.live {
            for index in 0..self.senders.len() {
                while self.senders[index].next <= now {
                    self.send(index);
                }
            }
        }
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
        self.drain();
    }

    /// When to advance.
    pub(crate) fn next(&self) -> Instant {
        let senders = self
            .senders
            .iter()
            .filter(|_| self.connected && self.live)
            .map(|sender| sender.next);
        senders.chain([self.deadline]).min().unwrap().max(self.now)
    }

    fn send(&mut self, index: usize) {
        let sender = &mut self.senders[index];
        let (mid, kind) = (sender.mid, sender.kind);
        let pt = self.formats[&mid.to_string()];
        let codec = codec_of(&self.rtc, pt);
        let at = sender.next;
        let (packets, ticks, interval) = match kind {
            Kind::Audio => (1, 960, SOUND_INTERVAL),
            Kind::Video => (FRAME_PACKETS, 3600, FRAME_INTERVAL),
        };
        let keyframe = std::mem::take(&mut sender.keyframe_wanted);
        sender.next = at.max(self.now - interval) + interval;
        sender.time = sender.time.wrapping_add(ticks);
        let (time, first) = (sender.time, sender.seq);
        sender.seq += packets;
        for n in 0..packets {
            let made = at.saturating_duration_since(self.born);
            let mark = Mark {
                peer: self.id,
                seq: first + n,
                keyframe,
                made,
            };
            let payload = make_payload(codec, n == 0, &mark);
            let mut api = self.rtc.direct_api();
            let stream = api.stream_tx_by_mid(mid, None).unwrap();
            // A real sender starts below the first rollover of its own numbers.
            let seq = first + n;
            let extensions = ExtensionValues {
                audio_level: Some(-30),
                voice_activity: Some(true),
                ..Default::default()
            };
            let write = RtpWrite::new(pt, seq.into(), time, at, payload)
                .marker(n + 1 == packets)
                .ext_vals(extensions);
            stream.write_rtp(write.nackable(kind == Kind::Video));
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) if at > self.now => {
                    self.deadline = at;
                    return;
                }
                Output::Timeout(_) => self.rtc.handle_input(Input::Timeout(self.now)).unwrap(),
                Output::Transmit(t) => {
                    let tcp = t.proto == Protocol::Tcp;
                    let transport = if tcp { Transport::Tcp } else { Transport::Udp };
                    self.outbox.push_back((transport, Vec::from(t.contents)));
                }
                Output::Event(event) => self.event(event),
            }
        }
    }

    fn event(&mut self, event: Event) {
        if let Event::Connected = event {
            self.connected = true;
        } else if let Event::RtpPacket(packet) = event {
            let mid = self
                .rtc
                .direct_api()
                .stream_rx(&packet.header.ssrc)
                .unwrap()
                .mid();
            self.received.entry(mid).or_default().push(packet);
        } else if let Event::KeyframeRequest(request) = event {
            self.keyframes_asked += 1;
            for sender in self
                .senders
                .iter_mut()
                .filter(|sender| sender.mid == request.mid)
            {
                sender.keyframe_wanted = !self.stubborn;
            }
        } else if let Event::IceConnectionStateChange(IceConnectionState::Disconnected) = event {
            // The worker's view is what the tests look at.
        }
    }

    /// What it decoded on its slots, by sender and kind, since the last [`Client::forget`].
    pub(crate) fn seen(&self, from: PeerId, kind: Kind) -> Vec<(Mid, Mark, &RtpPacket)> {
        let mids = self
            .slots
            .iter()
            .filter(|slot| slot.kind == kind)
            .map(|slot| slot.mid);
        let packets = mids.flat_map(|mid| {
            self.received
                .get(&mid)
                .into_iter()
                .flatten()
                .map(move |p| (mid, p))
        });
        packets
            .map(|(mid, packet)| (mid, read_payload(packet), packet))
            .filter(|(_, mark, _)| mark.peer == from)
            .collect()
    }

    pub(crate) fn forget(&mut self) {
        self.received.clear();
    }

    /// Sends its picture as another stream from now on.
    pub(crate) fn change_ssrc(&mut self) {
        for sender in self
            .senders
            .iter_mut()
            .filter(|sender| sender.kind == Kind::Video)
        {
            let mut api = self.rtc.direct_api();
            let (ssrc, rtx) = (api.new_ssrc(), api.new_ssrc());
            api.reset_stream_tx(sender.mid, None, ssrc, Some(rtx))
                .unwrap();
            (sender.seq, sender.keyframe_wanted) = (1000, true);
        }
    }

    pub(crate) fn ask_keyframe(&mut self, mid: Mid) {
        let mut api = self.rtc.direct_api();
        api.stream_rx_by_mid(mid, None)
            .unwrap()
            .request_keyframe(str0m::media::KeyframeRequestKind::Fir);
        self.advance(self.now);
    }
}

pub(crate) fn media_kind(kind: Kind) -> MediaKind {
    match kind {
        Kind::Audio => MediaKind::Audio,
        Kind::Video => MediaKind::Video,
    }
}

/// The first format of each m-line, which is what browsers send.
fn first_formats(answer: &str) -> BTreeMap<String, Pt> {
    let mut formats = BTreeMap::new();
    let mut first: Pt = 0.into();
    for line in answer.lines() {
        if line.starts_with("m=") {
            first = line
                .split(' ')
                .nth(3)
                .unwrap()
                .parse::<u8>()
                .unwrap()
                .into();
        } else if let Some(mid) = line.strip_prefix("a=mid:") {
            formats.insert(mid.to_owned(), first);
        }
    }
    formats
}

fn codec_of(rtc: &Rtc, pt: Pt) -> Codec {
    rtc.codec_config()
        .params()
        .iter()
        .find(|params| params.pt() == pt)
        .unwrap()
        .spec()
        .codec
}

/// Header of the codec, then the mark, then filling.
fn make_payload(codec: Codec, first: bool, mark: &Mark) -> Arc<[u8]> {
    let head: [u8; 2] = match (codec, first, mark.keyframe) {
        (Codec::H264, true, true) => [0x65, 0x88],
        (Codec::H264, _, _) => [0x41, 0x9a],
        (Codec::Vp8, true, true) => [0x10, 0x00],
        (Codec::Vp8, true, false) => [0x10, 0x01],
        (Codec::Vp8, false, _) => [0x00, 0x00],
        _ => [0xfc, 0xff],
    };
    let mut payload = vec![head[0], head[1], u8::from(mark.keyframe)];
    payload.extend(mark.peer.0.to_be_bytes());
    payload.extend(mark.seq.to_be_bytes());
    payload.extend((mark.made.as_micros() as u64).to_be_bytes());
    payload.resize(if codec == Codec::Opus { 80 } else { 900 }, 0x5a);
    payload.into()
}

pub(crate) fn read_mark(payload: &[u8]) -> Mark {
    let number = |at: usize| u64::from_be_bytes(payload[at..at + 8].try_into().unwrap());
    let keyframe = payload[2] == 1;
    let made = Duration::from_micros(number(19));
    Mark {
        peer: PeerId(number(3)),
        seq: number(11),
        keyframe,
        made,
    }
}

fn read_payload(packet: &RtpPacket) -> Mark {
    read_mark(&packet.payload)
}
