//! Media workers: one thread and one UDP socket each, and the way to and from the rest of the server.
//!
//! [`start`] spawns them. A session lives on one worker, chosen by its id ([`MediaHandle::worker_of`]).
//! Commands go in by [`MediaHandle`], events come out of one channel, received packets go to each worker's
//! [`TapSink`]. Nothing else is shared, and nothing on the packet path locks, waits or reads a file.

mod handle;
mod socket;
pub mod tap;
#[cfg(test)]
mod tests;
mod worker;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token, Waker};
use sfu::{Config, Event, Packet, Worker};
use tokio::sync::mpsc::Sender;

pub use self::handle::{MediaError, MediaHandle, WorkerCounters};
use self::handle::{Order, Port, Shared};
use self::socket::Socket;
use self::worker::{Loop, Outbox, Replies};

/// What is bounded here.
pub mod limits {
    use std::time::Duration;

    /// Commands that wait for one worker.
    pub const ORDERS_MAX: usize = 1_024;
    /// Commands carried out before packets are looked at again.
    pub const ROUND_ORDERS_MAX: usize = 64;
    /// Batches of datagrams taken in before timers are looked at again.
    pub const ROUND_BATCHES_MAX: usize = 8;
    /// The sleep between reads while packets come, and the resolution of timers.
    pub const TICK: Duration = Duration::from_millis(1);
}

/// Takes the packets of one worker to the recorder.
pub trait TapSink: Send + 'static {
    /// A packet was received. Must not wait: what cannot be taken is counted by the sink, and becomes a gap.
    fn push(&mut self, packet: Packet);

    /// A round has ended, with or without packets.
    fn idle(&mut self);
}

impl TapSink for tap::Taps {
    fn push(&mut self, packet: Packet) {
        tap::Taps::push(self, packet);
    }

    fn idle(&mut self) {
        self.obey();
    }
}

/// How to set the workers up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaConfig {
    /// Where the first worker listens; worker *k* on the port + *k*. Port 0 has the kernel choose.
    pub listen: SocketAddr,
    /// The addresses put into ICE candidates.
    pub advertise: Vec<IpAddr>,
    /// How many workers.
    pub workers: usize,
    /// What a viewer's link is assumed to carry until measured, in kbit/s; `None` turns estimation off.
    pub kbps_initial: Option<u32>,
}

/// The workers cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A socket cannot be had, e.g. because the port is taken.
    #[error("media port {address}: {source}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The worker refuses its configuration.
    #[error(transparent)]
    Setup(#[from] sfu::SetupError),
    /// The system gives no thread or no way to wake one.
    #[error(transparent)]
    System(#[from] io::Error),
    /// No workers were asked for.
    #[error("no media worker")]
    NoWorker,
}

/// The running workers. Dropping it stops them.
pub struct Media {
    handle: MediaHandle,
    ports: Vec<u16>,
    threads: Vec<JoinHandle<()>>,
}

/// Starts the workers. `sink` makes the tap of each, by its number; `events` gets what happens on all of them.
pub fn start<S: TapSink>(
    config: &MediaConfig,
    mut sink: impl FnMut(usize) -> S,
    events: &Sender<Event>,
) -> Result<Media, StartError> {
    if config.workers == 0 {
        return Err(StartError::NoWorker);
    }
    let (mut ports, mut doors, mut threads) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..config.workers {
        let (port, door, inside) = prepare(config, number, sink(number), events)?;
        let thread = std::thread::Builder::new().name(format!("media-{number}"));
        threads.push(thread.spawn(move || inside.run())?);
        ports.push(port);
        doors.push(door);
    }
    Ok(Media {
        handle: MediaHandle {
            ports: doors.into(),
        },
        ports,
        threads,
    })
}

fn prepare<S>(
    config: &MediaConfig,
    number: usize,
    tap: S,
    events: &Sender<Event>,
) -> Result<(u16, Port, Loop<S>), StartError> {
    const SOCKET: Token = Token(0);
    const WAKER: Token = Token(1);
    let mut address = config.listen;
    let offset = u16::try_from(number)
        .ok()
        .and_then(|offset| address.port().checked_add(offset));
    if address.port() != 0 {
        address.set_port(offset.ok_or(StartError::NoWorker)?);
    }
    let socket = Socket::bind(address).map_err(|source| StartError::Bind { address, source })?;
    let port = socket.port();
    let candidates = config
        .advertise
        .iter()
        .map(|ip| SocketAddr::new(*ip, port))
        .collect();
    let worker = Worker::new(
        Config {
            candidates,
            kbps_initial: config.kbps_initial,
        },
        Instant::now(),
    )?;

    let poll = Poll::new()?;
    let waker = Waker::new(poll.registry(), WAKER)?;
    poll.registry().register(
        &mut SourceFd(&socket.io().as_raw_fd()),
        SOCKET,
        Interest::READABLE,
    )?;
    let (sender, orders) = crossbeam_channel::bounded(limits::ORDERS_MAX);
    let shared = Arc::new(Shared::default());
    let door = Port {
        orders: sender,
        waker,
        shared: Arc::clone(&shared),
    };
    let (replies, outbox) = (Replies::default(), Outbox::new(events.clone()));
    Ok((
        port,
        door,
        Loop {
            worker,
            socket,
            poll,
            orders,
            replies,
            outbox,
            tap,
            tapped: 0,
            shared,
        },
    ))
}

impl Media {
    /// For those who command.
    pub fn handle(&self) -> MediaHandle {
        self.handle.clone()
    }

    /// The port of each worker.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }
}

impl Drop for Media {
    fn drop(&mut self) {
        for port in self.handle.ports.iter() {
            // A full queue is emptied first, since the worker is running; a stopped one needs no telling.
            if port.orders.send(Order::Stop).is_ok()
                && let Err(error) = port.waker.wake()
            {
                tracing::error!(%error, "A media worker cannot be woken");
            }
        }
        for thread in self.threads.drain(..) {
            // It has said itself why it panicked.
            drop(thread.join());
        }
    }
}
