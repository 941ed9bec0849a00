//! A worker, some clients and a network between them, on a clock of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ids::Sid;
use sfu::{
    Command, Config, Event, Input, Kind, Output, Packet, PeerId, PeerStats, RejectReason, Remote,
    RequestId, Track, TrackKey, Transport, Worker,
};
use str0m::change::SdpPendingOffer;

use crate::client::{Client, Plan};

pub(crate) const LATENCY: Duration = Duration::from_millis(20);

/// Which way a datagram goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up(PeerId),
    Down(PeerId),
}

type Detour = Box<dyn Fn(Way, &[u8]) -> Duration>;
pub(crate) type Loss = Box<dyn FnMut(Way, &[u8]) -> bool>;

pub(crate) struct World {
    pub(crate) worker: Worker,
    pub(crate) server: SocketAddr,
    pub(crate) now: Instant,
    pub(crate) clients: BTreeMap<PeerId, Client>,
    /// The address by which the server sees each client.
    pub(crate) outside: BTreeMap<PeerId, SocketAddr>,
    /// In flight, by time of arrival.
    wire: BTreeMap<(Instant, u64), (Way, Remote, Vec<u8>)>,
    sent: u64,
    pub(crate) loss: Loss,
    /// What takes longer than [`LATENCY`].
    pub(crate) detour: Detour,
    pub(crate) events: Vec<Event>,
    pub(crate) packets: Vec<Packet>,
    pub(crate) rejected: Vec<(PeerId, RejectReason)>,
    pub(crate) stats: Vec<PeerStats>,
    pub(crate) tracks: BTreeMap<TrackKey, Track>,
    pub(crate) closed: BTreeSet<TrackKey>,
    /// What came of the last offer.
    answer: Option<sfu::Answer>,
    next_id: u64,
    pub(crate) last_answer: Option<String>,
    /// Peers that were asked for an offer between their offer and its answer.
    pub(crate) asked_before_answer: Vec<PeerId>,
    /// What was sent to addresses that are no client's.
    pub(crate) to_strangers: Vec<Vec<u8>>,
    offering: Option<PeerId>,
    /// Whether clients do what they are asked for.
    pub(crate) obliging: bool,
    pub(crate) offers_made: u32,
    pub(crate) udp_blocked: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        #[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
        let now = Instant::now();
        let server = SocketAddr::from(([203, 0, 113, 1], 7440));
        let config = Config {
            candidates: vec![server],
            tcp: true,
            kbps_initial: Some(20_000),
        };
        Self {
            worker: Worker::new(config, now).unwrap(),
            server,
            now,
            clients: BTreeMap::new(),
            outside: BTreeMap::new(),
            wire: BTreeMap::new(),
            sent: 0,
            loss: Box::new(|_, _| false),
            detour: Box::new(|_, _| Duration::ZERO),
            events: Vec::new(),
            packets: Vec::new(),
            rejected: Vec::new(),
            stats: Vec::new(),
            tracks: BTreeMap::new(),
            closed: BTreeSet::new(),
            answer: None,
            last_answer: None,
            asked_before_answer: Vec::new(),
            to_strangers: Vec::new(),
            offering: None,
            next_id: 1,
            obliging: true,
            offers_made: 0,
            udp_blocked: false,
        }
    }

    /// Without estimation of bandwidth, which the packet path must not depend on.
    pub(crate) fn without_estimation() -> Self {
        let mut world = Self::new();
        let config = Config {
            candidates: vec![world.server],
            tcp: false,
            kbps_initial: None,
        };
        world.worker = Worker::new(config, world.now).unwrap();
        world
    }

    pub(crate) fn room() -> Sid {
        Sid::from_bytes([7; 16])
    }

    pub(crate) fn join(&mut self, plan: &Plan) -> PeerId {
        self.join_room(Self::room(), plan)
    }

    pub(crate) fn join_room(&mut self, room: Sid, plan: &Plan) -> PeerId {
        let peer = PeerId(self.next_id);
        self.next_id += 1;
        self.command(Command::Join {
            room,
            peer,
            request: RequestId(0),
        });
        self.connect(peer, plan);
        peer
    }

    /// A new connection of a peer that has joined.
    pub(crate) fn connect(&mut self, peer: PeerId, plan: &Plan) {
        let address = SocketAddr::from(([10, 0, 0, peer.0 as u8], 5000 + self.offers_made as u16));
        let mut client = Client::new(peer, address, plan, self.now);
        let (sdp, pending) = client.first_offer(plan);
        self.clients.insert(peer, client);
        self.outside.insert(peer, address);
        self.offer(peer, sdp, pending);
    }

    pub(crate) fn leave(&mut self, peer: PeerId) {
        self.command(Command::Leave { peer });
        self.drop_client(peer);
    }

    pub(crate) fn drop_client(&mut self, peer: PeerId) {
        self.clients.remove(&peer);
        self.outside.remove(&peer);
    }

    pub(crate) fn offer(&mut self, peer: PeerId, sdp: String, pending: SdpPendingOffer) {
        self.offers_made += 1;
        self.offering = Some(peer);
        self.worker.handle(
            Input::Command(Command::Offer {
                peer,
                request: RequestId(1),
                sdp,
            }),
            self.now,
        );
        self.poll();
        let answer = self.answer.take().expect("an answer to the offer");
        self.client(peer).accept(&answer.sdp, pending, answer.slots);
        self.oblige();
    }

    pub(crate) fn client(&mut self, peer: PeerId) -> &mut Client {
        self.clients.get_mut(&peer).unwrap()
    }

    /// The client's NAT gives it another address.
    pub(crate) fn rebind(&mut self, peer: PeerId) -> SocketAddr {
        let outside = self.outside.get_mut(&peer).unwrap();
        outside.set_port(outside.port() + 1000);
        *outside
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.worker.handle(Input::Command(command), self.now);
        self.poll();
        self.oblige();
    }

    /// By UDP.
    pub(crate) fn datagram(&mut self, address: SocketAddr, bytes: &[u8]) {
        self.arrive(
            Remote {
                transport: Transport::Udp,
                address,
            },
            bytes,
        );
    }

    fn arrive(&mut self, source: Remote, bytes: &[u8]) {
        let local = self.server;
        self.worker.handle(
            Input::Datagram {
                source,
                local,
                bytes,
            },
            self.now,
        );
        self.poll();
    }

    /// Clients offer when asked to.
    fn oblige(&mut self) {
        if !self.obliging {
            return;
        }
        let asked = |event: &Event| matches!(event, Event::PleaseOffer { .. });
        while let Some(at) = self.events.iter().rposition(asked) {
            let Event::PleaseOffer {
                peer,
                audio,
                video,
                prefer,
            } = self.events.remove(at)
            else {
                unreachable!()
            };
            let Some(client) = self.clients.get_mut(&peer) else {
                continue;
            };
            let offer = match (client.offer_slots(audio, video), prefer) {
                (None, Some(_)) => Some(client.offer_restart()),
                (offer, _) => offer,
            };
            if let Some((sdp, pending)) = offer {
                self.offer(peer, sdp, pending);
            }
        }
    }

    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.pump();
            let wire = self.wire.keys().next().map(|(at, _)| *at);
            let clients = self.clients.values().map(Client::next).min();
            let next = [wire, clients, self.worker.next_deadline()]
                .into_iter()
                .flatten()
                .min();
            match next {
                Some(at) if at <= end => self.now = self.now.max(at),
                Some(_) | None => break,
            }
            self.step();
        }
        self.now = end;
    }

    fn step(&mut self) {
        let now = self.now;
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= now) {
            let (way, remote, bytes) = entry.remove();
            match way {
                Way::Up(_) => self.arrive(remote, &bytes),
                Way::Down(peer) => {
                    let server = Remote {
                        address: self.server,
                        ..remote
                    };
                    if self.outside.get(&peer) == Some(&remote.address) {
                        self.client(peer).receive(now, server, &bytes);
                    }
                }
            }
        }
        if self.worker.next_deadline().is_some_and(|at| at <= now) {
            self.worker.handle(Input::Timeout, now);
            self.poll();
        }
        for client in self.clients.values_mut() {
            if client.next() <= now {
                client.advance(now);
            }
        }
        self.oblige();
    }

    /// Puts what clients want to send on the wire.
    fn pump(&mut self) {
        let mut sent = Vec::new();
        for (&peer, client) in &mut self.clients {
            for (transport, bytes) in client.outbox.drain(..) {
                let address = self.outside[&peer];
                sent.push((Way::Up(peer), Remote { transport, address }, bytes));
            }
        }
        for (way, remote, bytes) in sent {
            self.put(way, remote, bytes);
        }
    }

    fn put(&mut self, way: Way, remote: Remote, bytes: Vec<u8>) {
        if self.udp_blocked && remote.transport == Transport::Udp {
            return;
        }
        self.sent += 1;
        if !(self.loss)(way, &bytes) {
            let arrival = self.now + LATENCY + (self.detour)(way, &bytes);
            self.wire.insert((arrival, self.sent), (way, remote, bytes));
        }
    }

    fn poll(&mut self) {
        while let Some(output) = self.worker.poll() {
            match output {
                Output::Transmit(transmit) => {
                    let to = self
                        .outside
                        .iter()
                        .find(|(_, outside)| **outside == transmit.destination.address);
                    match to {
                        Some((&peer, _)) => {
                            self.put(Way::Down(peer), transmit.destination, transmit.contents)
                        }
                        None => self.to_strangers.push(transmit.contents),
                    }
                }
                Output::Packet(packet) => {
                    assert!(
                        self.tracks.contains_key(&packet.track),
                        "a packet of a track that was never opened"
                    );
                    assert!(
                        !self.closed.contains(&packet.track),
                        "a packet of a track that was closed"
                    );
                    self.packets.push(packet);
                }
                Output::Joined { .. } => {}
                Output::Answer { answer, .. } => {
                    self.offering = None;
                    self.last_answer = Some(answer.sdp.clone());
                    self.answer = Some(answer);
                }
                Output::Rejected { peer, reason, .. } => self.rejected.push((peer, reason)),
                Output::Stats { stats, .. } => self.stats.push(stats),
                Output::Event(event) => {
                    match &event {
                        Event::TrackOpened(track) => {
                            assert!(
                                self.tracks.insert(track.key, track.clone()).is_none(),
                                "opened twice"
                            );
                        }
                        Event::TrackClosed { track } => {
                            assert!(self.closed.insert(*track), "closed twice")
                        }
                        Event::SlotsChanged { peer, slots } => {
                            if let Some(client) = self.clients.get_mut(peer) {
                                client.slots.clone_from(slots);
                            }
                        }
                        Event::PleaseOffer { peer, .. } => {
                            self.asked_before_answer
                                .extend(self.offering.filter(|offering| offering == peer));
                        }
                        Event::Connected { .. }
                        | Event::Disconnected { .. }
                        | Event::TrackSilent { .. }
                        | Event::AddressChanged { .. }
                        | Event::PeerGone { .. } => {}
                    }
                    self.events.push(event);
                }
            }
        }
    }

    pub(crate) fn count(&self, matching: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|event| matching(event)).count()
    }

    /// Everyone's slots carry exactly everyone else, and everyone has lately received something of them.
    pub(crate) fn assert_all_see_all(&mut self) {
        for client in self.clients.values_mut() {
            client.forget();
        }
        self.run(Duration::from_secs(1));
        for (&viewer, client) in &self.clients {
            let shown: BTreeSet<_> = client
                .slots
                .iter()
                .filter_map(|slot| Some((slot.from?.peer, slot.kind)))
                .collect();
            let others = self.clients.iter().filter(|(id, _)| **id != viewer);
            let expected: BTreeSet<_> = others
                .flat_map(|(&id, other)| other.senders.iter().map(move |sender| (id, sender.kind)))
                .collect();
            assert_eq!(shown, expected, "slots of {viewer}");
            for (from, kind) in expected {
                let seen = client.seen(from, kind);
                let least = if kind == Kind::Audio { 40 } else { 80 };
                assert!(
                    seen.len() > least,
                    "{viewer} received {} {kind:?} packets of {from}",
                    seen.len()
                );
                for (mid, mark, packet) in &seen {
                    let slot = client.slots.iter().find(|slot| slot.mid == *mid).unwrap();
                    assert_eq!(
                        slot.from.unwrap().peer,
                        mark.peer,
                        "the slot map tells whom a slot carries"
                    );
                    assert_eq!(
                        packet.header.ext_vals.audio_level,
                        Some(-30).filter(|_| kind == Kind::Audio)
                    );
                }
            }
        }
    }
}
