//! A worker's thread: datagrams, orders and time in; datagrams, taps and events out.
//!
//! While packets come, it sleeps a millisecond between reads instead of waiting for each: one wake-up then
//! serves many packets, and what was a burst leaves as one. Otherwise it waits in the kernel until the next
//! packet, order or deadline.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use mio::{Events, Poll};
use sfu::{
    Answer, Command, Event, Input, Output, PeerStats, RejectReason, RequestId, Transmit, Transport,
    Worker,
};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::handle::{MediaError, Order, Reply, Shared};
use super::socket::{Datagram, Socket};
use super::tcp::Streams;
use super::{TapSink, limits};

/// Everything one thread owns.
pub(super) struct Loop<S> {
    pub(super) worker: Worker,
    pub(super) socket: Socket,
    pub(super) streams: Streams,
    pub(super) poll: Poll,
    pub(super) orders: Receiver<Order>,
    pub(super) replies: Replies,
    pub(super) outbox: Outbox,
    pub(super) tap: S,
    pub(super) tapped: u64,
    pub(super) shared: Arc<Shared>,
}

/// What a round leaves to do.
enum Next {
    /// More is there already.
    Again,
    /// Packets are coming.
    Tick,
    /// All is quiet.
    Wait,
    Stop,
}

impl Next {
    /// At least looks again soon.
    fn or_tick(self) -> Self {
        match self {
            Self::Wait => Self::Tick,
            Self::Again | Self::Tick | Self::Stop => self,
        }
    }
}

impl<S: TapSink> Loop<S> {
    /// Runs until told to stop, or until nobody is left who could.
    pub(super) fn run(mut self) {
        // Dropped when the thread ends, also by a panic.
        let _alive = Alive::of(&self.shared);
        let mut ready = Events::with_capacity(8);
        let mut first = None;
        loop {
            let timeout = match self.round(&mut first) {
                Next::Stop => return,
                Next::Again => Some(Duration::ZERO),
                Next::Tick => {
                    match self.orders.recv_timeout(limits::TICK) {
                        Ok(order) => first = Some(order),
                        Err(RecvTimeoutError::Timeout) => {}
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                    Some(Duration::ZERO)
                }
                Next::Wait => {
                    let left = |at: Instant| {
                        at.saturating_duration_since(Instant::now())
                            .max(limits::TICK)
                    };
                    self.worker.next_deadline().map(left)
                }
            };
            match self.poll.poll(&mut ready, timeout) {
                Ok(()) => self.streams.note(&ready),
                // An interruption is a round without cause.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "A media worker cannot wait for its socket any more");
                    return;
                }
            }
        }
    }

    fn round(&mut self, first: &mut Option<Order>) -> Next {
        let caught_up = self.outbox.flush();
        let now = Instant::now();
        let waiting = first.take().into_iter().chain(self.orders.try_iter());
        for order in waiting.take(limits::ROUND_ORDERS_MAX).collect::<Vec<_>>() {
            // An application that is this far behind is refused rather than made to wait for itself.
            let Some(order) = order.unless_busy(self.outbox.is_full()) else {
                continue;
            };
            match self.replies.command(order) {
                Some(command) => self.worker.handle(Input::Command(command), now),
                None => return Next::Stop,
            }
            self.drain();
        }
        let mut next = match (self.orders.is_empty(), caught_up) {
            (false, _) => Next::Again,
            (true, false) => Next::Tick,
            (true, true) => Next::Wait,
        };
        for batch in 0..limits::ROUND_BATCHES_MAX {
            match self.receive() {
                Ok(0) => break,
                Ok(_) if batch + 1 == limits::ROUND_BATCHES_MAX => next = Next::Again,
                Ok(_) => next = next.or_tick(),
                Err(error) => {
                    // E.g. an ICMP error of an earlier datagram; the next read starts afresh.
                    tracing::debug!(%error, "A media socket could not be read");
                    next = next.or_tick();
                    break;
                }
            }
        }
        match self.receive_frames() {
            (0, false) => {}
            (_, true) => next = Next::Again,
            (_, false) => next = next.or_tick(),
        }
        let now = Instant::now();
        if self.worker.next_deadline().is_some_and(|at| at <= now) {
            self.worker.handle(Input::Timeout, now);
            self.drain();
        }
        self.socket.flush();
        self.tap.idle();
        self.publish();
        next
    }

    /// One batch of datagrams, all at one time.
    fn receive(&mut self) -> io::Result<usize> {
        let now = Instant::now();
        let Self { worker, socket, .. } = self;
        let count = socket.receive(|datagram| hand_in(worker, datagram, now))?;
        self.drain();
        Ok(count)
    }

    /// What has come by TCP; whether there is more.
    fn receive_frames(&mut self) -> (usize, bool) {
        let now = Instant::now();
        let Self {
            worker, streams, ..
        } = self;
        let received = streams.receive(now, |datagram| hand_in(worker, datagram, now));
        self.drain();
        received
    }

    fn drain(&mut self) {
        while let Some(output) = self.worker.poll() {
            match output {
                Output::Transmit(Transmit {
                    local,
                    destination,
                    contents,
                }) => match destination.transport {
                    Transport::Udp => self.socket.send(local.ip(), destination.address, &contents),
                    Transport::Tcp => self.streams.send(destination.address, &contents),
                },
                Output::Packet(packet) => {
                    self.tapped += 1;
                    self.tap.push(packet);
                }
                Output::Joined { request, .. } => self.replies.joined(request),
                Output::Answer {
                    request, answer, ..
                } => self.replies.answer(request, answer),
                Output::Stats { request, stats, .. } => self.replies.stats(request, stats),
                Output::Rejected {
                    request, reason, ..
                } => self.replies.reject(request, reason),
                Output::Event(event) => self.outbox.push(event),
            }
        }
    }

    fn publish(&self) {
        let set =
            |value: &std::sync::atomic::AtomicU64, to: u64| value.store(to, Ordering::Relaxed);
        let counters = self.socket.counters();
        set(&self.shared.peers, self.worker.peers() as u64);
        set(&self.shared.datagrams_in, counters.received);
        set(&self.shared.datagrams_out, counters.sent);
        set(
            &self.shared.datagrams_unsent,
            counters.unsent + self.streams.unsent(),
        );
        set(&self.shared.packets_tapped, self.tapped);
        set(&self.shared.events_dropped, self.outbox.dropped);
        set(
            &self.shared.events_waiting,
            self.outbox.waiting.len() as u64,
        );
    }
}

fn hand_in(worker: &mut Worker, datagram: Datagram<'_>, now: Instant) {
    let Datagram {
        source,
        local,
        bytes,
    } = datagram;
    worker.handle(
        Input::Datagram {
            source,
            local,
            bytes,
        },
        now,
    );
}

/// Says that the thread runs, as long as it lives.
struct Alive(Arc<Shared>);

impl Alive {
    fn of(shared: &Arc<Shared>) -> Self {
        shared.alive.store(true, Ordering::Relaxed);
        Self(Arc::clone(shared))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.store(false, Ordering::Relaxed);
        if std::thread::panicking() {
            tracing::error!("A media worker panicked");
        }
    }
}

/// The way of events to the application, which must not be waited for.
///
/// An event that says who is there, what is sent or what is to be offered is never lost: if the channel is
/// full it waits here, in order. What the network can cause of these is bounded by the worker's limits, and
/// what the application causes by refusing it once too many wait. One that only informs is left out and
/// counted.
pub(super) struct Outbox {
    to: Sender<Event>,
    waiting: VecDeque<Event>,
    dropped: u64,
}

impl Outbox {
    pub(super) fn new(to: Sender<Event>) -> Self {
        Self {
            to,
            waiting: VecDeque::new(),
            dropped: 0,
        }
    }

    fn push(&mut self, event: Event) {
        if !self.waiting.is_empty() && is_informative(&event) {
            self.dropped += 1;
            return;
        }
        self.waiting.push_back(event);
        self.flush();
    }

    /// Whether the application must catch up before it may cause more.
    fn is_full(&self) -> bool {
        self.waiting.len() >= limits::EVENTS_WAITING_MAX
    }

    /// Returns whether nothing waits any more.
    fn flush(&mut self) -> bool {
        while let Some(event) = self.waiting.pop_front() {
            match self.to.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) if is_informative(&event) => self.dropped += 1,
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    return false;
                }
                // Nobody is interested any more: the server is stopping.
                Err(TrySendError::Closed(_)) => self.waiting.clear(),
            }
        }
        true
    }
}

fn is_informative(event: &Event) -> bool {
    match event {
        Event::TrackSilent { .. } | Event::AddressChanged { .. } => true,
        Event::Connected { .. }
        | Event::Disconnected { .. }
        | Event::TrackOpened(_)
        | Event::TrackClosed { .. }
        | Event::SlotsChanged { .. }
        | Event::PleaseOffer { .. }
        | Event::PeerGone { .. } => false,
    }
}

/// Who waits for which reply. The worker replies at once, so that this is empty between rounds.
#[derive(Default)]
pub(super) struct Replies {
    asked: u64,
    pending: HashMap<RequestId, Pending>,
}

enum Pending {
    Join(Reply<()>),
    Offer(Reply<Answer>),
    Stats(Reply<PeerStats>),
}

impl Replies {
    /// The worker's command for an order; `None` is the end.
    fn command(&mut self, order: Order) -> Option<Command> {
        self.asked += 1;
        let request = RequestId(self.asked);
        let (command, pending) = match order {
            Order::Join { room, peer, reply } => (
                Command::Join {
                    room,
                    peer,
                    request,
                },
                Some(Pending::Join(reply)),
            ),
            Order::Offer { peer, sdp, reply } => (
                Command::Offer { peer, request, sdp },
                Some(Pending::Offer(reply)),
            ),
            Order::Stats { peer, reply } => (
                Command::Stats { peer, request },
                Some(Pending::Stats(reply)),
            ),
            Order::Leave { peer } => (Command::Leave { peer }, None),
            Order::RequestKeyframe { track } => (Command::RequestKeyframe { track }, None),
            Order::CloseRoom { room } => (Command::CloseRoom { room }, None),
            Order::Stop => return None,
        };
        if let Some(pending) = pending {
            self.pending.insert(request, pending);
        }
        Some(command)
    }

    fn joined(&mut self, request: RequestId) {
        if let Some(Pending::Join(reply)) = self.pending.remove(&request) {
            give(reply, Ok(()));
        }
    }

    fn answer(&mut self, request: RequestId, answer: Answer) {
        if let Some(Pending::Offer(reply)) = self.pending.remove(&request) {
            give(reply, Ok(answer));
        }
    }

    fn stats(&mut self, request: RequestId, stats: PeerStats) {
        if let Some(Pending::Stats(reply)) = self.pending.remove(&request) {
            give(reply, Ok(stats));
        }
    }

    fn reject(&mut self, request: RequestId, reason: RejectReason) {
        match self.pending.remove(&request) {
            Some(Pending::Join(reply)) => give(reply, Err(reason)),
            Some(Pending::Offer(reply)) => give(reply, Err(reason)),
            Some(Pending::Stats(reply)) => give(reply, Err(reason)),
            None => {}
        }
    }
}

/// Who asked may have stopped waiting.
fn give<T>(reply: Reply<T>, result: Result<T, RejectReason>) {
    drop(reply.send(result.map_err(MediaError::Rejected)));
}

#[cfg(test)]
mod tests {
    use sfu::{PeerId, TrackKey};
    use tokio::sync::mpsc;

    use super::*;

    fn key(index: u32) -> TrackKey {
        TrackKey {
            peer: PeerId(1),
            index,
        }
    }

    #[test]
    fn events_that_matter_outlast_a_full_channel_in_order_and_the_others_are_counted() {
        let (sender, mut receiver) = mpsc::channel(2);
        let mut outbox = Outbox::new(sender);
        for index in 0..10 {
            outbox.push(Event::TrackSilent {
                track: key(index),
                silent: true,
            });
            outbox.push(Event::TrackClosed { track: key(index) });
        }
        assert!(!outbox.flush());
        let mut closed = Vec::new();
        loop {
            match receiver.try_recv() {
                Ok(Event::TrackClosed { track }) => closed.push(track.index),
                Ok(_) => {}
                Err(_) if outbox.waiting.is_empty() => break,
                Err(_) => {
                    outbox.flush();
                }
            }
        }
        assert_eq!(closed, (0..10).collect::<Vec<_>>());
        assert!(outbox.flush());
        assert_eq!(outbox.dropped, 9, "the first found room");
    }

    #[test]
    fn an_application_that_is_far_behind_is_refused_what_it_would_wait_for() {
        let (sender, _receiver) = mpsc::channel(1);
        let mut outbox = Outbox::new(sender);
        for index in 0..=limits::EVENTS_WAITING_MAX as u32 {
            assert!(!outbox.is_full());
            outbox.push(Event::TrackClosed { track: key(index) });
        }
        assert!(outbox.is_full());
        let (reply, mut answer) = tokio::sync::oneshot::channel();
        let stats = Order::Stats {
            peer: PeerId(1),
            reply,
        };
        assert!(stats.unless_busy(outbox.is_full()).is_none());
        assert_eq!(answer.try_recv(), Ok(Err(MediaError::Busy)));
        // What nobody waits for is done: it only makes less of everything.
        let leave = Order::Leave { peer: PeerId(1) };
        assert!(leave.unless_busy(outbox.is_full()).is_some());
    }

    #[test]
    fn without_an_application_events_are_let_go() {
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        let mut outbox = Outbox::new(sender);
        for index in 0..10 {
            outbox.push(Event::TrackClosed { track: key(index) });
        }
        assert!(outbox.waiting.is_empty());
    }
}
