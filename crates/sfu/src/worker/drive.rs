//! Running one peer's stack: a failure or a panic in it ends that peer only.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use str0m::media::KeyframeRequestKind;
use str0m::net::{Protocol, Receive};
use str0m::{
    Event as StackEvent, IceConnectionState, Input as StackInput, Output as StackOutput, Rtc,
    RtcError,
};

use super::Worker;
use crate::demux::{Class, classify};
use crate::peer::{Conn, Ice, Slot};
use crate::{Event, GoneReason, Output, Remote, Transmit, Transport, limits};

/// Runs a step of a stack. What it leaves half-done after a panic is never looked at again: the caller
/// discards the peer.
pub(super) fn guard<T>(step: impl FnOnce() -> Result<T, RtcError>) -> Result<T, GoneReason> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(GoneReason::Failed(error.to_string())),
        Err(_) => Err(GoneReason::Panicked),
    }
}

impl Worker {
    /// Gives a datagram to a peer's stack and carries out what follows from it.
    pub(super) fn receive(
        &mut self,
        index: usize,
        source: Remote,
        local: SocketAddr,
        bytes: &[u8],
    ) {
        let now = self.now;
        let Some(destination) = self.candidate_for(local) else {
            return;
        };
        let Some(conn) = self.peers[index].conn.as_mut() else {
            return;
        };
        let seen = conn.addresses.inbound(source);
        conn.addresses.hear(source, now);
        conn.heard = now;
        conn.local = local;
        let Ok(receive) = Receive::new(protocol(seen.transport), seen.address, destination, bytes)
        else {
            return;
        };
        let in_handshake = !conn.dtls_up;
        let rtc = &mut conn.rtc;
        match guard(|| rtc.handle_input(StackInput::Receive(now, receive))) {
            Ok(()) => self.drain(index),
            // A datagram the stack refuses says nothing about the peer, whose address anyone can forge. Only
            // a handshake that fails is over.
            Err(GoneReason::Failed(_)) if !in_handshake || classify(bytes) != Some(Class::Dtls) => {
                self.drain(index);
            }
            Err(reason) => self.remove(index, reason),
        }
    }

    /// Lets time pass for a peer and carries out what follows.
    pub(super) fn advance(&mut self, index: usize) {
        let now = self.now;
        self.ask_keyframes(index);
        if let Some(conn) = self.peers[index].conn.as_mut() {
            let rtc = &mut conn.rtc;
            if let Err(reason) = guard(|| rtc.handle_input(StackInput::Timeout(now))) {
                return self.remove(index, reason);
            }
        }
        self.drain(index);
    }

    /// Polls a peer's stack until it waits for time to pass.
    fn drain(&mut self, index: usize) {
        let now = self.now;
        let mut deadline = None;
        for step in 0.. {
            let Some(conn) = self
                .peers
                .get_mut(index)
                .and_then(|peer| peer.conn.as_mut())
            else {
                break;
            };
            let rtc = &mut conn.rtc;
            let output = match guard(|| rtc.poll_output()) {
                Ok(output) => output,
                Err(reason) => return self.remove(index, reason),
            };
            match output {
                StackOutput::Timeout(at) if at > now => {
                    deadline = Some(at);
                    break;
                }
                // The pacer lets one packet go for each time-out.
                StackOutput::Timeout(_) if step < limits::DRIVE_STEPS_MAX => {
                    if let Err(reason) = guard(|| rtc.handle_input(StackInput::Timeout(now))) {
                        return self.remove(index, reason);
                    }
                }
                StackOutput::Timeout(_) => {
                    deadline = Some(now + Duration::from_millis(1));
                    break;
                }
                StackOutput::Transmit(transmit) => {
                    let contents = Vec::from(transmit.contents);
                    let is_media = classify(&contents) != Some(Class::Stun);
                    let destination = conn
                        .addresses
                        .outbound(remote_of(transmit.proto, transmit.destination), is_media);
                    let local = conn.local;
                    self.outputs.push_back(Output::Transmit(Transmit {
                        local,
                        destination,
                        contents,
                    }));
                }
                StackOutput::Event(event) => {
                    if let Err(reason) = self.stack_event(index, event) {
                        return self.remove(index, reason);
                    }
                }
            }
        }
        self.watch(index, deadline);
    }

    fn stack_event(&mut self, index: usize, event: StackEvent) -> Result<(), GoneReason> {
        match event {
            StackEvent::RtpPacket(packet) => self.forward(index, packet)?,
            StackEvent::KeyframeRequest(request) => self.viewer_wants_keyframe(index, request.mid),
            StackEvent::StreamPaused(paused) => {
                self.stream_paused(index, paused.ssrc, paused.paused)
            }
            StackEvent::Connected => self.with_conn(index, |conn| conn.dtls_up = true),
            StackEvent::IceConnectionStateChange(state) => {
                self.with_conn(index, |conn| conn.ice = next_ice(conn.ice, state));
            }
            StackEvent::PeerStats(stats) => self.with_conn(index, |conn| conn.update_stats(stats)),
            StackEvent::Closed => return Err(GoneReason::Closed),
            // Sources and slots follow the answer (`negotiate.rs`), so the stack's view of m-lines, frames and
            // data channels is of no interest.
            StackEvent::MediaAdded(_)
            | StackEvent::MediaChanged(_)
            | StackEvent::MediaData(_)
            | StackEvent::ChannelOpen(..)
            | StackEvent::ChannelData(_)
            | StackEvent::ChannelClose(_)
            | StackEvent::ChannelBufferedAmountLow(_)
            | StackEvent::MediaIngressStats(_)
            | StackEvent::MediaEgressStats(_)
            | StackEvent::EgressBitrateEstimate(_)
            | StackEvent::SenderFeedback(_)
            | StackEvent::AppSpecificFeedback(_)
            | StackEvent::RawPacket(_)
            | _ => {}
        }
        Ok(())
    }

    fn with_conn(&mut self, index: usize, change: impl FnOnce(&mut Conn)) {
        if let Some(conn) = &mut self.peers[index].conn {
            change(conn);
        }
    }

    /// Notices that a peer came up, went down or was down for too long, and sets its alarm.
    fn watch(&mut self, index: usize, deadline: Option<Instant>) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(index) else {
            return;
        };
        let id = peer.id;
        if let Some(conn) = &mut peer.conn {
            let silent = now.saturating_duration_since(conn.heard) >= limits::PEER_SILENT_MAX;
            let up = conn.is_up() && !silent;
            if up != conn.announced_up {
                conn.announced_up = up;
                peer.down_since = if up { None } else { Some(now) };
                peer.slots.iter_mut().for_each(Slot::restart);
                self.event(if up {
                    Event::Connected { peer: id }
                } else {
                    Event::Disconnected { peer: id }
                });
                if up {
                    self.viewer_came_up(index);
                }
            }
        }
        if self.peers[index]
            .down_since
            .is_some_and(|since| now >= since + limits::PEER_DOWN_MAX)
        {
            return self.remove(index, GoneReason::Lost);
        }
        self.set_alarm(index, deadline);
    }

    /// The first of all times at which something is to be done for a peer.
    pub(super) fn set_alarm(&mut self, index: usize, stack: Option<Instant>) {
        let peer = &mut self.peers[index];
        let lost = peer.down_since.map(|since| since + limits::PEER_DOWN_MAX);
        let up = peer.conn.as_ref().filter(|conn| conn.announced_up);
        let silent = up.map(|conn| conn.heard + limits::PEER_SILENT_MAX);
        let keyframe = peer
            .sources
            .iter()
            .filter_map(|source| source.keyframes.due())
            .min();
        let deadline = [stack, lost, silent, keyframe].into_iter().flatten().min();
        self.timers.set(peer.owner, &mut peer.alarm, deadline);
    }

    /// Asks the peer for the keyframes that are wanted of it.
    fn ask_keyframes(&mut self, index: usize) {
        let now = self.now;
        let peer = &mut self.peers[index];
        let Some(conn) = peer.conn.as_mut().filter(|conn| conn.announced_up) else {
            return;
        };
        for source in &mut peer.sources {
            if source.keyframes.ask(now)
                && let Some(stream) = conn.rtc.direct_api().stream_rx_by_mid(source.mid, None)
            {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
        }
    }

    /// The address of ours, as the stack knows it, for one the socket reported. Behind a NAT, or bound to all
    /// addresses, they differ; any candidate of the same family will do, since there is one socket.
    fn candidate_for(&self, local: SocketAddr) -> Option<SocketAddr> {
        let same_family = || {
            self.addresses
                .iter()
                .copied()
                .find(|address| address.is_ipv4() == local.is_ipv4())
        };
        if self.addresses.contains(&local) {
            Some(local)
        } else {
            same_family()
        }
    }
}

fn protocol(transport: Transport) -> Protocol {
    match transport {
        Transport::Udp => Protocol::Udp,
        Transport::Tcp => Protocol::Tcp,
    }
}

fn remote_of(protocol: Protocol, address: SocketAddr) -> Remote {
    let transport = match protocol {
        Protocol::Udp => Transport::Udp,
        Protocol::Tcp | Protocol::SslTcp | Protocol::Tls => Transport::Tcp,
    };
    Remote { transport, address }
}

fn next_ice(ice: Ice, state: IceConnectionState) -> Ice {
    match (state, ice) {
        (IceConnectionState::Connected | IceConnectionState::Completed, _) => Ice::Up,
        (IceConnectionState::Disconnected, Ice::New) => Ice::New,
        (IceConnectionState::Disconnected, _) => Ice::Down,
        (IceConnectionState::New | IceConnectionState::Checking, Ice::Up | Ice::Restarting) => {
            Ice::Restarting
        }
        (IceConnectionState::New | IceConnectionState::Checking, other) => other,
    }
}

/// Closes a connection as politely as one datagram each allows (RTCP BYE, DTLS close_notify).
pub(super) fn goodbye(mut conn: Conn) -> Vec<Output> {
    let mut outputs = Vec::new();
    let rtc: &mut Rtc = &mut conn.rtc;
    if guard(|| rtc.close()).is_err() {
        return outputs;
    }
    for _ in 0..limits::DRIVE_STEPS_MAX {
        match guard(|| conn.rtc.poll_output()) {
            Ok(StackOutput::Transmit(transmit)) => {
                let contents = Vec::from(transmit.contents);
                let destination = conn
                    .addresses
                    .outbound(remote_of(transmit.proto, transmit.destination), true);
                outputs.push(Output::Transmit(Transmit {
                    local: conn.local,
                    destination,
                    contents,
                }));
            }
            Ok(StackOutput::Event(_)) => {}
            Ok(StackOutput::Timeout(_)) | Err(_) => break,
        }
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_reason_to_discard_the_peer() {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let outcome = guard(|| -> Result<(), RtcError> { panic!("a bug in the stack") });
        std::panic::set_hook(hook);
        assert_eq!(outcome, Err(GoneReason::Panicked));
        assert_eq!(guard(|| Ok(5)), Ok(5));
    }
}
