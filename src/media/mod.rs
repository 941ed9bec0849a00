//! Media workers: one thread and one UDP socket each, and the way to and from the rest of the server.
//!
//! [`start`] spawns them. A session lives on one worker, chosen by its id ([`MediaHandle::worker_of`]).
//! Commands go in by [`MediaHandle`], events come out of one channel, received packets go to each worker's
//! [`TapSink`]. Nothing else is shared, and nothing on the packet path locks, waits or reads a file.

mod handle;
mod socket;
pub mod tap;
mod tcp;
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
use self::tcp::Streams;
use self::worker::{Loop, Outbox, Replies};

/// What is bounded here.
pub mod limits {
    use std::time::Duration;

    /// Commands that wait for one worker.
    pub const ORDERS_MAX: usize = 1_024;
    /// Commands carried out before packets are looked at again.
    pub const ROUND_ORDERS_MAX: usize = 64;
    /// Events that matter and wait for the application at one worker before it may cause no more.
    pub const EVENTS_WAITING_MAX: usize = 8_192;
    /// Batches of datagrams taken in before timers are looked at again.
    pub const ROUND_BATCHES_MAX: usize = 8;
    /// The sleep between reads while packets come, and the resolution of timers.
    pub const TICK: Duration = Duration::from_millis(1);

    /// TCP streams of one worker.
    pub const STREAMS_MAX: usize = 1_024;
    /// TCP streams of one worker that have not shown a peer's password yet.
    pub const STREAMS_UNPROVEN_MAX: usize = 128;
    /// How long they may take to.
    pub const STREAM_UNPROVEN_MAX: Duration = Duration::from_secs(10);
    /// How long a stream may say nothing. Clients check every few seconds.
    pub const STREAM_SILENT_MAX: Duration = Duration::from_secs(60);
    /// How often these two are looked at.
    pub const STREAM_SWEEP_INTERVAL: Duration = Duration::from_secs(1);
    /// Read of one stream before the others have their turn.
    pub const STREAM_READ_BYTES: usize = 64 * 1024;
    /// What waits to be written to one stream: more would only be late.
    pub const STREAM_OUTBOX_BYTES_MAX: usize = 256 * 1024;
    /// The longest frame. No packet of ours or a browser's exceeds an Ethernet frame.
    pub const FRAME_BYTES_MAX: usize = 2_048;
}

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

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
    /// Where the first worker listens, by UDP and TCP; worker *k* on the port + *k*. Port 0 has the kernel
    /// choose.
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
    let mut address = config.listen;
    let offset = u16::try_from(number)
        .ok()
        .and_then(|offset| address.port().checked_add(offset));
    if address.port() != 0 {
        address.set_port(offset.ok_or(StartError::NoWorker)?);
    }
    let poll = Poll::new()?;
    let (socket, streams) = bind(address, &poll)?;
    let port = socket.port();
    let candidates = config
        .advertise
        .iter()
        .map(|ip| SocketAddr::new(*ip, port))
        .collect();
    let settings = Config {
        candidates,
        tcp: true,
        kbps_initial: config.kbps_initial,
    };
    let worker = Worker::new(settings, Instant::now())?;

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
    let tapped = 0;
    let inside = Loop {
        worker,
        socket,
        streams,
        poll,
        orders,
        replies,
        outbox,
        tap,
        tapped,
        shared,
    };
    Ok((port, door, inside))
}

/// The socket and the listener, on one port.
fn bind(address: SocketAddr, poll: &Poll) -> Result<(Socket, Streams), StartError> {
    // A port the kernel chose for one may be taken for the other.
    const CHOICES: usize = 16;
    let error = |source| StartError::Bind { address, source };
    for choice in 1.. {
        let socket = Socket::bind(address).map_err(error)?;
        let same = SocketAddr::new(address.ip(), socket.port());
        match Streams::listen(same, poll.registry().try_clone()?) {
            Ok(streams) => return Ok((socket, streams)),
            Err(_) if address.port() == 0 && choice < CHOICES => {}
            Err(source) => return Err(error(source)),
        }
    }
    unreachable!("the loop ends by returning")
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
