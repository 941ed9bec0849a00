//! A client that keeps itself connected.

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use futures_util::SinkExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::{HeaderMap, Uri};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::{Received, config, encode, receive};
use crate::client::{Client as Machine, Demand, Event};
use crate::error::ResumeError;
use crate::limits::{EVENTS_PENDING_MAX, SOCKET_DEAD};
use crate::protocol::ClientMessage;

/// A connected client with a task of its own that reconnects and resumes. Dropping it drops the socket.
pub struct Client {
    shared: Arc<Shared>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

struct Shared {
    machine: Mutex<Machine>,
    /// For the task: something was queued.
    wake: Notify,
    /// For [`Client::close`]: something came.
    came: Notify,
}

/// The HTTP request that opens the WebSocket, once more for each attempt.
#[derive(Clone)]
struct Door {
    uri: Uri,
    headers: HeaderMap,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    /// Starts connecting to `uri` (`ws:` or `wss:`) with these headers in addition (`Authorization`). `device` is a random
    /// name of at most [`crate::limits::DEVICE_BYTES_MAX`] bytes. `dial` opens the stream below, TLS included, once for each
    /// attempt; the caller chooses addresses, trust and time-outs. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// The address is none, or a header can't be sent.
    pub fn connect<D, F, S>(
        uri: Uri,
        headers: HeaderMap,
        device: String,
        dial: D,
    ) -> Result<Self, Error>
    where
        D: FnMut() -> F + Send + 'static,
        F: Future<Output = io::Result<S>> + Send + 'static,
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let door = Door { uri, headers };
        door.request()?;
        let machine = Mutex::new(Machine::new(device, now()));
        let shared = Arc::new(Shared {
            machine,
            wake: Notify::new(),
            came: Notify::new(),
        });
        let (sender, events) = mpsc::channel(EVENTS_PENDING_MAX);
        let task = tokio::spawn(run(Arc::clone(&shared), door, dial, sender));
        Ok(Self {
            shared,
            events,
            task,
        })
    }

    /// Queues a message, whether the link is up or not; its number is that of an eventual
    /// [`crate::protocol::ServerMessage::Error`].
    ///
    /// # Errors
    /// [`ResumeError::TooSlow`]: too many wait already.
    pub fn send(&self, message: ClientMessage) -> Result<u64, ResumeError> {
        let n = self.shared.machine().send(message)?;
        self.shared.wake.notify_one();
        Ok(n)
    }

    /// The next event; none when the server closed the link for good. A program that takes none for long loses
    /// its socket (and resumes).
    pub async fn recv(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Waits until the server has everything that was sent (12 s at most), then hangs up. Whether it has.
    pub async fn close(mut self) -> bool {
        let settled = async {
            while !self.shared.machine().settle() {
                self.shared.wake.notify_one();
                tokio::select! {
                    () = self.shared.came.notified() => {}
                    event = self.events.recv() => if event.is_none() { return false },
                }
            }
            true
        };
        timeout(SOCKET_DEAD, settled).await.unwrap_or(false)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().expect("the machine does not panic")
    }
}

impl Door {
    fn request(&self) -> Result<Request, Error> {
        let mut request = self.uri.clone().into_client_request()?;
        request.headers_mut().extend(self.headers.clone());
        Ok(request)
    }
}

/// Keeps the link up until the machine says stop or nobody listens any more.
async fn run<D, F, S>(shared: Arc<Shared>, door: Door, mut dial: D, events: mpsc::Sender<Event>)
where
    D: FnMut() -> F + Send,
    F: Future<Output = io::Result<S>> + Send,
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut socket: Option<WebSocketStream<S>> = None;
    loop {
        while let Some(event) = { shared.machine().poll() } {
            if events.send(event).await.is_err() {
                return;
            }
        }
        let demand = shared.machine().demand(now());
        match demand {
            Demand::Dial => {
                let opened = timeout(SOCKET_DEAD, open(dial(), door.clone())).await;
                socket = settle(
                    &shared,
                    opened.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into())),
                );
                continue;
            }
            Demand::Drop => {
                socket = None;
                continue;
            }
            Demand::Stop => return,
            Demand::Wait => {}
        }
        if let Some(open) = &mut socket
            && !write(&shared, open).await
        {
            socket = None;
            shared.machine().socket_lost(now());
            continue;
        }
        let deadline = shared.machine().next_deadline();
        tokio::select! {
            () = shared.wake.notified() => {}
            () = events.closed() => return,
            () = async { sleep_until(deadline.expect("guarded").into()).await }, if deadline.is_some() => {}
            received = async { receive(socket.as_mut().expect("guarded")).await }, if socket.is_some() => {
                let on = match received {
                    Received::Frame(frame) => shared.machine().receive(frame, now()).is_ok(),
                    Received::Control => true,
                    Received::Malformed(_) | Received::Gone => false,
                };
                if !on {
                    socket = None;
                    shared.machine().socket_lost(now());
                }
                shared.came.notify_one();
            }
        }
    }
}

async fn open<S: AsyncRead + AsyncWrite + Unpin>(
    dial: impl Future<Output = io::Result<S>>,
    door: Door,
) -> Result<WebSocketStream<S>, Error> {
    let request = door.request()?;
    let (socket, _) = client_async_with_config(request, dial.await?, Some(config())).await?;
    Ok(socket)
}

/// Tells the machine what became of an attempt. Not being let in is final; anything else may mend itself.
fn settle<S>(
    shared: &Shared,
    opened: Result<WebSocketStream<S>, Error>,
) -> Option<WebSocketStream<S>> {
    let mut machine = shared.machine();
    match opened {
        Ok(socket) => {
            machine.socket_up(now());
            return Some(socket);
        }
        Err(Error::Http(response)) if matches!(response.status().as_u16(), 401 | 403) => {
            machine.refused(format!("the server answered {}", response.status()));
        }
        Err(_) => machine.socket_lost(now()),
    }
    None
}

/// Writes what the machine has. Whether the socket still stands.
async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared,
    socket: &mut WebSocketStream<S>,
) -> bool {
    let all = async {
        while let Some(frame) = { shared.machine().next_frame() } {
            socket.feed(encode(&frame)).await?;
        }
        socket.flush().await
    };
    matches!(timeout(SOCKET_DEAD, all).await, Ok(Ok(())))
}

/// tokio's clock, which tests can hold.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
