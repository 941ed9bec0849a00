//! Tests of the whole server from outside, in one binary.

mod api;
mod store;
mod tidy;
