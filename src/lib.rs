//! The cloudseat server: composition of the pure crates, and all remaining input and output.

pub mod app;
pub mod bot;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod documents;
pub mod dto;
pub mod gate;
pub mod histogram;
pub mod http;
pub mod journal;
pub mod media;
pub mod store;
pub mod telemetry;
