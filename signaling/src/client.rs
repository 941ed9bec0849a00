//! The other end of a [`crate::hub`] connection, for programs: bots, load clients, tests.
//!
//! The machine says when to dial, what to write and when a socket is dead; [`crate::ws::Client`] does it. It never
//! gives up by itself: only a close that a new attempt can't mend ends it ([`Event::Closed`] with `last`).

use std::collections::VecDeque;
use std::time::Instant;

use crate::error::ResumeError;
use crate::limits::{ACKNOWLEDGE_EVERY, RECONNECT, SOCKET_DEAD, SOCKET_PING};
use crate::protocol::{
    ClientFrame, ClientMessage, CloseCode, Resume, ServerFrame, ServerMessage, VERSION,
};
use crate::resume::{Arrival, Inbox, Outbox, encoded_bytes};

/// What the program is told.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "moved once from machine to socket, never kept in bulk"
)]
pub enum Event {
    /// The link is up.
    Welcome {
        /// The earlier connection goes on. Otherwise the program rejoins what it was in.
        resumed: bool,
        /// Messages of an earlier connection that the server may or may not have processed; none if resumed.
        unacknowledged: Vec<ClientMessage>,
    },
    /// The server said something; each message comes once, in order.
    Message(ServerMessage),
    /// The link is down and will be up again.
    Lost,
    /// The server closed the link with a reason.
    Closed {
        /// The reason.
        code: CloseCode,
        /// The reason in a sentence.
        detail: String,
        /// No further attempt will be made.
        last: bool,
    },
}

/// What the socket's keeper has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Open a socket, then [`Client::socket_up`] or [`Client::socket_lost`].
    Dial,
    /// Drop the socket: nothing has come for too long. [`Client::socket_lost`] need not be called.
    Drop,
    /// Ask again at the deadline.
    Wait,
    /// Nothing any more.
    Stop,
}

/// One client.
#[derive(Debug)]
pub struct Client {
    device: String,
    past: Past,
    link: Link,
    outbox: Outbox<ClientMessage>,
    inbox: Inbox,
    /// Attempts since the link was last up.
    attempts: usize,
    events: VecDeque<Event>,
}

#[derive(Debug)]
enum Past {
    /// Never welcomed: what waits is sent with the first connection.
    None,
    Resumable(String),
    /// Not to be resumed: what waits is handed back.
    Broken,
}

#[derive(Debug)]
enum Link {
    Down {
        again: Instant,
    },
    Dialling,
    Greeting {
        said: bool,
        heard: Instant,
    },
    Up {
        next: u64,
        acknowledged: u64,
        ping_at: Instant,
        ping: bool,
        heard: Instant,
    },
    Over,
}

impl Client {
    /// A client with a random device name, which is about to dial.
    pub fn new(device: String, now: Instant) -> Self {
        Self {
            device,
            past: Past::None,
            link: Link::Down { again: now },
            outbox: Outbox::default(),
            inbox: Inbox::default(),
            attempts: 0,
            events: VecDeque::new(),
        }
    }

    /// Queues a message; it goes out now or after the next welcome. Its number is that of an eventual
    /// [`ServerMessage::Error`].
    ///
    /// # Errors
    /// [`ResumeError::TooSlow`]: the link has been down, or the server silent, for too long.
    pub fn send(&mut self, message: ClientMessage) -> Result<u64, ResumeError> {
        let bytes = encoded_bytes(&message);
        self.outbox.push(message, bytes)
    }

    /// The server will not let this client in: no further attempt is made.
    pub fn refused(&mut self, detail: String) {
        self.link = Link::Over;
        self.events.push_back(Event::Closed {
            code: CloseCode::Unauthorised,
            detail,
            last: true,
        });
    }

    /// Whether everything queued has been acknowledged. If not, an acknowledgement is asked for at once.
    pub fn settle(&mut self) -> bool {
        let settled = self.outbox.oldest() > self.outbox.newest();
        if let (false, Link::Up { ping, .. }) = (settled, &mut self.link) {
            *ping = true;
        }
        settled
    }

    /// What is to be done now.
    pub fn demand(&mut self, now: Instant) -> Demand {
        match &mut self.link {
            Link::Down { again } if *again <= now => {
                self.link = Link::Dialling;
                Demand::Dial
            }
            Link::Greeting { heard, .. } | Link::Up { heard, .. }
                if now.saturating_duration_since(*heard) >= SOCKET_DEAD =>
            {
                self.socket_lost(now);
                Demand::Drop
            }
            Link::Up { ping_at, ping, .. } if *ping_at <= now => {
                *ping = true;
                *ping_at = now + SOCKET_PING;
                Demand::Wait
            }
            Link::Down { .. } | Link::Dialling | Link::Greeting { .. } | Link::Up { .. } => {
                Demand::Wait
            }
            Link::Over => Demand::Stop,
        }
    }

    /// When to ask [`Self::demand`] again.
    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.link {
            Link::Down { again } => Some(*again),
            Link::Greeting { heard, .. } => Some(*heard + SOCKET_DEAD),
            Link::Up { ping_at, heard, .. } => Some((*ping_at).min(*heard + SOCKET_DEAD)),
            Link::Dialling | Link::Over => None,
        }
    }

    /// A socket is open.
    pub fn socket_up(&mut self, now: Instant) {
        self.link = Link::Greeting {
            said: false,
            heard: now,
        };
    }

    /// The socket is gone, or could not be opened.
    pub fn socket_lost(&mut self, now: Instant) {
        match self.link {
            Link::Up { .. } => self.events.push_back(Event::Lost),
            Link::Dialling | Link::Greeting { .. } => {}
            Link::Down { .. } | Link::Over => return,
        }
        let pause = RECONNECT[self.attempts.min(RECONNECT.len() - 1)];
        self.attempts += 1;
        self.link = Link::Down { again: now + pause };
    }

    /// A frame came.
    ///
    /// # Errors
    /// The server broke the protocol: drop the socket and call [`Self::socket_lost`]; the next connection is new.
    pub fn receive(&mut self, frame: ServerFrame, now: Instant) -> Result<(), ResumeError> {
        let result = self.accept(frame, now);
        if result.is_err() {
            self.past = Past::Broken;
        }
        result
    }

    /// The next frame to write.
    pub fn next_frame(&mut self) -> Option<ClientFrame> {
        let ack = self.inbox.received();
        match &mut self.link {
            Link::Greeting { said, .. } => {
                if std::mem::replace(said, true) {
                    return None;
                }
                let resume = match &self.past {
                    Past::Resumable(token) => Some(Resume {
                        token: token.clone(),
                        received: ack,
                    }),
                    Past::None | Past::Broken => None,
                };
                Some(ClientFrame::Hello {
                    version: VERSION,
                    device: self.device.clone(),
                    resume,
                })
            }
            Link::Up {
                next,
                acknowledged,
                ping,
                ..
            } => {
                if let Some(body) = self.outbox.message(*next) {
                    let n = *next;
                    *next += 1;
                    *acknowledged = ack;
                    return Some(ClientFrame::Message {
                        n,
                        ack,
                        body: body.clone(),
                    });
                }
                if *ping || ack - *acknowledged >= ACKNOWLEDGE_EVERY {
                    *ping = false;
                    *acknowledged = ack;
                    return Some(ClientFrame::Ping { ack });
                }
                None
            }
            Link::Down { .. } | Link::Dialling | Link::Over => None,
        }
    }

    /// The next event.
    pub fn poll(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn accept(&mut self, frame: ServerFrame, now: Instant) -> Result<(), ResumeError> {
        match (&mut self.link, frame) {
            (
                Link::Greeting { said: true, .. },
                ServerFrame::Welcome {
                    version,
                    token,
                    resumed,
                    received,
                    ..
                },
            ) => {
                if version != VERSION {
                    return Err(ResumeError::Version { found: version });
                }
                self.welcome(token, resumed, received, now)
            }
            (Link::Up { heard, .. }, ServerFrame::Message { n, ack, body }) => {
                *heard = now;
                self.outbox.acknowledge(ack)?;
                match self.inbox.take(n)? {
                    Arrival::Next => self.events.push_back(Event::Message(body)),
                    Arrival::Duplicate => {}
                }
                Ok(())
            }
            (Link::Up { heard, .. }, ServerFrame::Pong { ack, .. }) => {
                *heard = now;
                self.outbox.acknowledge(ack)
            }
            (Link::Greeting { .. } | Link::Up { .. }, ServerFrame::Closing { code, detail }) => {
                self.closing(code, detail, now);
                Ok(())
            }
            (Link::Up { .. }, ServerFrame::Welcome { .. }) => Err(ResumeError::Unexpected {
                found: "second welcome",
            }),
            (_, ServerFrame::Welcome { .. }) => Err(ResumeError::Unexpected {
                found: "welcome before hello",
            }),
            (_, ServerFrame::Message { .. }) => Err(ResumeError::Unexpected {
                found: "message before welcome",
            }),
            (_, ServerFrame::Pong { .. }) => Err(ResumeError::Unexpected {
                found: "pong before welcome",
            }),
            (_, ServerFrame::Closing { .. }) => Err(ResumeError::Unexpected {
                found: "closing without a socket",
            }),
        }
    }

    fn welcome(
        &mut self,
        token: String,
        resumed: bool,
        received: u64,
        now: Instant,
    ) -> Result<(), ResumeError> {
        let mut unacknowledged = Vec::new();
        match std::mem::replace(&mut self.past, Past::Resumable(token)) {
            Past::Resumable(_) if resumed => self.outbox.resume(received)?,
            Past::Resumable(_) | Past::Broken => {
                unacknowledged = std::mem::take(&mut self.outbox).into_unacknowledged();
                self.inbox = Inbox::default();
            }
            Past::None => {}
        }
        let (next, acknowledged) = (self.outbox.oldest(), self.inbox.received());
        self.link = Link::Up {
            next,
            acknowledged,
            ping_at: now + SOCKET_PING,
            // Takes over from an earlier page of this device.
            ping: true,
            heard: now,
        };
        self.attempts = 0;
        self.events.push_back(Event::Welcome {
            resumed,
            unacknowledged,
        });
        Ok(())
    }

    fn closing(&mut self, code: CloseCode, detail: String, now: Instant) {
        let last = match code {
            CloseCode::Unauthorised | CloseCode::Version | CloseCode::Replaced => true,
            CloseCode::Malformed | CloseCode::TooSlow => {
                self.past = Past::Broken;
                false
            }
            CloseCode::Busy | CloseCode::ShuttingDown => false,
        };
        if last {
            self.link = Link::Over;
        } else {
            // Not at once: a server that closes for a reason has that reason for a while.
            self.attempts = self.attempts.max(1);
            self.link = Link::Dialling;
            self.socket_lost(now);
        }
        self.events.push_back(Event::Closed { code, detail, last });
    }
}

#[cfg(test)]
mod tests;
