//! Sockets around the machines: tokio and tungstenite (feature `shell`).
//!
//! [`accept`] answers the HTTP request that asks for a WebSocket; [`Server::serve`] then carries the upgraded stream until
//! it ends. [`Client`] is the other side, for programs. Both only move bytes, tell the machines the time, and wait; what is
//! said, kept, repeated or refused is decided in [`crate::hub`] and [`crate::client`].

mod accept;
mod client;
mod server;

pub use accept::{UpgradeError, accept};
pub use client::Client;
pub use server::Server;

use futures_util::{Stream, StreamExt};
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Utf8Bytes};

use crate::limits::FRAME_BYTES_MAX;

/// Buffers for hundreds of sockets that are quiet most of the time.
const BUFFER_BYTES: usize = 8 * 1024;

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX))
}

fn encode(frame: &impl serde::Serialize) -> Message {
    Message::text(serde_json::to_string(frame).expect("frames have text keys and finite numbers"))
}

/// What came from a socket.
enum Received<T> {
    Frame(T),
    /// The socket is alive; nothing to do.
    Control,
    /// Not a frame of ours. The socket can still be written to.
    Malformed(String),
    Gone,
}

async fn receive<T: serde::de::DeserializeOwned>(
    stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
) -> Received<T> {
    match stream.next().await {
        Some(Ok(Message::Text(text))) => parse(&text),
        Some(Ok(Message::Binary(_))) => {
            Received::Malformed("frames are text, this one is binary".into())
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Control,
        Some(Err(error @ (Error::Capacity(_) | Error::Utf8(_)))) => {
            Received::Malformed(error.to_string())
        }
        Some(Ok(Message::Close(_)) | Err(_)) | None => Received::Gone,
    }
}

fn parse<T: serde::de::DeserializeOwned>(text: &Utf8Bytes) -> Received<T> {
    match serde_json::from_str(text) {
        Ok(frame) => Received::Frame(frame),
        Err(error) => Received::Malformed(error.to_string().chars().take(200).collect()),
    }
}

#[cfg(test)]
mod tests;
