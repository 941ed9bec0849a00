//! The procedure driven from outside, as the server drives it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod driver;
mod guards;
mod properties;
mod stories;
mod views;
