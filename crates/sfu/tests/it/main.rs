//! The worker against clients on the same stack, in memory and in virtual time. Only handshakes are random.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod client;
mod forwarding;
mod hostile;
mod mobility;
mod repair;
mod rooms;
mod world;
