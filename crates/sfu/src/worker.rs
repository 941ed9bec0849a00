//! The worker: rooms, commands, datagrams, time.

mod drive;
mod forward;
mod negotiate;
mod room;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use ids::Sid;
use slab::Slab;
use str0m::Candidate;
use str0m::ice::StunMessage;
use str0m::net::TcpType;

use crate::address::Check;
use crate::demux::{Class, Demux, classify};
use crate::peer::{Ice, Peer, Template};
use crate::timers::{Owner, Timers};
use crate::{
    Command, Event, GoneReason, Input, Output, PeerId, RejectReason, Remote, RequestId, SetupError,
    TrackKey, limits,
};

/// How to set up a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Under which addresses clients reach this worker's socket, in order of preference.
    pub candidates: Vec<SocketAddr>,
    /// Whether the same addresses take TCP.
    pub tcp: bool,
    /// What a viewer's link is assumed to carry until measured, in kbit/s; `None` turns the estimation of
    /// bandwidth off. Below the rate of the media it costs three times the processor.
    pub kbps_initial: Option<u32>,
}

/// Forwards media between the peers of its rooms. See the crate's documentation.
pub struct Worker {
    template: Template,
    addresses: Vec<SocketAddr>,
    peers: Slab<Peer>,
    by_id: HashMap<PeerId, usize>,
    /// Members by index.
    rooms: HashMap<Sid, BTreeSet<usize>>,
    demux: Demux,
    timers: Timers,
    outputs: VecDeque<Output>,
    /// Peers with something to drive out.
    dirty: Vec<usize>,
    generation: u64,
    now: Instant,
}

impl Worker {
    /// A worker without rooms.
    pub fn new(config: Config, now: Instant) -> Result<Self, SetupError> {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let certificate = crypto
            .dtls_provider
            .generate_certificate()
            .ok_or(SetupError::NoCertificate)?;
        if config.candidates.is_empty() {
            return Err(SetupError::NoCandidate);
        }
        let mut candidates = Vec::new();
        for &address in &config.candidates {
            let bad = |_| SetupError::BadCandidate(address);
            candidates.push(Candidate::host(address, "udp").map_err(bad)?);
            if config.tcp {
                let passive = Candidate::builder()
                    .tcp()
                    .host(address)
                    .tcptype(TcpType::Passive);
                candidates.push(passive.build().map_err(bad)?);
            }
        }
        Ok(Self {
            template: Template {
                crypto,
                certificate,
                candidates,
                kbps_initial: config.kbps_initial,
            },
            addresses: config.candidates,
            peers: Slab::new(),
            by_id: HashMap::new(),
            rooms: HashMap::new(),
            demux: Demux::default(),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            dirty: Vec::new(),
            generation: 0,
            now,
        })
    }

    /// Takes an input. `now` never goes back; one reading may serve a batch of datagrams.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        self.now = self.now.max(now);
        match input {
            Input::Datagram {
                source,
                local,
                bytes,
            } => self.datagram(source, local, bytes),
            Input::Timeout => self.timeout(),
            Input::Command(command) => self.command(command),
        }
    }

    /// The next thing to do. To be called until `None` after each input, or after a batch of datagrams.
    pub fn poll(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            let index = self.dirty.pop()?;
            if let Some(peer) = self.peers.get_mut(index)
                && std::mem::take(&mut peer.dirty)
            {
                self.advance(index);
            }
        }
    }

    /// When [`Input::Timeout`] is due, if at all. Meaningful once [`Worker::poll`] returned `None`.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Peers on this worker.
    pub fn peers(&self) -> usize {
        self.peers.len()
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Join {
                room,
                peer,
                request,
            } => match self.join(room, peer) {
                Ok(()) => self.outputs.push_back(Output::Joined { peer, request }),
                Err(reason) => self.reject(peer, request, reason),
            },
            Command::Offer { peer, request, sdp } => self.offer(peer, request, &sdp),
            Command::Leave { peer } => {
                if let Some(&index) = self.by_id.get(&peer) {
                    self.remove(index, GoneReason::Left);
                }
            }
            Command::RequestKeyframe { track } => self.want_keyframe(track),
            Command::Stats { peer, request } => match self.by_id.get(&peer) {
                Some(&index) => {
                    let conn = self.peers[index].conn.as_ref();
                    let mut stats = conn.map(|conn| conn.stats).unwrap_or_default();
                    stats.connected = conn.is_some_and(|conn| conn.announced_up);
                    self.outputs.push_back(Output::Stats {
                        peer,
                        request,
                        stats,
                    });
                }
                None => self.reject(peer, request, RejectReason::UnknownPeer),
            },
            Command::CloseRoom { room } => {
                for index in self.rooms.get(&room).cloned().unwrap_or_default() {
                    self.remove(index, GoneReason::RoomClosed);
                }
            }
        }
    }

    fn reject(&mut self, peer: PeerId, request: RequestId, reason: RejectReason) {
        self.outputs.push_back(Output::Rejected {
            peer,
            request,
            reason,
        });
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn join(&mut self, room: Sid, id: PeerId) -> Result<(), RejectReason> {
        if self.by_id.contains_key(&id) {
            return Err(RejectReason::AlreadyJoined);
        }
        if self.peers.len() >= limits::PEERS_MAX {
            return Err(RejectReason::WorkerFull);
        }
        if self
            .rooms
            .get(&room)
            .is_some_and(|members| members.len() >= limits::ROOM_PEERS_MAX)
        {
            return Err(RejectReason::RoomFull);
        }
        self.generation += 1;
        let entry = self.peers.vacant_entry();
        let index = entry.key();
        let owner = Owner {
            index,
            generation: self.generation,
        };
        entry.insert(Peer::new(id, room, owner, self.now));
        self.by_id.insert(id, index);
        self.rooms.entry(room).or_default().insert(index);
        self.set_alarm(index, None);
        Ok(())
    }

    fn want_keyframe(&mut self, track: TrackKey) {
        let Some(&index) = self.by_id.get(&track.peer) else {
            return;
        };
        let now = self.now;
        let of_track =
            |source: &&mut crate::peer::Source| source.track.is_some_and(|open| open.key == track);
        if let Some(source) = self.peers[index].sources.iter_mut().find(of_track) {
            source.keyframes.want(now);
            self.mark_dirty(index);
        }
    }

    fn mark_dirty(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        if !peer.dirty {
            peer.dirty = true;
            self.dirty.push(index);
        }
    }

    fn datagram(&mut self, source: Remote, local: SocketAddr, bytes: &[u8]) {
        match classify(bytes) {
            Some(Class::Stun) => self.stun(source, local, bytes),
            Some(Class::Dtls) => {
                if let Some(index) = self.demux.address(source) {
                    self.receive(index, source, local, bytes);
                }
            }
            Some(Class::Media { ssrc }) => match self.demux.address(source) {
                Some(index) => self.receive(index, source, local, bytes),
                None => {
                    if let Some(index) = ssrc.and_then(|ssrc| self.demux.ssrc(ssrc)) {
                        self.receive_from_unknown(index, source, local, bytes);
                    }
                }
            },
            None => {}
        }
    }

    /// A binding request names its addressee (RFC 8445 §7.1.1); we send none, so responses mean nothing here.
    fn stun(&mut self, source: Remote, local: SocketAddr, bytes: &[u8]) {
        let Ok(message) = StunMessage::parse(bytes) else {
            return;
        };
        if !message.is_binding_request() {
            return;
        }
        let Some((ufrag, _)) = message.split_username() else {
            return;
        };
        let Some(index) = self.demux.ufrag(ufrag) else {
            return;
        };
        let hmac = self.template.crypto.sha1_hmac_provider;
        let Some(conn) = self.peers[index].conn.as_mut() else {
            return;
        };
        let password = conn.rtc.direct_api().local_ice_credentials().pass;
        if !message.verify(password.as_bytes(), |key, parts| hmac.sha1_hmac(key, parts)) {
            return;
        }
        let adopted = match conn.addresses.check(source, conn.ice == Ice::Up, self.now) {
            Check::Drop => return,
            Check::Feed(_) => false,
            Check::Adopted(_) => true,
        };
        self.learn(index, source);
        if adopted {
            let peer = self.peers[index].id;
            self.event(Event::AddressChanged { peer });
        }
        self.receive(index, source, local, bytes);
    }

    /// The address proved to be this peer's.
    fn learn(&mut self, index: usize, source: Remote) {
        let Some(conn) = self.peers[index].conn.as_mut() else {
            return;
        };
        if let Some(forgotten) = conn.addresses.remember(source) {
            self.demux.remove_address(forgotten, index);
        }
        self.demux.add_address(source, index);
    }

    /// Media with a known SSRC from an unknown address: a NAT may have moved the peer. Only a packet that is
    /// authentic and new counts; the worst a replay can do is nothing.
    fn receive_from_unknown(
        &mut self,
        index: usize,
        source: Remote,
        local: SocketAddr,
        bytes: &[u8],
    ) {
        let authenticated = |worker: &Self| {
            worker
                .peers
                .get(index)?
                .conn
                .as_ref()
                .map(|conn| conn.authenticated)
        };
        let before = authenticated(self);
        if before.is_none() {
            return;
        }
        self.receive(index, source, local, bytes);
        if authenticated(self) > before {
            let now = self.now;
            let peer = &mut self.peers[index];
            let id = peer.id;
            if let Some(conn) = &mut peer.conn {
                conn.addresses.adopt(source, now);
            }
            self.learn(index, source);
            self.event(Event::AddressChanged { peer: id });
        }
    }

    fn timeout(&mut self) {
        let now = self.now;
        while let Some(owner) = self.timers.pop(now) {
            let Some(peer) = self.peers.get_mut(owner.index) else {
                continue;
            };
            if peer.owner == owner && self.timers.is_due(owner, &mut peer.alarm, now) {
                self.mark_dirty(owner.index);
            }
        }
    }
}
