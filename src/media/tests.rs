//! The workers over real sockets on the loopback interface, against the stack's own client side.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender as Channel;
use ids::Sid;
use sfu::{Event, Packet, PeerId, RejectReason, Transport};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive, TcpType};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};

use super::{Media, MediaConfig, MediaError, StartError, TapSink, WorkerCounters, start};

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

/// What a client reaches its worker by.
enum Link {
    Udp(UdpSocket),
    /// With what was read of a frame that is not complete.
    Tcp(TcpStream, Vec<u8>),
}

impl Link {
    fn open(transport: Transport, port: u16) -> Self {
        match transport {
            Transport::Udp => Self::Udp(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()),
            Transport::Tcp => {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
                Self::Tcp(stream, Vec::new())
            }
        }
    }

    fn candidate(&self) -> Candidate {
        match self {
            Self::Udp(socket) => Candidate::host(socket.local_addr().unwrap(), "udp").unwrap(),
            Self::Tcp(stream, _) => {
                let address = stream.local_addr().unwrap();
                let active = Candidate::builder()
                    .tcp()
                    .host(address)
                    .tcptype(TcpType::Active);
                active.build().unwrap()
            }
        }
    }

    fn send(&mut self, contents: &[u8], destination: SocketAddr) {
        match self {
            Self::Udp(socket) => {
                socket.send_to(contents, destination).unwrap();
            }
            Self::Tcp(stream, _) => {
                let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
                stream.write_all(&[&length, contents].concat()).unwrap();
            }
        }
    }

    /// What comes within a moment, and from where.
    fn receive(&mut self) -> Option<(Vec<u8>, SocketAddr)> {
        const MOMENT: Option<Duration> = Some(Duration::from_millis(2));
        let mut buffer = [0; 4000];
        match self {
            Self::Udp(socket) => {
                socket.set_read_timeout(MOMENT).unwrap();
                let (length, source) = socket.recv_from(&mut buffer).ok()?;
                Some((buffer[..length].to_vec(), source))
            }
            Self::Tcp(stream, read) => {
                stream.set_read_timeout(MOMENT).unwrap();
                let length = stream.read(&mut buffer).unwrap_or(0);
                read.extend_from_slice(&buffer[..length]);
                let end = 2 + usize::from(u16::from_be_bytes(read.first_chunk().copied()?));
                if read.len() < end {
                    return None;
                }
                let frame = read.drain(..end).skip(2).collect();
                Some((frame, stream.peer_addr().unwrap()))
            }
        }
    }
}

struct Client {
    rtc: Rtc,
    link: Link,
    protocol: Protocol,
    address: SocketAddr,
    mid: Mid,
    next: u64,
    connected: bool,
    received: Vec<Vec<u8>>,
}

impl Client {
    fn new(direction: Direction, link: Link) -> (Self, String, SdpPendingOffer) {
        let candidate = link.candidate();
        let (address, protocol) = (candidate.addr(), candidate.proto());
        let config = RtcConfig::new()
            .set_rtp_mode(true)
            .clear_codecs()
            .enable_vp8(true);
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(candidate);
        let mut api = rtc.sdp_api();
        let mid = api.add_media(MediaKind::Video, direction, None, None, None);
        let (offer, pending) = api.apply().unwrap();
        let received = Vec::new();
        let client = Self {
            rtc,
            link,
            protocol,
            address,
            mid,
            next: 0,
            connected: false,
            received,
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
        let write = RtpWrite::new(pt, (100 + self.next).into(), time, Instant::now(), payload);
        stream.write_rtp(write.nackable(true));
        self.next += 1;
    }

    /// Lets the stack do what is due, and waits a moment for a datagram.
    fn turn(&mut self) {
        self.rtc
            .handle_input(Input::Timeout(Instant::now()))
            .unwrap();
        self.drain();
        if let Some((bytes, source)) = self.link.receive() {
            let receive = Receive::new(self.protocol, source, self.address, &bytes).unwrap();
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
                    self.link.send(&transmit.contents, transmit.destination);
                }
                Output::Event(str0m::Event::Connected) => self.connected = true,
                Output::Event(str0m::Event::RtpPacket(packet)) => {
                    self.received.push(packet.payload.to_vec());
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

fn connect(media: &Media, room: Sid, peer: PeerId, direction: Direction, by: Transport) -> Client {
    let handle = media.handle();
    block_on(handle.join(room, peer)).unwrap();
    let link = Link::open(by, media.ports()[handle.worker_of(room)]);
    let (mut client, offer, pending) = Client::new(direction, link);
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
    for (number, last, by) in [(0, 0, Transport::Udp), (1, 1, Transport::Tcp)] {
        let mut bytes = [3; 16];
        bytes[15] = last;
        let room = Sid::from_bytes(bytes);
        let (from, to) = (PeerId(number * 2), PeerId(number * 2 + 1));
        let mut sends = connect(&media, room, from, Direction::SendOnly, by);
        let mut watches = connect(&media, room, to, Direction::RecvOnly, by);
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
        let of_sender = packets
            .try_iter()
            .filter(|packet| packet.track.peer == from);
        let recorded: Vec<_> = of_sender.map(|packet| number(&packet.payload)).collect();
        assert!(recorded.len() >= 100);
        assert_eq!(recorded, (0..recorded.len() as u64).collect::<Vec<_>>());

        let handle = media.handle();
        assert!(block_on(handle.stats(room, to)).unwrap().connected);
        let happened = std::iter::from_fn(|| events.try_recv().ok());
        let tracks = happened.filter(|event| matches!(event, Event::TrackOpened(_)));
        assert_eq!(tracks.count(), 1);
        handle.leave(room, from).unwrap();
        let gone = Err(MediaError::Rejected(RejectReason::UnknownPeer));
        assert_eq!(block_on(handle.stats(room, from)), gone);
    }
    let handle = media.handle();
    // A worker publishes at the end of its round, after it has answered.
    let counted = || {
        let counters = handle.counters();
        let all = |worker: &WorkerCounters| worker.peers == 1 && worker.packets_tapped >= 100;
        counters.iter().all(all)
    };
    let end = Instant::now() + PATIENCE;
    while !counted() {
        assert!(Instant::now() < end, "{:?}", handle.counters());
        std::thread::park_timeout(Duration::from_millis(5));
    }
    assert!(handle.is_alive());
    drop(media);
    assert!(!handle.is_alive());
    let outcome = block_on(handle.join(Sid::from_bytes([1; 16]), PeerId(9)));
    assert_eq!(outcome, Err(MediaError::Stopped));
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
