//! ICE over TCP (RFC 6544), for networks that let nothing else out: a listener, and streams of frames (RFC
//! 4571). The clients open the streams.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Instant;

use mio::event::Event;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Registry, Token};
use sfu::{Remote, Transport};

use super::limits;
use super::socket::Datagram;

/// The listener's token; streams follow.
pub(super) const LISTENER: Token = Token(2);

pub(super) struct Streams {
    registry: Registry,
    listener: TcpListener,
    streams: HashMap<Token, Stream>,
    by_peer: HashMap<SocketAddr, Token>,
    next: usize,
    buffer: Vec<u8>,
    unsent: u64,
    swept: Option<Instant>,
}

struct Stream {
    io: TcpStream,
    peer: SocketAddr,
    local: SocketAddr,
    /// What was read of a frame that is not complete.
    inbox: Vec<u8>,
    /// What the kernel had no room for.
    outbox: VecDeque<u8>,
    readable: bool,
    /// A worker has answered it, which it does to nobody without a password.
    proven: bool,
    /// When it was opened, then when anything last came.
    heard: Option<Instant>,
}

impl Streams {
    pub(super) fn listen(address: SocketAddr, registry: Registry) -> io::Result<Self> {
        let mut listener = TcpListener::bind(address)?;
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        Ok(Self {
            registry,
            listener,
            streams: HashMap::new(),
            by_peer: HashMap::new(),
            next: LISTENER.0 + 1,
            buffer: vec![0; limits::STREAM_READ_BYTES],
            unsent: 0,
            swept: None,
        })
    }

    /// Frames that found no stream, or no room in one.
    pub(super) fn unsent(&self) -> u64 {
        self.unsent
    }

    /// Takes note of what has become possible.
    pub(super) fn note(&mut self, events: &Events) {
        for event in events {
            if event.token() == LISTENER {
                self.accept();
            } else {
                self.wake(event);
            }
        }
    }

    fn wake(&mut self, event: &Event) {
        let Some(stream) = self.streams.get_mut(&event.token()) else {
            return;
        };
        stream.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        if event.is_writable() && stream.flush().is_err() {
            self.close(event.token());
        }
    }

    fn accept(&mut self) {
        // An error of one connection is none of the listener; `WouldBlock` ends the round.
        loop {
            match self.listener.accept() {
                Ok((io, peer)) => {
                    let unproven = self
                        .streams
                        .values()
                        .filter(|stream| !stream.proven)
                        .count();
                    let room = self.streams.len() < limits::STREAMS_MAX
                        && unproven < limits::STREAMS_UNPROVEN_MAX;
                    if room && let Err(error) = self.open(io, peer) {
                        tracing::debug!(%error, "A media stream could not be opened");
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => {
                    tracing::debug!(%error, "A media stream could not be accepted");
                    if error.kind() != ErrorKind::ConnectionAborted
                        && error.kind() != ErrorKind::Interrupted
                    {
                        return;
                    }
                }
            }
        }
    }

    fn open(&mut self, mut io: TcpStream, peer: SocketAddr) -> io::Result<()> {
        io.set_nodelay(true)?;
        let local = io.local_addr()?;
        let local = SocketAddr::new(local.ip().to_canonical(), local.port());
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let token = Token(self.next);
        self.next += 1;
        self.registry
            .register(&mut io, token, Interest::READABLE | Interest::WRITABLE)?;
        let (inbox, outbox) = (Vec::new(), VecDeque::new());
        // What came before the registration is not announced.
        let stream = Stream {
            io,
            peer,
            local,
            inbox,
            outbox,
            readable: true,
            proven: false,
            heard: None,
        };
        self.streams.insert(token, stream);
        self.by_peer.insert(peer, token);
        Ok(())
    }

    /// Reads what is there, a bounded amount of each stream. Returns the number of frames, and whether more is
    /// waiting.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        mut each: impl FnMut(Datagram<'_>),
    ) -> (usize, bool) {
        let (mut frames, mut more) = (0, false);
        let mut ended = Vec::new();
        for (token, stream) in self
            .streams
            .iter_mut()
            .filter(|(_, stream)| stream.readable)
        {
            stream.heard.get_or_insert(now);
            match stream.read(&mut self.buffer) {
                Ok(0) => stream.readable = false,
                Ok(_) => {
                    stream.heard = Some(now);
                    more = true;
                }
                Err(_) => {
                    ended.push(*token);
                    continue;
                }
            }
            match stream.frames(&mut each) {
                Ok(count) => frames += count,
                Err(Unframed) => ended.push(*token),
            }
        }
        for token in ended {
            self.close(token);
        }
        self.sweep(now);
        (frames, more)
    }

    /// Sends a datagram as a frame, whole or not at all.
    pub(super) fn send(&mut self, peer: SocketAddr, contents: &[u8]) {
        let token = self.by_peer.get(&peer).copied();
        let Some((token, stream)) =
            token.and_then(|token| Some((token, self.streams.get_mut(&token)?)))
        else {
            self.unsent += 1;
            return;
        };
        stream.proven = true;
        match stream.write(contents) {
            Ok(true) => {}
            Ok(false) => self.unsent += 1,
            Err(_) => self.close(token),
        }
    }

    /// Ends streams that prove nothing, or say nothing.
    fn sweep(&mut self, now: Instant) {
        let due =
            |swept: Instant| now.saturating_duration_since(swept) >= limits::STREAM_SWEEP_INTERVAL;
        if !self.swept.is_none_or(due) {
            return;
        }
        self.swept = Some(now);
        let idle = |stream: &Stream| {
            let most = if stream.proven {
                limits::STREAM_SILENT_MAX
            } else {
                limits::STREAM_UNPROVEN_MAX
            };
            stream
                .heard
                .is_some_and(|heard| now.saturating_duration_since(heard) >= most)
        };
        let ended: Vec<Token> = self
            .streams
            .iter()
            .filter(|(_, stream)| idle(stream))
            .map(|(token, _)| *token)
            .collect();
        for token in ended {
            self.close(token);
        }
    }

    fn close(&mut self, token: Token) {
        let Some(mut stream) = self.streams.remove(&token) else {
            return;
        };
        if self.by_peer.get(&stream.peer) == Some(&token) {
            self.by_peer.remove(&stream.peer);
        }
        // It is dropped in any case.
        drop(self.registry.deregister(&mut stream.io));
        drop(stream.io.shutdown(Shutdown::Both));
    }
}

/// The stream is not one of frames.
struct Unframed;

impl Stream {
    /// Reads once into the inbox. 0 means that there is no more for now.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.io.read(buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(length) => {
                    self.inbox.extend_from_slice(&buffer[..length]);
                    return Ok(length);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Hands on the complete frames of the inbox (RFC 4571 §2: a length of 16 bits, then the packet).
    fn frames(&mut self, each: &mut impl FnMut(Datagram<'_>)) -> Result<usize, Unframed> {
        let source = Remote {
            transport: Transport::Tcp,
            address: self.peer,
        };
        let (mut rest, mut count) = (self.inbox.as_slice(), 0);
        while let [high, low, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if length > limits::FRAME_BYTES_MAX {
                return Err(Unframed);
            }
            let Some((bytes, next)) = after.split_at_checked(length) else {
                break;
            };
            each(Datagram {
                source,
                local: self.local,
                bytes,
            });
            count += 1;
            rest = next;
        }
        let used = self.inbox.len() - rest.len();
        self.inbox.drain(..used);
        Ok(count)
    }

    /// Returns whether there was room.
    fn write(&mut self, contents: &[u8]) -> io::Result<bool> {
        let Ok(length) = u16::try_from(contents.len()) else {
            return Ok(false);
        };
        if self.outbox.len() + 2 + contents.len() > limits::STREAM_OUTBOX_BYTES_MAX {
            return Ok(false);
        }
        self.outbox.extend(length.to_be_bytes());
        self.outbox.extend(contents);
        self.flush()?;
        Ok(true)
    }

    fn flush(&mut self) -> io::Result<()> {
        while !self.outbox.is_empty() {
            match self.io.write(self.outbox.as_slices().0) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => drop(self.outbox.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // A stream that is still being set up takes nothing yet.
                Err(error) if error.kind() == ErrorKind::NotConnected => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    struct Side {
        poll: mio::Poll,
        events: Events,
        streams: Streams,
        address: SocketAddr,
        received: Vec<Vec<u8>>,
    }

    impl Side {
        fn new() -> Self {
            let poll = mio::Poll::new().unwrap();
            let registry = poll.registry().try_clone().unwrap();
            let streams = Streams::listen("127.0.0.1:0".parse().unwrap(), registry).unwrap();
            let address = streams.listener.local_addr().unwrap();
            Self {
                poll,
                events: Events::with_capacity(16),
                streams,
                address,
                received: Vec::new(),
            }
        }

        /// Waits for something to happen, and reads.
        fn turn(&mut self) {
            self.poll
                .poll(&mut self.events, Some(Duration::from_secs(5)))
                .unwrap();
            assert!(!self.events.is_empty(), "nothing happens");
            self.streams.note(&self.events);
            self.read(Instant::now());
        }

        fn read(&mut self, now: Instant) {
            while self
                .streams
                .receive(now, |d| self.received.push(d.bytes.to_vec()))
                .1
            {}
        }

        fn client(&mut self) -> std::net::TcpStream {
            let before = self.streams.streams.len();
            let client = std::net::TcpStream::connect(self.address).unwrap();
            while self.streams.streams.len() == before {
                self.turn();
            }
            client
        }
    }

    fn frame(contents: &[u8]) -> Vec<u8> {
        let mut frame = u16::try_from(contents.len())
            .unwrap()
            .to_be_bytes()
            .to_vec();
        frame.extend(contents);
        frame
    }

    #[test]
    fn frames_are_found_wherever_the_stream_is_cut() {
        let mut side = Side::new();
        let mut client = side.client();
        let contents: Vec<Vec<u8>> = (1..40u8).map(|n| vec![n; usize::from(n) * 31]).collect();
        let whole: Vec<u8> = contents
            .iter()
            .flat_map(|contents| frame(contents))
            .collect();
        for piece in whole.chunks(777) {
            client.write_all(piece).unwrap();
            side.turn();
        }
        while side.received.len() < contents.len() {
            side.turn();
        }
        assert_eq!(side.received, contents);

        let peer = client.local_addr().unwrap();
        side.streams.send(peer, b"a reply");
        side.streams.send("127.0.0.1:9".parse().unwrap(), b"nobody");
        let mut reply = [0; 9];
        client.read_exact(&mut reply).unwrap();
        assert_eq!(reply, [0, 7, b'a', b' ', b'r', b'e', b'p', b'l', b'y']);
        assert_eq!(side.streams.unsent(), 1);
    }

    #[test]
    fn a_stream_without_frames_is_ended() {
        let mut side = Side::new();
        let mut client = side.client();
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        while !side.streams.streams.is_empty() {
            side.turn();
        }
        assert!(side.received.is_empty() && side.streams.by_peer.is_empty());
        assert_eq!(client.read(&mut [0; 8]).unwrap_or(0), 0);
    }

    #[test]
    fn a_reader_that_stops_loses_whole_frames_and_costs_bounded_memory() {
        let mut side = Side::new();
        let mut client = side.client();
        let peer = client.local_addr().unwrap();
        let mut sent = 0;
        while side.streams.unsent() < 10 {
            side.streams.send(peer, &frame(&[7; 1000]));
            sent += 1;
        }
        let stream = side.streams.streams.values().next().unwrap();
        assert!(stream.outbox.len() <= limits::STREAM_OUTBOX_BYTES_MAX);
        // What was taken arrives whole.
        let whole = (sent - 10) * 1004;
        client
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let (mut read, mut buffer) = (0, vec![0; 65_536]);
        while read < whole {
            side.poll
                .poll(&mut side.events, Some(Duration::ZERO))
                .unwrap();
            side.streams.note(&side.events);
            read += client.read(&mut buffer).unwrap();
        }
        assert_eq!(read, whole);
    }

    #[test]
    fn streams_that_prove_nothing_are_few_and_short() {
        let mut side = Side::new();
        let proven = side.client();
        side.streams.send(proven.local_addr().unwrap(), b"welcome");
        let idle: Vec<_> = (0..limits::STREAMS_UNPROVEN_MAX)
            .map(|_| side.client())
            .collect();
        let mut late = std::net::TcpStream::connect(side.address).unwrap();
        side.turn();
        assert_eq!(side.streams.streams.len(), idle.len() + 1);
        assert_eq!(
            late.read(&mut [0; 8]).unwrap_or(0),
            0,
            "one too many is not let in"
        );

        let now = Instant::now();
        side.read(now + limits::STREAM_UNPROVEN_MAX);
        assert_eq!(side.streams.streams.len(), 1);
        side.read(now + limits::STREAM_UNPROVEN_MAX + limits::STREAM_SILENT_MAX);
        assert!(side.streams.streams.is_empty());
    }
}
