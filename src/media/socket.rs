//! A worker's UDP socket: whole batches in, runs of datagrams to one address out as one message.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use sfu::{Remote, Transport};
use socket2::{Domain, Protocol, Type};

/// Asked of the kernel for each direction; it may grant less (`net.core.rmem_max`). At a full worker a
/// millisecond's sleep is some hundred datagrams.
const SOCKET_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// The largest run the kernel coalesces into one buffer (UDP_GRO) or takes as one message (UDP_SEGMENT).
const RUN_BYTES_MAX: usize = 65_000;

pub(super) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    port: u16,
    inbox: Vec<Vec<u8>>,
    meta: Vec<RecvMeta>,
    run: Run,
    counters: SocketCounters,
}

/// What went through a socket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SocketCounters {
    pub(super) received: u64,
    pub(super) sent: u64,
    /// Not sent, because the kernel had no room or no route. UDP promises nothing, so this is loss like any.
    pub(super) unsent: u64,
}

/// A datagram as it came in.
pub(super) struct Datagram<'a> {
    pub(super) source: Remote,
    pub(super) local: SocketAddr,
    pub(super) bytes: &'a [u8],
}

/// Datagrams to one address that will go out together: all of one length, but for a shorter last one.
struct Run {
    local: IpAddr,
    destination: SocketAddr,
    segment: usize,
    count: usize,
    /// A shorter one has ended the run.
    closed: bool,
    bytes: Vec<u8>,
}

impl Socket {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = socket2::Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        // Best effort: a smaller buffer loses bursts, which shows in the statistics of every receiver.
        for set in [
            socket2::Socket::set_recv_buffer_size,
            socket2::Socket::set_send_buffer_size,
        ] {
            if let Err(error) = set(&socket, SOCKET_BUFFER_BYTES) {
                tracing::debug!(%error, "The socket buffer stays small");
            }
        }
        socket.bind(&address.into())?;
        let io = UdpSocket::from(socket);
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        let port = io.local_addr()?.port();
        let longest = if state.gro_segments() > 1 {
            RUN_BYTES_MAX + 535
        } else {
            2048
        };
        let run = Run {
            local: address.ip(),
            destination: address,
            segment: 0,
            count: 0,
            closed: false,
            bytes: Vec::new(),
        };
        Ok(Self {
            io,
            state,
            port,
            inbox: vec![vec![0; longest]; BATCH_SIZE],
            meta: vec![RecvMeta::default(); BATCH_SIZE],
            run,
            counters: SocketCounters::default(),
        })
    }

    pub(super) fn io(&self) -> &UdpSocket {
        &self.io
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn counters(&self) -> SocketCounters {
        self.counters
    }

    /// Reads what is there, at most one batch, without waiting. Returns the number of datagrams.
    pub(super) fn receive(&mut self, mut each: impl FnMut(Datagram<'_>)) -> io::Result<usize> {
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(&mut []));
        for (slice, buffer) in slices.iter_mut().zip(&mut self.inbox) {
            *slice = IoSliceMut::new(buffer);
        }
        let messages =
            match self
                .state
                .recv(UdpSockRef::from(&self.io), &mut slices, &mut self.meta)
            {
                Ok(messages) => messages,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
                Err(error) => return Err(error),
            };
        let mut count = 0;
        for (meta, buffer) in self.meta.iter().zip(&self.inbox).take(messages) {
            let address = SocketAddr::new(meta.addr.ip().to_canonical(), meta.addr.port());
            let source = Remote {
                transport: Transport::Udp,
                address,
            };
            let ip = meta
                .dst_ip
                .unwrap_or(IpAddr::from([0, 0, 0, 0]))
                .to_canonical();
            let local = SocketAddr::new(ip, self.port);
            // A stride of 0 would be an empty datagram, which says nothing.
            for bytes in buffer[..meta.len].chunks(meta.stride.max(1)) {
                each(Datagram {
                    source,
                    local,
                    bytes,
                });
                count += 1;
            }
        }
        self.counters.received += count as u64;
        Ok(count)
    }

    /// Takes a datagram to send; it goes out with its neighbours to the same address.
    pub(super) fn send(&mut self, local: IpAddr, destination: SocketAddr, contents: &[u8]) {
        let most = self.state.max_gso_segments();
        if !self.run.takes(local, destination, contents, most) {
            self.flush();
            self.run.start(local, destination, contents);
        }
        self.run.push(contents);
    }

    /// Sends what was taken.
    pub(super) fn flush(&mut self) {
        if self.run.count == 0 {
            return;
        }
        let together = if self.run.count > 1 {
            Some(self.run.segment)
        } else {
            None
        };
        match self.transmit(&self.run.bytes, together) {
            Ok(()) => self.counters.sent += self.run.count as u64,
            // The network device cannot segment, which shows only here (and the state takes note).
            Err(error) if self.run.count > 1 && error.kind() != io::ErrorKind::WouldBlock => {
                for bytes in self.run.bytes.chunks(self.run.segment) {
                    match self.transmit(bytes, None) {
                        Ok(()) => self.counters.sent += 1,
                        Err(_) => self.counters.unsent += 1,
                    }
                }
            }
            Err(_) => self.counters.unsent += self.run.count as u64,
        }
        self.run.count = 0;
    }

    fn transmit(&self, contents: &[u8], segment_size: Option<usize>) -> io::Result<()> {
        let src_ip = Some(self.run.local).filter(|ip| !ip.is_unspecified());
        let destination = self.run.destination;
        let transmit = Transmit {
            destination,
            ecn: None,
            contents,
            segment_size,
            src_ip,
        };
        self.state.try_send(UdpSockRef::from(&self.io), &transmit)
    }
}

impl Run {
    fn takes(
        &self,
        local: IpAddr,
        destination: SocketAddr,
        contents: &[u8],
        count_max: usize,
    ) -> bool {
        self.count > 0
            && !self.closed
            && self.count < count_max
            && self.destination == destination
            && self.local == local
            && contents.len() <= self.segment
            && self.bytes.len() + contents.len() <= RUN_BYTES_MAX
    }

    fn start(&mut self, local: IpAddr, destination: SocketAddr, contents: &[u8]) {
        self.local = local;
        self.destination = destination;
        self.segment = contents.len();
        self.closed = false;
        self.bytes.clear();
    }

    fn push(&mut self, contents: &[u8]) {
        self.closed = contents.len() < self.segment;
        self.bytes.extend_from_slice(contents);
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that arrives at `socket`, read as long as something is due.
    fn read(socket: &mut Socket, due: usize) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut all = Vec::new();
        let mut poll = mio::Poll::new().unwrap();
        let raw = std::os::fd::AsRawFd::as_raw_fd(socket.io());
        let mut source = mio::unix::SourceFd(&raw);
        poll.registry()
            .register(&mut source, mio::Token(0), mio::Interest::READABLE)
            .unwrap();
        let mut events = mio::Events::with_capacity(4);
        while all.len() < due {
            poll.poll(&mut events, Some(std::time::Duration::from_secs(5)))
                .unwrap();
            assert!(!events.is_empty(), "{} of {due} arrived", all.len());
            while socket
                .receive(|d| all.push((d.source.address, d.bytes.to_vec())))
                .unwrap()
                > 0
            {}
        }
        all
    }

    fn loopback() -> Socket {
        Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap()
    }

    #[test]
    fn datagrams_keep_their_bounds_and_order_in_whatever_runs_they_travel() {
        let (mut from, mut to, mut other) = (loopback(), loopback(), loopback());
        let local = from.io().local_addr().unwrap();
        let lengths = [900, 900, 900, 300, 900, 901, 901, 12, 1, 1200, 1200];
        let mut sent = Vec::new();
        for (n, length) in lengths.into_iter().enumerate() {
            let contents = vec![n as u8; length];
            from.send(local.ip(), to.io().local_addr().unwrap(), &contents);
            sent.push(contents);
        }
        from.send(local.ip(), other.io().local_addr().unwrap(), &[99; 40]);
        from.flush();

        let received = read(&mut to, lengths.len());
        assert!(received.iter().all(|(source, _)| *source == local));
        assert_eq!(
            received
                .into_iter()
                .map(|(_, bytes)| bytes)
                .collect::<Vec<_>>(),
            sent
        );
        assert_eq!(read(&mut other, 1), [(local, vec![99; 40])]);
        assert_eq!((from.counters().sent, from.counters().unsent), (12, 0));
        assert_eq!(to.counters().received, 11);
    }

    #[test]
    fn a_long_run_is_cut_where_the_kernel_wants_it() {
        let (mut from, mut to) = (loopback(), loopback());
        let local = from.io().local_addr().unwrap();
        let destination = to.io().local_addr().unwrap();
        for n in 0..150u8 {
            from.send(local.ip(), destination, &[n; 1000]);
        }
        from.flush();
        let received = read(&mut to, 150);
        assert!(
            received
                .iter()
                .enumerate()
                .all(|(n, (_, bytes))| *bytes == vec![n as u8; 1000])
        );
    }

    #[test]
    fn what_cannot_be_sent_is_counted() {
        let mut from = loopback();
        let local = from.io().local_addr().unwrap();
        // Longer than a datagram can be.
        from.send(local.ip(), local, &[0; 70_000]);
        from.flush();
        assert_eq!((from.counters().sent, from.counters().unsent), (0, 1));
    }
}
