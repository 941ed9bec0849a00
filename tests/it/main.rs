//! Tests of the whole server from outside, in one binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod api;
mod journal;
mod procedure;
mod store;
mod tidy;
