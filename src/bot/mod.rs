//! Clients that behave as the browsers do, on another WebRTC stack than the server's: for the demo, the benchmark and
//! the tests. They know the server only by its API, its WebSocket and its media.

pub mod api;
pub mod call;
pub mod clip;
pub mod play;
