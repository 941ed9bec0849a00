//! The server's connections: who is there, what they still have to be told, what they said.
//!
//! A **connection** is what the rest of the server talks to; it outlives its **sockets**. A socket says
//! `hello`, is attached to a new or an earlier connection, and may be cut at any moment; the connection then waits
//! [`DETACHED_MAX`] for the next one. Whatever is sent to it meanwhile is kept, in order, within limits.
//!
//! The machine does no input or output. A shell hands in frames ([`Hub::frame`]) and cuts ([`Hub::socket_lost`]),
//! writes what [`Hub::next_frame`] gives it *when the socket can take it* — so a slow socket costs no second queue —
//! and the application takes [`Event`]s at its own pace: while [`MESSAGES_PENDING_MAX`] messages of a connection wait
//! for it, [`Hub::may_read`] is false and TCP pushes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::time::Instant;

use ids::UtcMillis;

use crate::error::ResumeError;
use crate::limits::{
    CONNECTIONS_EACH_MAX, CONNECTIONS_MAX, DETACHED_MAX, DEVICE_BYTES_MAX, EVENTS_PENDING_MAX,
    MESSAGES_PENDING_MAX, SOCKET_DEAD,
};
use crate::protocol::{
    ClientFrame, ClientMessage, CloseCode, Resume, ServerFrame, ServerMessage, VERSION,
};
use crate::resume::{Arrival, Inbox, Outbox, encoded_bytes};

/// A resumable connection. Never given out twice by one hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// For machines that only compare connections; a hub numbers its own from 1.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c{}", self.0)
    }
}

/// One socket of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(u64);

/// What the application is told, in order: of one connection first `Connected`, last `Ended`.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<P> {
    /// A new connection; both directions start at 1.
    Connected {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        who: P,
    },
    /// Something was said; delivered once, in the order of its numbers.
    Message {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        who: P,
        /// The message's number, for [`crate::error::Error::reply`].
        n: u64,
        /// What.
        body: ClientMessage,
    },
    /// The socket is gone; the connection waits for another.
    Detached {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        who: P,
    },
    /// Another socket goes on where the last one was cut.
    Resumed {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        who: P,
    },
    /// The connection is over and can't be resumed.
    Ended {
        /// The connection.
        connection: ConnectionId,
        /// Whose.
        who: P,
        /// Why.
        reason: End,
    },
}

/// Why a connection is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// No socket came back in time.
    Expired,
    /// The same person began afresh on the same device, or has too many connections.
    Replaced,
    /// It was closed by [`Hub::close`].
    Closed(CloseCode),
    /// The other side broke the protocol, or left too much unacknowledged.
    Fault(ResumeError),
    /// A frame could not be read.
    Malformed,
}

/// What became of a `hello`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attached {
    /// The socket, as the shell calls it from now on.
    pub socket: SocketId,
    /// The connection it carries.
    pub connection: ConnectionId,
    /// To be written first.
    pub welcome: ServerFrame,
    /// Why the connection that was asked for does not go on; the welcome then says `resumed: false`.
    pub refused: Option<ResumeError>,
}

/// What a socket is to do.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once from machine to socket, never kept in bulk"
)]
pub enum Next {
    /// Write this.
    Frame(ServerFrame),
    /// Nothing until woken.
    Wait,
    /// Close the socket.
    Close,
}

/// All connections of a server. `P` names who is signed in; equal values are the same person.
#[derive(Debug)]
pub struct Hub<P> {
    connections: BTreeMap<ConnectionId, Connection<P>>,
    tokens: BTreeMap<String, ConnectionId>,
    people: BTreeMap<P, BTreeSet<ConnectionId>>,
    sockets: BTreeMap<SocketId, Socket>,
    events: VecDeque<Event<P>>,
    wakes: BTreeSet<SocketId>,
    numbered: u64,
    going_down: bool,
    /// No deadline is earlier; what has been heard since may have moved them on. So all connections are looked at
    /// every few seconds, not at every event.
    due: Option<Instant>,
}

#[derive(Debug)]
struct Connection<P> {
    who: P,
    device: String,
    token: String,
    link: Link,
    outbox: Outbox<ServerMessage>,
    inbox: Inbox,
    /// Events of it that the application has not taken.
    pending: usize,
}

#[derive(Debug, Clone, Copy)]
enum Link {
    Attached(SocketId),
    Detached { until: Instant },
}

#[derive(Debug)]
enum Socket {
    Open {
        connection: ConnectionId,
        next: u64,
        pong: bool,
        heard: Instant,
    },
    Closing {
        code: CloseCode,
        detail: String,
    },
    Closed,
}

impl<P> Default for Hub<P> {
    fn default() -> Self {
        Self {
            connections: BTreeMap::new(),
            tokens: BTreeMap::new(),
            people: BTreeMap::new(),
            sockets: BTreeMap::new(),
            events: VecDeque::new(),
            wakes: BTreeSet::new(),
            numbered: 0,
            going_down: false,
            due: None,
        }
    }
}

impl<P: Clone + Ord> Hub<P> {
    /// The first frame of a socket on which `who` is signed in. `token` is unguessable and fresh (at least 128
    /// random bits); it is used if a new connection begins.
    ///
    /// # Errors
    /// The socket gets no connection; close it with [`ResumeError::close_code`]. A refused *resume* is no error:
    /// a new connection begins and [`Attached::refused`] says why.
    pub fn hello(
        &mut self,
        frame: ClientFrame,
        who: P,
        token: String,
        now: Instant,
        utc: UtcMillis,
    ) -> Result<Attached, ResumeError> {
        self.expire(now);
        let (version, device, resume) = match frame {
            ClientFrame::Hello {
                version,
                device,
                resume,
            } => (version, device, resume),
            ClientFrame::Message { .. } => {
                return Err(ResumeError::Unexpected {
                    found: "message before hello",
                });
            }
            ClientFrame::Ping { .. } => {
                return Err(ResumeError::Unexpected {
                    found: "ping before hello",
                });
            }
        };
        if self.going_down {
            return Err(ResumeError::ShuttingDown);
        }
        if version != VERSION {
            return Err(ResumeError::Version { found: version });
        }
        if device.is_empty() || device.len() > DEVICE_BYTES_MAX {
            return Err(ResumeError::Device);
        }
        let earlier = resume
            .map(|resume| self.resumable(&resume, &who, &device))
            .transpose();
        let (connection, resumed, refused) = match earlier {
            Ok(Some(connection)) if self.connections[&connection].pending >= EVENTS_PENDING_MAX => {
                return Err(ResumeError::Busy);
            }
            Ok(Some(connection)) => (connection, true, None),
            Ok(None) => (self.begin(who, device, token)?, false, None),
            Err(refused) => (self.begin(who, device, token)?, false, Some(refused)),
        };
        let socket = SocketId(self.number());
        let welcome = self.attach(connection, socket, resumed, now, utc);
        Ok(Attached {
            socket,
            connection,
            welcome,
            refused,
        })
    }

    /// A frame that came on `socket`. One that breaks the protocol ends the connection; frames of a socket that
    /// was replaced are dropped (the other side sends them again on its new one).
    pub fn frame(&mut self, socket: SocketId, frame: ClientFrame, now: Instant) {
        let Some(connection) = self.connection_of(socket) else {
            return;
        };
        self.alive(socket, now);
        self.take_over(connection);
        if let Err(error) = self.accept(socket, connection, frame) {
            let (code, detail) = (error.close_code(), error.to_string());
            self.end(connection, End::Fault(error), code, &detail);
        }
    }

    /// Something without meaning here came on `socket`, such as a ping of the WebSocket protocol.
    pub fn alive(&mut self, socket: SocketId, now: Instant) {
        if let Some(Socket::Open { heard, .. }) = self.sockets.get_mut(&socket) {
            *heard = now;
        }
    }

    /// What came on `socket` is no frame: the connection ends.
    pub fn malformed(&mut self, socket: SocketId, detail: &str) {
        if let Some(connection) = self.connection_of(socket) {
            self.end(connection, End::Malformed, CloseCode::Malformed, detail);
        }
    }

    /// The socket is gone, however it went.
    pub fn socket_lost(&mut self, socket: SocketId, now: Instant) {
        let Some(connection) = self.connection_of(socket) else {
            self.sockets.remove(&socket);
            return;
        };
        self.sockets.remove(&socket);
        let c = self
            .connections
            .get_mut(&connection)
            .expect("an open socket belongs to a live connection");
        c.link = Link::Detached {
            until: now + DETACHED_MAX,
        };
        let who = c.who.clone();
        self.schedule(now + DETACHED_MAX);
        self.tell(Event::Detached { connection, who });
    }

    /// The next frame for `socket`, to be asked for whenever it can take one.
    pub fn next_frame(&mut self, socket: SocketId, utc: UtcMillis) -> Next {
        match self.sockets.get_mut(&socket) {
            Some(Socket::Open {
                connection,
                next,
                pong,
                ..
            }) => {
                let c = &self.connections[&*connection];
                let ack = c.inbox.received();
                if std::mem::take(pong) {
                    return Next::Frame(ServerFrame::Pong {
                        ack,
                        server_time: utc,
                    });
                }
                let Some(body) = c.outbox.message(*next) else {
                    return Next::Wait;
                };
                let n = *next;
                *next += 1;
                Next::Frame(ServerFrame::Message {
                    n,
                    ack,
                    body: body.clone(),
                })
            }
            Some(closing @ Socket::Closing { .. }) => {
                let Socket::Closing { code, detail } = std::mem::replace(closing, Socket::Closed)
                else {
                    unreachable!("matched just above")
                };
                Next::Frame(ServerFrame::Closing { code, detail })
            }
            Some(Socket::Closed) | None => Next::Close,
        }
    }

    /// Whether the shell may read another frame from `socket`; it is woken when that changes.
    pub fn may_read(&self, socket: SocketId) -> bool {
        self.connection_of(socket)
            .is_none_or(|id| self.connections[&id].pending < MESSAGES_PENDING_MAX)
    }

    /// Sends to one connection, now or when it is resumed. Nothing happens if it has ended: its `Ended` says so.
    pub fn send(&mut self, connection: ConnectionId, message: ServerMessage) {
        let Some(c) = self.connections.get_mut(&connection) else {
            return;
        };
        let bytes = encoded_bytes(&message);
        match c.outbox.push(message, bytes) {
            Ok(_) => {
                if let Link::Attached(socket) = c.link {
                    self.wakes.insert(socket);
                }
            }
            Err(error) => {
                let (code, detail) = (error.close_code(), error.to_string());
                self.end(connection, End::Fault(error), code, &detail);
            }
        }
    }

    /// Sends to every connection of a person.
    pub fn send_to(&mut self, who: &P, message: &ServerMessage) {
        for connection in self.people.get(who).cloned().unwrap_or_default() {
            self.send(connection, message.clone());
        }
    }

    /// Sends to every connection of everyone who is `meant`.
    pub fn send_where(&mut self, meant: impl Fn(&P) -> bool, message: &ServerMessage) {
        let connections: Vec<_> = self
            .people
            .iter()
            .filter(|(who, _)| meant(who))
            .flat_map(|(_, ids)| ids.iter().copied())
            .collect();
        for connection in connections {
            self.send(connection, message.clone());
        }
    }

    /// Ends a connection: its sign-in is void, its person joined elsewhere.
    pub fn close(&mut self, connection: ConnectionId, code: CloseCode, detail: &str) {
        self.end(connection, End::Closed(code), code, detail);
    }

    /// Ends every connection of everyone who is `meant`.
    pub fn close_where(&mut self, meant: impl Fn(&P) -> bool, code: CloseCode, detail: &str) {
        let connections: Vec<_> = self
            .people
            .iter()
            .filter(|(who, _)| meant(who))
            .flat_map(|(_, ids)| ids.iter().copied())
            .collect();
        for connection in connections {
            self.close(connection, code, detail);
        }
    }

    /// Ends everything with `shutting_down` and takes nobody in any more.
    pub fn shut_down(&mut self, detail: &str) {
        self.going_down = true;
        self.close_where(|_| true, CloseCode::ShuttingDown, detail);
    }

    /// Everyone's connections, and whether a socket carries them now.
    pub fn connections(&self) -> impl Iterator<Item = (ConnectionId, &P, bool)> {
        self.connections
            .iter()
            .map(|(id, c)| (*id, &c.who, matches!(c.link, Link::Attached(_))))
    }

    /// Drops the sockets that were silent for [`SOCKET_DEAD`] and ends the connections whose time to be resumed is up.
    pub fn expire(&mut self, now: Instant) {
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        let mut dead = Vec::new();
        for (id, socket) in &mut self.sockets {
            let Socket::Open {
                connection, heard, ..
            } = socket
            else {
                continue;
            };
            if self.connections[connection].pending >= MESSAGES_PENDING_MAX {
                // It is not read at present, so its silence is ours.
                *heard = now;
            } else if now.saturating_duration_since(*heard) >= SOCKET_DEAD {
                dead.push(*id);
            }
        }
        for socket in dead {
            self.socket_lost(socket, now);
            self.sockets.insert(socket, Socket::Closed);
            self.wakes.insert(socket);
        }
        let expired =
            |c: &Connection<P>| matches!(c.link, Link::Detached { until } if until <= now);
        let expired = self.connections.iter().filter(|(_, c)| expired(c));
        for connection in expired.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.end(
                connection,
                End::Expired,
                CloseCode::TooSlow,
                "not resumed in time",
            );
        }
        self.due = self.first_deadline();
    }

    /// When to call [`Self::expire`]; by then it may have nothing to do yet.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    /// The next event for the application.
    pub fn poll(&mut self) -> Option<Event<P>> {
        let event = self.events.pop_front()?;
        if let Some(c) = self.connections.get_mut(&event.connection()) {
            c.pending -= 1;
            if let (true, Link::Attached(socket)) = (c.pending + 1 == MESSAGES_PENDING_MAX, c.link)
            {
                self.wakes.insert(socket);
            }
        }
        Some(event)
    }

    /// Whether [`Self::poll`] has something.
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// A socket that has something to write, to read again, or to close.
    pub fn poll_wake(&mut self) -> Option<SocketId> {
        self.wakes.pop_first()
    }
}

impl<P: Clone + Ord> Hub<P> {
    fn first_deadline(&self) -> Option<Instant> {
        let expiry = |c: &Connection<P>| match c.link {
            Link::Attached(_) => None,
            Link::Detached { until } => Some(until),
        };
        let death = |socket: &Socket| match socket {
            Socket::Open { heard, .. } => Some(*heard + SOCKET_DEAD),
            Socket::Closing { .. } | Socket::Closed => None,
        };
        let expiries = self.connections.values().filter_map(expiry);
        expiries
            .chain(self.sockets.values().filter_map(death))
            .min()
    }

    fn schedule(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    fn resumable(
        &mut self,
        resume: &Resume,
        who: &P,
        device: &str,
    ) -> Result<ConnectionId, ResumeError> {
        let connection = *self.tokens.get(&resume.token).ok_or(ResumeError::Unknown)?;
        let c = self
            .connections
            .get_mut(&connection)
            .expect("a token names a live connection");
        if c.who != *who || c.device != device {
            return Err(ResumeError::Foreign);
        }
        c.outbox.resume(resume.received)?;
        Ok(connection)
    }

    /// A new connection. An earlier one of the same device goes on until the new one [takes over](Self::take_over).
    fn begin(
        &mut self,
        who: P,
        device: String,
        token: String,
    ) -> Result<ConnectionId, ResumeError> {
        let mine = self.people.get(&who).into_iter().flatten();
        let one_too_many = mine.clone().count() >= CONNECTIONS_EACH_MAX;
        let attached = |id: &ConnectionId| matches!(self.connections[id].link, Link::Attached(_));
        let oldest = mine.copied().min_by_key(|id| (attached(id), *id));
        match oldest.filter(|_| one_too_many) {
            Some(oldest) => self.end(
                oldest,
                End::Replaced,
                CloseCode::Replaced,
                "too many connections of this person",
            ),
            None if self.connections.len() >= CONNECTIONS_MAX => return Err(ResumeError::Busy),
            None => {}
        }
        let id = ConnectionId(self.number());
        self.tokens.insert(token.clone(), id);
        self.people.entry(who.clone()).or_default().insert(id);
        // `attach` follows at once and names the socket; until then there is none.
        let link = Link::Attached(SocketId(0));
        let (outbox, inbox) = (Outbox::default(), Inbox::default());
        self.connections.insert(
            id,
            Connection {
                who: who.clone(),
                device,
                token,
                link,
                outbox,
                inbox,
                pending: 0,
            },
        );
        self.tell(Event::Connected {
            connection: id,
            who,
        });
        Ok(id)
    }

    fn attach(
        &mut self,
        id: ConnectionId,
        socket: SocketId,
        resumed: bool,
        now: Instant,
        utc: UtcMillis,
    ) -> ServerFrame {
        let c = self
            .connections
            .get_mut(&id)
            .expect("only live connections are attached");
        let before = std::mem::replace(&mut c.link, Link::Attached(socket));
        let open = Socket::Open {
            connection: id,
            next: c.outbox.oldest(),
            pong: false,
            heard: now,
        };
        let welcome = ServerFrame::Welcome {
            version: VERSION,
            token: c.token.clone(),
            resumed,
            received: c.inbox.received(),
            server_time: utc,
        };
        let who = c.who.clone();
        self.sockets.insert(socket, open);
        self.schedule(now + SOCKET_DEAD);
        self.wakes.insert(socket);
        match before {
            // The old socket is half open: nobody has missed it, and nobody needs to be told. It is closed without a
            // word, for if this hello is the late one of the two, the client comes back and resumes once more.
            Link::Attached(old) => {
                if let Some(socket) = self.sockets.get_mut(&old) {
                    *socket = Socket::Closed;
                    self.wakes.insert(old);
                }
            }
            Link::Detached { .. } => self.tell(Event::Resumed {
                connection: id,
                who,
            }),
        }
        welcome
    }

    fn accept(
        &mut self,
        socket: SocketId,
        id: ConnectionId,
        frame: ClientFrame,
    ) -> Result<(), ResumeError> {
        let c = self
            .connections
            .get_mut(&id)
            .expect("an open socket belongs to a live connection");
        match frame {
            ClientFrame::Hello { .. } => {
                return Err(ResumeError::Unexpected {
                    found: "second hello",
                });
            }
            ClientFrame::Ping { ack } => {
                c.outbox.acknowledge(ack)?;
                if let Some(Socket::Open { pong, .. }) = self.sockets.get_mut(&socket) {
                    *pong = true;
                    self.wakes.insert(socket);
                }
            }
            ClientFrame::Message { n, ack, body } => {
                c.outbox.acknowledge(ack)?;
                let arrival = c.inbox.take(n)?;
                let who = c.who.clone();
                match arrival {
                    Arrival::Next => self.tell(Event::Message {
                        connection: id,
                        who,
                        n,
                        body,
                    }),
                    Arrival::Duplicate => {}
                }
            }
        }
        Ok(())
    }

    /// A connection that has answered its welcome replaces the older ones of its device. A hello alone does not: after
    /// a black hole on the road, hellos of sockets that their client has long given up may arrive late and out of order,
    /// and one of those must not end the connection that lives.
    fn take_over(&mut self, id: ConnectionId) {
        let c = &self.connections[&id];
        let older = self.people[&c.who].range(..id).copied();
        let same_device = older.filter(|other| self.connections[other].device == c.device);
        for other in same_device.collect::<Vec<_>>() {
            self.end(
                other,
                End::Replaced,
                CloseCode::Replaced,
                "another page of this device took over",
            );
        }
    }

    fn end(&mut self, id: ConnectionId, reason: End, code: CloseCode, detail: &str) {
        let Some(c) = self.connections.remove(&id) else {
            return;
        };
        self.tokens.remove(&c.token);
        if let Some(ids) = self.people.get_mut(&c.who) {
            ids.remove(&id);
            if ids.is_empty() {
                self.people.remove(&c.who);
            }
        }
        if let Link::Attached(socket) = c.link {
            self.close_socket(socket, code, detail);
        }
        self.events.push_back(Event::Ended {
            connection: id,
            who: c.who,
            reason,
        });
    }

    fn close_socket(&mut self, socket: SocketId, code: CloseCode, detail: &str) {
        if let Some(state) = self.sockets.get_mut(&socket) {
            *state = Socket::Closing {
                code,
                detail: detail.into(),
            };
            self.wakes.insert(socket);
        }
    }

    fn tell(&mut self, event: Event<P>) {
        if let Some(c) = self.connections.get_mut(&event.connection()) {
            c.pending += 1;
        }
        self.events.push_back(event);
    }

    fn connection_of(&self, socket: SocketId) -> Option<ConnectionId> {
        match self.sockets.get(&socket) {
            Some(Socket::Open { connection, .. }) => Some(*connection),
            Some(Socket::Closing { .. } | Socket::Closed) | None => None,
        }
    }

    fn number(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered
    }
}

impl<P> Event<P> {
    /// Whose event it is.
    pub fn connection(&self) -> ConnectionId {
        match self {
            Self::Connected { connection, .. }
            | Self::Message { connection, .. }
            | Self::Detached { connection, .. }
            | Self::Resumed { connection, .. }
            | Self::Ended { connection, .. } => *connection,
        }
    }
}

#[cfg(test)]
mod tests;
