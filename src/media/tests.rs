//! The workers over real sockets on the loopback interface, against the stack's own client side.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender as Channel;
use ids::Sid;
use sfu::{Event, Packet, PeerId, RejectReason};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};

use super::{Media, MediaConfig, MediaError, StartError, TapSink, start};

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Collect(Channel<Packet>);

impl TapSink for Collect {
    fn push(&mut self, packet: Packet) {
        self.0
            .try_send(packet)
            .expect("the channel is unbounded and its reader lives");
    }

    fn idle(&mut self) {}
}

struct Client {
    rtc: Rtc,
    socket: UdpSocket,
    address: SocketAddr,
    mid: Mid,
    next: u64,
    connected: bool,
    received: Vec<Vec<u8>>,
}

impl Client {
    fn new(direction: Direction) -> (Self, String, SdpPendingOffer) {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let config = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_vp8(true);
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, direction, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        let client = Self {
            rtc,
            socket,
            address,
            mid,
            next: 0,
            connected: false,
            received: Vec::new(),
        };
        (client, offer.to_sdp_string(), pending)
    }

    fn accept(&mut self, answer: &str, pending: SdpPendingOffer) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    /// Sends a packet of a picture; every 50th begins a keyframe.
    fn send(&mut self) {
        let pt = self.rtc.media(self.mid).unwrap().remote_pts()[0];
        let mut payload = vec![0x10, u8::from(!self.next.is_multiple_of(50))];
        payload.extend(self.next.to_be_bytes());
        payload.resize(600, 7);
        let time = u32::try_from(self.next * 3000).unwrap();
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(self.mid, None).unwrap();
        stream.write_rtp(
            RtpWrite::new(pt, (100 + self.next).into(), time, Instant::now(), payload)
                .nackable(true),
        );
        self.next += 1;
    }

    /// Lets the stack do what is due, and waits a moment for a datagram.
    fn turn(&mut self) {
        self.rtc
            .handle_input(Input::Timeout(Instant::now()))
            .unwrap();
        self.drain();
        self.socket
            .set_read_timeout(Some(Duration::from_millis(2)))
            .unwrap();
        let mut buffer = [0; 2000];
        if let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            let receive =
                Receive::new(Protocol::Udp, source, self.address, &buffer[..length]).unwrap();
            self.rtc
                .handle_input(Input::Receive(Instant::now(), receive))
                .unwrap();
            self.drain();
        }
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => {
                    self.socket
                        .send_to(&transmit.contents, transmit.destination)
                        .unwrap();
                }
                Output::Event(str0m::Event::Connected) => self.connected = true,
                Output::Event(str0m::Event::RtpPacket(packet)) => {
                    self.received.push(packet.payload.to_vec())
                }
                Output::Event(_) => {}
            }
        }
    }
}

fn config(workers: usize) -> MediaConfig {
    MediaConfig {
        listen: "127.0.0.1:0".parse().unwrap(),
        advertise: vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
        workers,
        kbps_initial: Some(10_000),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn connect(media: &Media, room: Sid, peer: PeerId, direction: Direction) -> Client {
    let handle = media.handle();
    block_on(handle.join(room, peer)).unwrap();
    let (mut client, offer, pending) = Client::new(direction);
    let answer = block_on(handle.offer(room, peer, offer)).unwrap();
    client.accept(&answer.sdp, pending);
    client
}

#[test]
fn what_one_sends_is_recorded_and_reaches_the_other() {
    let (tap, packets) = crossbeam_channel::unbounded();
    let (sender, mut events) = tokio::sync::mpsc::channel(64);
    let media = start(&config(2), |_| Collect(tap.clone()), &sender).unwrap();
    // Sessions live on either worker.
    for (number, last) in [(0, 0), (1, 1)] {
        let mut bytes = [3; 16];
        bytes[15] = last;
        let room = Sid::from_bytes(bytes);
        let (from, to) = (PeerId(number * 2), PeerId(number * 2 + 1));
        let mut sends = connect(&media, room, from, Direction::SendOnly);
        let mut watches = connect(&media, room, to, Direction::RecvOnly);
        let end = Instant::now() + PATIENCE;
        while watches.received.len() < 100 {
            assert!(
                Instant::now() < end,
                "{} packets arrived",
                watches.received.len()
            );
            if sends.connected && watches.connected {
                sends.send();
            }
            sends.turn();
            watches.turn();
        }
        let number = |payload: &[u8]| u64::from_be_bytes(payload[2..10].try_into().unwrap());
        let seen: Vec<_> = watches
            .received
            .iter()
            .map(|payload| number(payload))
            .collect();
        assert!(seen.windows(2).all(|two| two[1] == two[0] + 1), "{seen:?}");
        let recorded: Vec<_> = packets
            .try_iter()
            .map(|packet| (packet.track.peer, number(&packet.payload)))
            .collect();
        let expected: Vec<_> = (0..recorded.len() as u64).map(|n| (from, n)).collect();
        assert!(recorded.len() >= 100);
        assert_eq!(recorded, expected);

        let handle = media.handle();
        assert!(block_on(handle.stats(room, to)).unwrap().connected);
        let tracks = std::iter::from_fn(|| events.try_recv().ok())
            .filter(|e| matches!(e, Event::TrackOpened(_)));
        assert_eq!(tracks.count(), 1);
        handle.leave(room, from).unwrap();
        assert_eq!(
            block_on(handle.stats(room, from)),
            Err(MediaError::Rejected(RejectReason::UnknownPeer))
        );
    }
    let handle = media.handle();
    let counters = handle.counters();
    assert!(
        counters
            .iter()
            .all(|c| c.peers == 1 && c.packets_tapped >= 100 && c.datagrams_in > c.packets_tapped)
    );
    assert!(handle.is_alive());
    drop(media);
    assert!(!handle.is_alive());
    assert_eq!(
        block_on(handle.join(Sid::from_bytes([1; 16]), PeerId(9))),
        Err(MediaError::Stopped)
    );
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = taken.local_addr().unwrap();
    let (sender, _events) = tokio::sync::mpsc::channel(1);
    let (tap, _packets) = crossbeam_channel::unbounded();
    let outcome = start(
        &MediaConfig {
            listen,
            ..config(1)
        },
        |_| Collect(tap.clone()),
        &sender,
    );
    assert!(matches!(outcome.err(), Some(StartError::Bind { address, .. }) if address == listen));
    let none = start(&config(0), |_| Collect(tap.clone()), &sender);
    assert!(matches!(none.err(), Some(StartError::NoWorker)));
}
