//! One task a socket, one hub for all.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use ids::UtcMillis;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::{Received, config, encode, receive};
use crate::error::ResumeError;
use crate::hub::{Attached, Event, Hub, Next, SocketId};
use crate::limits::{HELLO_WITHIN, SOCKET_DEAD};
use crate::protocol::{ClientFrame, CloseCode, ServerFrame};

/// The server side of all WebSockets. Clones are handles to the same hub.
pub struct Server<P> {
    shared: Arc<Shared<P>>,
}

struct Shared<P> {
    state: Mutex<State<P>>,
    news: Notify,
    clock: Box<dyn Fn() -> UtcMillis + Send + Sync>,
}

struct State<P> {
    hub: Hub<P>,
    wakers: BTreeMap<SocketId, watch::Sender<()>>,
}

impl<P> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<P> fmt::Debug for Server<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl<P: Clone + Ord> Server<P> {
    /// A server without connections. `clock` gives the wall clock's time for `welcome` and `pong`.
    pub fn new(clock: impl Fn() -> UtcMillis + Send + Sync + 'static) -> Self {
        let state = State {
            hub: Hub::default(),
            wakers: BTreeMap::new(),
        };
        let shared = Shared {
            state: Mutex::new(state),
            news: Notify::new(),
            clock: Box::new(clock),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Does something with the hub, such as [`Hub::send`] or [`Hub::close`], and wakes the sockets concerned. `work`
    /// runs under the lock that every socket takes: it should be short.
    pub fn with<R>(&self, work: impl FnOnce(&mut Hub<P>) -> R) -> R {
        self.locked(|state| work(&mut state.hub))
    }

    /// The next event, for the one task that hands them out. Cancel-safe. This also drives the hub's timers, so
    /// it has to be called again and again.
    pub async fn recv(&self) -> Event<P> {
        loop {
            let (event, deadline) = self.locked(|state| {
                state.hub.expire(now());
                let event = state.hub.poll();
                (event, state.hub.next_deadline())
            });
            if let Some(event) = event {
                return event;
            }
            match deadline {
                None => self.shared.news.notified().await,
                Some(at) => tokio::select! {
                    () = self.shared.news.notified() => {}
                    () = sleep_until(at.into()) => {}
                },
            }
        }
    }

    /// Carries an upgraded stream of `who` until it ends. `token` is unguessable and fresh (at least 128 random
    /// bits, hex). Dropping the future is a cut like any other.
    pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(&self, io: S, who: P, token: String) {
        self.serve_while(io, who, token, std::future::pending())
            .await;
    }

    /// [`Self::serve`], until `ended` says why the sign-in of this socket is void: the client hears it, and the
    /// connection is over.
    pub async fn serve_while<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        io: S,
        who: P,
        token: String,
        ended: impl Future<Output = &'static str>,
    ) {
        let mut socket = WebSocketStream::from_raw_socket(io, Role::Server, Some(config())).await;
        let Some((attached, wake)) = self.greet(&mut socket, who, token).await else {
            return;
        };
        let link = SocketGuard {
            server: self,
            socket: attached.socket,
        };
        if !matches!(
            timeout(SOCKET_DEAD, socket.send(encode(&attached.welcome))).await,
            Ok(Ok(()))
        ) {
            return;
        }
        let (sink, stream) = socket.split();
        let close = async {
            let detail = ended.await;
            self.with(|hub| hub.close(attached.connection, CloseCode::Unauthorised, detail));
            // The writer says so and ends the socket.
            std::future::pending().await
        };
        tokio::select! {
            () = self.write(link.socket, sink, wake.clone()) => {}
            () = self.read(link.socket, stream, wake) => {}
            () = close => {}
        }
    }
}

impl<P: Clone + Ord> Server<P> {
    /// Reads `hello` and attaches the socket, or says why not.
    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: &mut WebSocketStream<S>,
        who: P,
        token: String,
    ) -> Option<(Attached, watch::Receiver<()>)> {
        let hello = async {
            loop {
                match receive::<ClientFrame>(socket).await {
                    Received::Frame(frame) => return Ok(frame),
                    Received::Control => {}
                    Received::Malformed(detail) => return Err(Some(detail)),
                    Received::Gone => return Err(None),
                }
            }
        };
        let (code, detail) = match timeout(HELLO_WITHIN, hello).await {
            Ok(Ok(frame)) => match self.attach(frame, who, token) {
                Ok(attached) => return Some(attached),
                Err(error) => (error.close_code(), error.to_string()),
            },
            Ok(Err(Some(detail))) => (CloseCode::Malformed, detail),
            Ok(Err(None)) => return None,
            Err(_) => (CloseCode::Malformed, "no hello came".into()),
        };
        let farewell = async {
            socket
                .feed(encode(&ServerFrame::Closing { code, detail }))
                .await?;
            socket.close(None).await
        };
        // Whether it arrives or not, the socket is dropped now.
        drop(timeout(SOCKET_DEAD, farewell).await);
        None
    }

    fn attach(
        &self,
        frame: ClientFrame,
        who: P,
        token: String,
    ) -> Result<(Attached, watch::Receiver<()>), ResumeError> {
        let utc = (self.shared.clock)();
        self.locked(|state| {
            let attached = state.hub.hello(frame, who, token, now(), utc)?;
            let (waker, wake) = watch::channel(());
            state.wakers.insert(attached.socket, waker);
            Ok((attached, wake))
        })
    }

    async fn write<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: SocketId,
        mut sink: SplitSink<WebSocketStream<S>, Message>,
        mut wake: watch::Receiver<()>,
    ) {
        loop {
            // Seen before asking: a wake that comes in between is not lost.
            wake.borrow_and_update();
            let close = loop {
                let utc = (self.shared.clock)();
                match self.locked(|state| state.hub.next_frame(socket, utc)) {
                    Next::Frame(frame) => {
                        let fed = timeout(SOCKET_DEAD, sink.feed(encode(&frame))).await;
                        if !matches!(fed, Ok(Ok(()))) {
                            return;
                        }
                    }
                    Next::Wait => break false,
                    Next::Close => break true,
                }
            };
            let sent = async {
                if close {
                    sink.close().await
                } else {
                    sink.flush().await
                }
            };
            let sent = timeout(SOCKET_DEAD, sent).await;
            if close || !matches!(sent, Ok(Ok(()))) || wake.changed().await.is_err() {
                return;
            }
        }
    }

    async fn read<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        socket: SocketId,
        mut stream: SplitStream<WebSocketStream<S>>,
        mut wake: watch::Receiver<()>,
    ) {
        loop {
            wake.borrow_and_update();
            if !self.locked(|state| state.hub.may_read(socket)) {
                if wake.changed().await.is_err() {
                    return;
                }
                continue;
            }
            match receive(&mut stream).await {
                Received::Frame(frame) => self.with(|hub| hub.frame(socket, frame, now())),
                Received::Control => self.with(|hub| hub.alive(socket, now())),
                Received::Malformed(detail) => {
                    self.with(|hub| hub.malformed(socket, &detail));
                    // The writer says so and ends the socket.
                    return std::future::pending().await;
                }
                Received::Gone => return,
            }
        }
    }

    fn locked<R>(&self, work: impl FnOnce(&mut State<P>) -> R) -> R {
        let mut state = self.shared.state.lock().expect("the hub does not panic");
        let result = work(&mut state);
        while let Some(socket) = state.hub.poll_wake() {
            if let Some(waker) = state.wakers.get(&socket) {
                waker.send_replace(());
            }
        }
        if state.hub.has_events() {
            self.shared.news.notify_one();
        }
        result
    }
}

/// However `serve` ends, the hub hears of it.
struct SocketGuard<'a, P: Clone + Ord> {
    server: &'a Server<P>,
    socket: SocketId,
}

impl<P: Clone + Ord> Drop for SocketGuard<'_, P> {
    fn drop(&mut self) {
        self.server.locked(|state| {
            state.wakers.remove(&self.socket);
            state.hub.socket_lost(self.socket, now());
        });
    }
}

/// tokio's clock, which tests can hold.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
