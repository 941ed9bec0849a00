//! How the application talks to the media workers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Sender, TrySendError};
use ids::Sid;
use sfu::{Answer, PeerId, PeerStats, RejectReason, TrackKey};
use tokio::sync::oneshot;

/// Why a worker did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// It refused.
    #[error(transparent)]
    Rejected(#[from] RejectReason),
    /// It has more to do than it can: try again.
    #[error("the media worker is busy")]
    Busy,
    /// It has ended, by a fault or because the server is stopping.
    #[error("the media worker has stopped")]
    Stopped,
}

/// A command on its way to a worker, with the place for its reply.
pub(super) enum Order {
    Join {
        room: Sid,
        peer: PeerId,
        reply: Reply<()>,
    },
    Offer {
        peer: PeerId,
        sdp: String,
        reply: Reply<Answer>,
    },
    Leave {
        peer: PeerId,
    },
    RequestKeyframe {
        track: TrackKey,
    },
    Stats {
        peer: PeerId,
        reply: Reply<PeerStats>,
    },
    CloseRoom {
        room: Sid,
    },
    Stop,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, MediaError>>;

impl Order {
    /// The order, unless the worker is `busy` and somebody waits for its reply: then that is the reply.
    pub(super) fn unless_busy(self, busy: bool) -> Option<Self> {
        if !busy {
            return Some(self);
        }
        match self {
            // Who asked may have stopped waiting.
            Self::Join { reply, .. } => drop(reply.send(Err(MediaError::Busy))),
            Self::Offer { reply, .. } => drop(reply.send(Err(MediaError::Busy))),
            Self::Stats { reply, .. } => drop(reply.send(Err(MediaError::Busy))),
            order @ (Self::Leave { .. }
            | Self::RequestKeyframe { .. }
            | Self::CloseRoom { .. }
            | Self::Stop) => return Some(order),
        }
        None
    }
}

/// What a worker has done, for the metrics. Counted since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkerCounters {
    /// Peers at present.
    pub peers: u64,
    /// Datagrams received.
    pub datagrams_in: u64,
    /// Datagrams sent.
    pub datagrams_out: u64,
    /// Datagrams the kernel did not take.
    pub datagrams_unsent: u64,
    /// Media packets handed to the recorder.
    pub packets_tapped: u64,
    /// Events that were only informative and were left out because the application was behind.
    pub events_dropped: u64,
    /// Events that wait for the application at present.
    pub events_waiting: u64,
}

/// A worker's state as the others see it. Written by the worker once a round.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) alive: AtomicBool,
    pub(super) peers: AtomicU64,
    pub(super) datagrams_in: AtomicU64,
    pub(super) datagrams_out: AtomicU64,
    pub(super) datagrams_unsent: AtomicU64,
    pub(super) packets_tapped: AtomicU64,
    pub(super) events_dropped: AtomicU64,
    pub(super) events_waiting: AtomicU64,
}

/// One worker's door.
pub(super) struct Port {
    pub(super) orders: Sender<Order>,
    pub(super) waker: mio::Waker,
    pub(super) shared: Arc<Shared>,
}

/// Sends commands to the media workers. Cheap to clone; usable from any thread. A session's worker follows
/// from its id, so that nothing has to be remembered.
#[derive(Clone)]
pub struct MediaHandle {
    pub(super) ports: Arc<[Port]>,
}

impl MediaHandle {
    /// Which worker a session lives on.
    pub fn worker_of(&self, room: Sid) -> usize {
        // Session ids are random, so any part of them spreads evenly.
        let bytes = room.as_bytes();
        usize::from(u16::from_be_bytes([bytes[14], bytes[15]])) % self.ports.len()
    }

    /// Adds a peer to a session's room.
    pub async fn join(&self, room: Sid, peer: PeerId) -> Result<(), MediaError> {
        self.ask(room, |reply| Order::Join { room, peer, reply })
            .await
    }

    /// Hands in a peer's offer.
    pub async fn offer(&self, room: Sid, peer: PeerId, sdp: String) -> Result<Answer, MediaError> {
        self.ask(room, |reply| Order::Offer { peer, sdp, reply })
            .await
    }

    /// How a peer's connection fares.
    pub async fn stats(&self, room: Sid, peer: PeerId) -> Result<PeerStats, MediaError> {
        self.ask(room, |reply| Order::Stats { peer, reply }).await
    }

    /// Takes a peer out of its room. `PeerGone` follows.
    pub fn leave(&self, room: Sid, peer: PeerId) -> Result<(), MediaError> {
        self.tell(room, Order::Leave { peer })
    }

    /// Asks for a keyframe. Requests are merged: asking too often does no harm.
    pub fn request_keyframe(&self, room: Sid, track: TrackKey) -> Result<(), MediaError> {
        self.tell(room, Order::RequestKeyframe { track })
    }

    /// Takes everyone out of a room.
    pub fn close_room(&self, room: Sid) -> Result<(), MediaError> {
        self.tell(room, Order::CloseRoom { room })
    }

    /// Whether every worker is running.
    pub fn is_alive(&self) -> bool {
        self.ports
            .iter()
            .all(|port| port.shared.alive.load(Ordering::Relaxed))
    }

    /// The counters of each worker.
    pub fn counters(&self) -> Vec<WorkerCounters> {
        let read = |value: &AtomicU64| value.load(Ordering::Relaxed);
        let of = |Port { shared, .. }: &Port| WorkerCounters {
            peers: read(&shared.peers),
            datagrams_in: read(&shared.datagrams_in),
            datagrams_out: read(&shared.datagrams_out),
            datagrams_unsent: read(&shared.datagrams_unsent),
            packets_tapped: read(&shared.packets_tapped),
            events_dropped: read(&shared.events_dropped),
            events_waiting: read(&shared.events_waiting),
        };
        self.ports.iter().map(of).collect()
    }

    async fn ask<T>(
        &self,
        room: Sid,
        order: impl FnOnce(Reply<T>) -> Order,
    ) -> Result<T, MediaError> {
        let (reply, answer) = oneshot::channel();
        self.tell(room, order(reply))?;
        answer.await.map_err(|_| MediaError::Stopped)?
    }

    fn tell(&self, room: Sid, order: Order) -> Result<(), MediaError> {
        self.ports[self.worker_of(room)].tell(order)
    }
}

impl Port {
    pub(super) fn tell(&self, order: Order) -> Result<(), MediaError> {
        match self.orders.try_send(order) {
            Ok(()) => self.waker.wake().map_err(|_| MediaError::Stopped),
            Err(TrySendError::Full(_)) => Err(MediaError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(MediaError::Stopped),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::limits;

    #[test]
    fn a_worker_that_falls_behind_is_not_given_more_than_it_can_hold() {
        let poll = mio::Poll::new().unwrap();
        let (orders, receiver) = crossbeam_channel::bounded(limits::ORDERS_MAX);
        let waker = mio::Waker::new(poll.registry(), mio::Token(1)).unwrap();
        let port = Port {
            orders,
            waker,
            shared: Arc::default(),
        };
        let handle = MediaHandle {
            ports: [port].into(),
        };
        let room = Sid::from_bytes([0; 16]);
        for _ in 0..limits::ORDERS_MAX {
            assert_eq!(handle.close_room(room), Ok(()));
        }
        assert_eq!(handle.close_room(room), Err(MediaError::Busy));
        drop(receiver);
        assert_eq!(handle.close_room(room), Err(MediaError::Stopped));
    }
}
