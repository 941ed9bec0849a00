//! The remote addresses of one peer, and following it when the current one changes under it.
//!
//! When a NAT forgets a mapping, the same packets come from another port. The stack would notice only when
//! the old candidate pair times out, more than ten seconds later. So the new address takes the place of the
//! old one in front of the stack: inbound it is translated to the old one, outbound back. It is adopted
//!
//! * on a STUN check with the peer's integrity (RFC 8489 §14.5) once the current address is silent: a check
//!   alone is no reason, clients keep several candidate pairs alive;
//! * on the first packet from it that passes SRTP authentication and was not seen before (the worker finds
//!   the peer by SSRC).
//!
//! The stack's own choice of a pair, by the client's nomination, always wins over this.

use std::collections::VecDeque;
use std::time::Instant;

use crate::Remote;
use crate::limits::{ADDRESS_SILENT_MIN, GENERATION_ADDRESSES_MAX, PEER_ADDRESSES_MAX};

#[derive(Debug)]
pub(crate) struct Addresses {
    /// In the demultiplexer, oldest first.
    known: VecDeque<Remote>,
    /// New addresses the stack was shown since ICE (re)started.
    introduced: usize,
    /// Where the stack sends media to.
    target: Option<Remote>,
    alias: Option<Alias>,
    /// When the peer's current address was last heard of.
    heard: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
struct Alias {
    /// The address the stack knows.
    stands_for: Remote,
    /// The address the peer has.
    actual: Remote,
    /// Off once ICE restarts: the stack is to learn the actual address.
    inbound: bool,
}

/// What to do with a STUN check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// Show it to the stack as coming from this address.
    Feed(Remote),
    /// The same, and the peer's packets go to its source from now on.
    Adopted(Remote),
    /// Too many addresses.
    Drop,
}

impl Addresses {
    pub(crate) fn new() -> Self {
        Self {
            known: VecDeque::new(),
            introduced: 0,
            target: None,
            alias: None,
            heard: None,
        }
    }

    pub(crate) fn known(&self) -> impl Iterator<Item = Remote> {
        self.known.iter().copied()
    }

    pub(crate) fn knows(&self, address: Remote) -> bool {
        self.known.contains(&address)
    }

    /// Remembers an address that proved to be the peer's. Returns one that had to be forgotten for it.
    pub(crate) fn remember(&mut self, address: Remote) -> Option<Remote> {
        if self.knows(address) {
            return None;
        }
        self.known.push_back(address);
        let current = self.current();
        let oldest = self
            .known
            .iter()
            .position(|&known| Some(known) != current && known != address)?;
        if self.known.len() > PEER_ADDRESSES_MAX {
            self.known.remove(oldest)
        } else {
            None
        }
    }

    /// The address the peer has, once media was sent to it.
    pub(crate) fn current(&self) -> Option<Remote> {
        let target = self.target?;
        Some(
            self.alias
                .filter(|alias| alias.stands_for == target)
                .map_or(target, |alias| alias.actual),
        )
    }

    /// Something came from this address.
    pub(crate) fn hear(&mut self, source: Remote, now: Instant) {
        if self.current() == Some(source) {
            self.heard = Some(now);
        }
    }

    /// An authenticated STUN check came. `connected`: the stack has a working pair.
    pub(crate) fn check(&mut self, source: Remote, connected: bool, now: Instant) -> Check {
        if self.alias.is_some_and(|alias| alias.stands_for == source) {
            self.alias = None;
        }
        if self.current() == Some(source) {
            self.heard = Some(now);
            return Check::Feed(self.inbound(source));
        }
        if connected
            && let Some(target) = self.target
            && self
                .heard
                .is_none_or(|heard| now.saturating_duration_since(heard) >= ADDRESS_SILENT_MIN)
        {
            self.adopt(source, now);
            return Check::Adopted(target);
        }
        if !self.knows(source) {
            if self.introduced >= GENERATION_ADDRESSES_MAX {
                return Check::Drop;
            }
            self.introduced += 1;
        }
        Check::Feed(source)
    }

    /// The peer's packets go to this address from now on. Without effect before there was another.
    pub(crate) fn adopt(&mut self, actual: Remote, now: Instant) {
        if let Some(stands_for) = self.target {
            self.alias = (actual != stands_for).then_some(Alias {
                stands_for,
                actual,
                inbound: true,
            });
            self.heard = Some(now);
        }
    }

    /// The address by which the stack knows a source.
    pub(crate) fn inbound(&self, source: Remote) -> Remote {
        match self.alias {
            Some(alias) if alias.inbound && alias.actual == source => alias.stands_for,
            Some(_) | None => source,
        }
    }

    /// Where to send what the stack sends to `destination`.
    pub(crate) fn outbound(&mut self, destination: Remote, is_media: bool) -> Remote {
        if is_media && self.target != Some(destination) {
            self.target = Some(destination);
            self.alias = self.alias.filter(|alias| alias.stands_for == destination);
        }
        self.alias
            .filter(|alias| alias.stands_for == destination)
            .map_or(destination, |alias| alias.actual)
    }

    /// New ICE credentials: the stack starts to learn addresses anew, and sends to the old one meanwhile.
    pub(crate) fn restart(&mut self) {
        self.introduced = 0;
        if let Some(alias) = &mut self.alias {
            alias.inbound = false;
        }
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "an arbitrary origin of time")]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::Transport;

    fn address(port: u16) -> Remote {
        Remote {
            transport: Transport::Udp,
            address: SocketAddr::from(([192, 0, 2, 1], port)),
        }
    }

    /// Connected at port 1 and heard of at `start`.
    fn connected(start: Instant) -> Addresses {
        let mut addresses = Addresses::new();
        assert_eq!(
            addresses.check(address(1), false, start),
            Check::Feed(address(1))
        );
        addresses.remember(address(1));
        assert_eq!(addresses.outbound(address(1), true), address(1));
        addresses.hear(address(1), start);
        addresses
    }

    #[test]
    fn a_check_from_elsewhere_is_no_reason_to_leave_an_address_that_is_alive() {
        let start = Instant::now();
        let mut addresses = connected(start);
        let soon = start + ADDRESS_SILENT_MIN / 2;
        assert_eq!(
            addresses.check(address(2), true, soon),
            Check::Feed(address(2))
        );
        assert_eq!(addresses.outbound(address(1), true), address(1));
    }

    #[test]
    fn a_silent_address_is_replaced_in_both_directions() {
        let start = Instant::now();
        let mut addresses = connected(start);
        let later = start + ADDRESS_SILENT_MIN;
        assert_eq!(
            addresses.check(address(2), true, later),
            Check::Adopted(address(1))
        );
        assert_eq!(addresses.inbound(address(2)), address(1));
        assert_eq!(addresses.outbound(address(1), true), address(2));
        // The reply to the next check goes the same way.
        assert_eq!(
            addresses.check(address(2), true, later),
            Check::Feed(address(1))
        );
        assert_eq!(addresses.outbound(address(1), false), address(2));
    }

    #[test]
    fn the_old_address_is_taken_back_when_the_peer_returns_to_it() {
        let start = Instant::now();
        let mut addresses = connected(start);
        addresses.adopt(address(2), start);
        assert_eq!(
            addresses.check(address(1), true, start),
            Check::Feed(address(1))
        );
        assert_eq!(addresses.outbound(address(1), true), address(1));
    }

    #[test]
    fn a_nomination_of_the_stack_wins() {
        let start = Instant::now();
        let mut addresses = connected(start);
        addresses.adopt(address(2), start);
        assert_eq!(addresses.outbound(address(3), true), address(3));
        assert_eq!(addresses.current(), Some(address(3)));
        assert_eq!(addresses.inbound(address(2)), address(2));
    }

    #[test]
    fn after_an_ice_restart_the_stack_sees_true_addresses_but_still_reaches_the_peer() {
        let start = Instant::now();
        let mut addresses = connected(start);
        addresses.adopt(address(2), start);
        addresses.restart();
        assert_eq!(
            addresses.check(address(2), false, start),
            Check::Feed(address(2))
        );
        assert_eq!(addresses.outbound(address(1), true), address(2));
    }

    #[test]
    fn addresses_are_bounded() {
        let start = Instant::now();
        let mut addresses = connected(start);
        let mut port = 10;
        for _ in 1..GENERATION_ADDRESSES_MAX {
            addresses.hear(address(1), start);
            assert_eq!(
                addresses.check(address(port), true, start),
                Check::Feed(address(port))
            );
            addresses.remember(address(port));
            port += 1;
        }
        assert_eq!(addresses.known().count(), PEER_ADDRESSES_MAX);
        assert!(
            addresses.knows(address(1)),
            "the current address is not forgotten"
        );
        assert_eq!(addresses.check(address(port), true, start), Check::Drop);
        // It can still take the place of a silent one.
        let later = start + Duration::from_secs(1);
        assert_eq!(
            addresses.check(address(port), true, later),
            Check::Adopted(address(1))
        );
    }
}
